"""Asterisk dies, freezes, comes back: every request is answered, and nothing is done twice."""

from __future__ import annotations

import time

import pytest
from lab.until import until
from parts import Api, Desk

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.own_asterisk]
UNAVAILABLE = "ERROR: park_call error - telephony server not available - 1000"


async def test_after_kill_9_the_link_comes_back_and_nothing_is_sent_twice(api: Api, call: Desk) -> None:
    asterisk = call.centre.asterisk
    asterisk.freeze()
    # sent, never answered, and the Asterisk that got it dies
    answer = await api.ask("transfer_conference", value="HANGUP_BOTH")
    assert answer == "ERROR: transfer_conference error - outcome unknown - 1000"
    asterisk.kill()
    await until(lambda: unusable(api), 5)
    started = time.monotonic()
    assert await api.ask("park_call", value="PARK_CUSTOMER") == UNAVAILABLE
    assert await api.ask("call_agent", value="CALL") == UNAVAILABLE.replace("park_call", "call_agent")
    assert time.monotonic() - started < 5
    assert await call.centre.rows.all("SELECT * FROM parked_channels") == []

    await asterisk.restart()
    await api.usable()
    await call.centre.rejoin()
    assert await call.centre.witness.channels() == []  # nothing that was asked before is done now
    assert await api.ask("call_agent", value="CALL") == "SUCCESS: call_agent function sent - 1000"
    await until(lambda: call.centre.witness.members(call.room))
    assert len(call.phone.calls) == 1


async def test_a_frozen_asterisk_is_noticed_within_ten_seconds(api: Api, desk: Desk) -> None:
    asterisk = desk.centre.asterisk
    asterisk.freeze()
    try:
        started = time.monotonic()
        await until(lambda: unusable(api), 10)
        assert time.monotonic() - started < 10
        found = await api.ready()
        assert found["code"] == 503
        assert "no sign of life" in found["asterisk"]["127.0.0.1"]["trouble"]
    finally:
        asterisk.thaw()
    await api.usable(within=15)
    assert (await api.ready())["code"] == 200


async def unusable(api: Api) -> bool:
    return not (await api.ready())["asterisk"]["127.0.0.1"]["usable"]
