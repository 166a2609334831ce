"""force_fronter_leave_3way and force_fronter_audio_stop: where they look, and what direct mode says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from parts import Api, start_plain_api

pytestmark = pytest.mark.asyncio(loop_scope="module")
BOTH = ("force_fronter_leave_3way", "force_fronter_audio_stop")


@pytest_asyncio.fixture(loop_scope="module")
async def pair(rows: Rows) -> AsyncIterator[Rows]:
    """Agents 1000 and 6666 with the same lead, a recording playing to 6666."""
    await rows.run("UPDATE vicidial_live_agents SET lead_id = 1002 WHERE user = '6666'")
    await rows.run(
        "INSERT INTO live_channels (channel, server_ip, extension) VALUES ('IAX2/ASTplay-77', '127.0.0.1', '9600052')"
    )
    yield rows
    await rows.run("DELETE FROM live_channels")
    await rows.run("DELETE FROM vicidial_manager")
    await rows.run("UPDATE vicidial_live_agents SET lead_id = 1003, external_transferconf = '' WHERE user = '6666'")


async def flag(rows: Rows) -> str:
    found = await rows.one("SELECT external_transferconf FROM vicidial_live_agents WHERE user = '6666'")
    return str(found["external_transferconf"])


async def test_local_and_ccc_looks_on_this_system(api: Api, pair: Rows) -> None:
    answer = await api.ask("force_fronter_leave_3way", value="LOCAL_AND_CCC")
    assert answer == "SUCCESS: force_fronter_leave_3way SENT - 6666"
    assert (await flag(pair)).startswith("LEAVE_3WAY_CALL---------NO------------")
    answer = await api.ask("force_fronter_audio_stop", value="LOCAL_AND_CCC", stage="now")
    assert answer == "SUCCESS: force_fronter_audio_stop function sent - LOCAL_AND_CCC|now|1000|6666"
    queued = await pair.one("SELECT action, cmd_line_b FROM vicidial_manager")
    assert queued == {"action": "Hangup", "cmd_line_b": "Channel: IAX2/ASTplay-77"}


@pytest.mark.parametrize("function", BOTH)
async def test_other_systems_are_never_asked(api: Api, pair: Rows, function: str) -> None:
    assert await api.ask(function, value="CCC_REMOTE") == "ERROR: no fronter found - 1000"
    assert await flag(pair) == ""


async def test_direct_mode_without_a_link_checks_and_touches_nothing(api: Api, pair: Rows) -> None:
    async for direct in start_plain_api(api.database_url, call_control="direct"):
        for function in BOTH:
            answer = await direct.ask(function, value="LOCAL_ONLY")
            assert answer == f"ERROR: {function} error - telephony server not available - 1000"
        await pair.run("UPDATE vicidial_live_agents SET lead_id = 1003 WHERE user = '6666'")
        for function in BOTH:
            assert await direct.ask(function, value="LOCAL_ONLY") == "ERROR: no fronter found - 1000"
    assert await flag(pair) == ""
    assert await pair.all("SELECT * FROM vicidial_manager") == []
