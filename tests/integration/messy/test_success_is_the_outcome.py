"""SUCCESS is the outcome, not the first sign of it; and a channel is judged by its endpoint and its call, not by the
beginning of a name: `gs101-mobile` is not `gs101`, and Sarah's call is none of ours.
"""

from __future__ import annotations

import pytest
from lab.call import Call
from lab.tones import PERSON
from lab.until import until
from parts import AGENT, CUSTOMER, Api, Desk, hears
from situations import in_room

pytestmark = pytest.mark.asyncio(loop_scope="module")
CALLED = "SUCCESS: call_agent function sent - 1000"
MOBILE = 850


async def leave(desk: Desk) -> None:
    """Let the agent hang up."""
    assert desk.line.agent is not None
    await desk.line.agent.hangup()
    await until(lambda: _left(desk))


async def _left(desk: Desk) -> bool:
    return not await in_room(desk, "PJSIP/gs101-0")


@pytest.mark.parametrize("code", [486, 603, 480, 404])
async def test_a_phone_that_refuses_is_not_reachable(api: Api, desk: Desk, code: int) -> None:
    await leave(desk)
    desk.phone.refuse = code
    assert await api.ask("call_agent", value="CALL") == "ERROR: call_agent error - agent phone not reachable - 1000"
    desk.phone.refuse = 0
    assert await api.ask("call_agent", value="CALL") == CALLED
    await desk.phone.talking(10)


async def test_a_phone_that_refuses_is_in_no_dial_log(api: Api, desk: Desk) -> None:
    await leave(desk)
    desk.phone.refuse = 486
    before = await desk.centre.rows.all("SELECT * FROM vicidial_user_dial_log")
    await api.ask("call_agent", value="CALL")
    assert await desk.centre.rows.all("SELECT * FROM vicidial_user_dial_log") == before


async def mobile_in_room(desk: Desk, prefix: str = "") -> Call:
    """Let the agent's mobile phone be in the room: another endpoint, whose name only begins like the phone's."""
    phone = await desk.centre.phone("gs101-mobile", MOBILE, "mobile")
    return await desk.centre.call_into_room(phone, desk.room, '"mobile" <7275559999>', prefix=prefix)


async def test_another_endpoint_in_the_room_is_not_the_agents_phone(api: Api, call: Desk) -> None:
    await leave(call)
    mobile = await mobile_in_room(call)
    before = len(call.phone.calls)
    assert await api.ask("call_agent", value="CALL") == CALLED
    await until(lambda: len(call.phone.calls) > before, what="the agent's phone rung")
    await hears(await call.phone.talking(10), {CUSTOMER, MOBILE})
    assert not mobile.ended


async def test_the_customer_does_not_come_back_to_another_endpoint(api: Api, call: Desk) -> None:
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await leave(call)
    await mobile_in_room(call)
    assert await api.ask("park_call", value="GRAB_CUSTOMER") == "ERROR: park_call error - agent session is empty - 1000"
    await hears(call.line.customer, set(), music=True)


async def test_another_endpoint_that_rings_is_not_the_agents_phone(api: Api, desk: Desk) -> None:
    """The mobile phone is being called into another session."""
    await leave(desk)
    mobile = await desk.centre.phone("gs101-mobile", MOBILE, "mobile")
    mobile.auto_answer = False
    await ring(desk, "gs101-mobile", '"S2611230800009600052" <0>', "29600052")
    await mobile.ringing()
    assert await api.ask("call_agent", value="CALL") == CALLED
    await hears(await desk.phone.talking(10), set())
    assert await in_room(desk, "PJSIP/gs101-0")


@pytest.mark.parametrize("name", ["Sarah", "S", "S2611230800009600052"], ids=["Sarah", "S", "another session"])
async def test_somebody_elses_call_that_rings_is_not_ours(api: Api, desk: Desk, name: str) -> None:
    await leave(desk)
    desk.phone.auto_answer = False
    await ring(desk, "gs101", f'"{name}" <7275559999>', "8302")
    await desk.phone.ringing()
    assert await api.ask("call_agent", value="CALL") == CALLED
    await until(
        lambda: [call for call in desk.phone.calls if call.caller_name.endswith("9600051") and not call.ended],
        what=lambda: [call.caller_name for call in desk.phone.calls],
    )


async def ring(desk: Desk, phone: str, caller_id: str, exten: str) -> None:
    """Let a phone ring for somebody."""
    await desk.centre.witness.do(
        "Originate",
        Channel=f"PJSIP/{phone}",
        Context="default",
        Exten=exten,
        Priority="1",
        CallerID=caller_id,
        Async="true",
    )


async def test_a_number_that_begins_like_the_recorders_is_a_third_party(api: Api, call: Desk) -> None:
    """`5` and the room's number is the recorder's way in; this number has two digits more."""
    answer = await api.ask(
        "transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number="5960005155", dial_override="YES"
    )
    assert answer.startswith("SUCCESS"), answer
    await hears(call.line.customer, {AGENT, PERSON})
    answer = await api.ask("transfer_conference", value="HANGUP_XFER")
    assert answer == f"SUCCESS: transfer_conference function set - HANGUP_XFER|||NO|1000|{call.line.call_id}|"
    await hears(call.line.customer, {AGENT})
