"""Whoever is sent into a room that is locked or full is hung up: so telectl looks first whether it lets in.

A locked room lets administrators in, which agents' own legs are, and nobody else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import ContactCentre
from lab.phone import Phone
from parts import AGENT, CUSTOMER, THIRD, Api, Desk, dial_third, hears, start_api
from situations import in_room, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
GUEST = 850
SMALL_ROOM = "9600098"
"""Two may be in it."""


async def lock(desk: Desk) -> None:
    await desk.centre.witness.do("ConfbridgeLock", Conference=desk.room)


async def channels(desk: Desk) -> set[str]:
    return {row["Channel"] for row in await desk.centre.witness.channels()}


async def refused(api: Api, desk: Desk, function: str, **parameters: str) -> None:
    """Ask for something that cannot be: it is refused, nobody is moved or hung up or rung, and no row changes."""
    before = await told(desk.centre.rows, desk.line), await channels(desk)
    answer = await api.ask(function, **parameters)
    assert answer.startswith(f"ERROR: {function} error - "), answer
    assert "partial" not in answer
    assert "unknown" not in answer
    assert (await told(desk.centre.rows, desk.line), await channels(desk)) == before, answer


@pytest.mark.parametrize("kind", ["", "_IVR"])
async def test_a_parked_customer_waits_on_while_the_room_is_locked(api: Api, call: Desk, kind: str) -> None:
    assert (await api.ask("park_call", value=f"PARK{kind}_CUSTOMER")).startswith("SUCCESS")
    await lock(call)
    await refused(api, call, "park_call", value=f"GRAB{kind}_CUSTOMER")
    await hears(call.line.customer, set(), music=True)
    await call.centre.witness.do("ConfbridgeUnlock", Conference=call.room)
    assert (await api.ask("park_call", value=f"GRAB{kind}_CUSTOMER")).startswith("SUCCESS")
    await hears(call.line.customer, {AGENT})


@pytest_asyncio.fixture(loop_scope="module")
async def three(api: Api, third: Phone) -> AsyncIterator[Phone]:
    """The third party's phone, which is on the line, too."""
    await dial_third(api)
    await hears(await third.talking(10), {AGENT, CUSTOMER})
    yield third


async def test_a_parked_third_party_waits_on(api: Api, call: Desk, three: Phone) -> None:
    assert (await api.ask("park_call", value="PARK_XFER")).startswith("SUCCESS")
    await hears(three.current, set(), music=True)
    await lock(call)
    await refused(api, call, "park_call", value="GRAB_XFER")
    await hears(three.current, set(), music=True)


async def test_nobody_changes_places_when_one_cannot_come_in(api: Api, call: Desk, three: Phone) -> None:
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await hears(three.current, {AGENT})
    await lock(call)
    await refused(api, call, "park_call", value="SWAP_PARK_XFER")
    await hears(three.current, {AGENT})
    await hears(call.line.customer, set(), music=True)


async def test_the_customer_is_not_parked_for_a_third_party_that_cannot_come_in(
    api: Api, call: Desk, three: Phone
) -> None:
    assert (await api.ask("park_call", value="PARK_XFER")).startswith("SUCCESS")
    await hears(call.line.customer, {AGENT})
    await lock(call)
    await refused(api, call, "park_call", value="SWAP_PARK_CUSTOMER")
    await hears(call.line.customer, {AGENT})
    await hears(three.current, set(), music=True)


async def test_the_third_party_is_not_hung_up_for_a_customer_that_cannot_come_in(
    api: Api, call: Desk, three: Phone
) -> None:
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await lock(call)
    await refused(api, call, "park_call", value="HANGUP_XFER_GRAB_CUSTOMER")
    await hears(three.current, {AGENT})
    await hears(call.line.customer, set(), music=True)


async def test_the_agent_does_not_leave_before_the_customer_can_come_in(api: Api, call: Desk, three: Phone) -> None:
    """LEAVE_3WAY_CALL takes a parked customer back first."""
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await lock(call)
    await refused(api, call, "transfer_conference", value="LEAVE_3WAY_CALL")
    await hears(three.current, {AGENT})
    await hears(call.line.customer, set(), music=True)


@pytest.mark.parametrize("value", ["DIAL_WITH_CUSTOMER", "PARK_CUSTOMER_DIAL"])
async def test_nobody_is_dialled_into_a_locked_room(api: Api, call: Desk, third: Phone, value: str) -> None:
    await lock(call)
    before = len(third.calls)
    await refused(api, call, "transfer_conference", value=value, phone_number="5557021111")
    assert len(third.calls) == before
    await hears(call.line.customer, {AGENT})


async def test_nothing_is_played_into_a_locked_room(api: Api, call: Desk) -> None:
    await lock(call)
    await refused(api, call, "audio_playback", stage="PLAY", value="greeting")


async def test_digits_for_the_room_are_refused_while_it_is_locked(centre: ContactCentre, call: Desk) -> None:
    """`TELECTL_DTMF=room`: a sender joins the room. SUCCESS would say that everybody there hears them."""
    await lock(call)
    async for running in start_api(centre, dtmf="room"):
        answer = await running.ask("send_dtmf", value="42")
        assert answer.startswith("ERROR: send_dtmf error - "), answer
    await hears(call.line.customer, {AGENT})


async def test_the_agents_own_phone_is_let_in(api: Api, call: Desk) -> None:
    await lock(call)
    assert call.line.agent is not None
    await call.line.agent.hangup()
    assert await api.ask("call_agent", value="CALL") == "SUCCESS: call_agent function sent - 1000"
    await hears(await call.phone.talking(10), {CUSTOMER})


# ---- full


@pytest_asyncio.fixture(loop_scope="module")
async def full(api: Api, desk: Desk) -> AsyncIterator[Desk]:
    """An agent in a room for two with a guest, and a customer that waits outside."""
    centre, line = desk.centre, desk.line
    await desk.centre.clear()
    line.room = SMALL_ROOM
    await centre.rows.run("UPDATE vicidial_live_agents SET conf_exten = %s WHERE user = '1000'", SMALL_ROOM)
    line.agent = await centre.call_into_room(desk.phone, SMALL_ROOM, f'"S261123080000{SMALL_ROOM}" <0>', prefix="2")
    await centre.deliver(line, desk.customer)
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await hears(line.customer, set(), music=True)
    guest = await centre.phone("gs105", GUEST, "guest")
    await centre.call_into_room(guest, SMALL_ROOM, '"boss" <105>')
    yield desk


async def test_a_parked_customer_waits_on_while_the_room_is_full(api: Api, full: Desk) -> None:
    await refused(api, full, "park_call", value="GRAB_CUSTOMER")
    await hears(full.line.customer, set(), music=True)
    await full.centre.phones["gs105"].calls[-1].hangup()
    await hears(full.line.agent, set())
    assert (await api.ask("park_call", value="GRAB_CUSTOMER")).startswith("SUCCESS")
    await hears(full.line.customer, {AGENT})


async def test_nobody_is_dialled_into_a_full_room(api: Api, full: Desk, third_phone: Phone) -> None:
    before = len(third_phone.calls)
    await refused(api, full, "transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number="5557021111")
    assert len(third_phone.calls) == before
    assert len(await in_room(full, "PJSIP/", SMALL_ROOM)) == 2


@pytest_asyncio.fixture(loop_scope="module")
async def third_phone(centre: ContactCentre) -> Phone:
    return await centre.phone("customer2", THIRD, "third party")
