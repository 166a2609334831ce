"""A third party, or a customer, that is no phone: an IVR, a message, a dialplan that answers and then looks on.

That somebody has answered is told by the channel's state, not by a bridge behind it: an application has none.
"""

from __future__ import annotations

import pytest
from lab.call_ids import new_call_id
from lab.contact_centre import CONTEXT
from lab.phone import Phone
from lab.tones import MESSAGE, QUESTION
from lab.until import until
from parts import AGENT, CUSTOMER, THIRD, Api, Desk, hears
from situations import in_room

pytestmark = pytest.mark.asyncio(loop_scope="module")
IVR, RINGING_IVR, REJECTION, FINDER, VOICEMAIL = "7700", "7701", "7702", "7703", "8320"
NOT_YET = "third party has not answered"


async def dial(api: Api, call: Desk, number: str) -> None:
    """Dial a third party that answers by itself, and wait until it is in the room."""
    answer = await api.ask("transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number=number, dial_override="YES")
    assert answer.startswith("SUCCESS"), answer
    await until(lambda: in_room(call, f"Local/{number}@"), 8, what=f"{number} in the room")


def heard_by_the_ivr(call: Desk) -> str:
    """The keys that the IVR was told since the witness' events were cleared."""
    told = (event for event in call.centre.witness.events if event.matches("UserEvent", UserEvent="IvrHeard"))
    return "".join(event["Digit"] for event in told)


@pytest.mark.parametrize("number", [IVR, "6700"], ids=["in the dialplan", "behind a switch"])
async def test_digits_reach_an_ivr(api: Api, call: Desk, number: str) -> None:
    call.centre.witness.events.clear()
    await dial(api, call, number)
    await hears(call.line.customer, {AGENT, QUESTION})
    assert await api.ask("send_dtmf", value="42") == "SUCCESS: send_dtmf function set - 42|1000"
    await until(lambda: heard_by_the_ivr(call) == "42", what=lambda: heard_by_the_ivr(call))
    await until(lambda: "".join(digit.key for digit in call.customer.digits) == "42")


async def test_an_ivr_is_parked_and_taken_back(api: Api, call: Desk) -> None:
    await dial(api, call, IVR)
    await hears(call.line.customer, {AGENT, QUESTION})
    assert await api.ask("park_call", value="PARK_XFER") == "SUCCESS: park_call function set - PARK_XFER|1000"
    await hears(call.line.customer, {AGENT})
    assert await in_room(call, "Local/") == []
    parked = await call.centre.rows.one("SELECT channel FROM parked_channels")
    assert parked["channel"] in [row["Channel"] for row in await call.centre.witness.channels()]
    assert await api.ask("park_call", value="GRAB_XFER") == "SUCCESS: park_call function set - GRAB_XFER|1000"
    await hears(call.line.customer, {AGENT, QUESTION})


async def test_customer_and_ivr_are_left_to_themselves(api: Api, call: Desk) -> None:
    await dial(api, call, IVR)
    answer = await api.ask("transfer_conference", value="LEAVE_3WAY_CALL")
    assert answer.startswith("SUCCESS"), answer
    await hears(call.line.agent, set())
    await hears(call.line.customer, {QUESTION})


async def test_customer_and_ivr_change_places(api: Api, call: Desk) -> None:
    await dial(api, call, IVR)
    assert (
        await api.ask("park_call", value="SWAP_PARK_XFER") == "ERROR: park_call error - customer is not parked - 1000"
    )
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await hears(call.line.agent, {QUESTION})
    answer = await api.ask("park_call", value="SWAP_PARK_XFER")
    assert answer == "SUCCESS: park_call function set - SWAP_PARK_XFER|1000"
    await hears(call.line.agent, {CUSTOMER})


async def test_an_ivr_that_rings_first_has_not_answered_until_it_has(api: Api, call: Desk) -> None:
    answer = await api.ask(
        "transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number=RINGING_IVR, dial_override="YES"
    )
    assert answer.startswith("SUCCESS"), answer
    assert await api.ask("park_call", value="PARK_XFER") == f"ERROR: park_call error - {NOT_YET} - 1000"
    await until(lambda: in_room(call, f"Local/{RINGING_IVR}@"), 8)
    assert await api.ask("park_call", value="PARK_XFER") == "SUCCESS: park_call function set - PARK_XFER|1000"
    await hears(call.line.customer, {AGENT})


async def test_words_before_an_answer_are_no_answer(api: Api, call: Desk) -> None:
    answer = await api.ask(
        "transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number=REJECTION, dial_override="YES"
    )
    assert answer.startswith("SUCCESS"), answer
    await until(lambda: call.centre.witness.seen("Newchannel", Exten=REJECTION))
    assert await api.ask("park_call", value="PARK_XFER") == f"ERROR: park_call error - {NOT_YET} - 1000"
    answer = await api.ask("transfer_conference", value="LEAVE_3WAY_CALL")
    assert answer == f"ERROR: transfer_conference error - {NOT_YET} - 1000"


async def test_what_answers_and_then_rings_somebody_is_parked(api: Api, call: Desk, third: Phone) -> None:
    """The number answers, and only then looks for the person: that phone rings on while it is parked and taken back."""
    third.auto_answer = False
    await dial(api, call, FINDER)
    ringing = await third.ringing(8)
    assert await api.ask("park_call", value="PARK_XFER") == "SUCCESS: park_call function set - PARK_XFER|1000"
    assert await api.ask("park_call", value="GRAB_XFER") == "SUCCESS: park_call function set - GRAB_XFER|1000"
    assert not ringing.ended
    await ringing.answer()
    await hears(call.line.customer, {AGENT, THIRD})


async def test_a_message_is_hung_up_parked_and_left(api: Api, call: Desk) -> None:
    await dial(api, call, VOICEMAIL)
    await hears(call.line.customer, {AGENT, MESSAGE})
    assert await api.ask("park_call", value="PARK_XFER") == "SUCCESS: park_call function set - PARK_XFER|1000"
    await hears(call.line.customer, {AGENT})


# ---- the customer is an IVR: an agent dialled a number by hand, and a machine answered


async def by_hand(desk: Desk, number: str) -> None:
    """Dial a customer as the agent's screen does, by a Local pair whose one half is in the room."""
    centre, line = desk.centre, desk.line
    centre.witness.events.clear()
    line.call_id = new_call_id("M", line.lead_id)
    await centre.witness.do(
        "Originate",
        Channel=f"Local/{line.room}@{CONTEXT}",
        Context=CONTEXT,
        Exten=number,
        Priority="1",
        CallerID=f'"{line.call_id}" <7275550100>',
        Async="true",
    )
    await until(lambda: in_room(desk, "Local/"), 8, what="the dialled number in the room")
    line.channel, half = "", centre.witness.seen("Newchannel")
    line.uniqueid = half["Uniqueid"] if half else ""
    await centre.write_call(line)
    await hears(line.agent, {QUESTION})


async def test_digits_reach_a_customer_that_is_an_ivr(api: Api, desk: Desk) -> None:
    await by_hand(desk, IVR)
    assert await api.ask("send_dtmf", value="42") == "SUCCESS: send_dtmf function set - 42|1000"
    await until(lambda: heard_by_the_ivr(desk) == "42", what=lambda: heard_by_the_ivr(desk))


async def test_a_customer_that_is_an_ivr_is_parked_and_taken_back(api: Api, desk: Desk) -> None:
    await by_hand(desk, IVR)
    assert await api.ask("park_call", value="PARK_CUSTOMER") == "SUCCESS: park_call function set - PARK_CUSTOMER|1000"
    await hears(desk.line.agent, set())
    assert await api.ask("park_call", value="GRAB_CUSTOMER") == "SUCCESS: park_call function set - GRAB_CUSTOMER|1000"
    await hears(desk.line.agent, {QUESTION})


async def test_a_customer_that_is_an_ivr_is_hung_up(api: Api, desk: Desk) -> None:
    await by_hand(desk, IVR)
    answer = await api.ask("transfer_conference", value="HANGUP_BOTH")
    assert answer.startswith("SUCCESS"), answer
    await hears(desk.line.agent, set())
    assert len(await in_room(desk, "")) == 1
