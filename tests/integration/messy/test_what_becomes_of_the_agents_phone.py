"""call_agent says SUCCESS once the phone rings: the agent's own, or one outside that a dialplan calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.until import until
from parts import THIRD, Api, Desk, hears, let_pass
from situations import in_room

pytestmark = pytest.mark.asyncio(loop_scope="module")
CALLED = "SUCCESS: call_agent function sent - 1000"
UNREACHABLE = "ERROR: call_agent error - agent phone not reachable - 1000"
UNKNOWN = "ERROR: call_agent error - outcome unknown - 1000"


@pytest_asyncio.fixture(loop_scope="module")
async def gone(desk: Desk) -> Desk:
    """The desk, and the agent has hung up."""
    assert desk.line.agent is not None
    await desk.line.agent.hangup()

    async def empty() -> bool:
        return not await in_room(desk, "")

    await until(empty)
    return desk


async def test_a_phone_that_is_switched_off_is_not_reachable(api: Api, gone: Desk) -> None:
    """It is still registered, and Asterisk waits half a minute for its answer."""
    gone.phone.off = True
    assert await api.ask("call_agent", value="CALL") == UNREACHABLE
    assert await gone.centre.witness.channels() == []
    gone.phone.off = False
    assert await api.ask("call_agent", value="CALL") == CALLED
    await gone.phone.talking(10)


async def test_a_phone_that_answers_without_ringing_is_called(api: Api, gone: Desk) -> None:
    assert await api.ask("call_agent", value="CALL") == CALLED
    await gone.phone.talking(10)


async def test_two_who_ask_at_once_are_told_the_same(api: Api, gone: Desk) -> None:
    gone.phone.auto_answer = False
    await let_pass(gone.centre.rows)
    answers = await asyncio.gather(*(api.ask("call_agent", value="CALL") for _ in range(2)))
    assert answers == [CALLED, CALLED]
    assert len([call for call in gone.phone.calls if not call.ended]) == 1


# ---- a phone outside (EXTERNAL): the agent row names a number


@pytest_asyncio.fixture(loop_scope="module")
async def outside(gone: Desk, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """The agent's phone is this number."""
    rows = gone.centre.rows
    stored = await rows.one("SELECT agent_login_call FROM vicidial_session_data WHERE user = '1000'")
    phone = f"Local/{request.param}@default"
    await rows.run("UPDATE vicidial_live_agents SET extension = %s WHERE user = '1000'", phone)
    await rows.run(
        "UPDATE vicidial_session_data SET agent_login_call = REPLACE(agent_login_call, 'PJSIP/gs101', %s)"
        " WHERE user = '1000'",
        phone,
    )
    yield gone
    await rows.run("UPDATE vicidial_session_data SET agent_login_call = %s WHERE user = '1000'", *stored.values())


@pytest.mark.parametrize("outside", ["5557021111"], indirect=True)
async def test_a_phone_outside_is_called(api: Api, outside: Desk) -> None:
    phone = await outside.centre.phone("customer2", THIRD, "agent outside")
    phone.auto_answer = False
    assert await api.ask("call_agent", value="CALL") == CALLED
    await let_pass(outside.centre.rows)
    ringing = await phone.ringing(1)
    assert await api.ask("call_agent", value="CALL") == CALLED
    assert len([call for call in phone.calls if not call.ended]) == 1
    await ringing.answer()
    await hears(phone.current, set())
    await let_pass(outside.centre.rows)
    assert await api.ask("call_agent", value="CALL") == CALLED
    assert len([call for call in phone.calls if not call.ended]) == 1


@pytest.mark.parametrize("outside", ["5554861111", "5556031111", "5554041111", "5555031111"], indirect=True)
async def test_a_phone_outside_that_refuses_is_not_reachable(api: Api, outside: Desk) -> None:
    assert await api.ask("call_agent", value="CALL") == UNREACHABLE
    assert await outside.centre.witness.channels() == []


@pytest.mark.parametrize("outside", ["7702"], indirect=True)
async def test_of_a_phone_outside_that_gives_no_sign_nothing_is_known(api: Api, outside: Desk) -> None:
    """A carrier may take longer to ring; the call goes on."""
    assert await api.ask("call_agent", value="CALL") == UNKNOWN
    assert len(await outside.centre.witness.channels()) == 2
