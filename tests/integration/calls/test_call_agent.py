"""call_agent on a real Asterisk: the agent's phone rings and, answered, is in its room."""

from __future__ import annotations

import pytest
from lab.until import until
from parts import Api, Desk, let_pass

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def hang_up(desk: Desk) -> None:
    assert desk.line.agent is not None
    await desk.line.agent.hangup()
    await until(lambda: _empty(desk))


async def _empty(desk: Desk) -> bool:
    return not await desk.centre.witness.members(desk.room)


async def _in_room(desk: Desk) -> list[str]:
    return [name for name in await desk.centre.witness.members(desk.room) if name.startswith("PJSIP/gs101-")]


async def test_the_phone_rings_and_answered_is_in_its_room(api: Api, desk: Desk) -> None:
    await hang_up(desk)
    desk.phone.auto_answer = False
    assert await api.ask("call_agent", value="CALL") == "SUCCESS: call_agent function sent - 1000"
    call = await desk.phone.ringing()
    assert call.caller_name.startswith("S")
    assert call.caller_name.endswith("9600051")
    await call.answer()
    assert await until(lambda: _in_room(desk)) == [(await _in_room(desk))[0]]


async def test_the_room_is_the_present_one(api: Api, desk: Desk) -> None:
    await hang_up(desk)
    await desk.centre.rows.run("UPDATE vicidial_live_agents SET conf_exten = '9600077' WHERE user = '1000'")
    assert await api.ask("call_agent", value="CALL") == "SUCCESS: call_agent function sent - 1000"
    await until(lambda: desk.centre.witness.members("9600077"))


async def test_a_phone_that_is_already_there_is_not_rung_again(api: Api, desk: Desk) -> None:
    before = len(desk.phone.calls)
    assert await api.ask("call_agent", value="CALL") == "SUCCESS: call_agent function sent - 1000"
    assert len(desk.phone.calls) == before


async def test_a_ringing_phone_is_not_rung_again(api: Api, desk: Desk) -> None:
    await hang_up(desk)
    desk.phone.auto_answer = False
    await api.ask("call_agent", value="CALL")
    await desk.phone.ringing()
    await let_pass(desk.centre.rows)
    before = len(desk.phone.calls)
    assert await api.ask("call_agent", value="CALL") == "SUCCESS: call_agent function sent - 1000"
    assert len(desk.phone.calls) == before


async def test_a_phone_that_is_not_there_is_an_error(api: Api, desk: Desk) -> None:
    await hang_up(desk)
    rows = desk.centre.rows
    stored = await rows.one("SELECT agent_login_call FROM vicidial_session_data WHERE user = '1000'")
    await rows.run(
        "UPDATE vicidial_session_data SET agent_login_call = REPLACE(agent_login_call, 'gs101', 'gs110')"
        " WHERE user = '1000'"
    )
    try:
        answer = await api.ask("call_agent", value="CALL")
    finally:
        await rows.run("UPDATE vicidial_session_data SET agent_login_call = %s WHERE user = '1000'", *stored.values())
    assert answer == "ERROR: call_agent error - agent phone not reachable - 1000"


async def test_a_stored_call_cannot_smuggle_a_header(api: Api, desk: Desk) -> None:
    await hang_up(desk)
    rows = desk.centre.rows
    stored = await rows.one("SELECT agent_login_call FROM vicidial_session_data WHERE user = '1000'")
    evil = "Channel: PJSIP/gs101\r\nApplication: System\r\nData: touch /tmp/telectl-evil"
    await rows.run("UPDATE vicidial_session_data SET agent_login_call = %s WHERE user = '1000'", f"||||{evil}|||")
    try:
        answer = await api.ask("call_agent", value="CALL")
    finally:
        await rows.run("UPDATE vicidial_session_data SET agent_login_call = %s WHERE user = '1000'", *stored.values())
    assert answer == "ERROR: call_agent error - value not allowed in a dial string - 1000|phone"
