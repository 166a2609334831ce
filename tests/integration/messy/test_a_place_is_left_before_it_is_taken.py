"""Rooms that let in only so many: who leaves first makes place; and rooms that are a transfer's target."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.phone import Phone
from lab.until import until
from parts import AGENT, CUSTOMER, THIRD, Api, Desk, dial_third, hears
from situations import RemoteDesk, in_room, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
SMALL_ROOM, COLLEAGUES = "9600098", "9600052"
COLLEAGUE = 850


# ---- a room for two


@pytest_asyncio.fixture(loop_scope="module")
async def pair(desk: Desk) -> AsyncIterator[Desk]:
    """Agent and customer in a room for two."""
    centre, line = desk.centre, desk.line
    await centre.clear()
    line.room = SMALL_ROOM
    await centre.rows.run("UPDATE vicidial_live_agents SET conf_exten = %s WHERE user = '1000'", SMALL_ROOM)
    line.agent = await centre.call_into_room(desk.phone, SMALL_ROOM, f'"S261123080000{SMALL_ROOM}" <0>', prefix="2")
    await centre.deliver(line, desk.customer)
    yield desk


async def test_agent_customer_and_third_party_take_turns(api: Api, pair: Desk) -> None:
    third = await pair.centre.phone("customer2", THIRD, "third party")
    answer = await api.ask("transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number="5557021111")
    assert answer == f"ERROR: transfer_conference error - conference is full - 1000|{SMALL_ROOM}"
    answer = await api.ask("transfer_conference", value="PARK_CUSTOMER_DIAL", phone_number="5557021111")
    assert answer.startswith("SUCCESS"), answer
    await hears(await third.talking(10), {AGENT})
    assert (await api.ask("park_call", value="SWAP_PARK_XFER")).startswith("SUCCESS")
    await hears(pair.line.customer, {AGENT})
    await hears(third.current, set(), music=True)
    assert (await api.ask("park_call", value="SWAP_PARK_CUSTOMER")).startswith("SUCCESS")
    await hears(third.current, {AGENT})
    assert (await api.ask("park_call", value="HANGUP_XFER_GRAB_CUSTOMER")).startswith("SUCCESS")
    await hears(pair.line.customer, {AGENT})
    assert third.current is None


async def test_a_third_party_that_waits_makes_no_place_by_its_end(api: Api, pair: Desk) -> None:
    """It is in no room: a guest took its place, and the customer would find none."""
    third = await pair.centre.phone("customer2", THIRD, "third party")
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await dial_third(api)
    await hears(await third.talking(10), {AGENT})
    assert (await api.ask("park_call", value="PARK_XFER")).startswith("SUCCESS")
    guest = await pair.centre.phone("gs105", COLLEAGUE, "guest")
    await pair.centre.call_into_room(guest, SMALL_ROOM, '"boss" <105>')
    answer = await api.ask("park_call", value="HANGUP_XFER_GRAB_CUSTOMER")
    assert answer == f"ERROR: park_call error - conference is full - 1000|{SMALL_ROOM}"
    await hears(third.current, set(), music=True)
    await hears(pair.line.customer, set(), music=True)


async def test_limits_are_not_for_administrators(api: Api, pair: Desk) -> None:
    guest = await pair.centre.phone("gs105", COLLEAGUE, "guest")
    assert pair.line.agent is not None
    await pair.line.agent.hangup()
    await pair.centre.call_into_room(guest, SMALL_ROOM, '"boss" <105>')
    assert await api.ask("call_agent", value="CALL") == "SUCCESS: call_agent function sent - 1000"
    await hears(await pair.phone.talking(10), {CUSTOMER, COLLEAGUE})


# ---- a room as the target of a transfer


@pytest_asyncio.fixture(loop_scope="module")
async def locked(desk: Desk) -> Desk:
    """A colleague sits in a room that is locked."""
    colleague = await desk.centre.phone("gs105", COLLEAGUE, "colleague")
    await desk.centre.call_into_room(colleague, COLLEAGUES, '"S2611230800009600052" <0>', prefix="2")
    await desk.centre.witness.do("ConfbridgeLock", Conference=COLLEAGUES)
    return desk


async def test_a_customer_is_not_sent_into_a_locked_room(api: Api, locked: Desk) -> None:
    await locked.centre.deliver(locked.line, locked.customer)
    before = await told(locked.centre.rows, locked.line)
    for value in ("BLIND_TRANSFER", "DIAL_WITH_CUSTOMER"):
        answer = await api.ask("transfer_conference", value=value, phone_number=COLLEAGUES)
        assert answer == f"ERROR: transfer_conference error - conference is locked - 1000|{COLLEAGUES}"
    await hears(locked.line.customer, {AGENT})
    assert await told(locked.centre.rows, locked.line) == before
    await locked.centre.witness.do("ConfbridgeUnlock", Conference=COLLEAGUES)
    answer = await api.ask("transfer_conference", value="BLIND_TRANSFER", phone_number=COLLEAGUES)
    assert answer.startswith("SUCCESS"), answer
    await hears(locked.line.customer, {COLLEAGUE})


@pytest.mark.usefixtures("locked")
async def test_a_remote_agents_customer_is_not_sent_into_a_locked_room(api: Api, remote: RemoteDesk) -> None:
    await remote.centre.deliver_remote(remote.line, remote.customer, remote.agent)
    answer = await remote.control(api, "EXTENSIONTRANSFER", phone_number=COLLEAGUES)
    assert answer == f"ERROR: ra_call_control error - conference is locked - 1028|{COLLEAGUES}"
    await hears(remote.line.customer, {AGENT})
    assert await remote.calls() == [remote.line.call_id]
    await remote.centre.witness.do("ConfbridgeUnlock", Conference=COLLEAGUES)
    answer = await remote.control(api, "EXTENSIONTRANSFER", phone_number=COLLEAGUES)
    assert answer.startswith("SUCCESS"), answer
    await hears(remote.line.customer, {COLLEAGUE})


async def test_a_room_that_is_not_in_use_lets_everybody_in(api: Api, call: Desk) -> None:
    await call.centre.witness.action("ConfbridgeLock", Conference="9600077")
    answer = await api.ask("transfer_conference", value="BLIND_TRANSFER", phone_number="9600077")
    assert answer.startswith("SUCCESS"), answer
    await until(lambda: in_room(call, "PJSIP/customer1-", "9600077"))


async def test_a_third_phone_is_not_rung_for_a_locked_room(api: Api, call: Desk, third: Phone) -> None:
    await call.centre.witness.do("ConfbridgeLock", Conference=call.room)
    answer = await api.ask("transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number="5557021111")
    assert answer == f"ERROR: transfer_conference error - conference is locked - 1000|{call.room}"
    assert third.current is None
