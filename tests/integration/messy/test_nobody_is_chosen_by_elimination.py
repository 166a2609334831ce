"""Who is who in a room is known by how they came in: the extension, the call's id, the endpoint.

That somebody is the only one left says nothing: supervisors listen in, colleagues dial the room, earlier calls leave
somebody behind. None of them is a third party, and none is hung up, parked or left alone with the customer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from lab.call import Call
from lab.phone import Phone
from lab.until import until
from parts import AGENT, CUSTOMER, Api, Desk, hears
from situations import in_room

pytestmark = pytest.mark.asyncio(loop_scope="module")
GUEST = 850
"""The voice of whoever else is in the room."""
NO_THIRD = "no third party on the line"
CAME = {
    "a supervisor who barges in": ("6", '"boss" <105>'),
    "a supervisor with an administrator's rights": ("3", '"boss" <105>'),
    "a colleague by the agents' own way": ("2", '"gs105" <105>'),
    "somebody who dialled the room": ("", '"Sarah" <7275559999>'),
    "the third party of another lead": ("", '"DC612345W0000001001W" <7275559999>'),
}
"""How they came: what stands before the room's number, and the caller's name."""


@dataclass
class Guest:
    """Somebody in the room who is neither agent nor customer nor third party."""

    phone: Phone
    call: Call

    async def stays(self) -> None:
        """See that nobody has moved or ended it."""
        await hears(self.call, {AGENT, CUSTOMER})


@pytest_asyncio.fixture(params=CAME.values(), ids=CAME, loop_scope="module")
async def guest(call: Desk, request: pytest.FixtureRequest) -> AsyncIterator[Guest]:
    prefix, caller_id = request.param
    phone = await call.centre.phone("gs105", GUEST, "guest")
    there = await call.centre.call_into_room(phone, call.room, caller_id, prefix=prefix)
    yield Guest(phone, there)
    phone.digits.clear()


async def test_nobody_else_is_hung_up_as_a_third_party(api: Api, call: Desk, guest: Guest) -> None:
    answer = await api.ask("transfer_conference", value="HANGUP_XFER")
    assert answer == f"ERROR: transfer_conference error - {NO_THIRD} - 1000"
    await guest.stays()
    assert len(await in_room(call, "")) == 3


async def test_nobody_else_is_parked_as_a_third_party(api: Api, call: Desk, guest: Guest) -> None:
    assert await api.ask("park_call", value="PARK_XFER") == f"ERROR: park_call error - {NO_THIRD} - 1000"
    await guest.stays()
    assert await call.centre.rows.all("SELECT channel FROM parked_channels") == []


async def test_the_customer_is_not_left_with_somebody_else(api: Api, call: Desk, guest: Guest) -> None:
    answer = await api.ask("transfer_conference", value="LEAVE_3WAY_CALL")
    assert answer == f"ERROR: transfer_conference error - {NO_THIRD} - 1000"
    await guest.stays()
    assert (await call.flags())["conf_exten"] == call.room


async def test_digits_are_for_the_customer_alone(api: Api, call: Desk, guest: Guest) -> None:
    assert await api.ask("send_dtmf", value="42") == "SUCCESS: send_dtmf function set - 42|1000"
    await until(lambda: "".join(digit.key for digit in call.customer.digits) == "42")
    assert guest.phone.digits == []


async def test_while_the_customer_waits_nobody_is_there_for_digits(api: Api, guest: Guest) -> None:
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await hears(guest.call, {AGENT})
    assert await api.ask("send_dtmf", value="42") == "ERROR: send_dtmf error - nobody is in the agent session - 1000"
    answer = await api.ask("park_call", value="HANGUP_XFER_GRAB_CUSTOMER")
    assert answer == f"ERROR: park_call error - {NO_THIRD} - 1000"
    await hears(guest.call, {AGENT})
    assert guest.phone.digits == []


async def test_a_supervisor_alone_in_the_room_is_no_agent(api: Api, call: Desk) -> None:
    """The agent's phone is gone; whoever is left does not get the customer."""
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    boss = await call.centre.call_into_room(
        await call.centre.phone("gs105", GUEST, "guest"), call.room, '"boss" <105>', prefix="6"
    )
    assert call.line.agent is not None
    await call.line.agent.hangup()
    await hears(boss, set())
    assert await api.ask("park_call", value="GRAB_CUSTOMER") == "ERROR: park_call error - agent session is empty - 1000"
    await hears(call.line.customer, set(), music=True)
