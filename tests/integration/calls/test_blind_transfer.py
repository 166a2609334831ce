"""BLIND_TRANSFER, LEAVE_VM, LOCAL_CLOSER and HANGUP_BOTH: where the customer is, and what the rows say."""

from __future__ import annotations

import time
from typing import Any

import pytest
from lab.phone import Phone
from lab.tones import MESSAGE, PERSON
from lab.until import until
from parts import AGENT, Api, Desk, dial_third, hears

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def transfer(api: Api, value: str, **more: str) -> str:
    return await api.ask("transfer_conference", value=value, **more)


async def call_rows(desk: Desk) -> list[dict[str, Any]]:
    return await desk.centre.rows.all("SELECT * FROM vicidial_auto_calls WHERE lead_id = %s", desk.line.lead_id)


async def outbound_log(desk: Desk) -> dict[str, Any]:
    return await desk.centre.rows.one("SELECT * FROM vicidial_log WHERE uniqueid = %s", desk.line.uniqueid)


async def released(desk: Desk) -> bool:
    """Return whether the agent's row and log say that its call is over and the lead is still to be disposed of."""
    agent = await desk.flags()
    log = await desk.centre.rows.one("SELECT * FROM vicidial_agent_log WHERE agent_log_id = %s", agent["agent_log_id"])
    shown = (agent["status"], agent["callerid"], agent["channel"], agent["uniqueid"], agent["comments"])
    ended = log["dispo_epoch"] and log["uniqueid"] == desk.line.uniqueid and log["talk_sec"] is not None
    return shown == ("PAUSED", "", "", "0", "") and agent["lead_id"] == desk.line.lead_id and bool(ended)


async def test_a_blind_transfer_sends_the_customer_to_the_number(api: Api, call: Desk) -> None:
    answer = await transfer(api, "BLIND_TRANSFER", phone_number="5559991111")
    assert answer == (
        "SUCCESS: transfer_conference function set - BLIND_TRANSFER||5559991111|NO|1000|" + call.line.call_id + "|"
    )
    await hears(call.line.customer, {PERSON})
    await hears(call.line.agent, set())
    assert await released(call)
    assert await call_rows(call) == []
    logged = await outbound_log(call)
    assert (logged["status"], logged["term_reason"]) == ("XFER", "AGENT")
    assert logged["end_epoch"] >= logged["start_epoch"]
    extended = await call.centre.rows.one("SELECT * FROM vicidial_log_extended WHERE uniqueid = %s", call.line.uniqueid)
    assert (extended["caller_code"], extended["lead_id"]) == (call.line.call_id, call.line.lead_id)


async def test_a_parked_customer_is_transferred_too(api: Api, call: Desk) -> None:
    await api.ask("park_call", value="PARK_CUSTOMER")
    await hears(call.line.customer, set(), music=True)
    answer = await transfer(api, "BLIND_TRANSFER", phone_number="5559991111")
    assert answer.startswith("SUCCESS"), answer
    await hears(call.line.customer, {PERSON})
    rows = call.centre.rows
    assert await rows.all("SELECT * FROM parked_channels") == []
    assert (await rows.one("SELECT status FROM park_log"))["status"] == "GRABBED"
    assert await released(call)


async def test_a_target_that_is_not_there_never_costs_the_call(api: Api, call: Desk) -> None:
    before = await call_rows(call), await outbound_log(call), await call.flags()
    answer = await transfer(api, "BLIND_TRANSFER", phone_number="777")
    assert answer == "ERROR: transfer_conference error - extension not found on server - 1000|777"
    await hears(call.line.customer, {AGENT})
    assert (await call_rows(call), await outbound_log(call), await call.flags()) == before


async def test_a_call_that_ends_at_its_target_is_told_and_the_agent_is_released(api: Api, call: Desk) -> None:
    answer = await transfer(api, "BLIND_TRANSFER", phone_number="5554861111")
    assert answer == "ERROR: transfer_conference error - call ended at its target - 1000"
    assert await released(call)


async def test_voicemail_plays_the_message_and_keeps_the_calls_row(api: Api, call: Desk) -> None:
    answer = await transfer(api, "LEAVE_VM")
    assert answer == f"SUCCESS: transfer_conference function set - LEAVE_VM|||NO|1000|{call.line.call_id}|"
    await hears(call.line.customer, {MESSAGE})
    left = await call.centre.witness.event("UserEvent", UserEvent="Message", Kind="left")
    assert left["Target"] == "8320*DEMO*1*7275551212*1002"
    assert await released(call)
    assert [row["callerid"] for row in await call_rows(call)] == [call.line.call_id]
    assert (await outbound_log(call))["status"] == "XFER"


@pytest.mark.parametrize(
    ("asked", "group", "agent"),
    [
        ({"ingroup_choices": "SALESLINE"}, "SALESLINE", ""),
        ({"ingroup_choices": "DEFAULTINGROUP"}, "SALESLINE", ""),
        ({"ingroup_choices": "AGENTDIRECT", "phone_number": "1001"}, "AGENTDIRECT", "1001"),
    ],
    ids=["in-group", "default in-group", "agent"],
)
async def test_the_customer_waits_in_the_in_group(
    api: Api, call: Desk, asked: dict[str, str], group: str, agent: str
) -> None:
    answer = await transfer(api, "LOCAL_CLOSER", **asked)
    assert answer.startswith(f"SUCCESS: transfer_conference function set - LOCAL_CLOSER|{group}|{agent}|NO|1000|")
    await hears(call.line.customer, set(), music=True)
    events = [event for event in call.centre.witness.events if event.matches("UserEvent", UserEvent="InGroup")]
    assert events[-1]["Target"] == f"990009*{group}**1002**7275551212*1000*{agent}*"
    assert await released(call)
    assert await call_rows(call) == []


async def test_an_agent_must_be_named_for_agentdirect(api: Api, call: Desk) -> None:
    answer = await transfer(api, "LOCAL_CLOSER", ingroup_choices="AGENTDIRECT")
    assert answer == "ERROR: transfer_conference error - phone_number is required - 1000"
    await hears(call.line.customer, {AGENT})


async def test_an_extension_that_asterisk_would_cut_is_stored(api: Api, call: Desk) -> None:
    answer = await transfer(api, "LOCAL_CLOSER", ingroup_choices="SALESLINE", phone_number="5" * 60)
    assert answer.startswith("SUCCESS"), answer
    stored = await call.centre.rows.one("SELECT * FROM vicidial_long_extensions ORDER BY le_id DESC")
    assert stored["extension"] == f"990009*SALESLINE**1002**7275551212*1000*{'5' * 60}*"
    await call.centre.witness.event("UserEvent", UserEvent="InGroup", Target=f"990009**LEXTEN*{stored['le_id']}")
    await hears(call.line.customer, set(), music=True)


LONG_NUMBER = "7" * 80


@pytest.mark.parametrize("number", [LONG_NUMBER, f"1234*{LONG_NUMBER}"], ids=["digits", "with an asterisk"])
@pytest.mark.parametrize("value", ["BLIND_TRANSFER", "DIAL_WITH_CUSTOMER", "PARK_CUSTOMER_DIAL"])
async def test_a_number_that_asterisk_would_cut_is_refused(api: Api, call: Desk, value: str, number: str) -> None:
    """Only an in-group's extension can be looked up by an id; another number, cut, would be somebody else's."""
    started, stored = time.monotonic(), "SELECT * FROM vicidial_long_extensions"
    before = await call.centre.rows.all(stored)
    answer = await transfer(api, value, phone_number=number, dial_override="YES")
    assert answer == f"ERROR: transfer_conference error - extension is too long - 1000|{number}"
    assert await call.centre.rows.all(stored) == before
    assert await call.centre.rows.all("SELECT * FROM parked_channels") == []
    new = [event for event in call.centre.witness.events if event.at > started and event.name == "Newchannel"]
    assert new == []
    assert call.customer.calls[-1].ended is False


async def test_an_inbound_call_is_closed_in_its_own_log(api: Api, desk: Desk) -> None:
    await desk.centre.deliver(desk.line, desk.customer, ingroup="SALESLINE")
    answer = await transfer(api, "BLIND_TRANSFER", phone_number="5559991111")
    assert answer.startswith("SUCCESS"), answer
    logged = await desk.centre.rows.one(
        "SELECT * FROM vicidial_closer_log WHERE lead_id = %s ORDER BY closecallid DESC", desk.line.lead_id
    )
    assert (logged["status"], logged["term_reason"], logged["end_epoch"] is not None) == ("XFER", "AGENT", True)
    assert (await desk.flags())["last_inbound_call_finish"] is not None
    assert await released(desk)


async def test_hanging_up_both_leaves_the_agent_alone_in_its_session(api: Api, call: Desk, third: Phone) -> None:
    await dial_third(api)
    await third.talking(10)
    answer = await transfer(api, "HANGUP_BOTH")
    assert answer == f"SUCCESS: transfer_conference function set - HANGUP_BOTH|||NO|1000|{call.line.call_id}|"
    await until(lambda: third.current is None and call.customer.current is None)
    assert await until(lambda: alone(call))
    assert await released(call)
    assert await call_rows(call) == []
    logged = await outbound_log(call)
    assert (logged["status"], logged["term_reason"]) == ("DISPO", "AGENT")


async def test_hanging_up_both_ends_recorders_and_strangers_too(api: Api, call: Desk) -> None:
    witness = call.centre.witness
    await witness.do(
        "Originate", Channel="Local/8309@default", Context="default", Exten="59600051", Priority="1", Async="true"
    )
    await call.centre.call_into_room(await call.centre.phone("customer3", 800, "stranger"), call.room, '"x" <1>')
    await until(lambda: members(call, 4))
    assert (await transfer(api, "HANGUP_BOTH")).startswith("SUCCESS")
    await until(lambda: alone(call))


async def test_hanging_up_both_ends_a_parked_customer(api: Api, call: Desk) -> None:
    await api.ask("park_call", value="PARK_CUSTOMER")
    assert (await transfer(api, "HANGUP_BOTH")).startswith("SUCCESS")
    await until(lambda: call.customer.current is None)
    assert await call.centre.rows.all("SELECT * FROM parked_channels") == []
    assert await released(call)


@pytest.mark.parametrize("value", ["BLIND_TRANSFER", "LEAVE_VM", "LOCAL_CLOSER", "HANGUP_BOTH"])
async def test_a_customer_that_is_gone_cannot_be_sent_away(api: Api, call: Desk, value: str) -> None:
    assert call.line.customer is not None
    await call.line.customer.hangup()
    await until(lambda: call.centre.witness.seen("Hangup", Channel=call.line.channel))
    await call.centre.hangups.settle()
    before = await outbound_log(call), await call.flags()
    answer = await transfer(api, value, phone_number="5559991111", ingroup_choices="SALESLINE")
    assert answer == "ERROR: transfer_conference error - customer channel not live - 1000"
    assert (await outbound_log(call), await call.flags()) == before


async def members(desk: Desk, number: int) -> bool:
    return len(await desk.centre.witness.members(desk.room)) == number


async def alone(desk: Desk) -> bool:
    found = await desk.centre.witness.members(desk.room)
    return len(found) == 1 and found[0].startswith("PJSIP/gs101-")
