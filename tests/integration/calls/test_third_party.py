"""transfer_conference DIAL_WITH_CUSTOMER, PARK_CUSTOMER_DIAL and HANGUP_XFER, and what becomes of the third party."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import pytest
from lab.phone import Phone
from lab.tones import PERSON
from lab.until import until
from parts import AGENT, CUSTOMER, NUMBER, THIRD, Api, Desk, dial_third, hears, let_pass

pytestmark = pytest.mark.asyncio(loop_scope="module")
ENDED = ("busy", "no answer", "failed", "cancelled", "ended", "unknown")


async def transfer(api: Api, value: str, **more: str) -> str:
    return await api.ask("transfer_conference", value=value, **more)


async def outcome(api: Api, call_id: str, within: float = 8) -> dict[str, Any]:
    """Wait until a third party's call has ended, and give what is told of it."""

    async def over() -> dict[str, Any] | None:
        told = await api.state(call_id)
        return told if told["state"] in ENDED else None

    return await until(over, within)


async def test_all_three_hear_each_other(api: Api, call: Desk, third: Phone) -> None:
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", phone_number=NUMBER)
    start = f"SUCCESS: transfer_conference function set - DIAL_WITH_CUSTOMER||{NUMBER}|NO|1000|{call.line.call_id}|"
    assert re.fullmatch(re.escape(start) + r"DC\d{6}W0000001002W\|", answer)
    await hears(await third.talking(10), {AGENT, CUSTOMER})
    await hears(call.line.customer, {AGENT, THIRD})
    await hears(call.line.agent, {CUSTOMER, THIRD})


async def test_the_call_is_told_from_its_first_ring_to_its_end(api: Api, call: Desk, third: Phone) -> None:
    third.auto_answer = False
    call_id = await dial_third(api)
    ringing = await third.ringing()
    told = await until(lambda: _in_state(api, call_id, "ringing"))
    assert (told["agent"], told["lead_id"], told["number"]) == ("1000", call.line.lead_id, f"91{NUMBER}")
    assert told["channel"].startswith("PJSIP/customer2-")
    await ringing.answer()
    told = await until(lambda: _in_state(api, call_id, "answered"))
    assert told["started"] <= told["rang"] <= told["answered"]
    await ringing.hangup()
    told = await outcome(api, call_id)
    assert (told["state"], told["cause"]) == ("ended", 16)
    assert (await api.ready())["third_party_calls"]["answered"] >= 1


@pytest.mark.parametrize(
    ("number", "state", "cause"),
    [
        ("5554861111", "busy", 17),
        ("5554041111", "failed", 1),
        ("5555031111", "failed", 34),
        ("5555021111", "failed", 27),
        ("5554801111", "no answer", 19),
    ],
)
@pytest.mark.usefixtures("call")
async def test_why_nobody_answered_is_told(api: Api, number: str, state: str, cause: int) -> None:
    told = await outcome(api, await dial_third(api, number))
    assert (told["state"], told["cause"]) == (state, cause)


async def test_a_third_party_that_hangs_up_is_logged_and_one_that_is_hung_up_is_not(
    api: Api, call: Desk, third: Phone
) -> None:
    rows = call.centre.rows
    call_id = await dial_third(api)
    await (await third.talking(10)).hangup()
    await outcome(api, call_id)

    async def logged() -> bool:  # written just after the outcome
        row = await rows.one("SELECT * FROM user_call_log")
        return row["xfer_hungup"] == "XFER_3WAYHangup" and row["xfer_hungup_datetime"] is not None

    await until(logged)
    await rows.run("DELETE FROM user_call_log")
    await let_pass(rows)
    call_id = await dial_third(api)
    await third.talking(10)
    await transfer(api, "HANGUP_XFER")
    assert (await outcome(api, call_id))["state"] == "ended"
    assert (await rows.one("SELECT * FROM user_call_log"))["xfer_hungup"] == ""


async def test_the_rows_of_a_dial_are_those_of_vicidial(api: Api, call: Desk) -> None:
    rows = call.centre.rows
    for table in ("vicidial_dial_log", "vicidial_dial_cid_log", "vicidial_user_dial_log", "vicidial_sessions_recent"):
        await rows.run(f"DELETE FROM {table}")
    call_id = await dial_third(api)
    channel = f"Local/91{NUMBER}@default"
    dialled = await rows.one("SELECT * FROM vicidial_dial_log")
    assert (dialled["caller_code"], dialled["lead_id"], dialled["extension"]) == (call_id, 1002, "9600051")
    assert (dialled["channel"], dialled["context"], dialled["timeout"]) == (channel, "default", 0)
    assert dialled["outbound_cid"] == f'"{call_id}" <7275550100>'
    shown = await rows.one("SELECT * FROM vicidial_dial_cid_log")
    assert (shown["caller_code"], shown["call_type"], shown["call_alt"]) == (call_id, "MANUAL", "XFER_3WAY")
    assert (shown["outbound_cid"], shown["outbound_cid_type"]) == ("7275550100", "AGENT")
    by_agent = await rows.one("SELECT * FROM vicidial_user_dial_log")
    assert (by_agent["caller_code"], by_agent["user"], by_agent["call_type"]) == (call_id, "1000", "DC")
    recent = await rows.one("SELECT * FROM vicidial_sessions_recent")
    assert (recent["lead_id"], recent["user"], recent["conf_exten"]) == (1002, "1000", "9600051")
    assert (recent["campaign_id"], recent["call_type"]) == ("DEMO", "X")
    logged = await rows.one("SELECT * FROM user_call_log")
    assert (logged["call_type"], logged["phone_number"], logged["number_dialed"]) == ("XFER_3WAY", "9600051", channel)
    assert (logged["callerid"], logged["lead_id"], logged["customer_hungup"]) == ("7275550100", 1002, "")


@pytest.mark.parametrize(
    ("settings", "more", "caller"),
    [
        ("", {}, "7275550100"),
        ("three_way_call_cid = 'AGENT_PHONE'", {}, "7275550101"),
        ("", {"cid_choice": "CUSTOMER"}, "7275551212"),
        ("", {"group_alias": "DEFAULT"}, "7275550199"),
    ],
    ids=["campaign", "the campaign's choice", "the request's choice", "group alias"],
)
async def test_the_third_party_sees_the_chosen_number(
    api: Api, call: Desk, settings: str, more: dict[str, str], caller: str
) -> None:
    rows, started = call.centre.rows, time.monotonic()
    if settings:
        await rows.run(f"UPDATE vicidial_campaigns SET {settings}")
    try:
        call_id = await dial_third(api, **more)
    finally:
        await rows.run("UPDATE vicidial_campaigns SET three_way_call_cid = 'CAMPAIGN'")
    begun = await call.centre.witness.event("DialBegin", since=started, CallerIDName=call_id)
    assert begun["CallerIDNum"] == caller


@pytest.mark.parametrize(
    ("settings", "asked", "dialled"),
    [
        ("dial_prefix = '9'", {}, f"91{NUMBER}"),
        ("three_way_dial_prefix = 'X'", {}, f"1{NUMBER}"),
        ("omit_phone_code = 'Y'", {}, f"9{NUMBER}"),
        ("dial_prefix = '9'", {"dial_override": "YES"}, NUMBER),
        ("dial_prefix = '9'", {"number": "8301"}, "8301"),
    ],
    ids=["prefix and code", "no prefix", "no code", "override", "an extension of the house"],
)
async def test_the_dial_string_is_the_campaigns(
    api: Api, call: Desk, settings: str, asked: dict[str, str], dialled: str
) -> None:
    rows = call.centre.rows
    await rows.run(f"UPDATE vicidial_campaigns SET {settings}")
    try:
        call_id = await dial_third(api, **asked)
    finally:
        await rows.run(
            "UPDATE vicidial_campaigns SET dial_prefix = '9', three_way_dial_prefix = '', omit_phone_code = 'N'"
        )
    assert (await api.state(call_id))["number"] == dialled
    await transfer(api, "HANGUP_XFER")


async def test_an_agent_of_an_in_group_is_consulted(api: Api, call: Desk) -> None:
    answer = await transfer(
        api, "DIAL_WITH_CUSTOMER", consultative="YES", ingroup_choices="SALESLINE", phone_number="1001"
    )
    assert answer.startswith(
        f"SUCCESS: transfer_conference function set - DIAL_WITH_CUSTOMER|SALESLINE|1001|YES|1000|{call.line.call_id}|DC"
    )
    event = await call.centre.witness.event("UserEvent", UserEvent="InGroup", Lead="1002")
    assert re.fullmatch(r"990009\*SALESLINE\*CXFER\*1002\*\*7275551212\*1000\*1001\*\d+\*", event["Target"])


async def test_the_parked_customer_waits_while_the_third_party_talks(api: Api, call: Desk, third: Phone) -> None:
    answer = await transfer(api, "PARK_CUSTOMER_DIAL", phone_number=NUMBER)
    assert answer.startswith("SUCCESS"), answer
    await hears(await third.talking(10), {AGENT})
    await hears(call.line.customer, set(), music=True)


async def test_park_and_dial_dials_nowhere_and_parks_nobody_without_a_target(api: Api, call: Desk) -> None:
    answer = await transfer(api, "PARK_CUSTOMER_DIAL", phone_number="777")
    assert answer == "ERROR: transfer_conference error - extension not found on server - 1000|777"
    await hears(call.line.customer, {AGENT})
    assert await call.centre.rows.all("SELECT * FROM parked_channels") == []


async def test_a_ringing_third_party_is_cancelled(api: Api, third: Phone) -> None:
    third.auto_answer = False
    call_id = await dial_third(api)
    await third.ringing()
    assert (await transfer(api, "HANGUP_XFER")).startswith("SUCCESS")
    await until(lambda: third.current is None)
    assert (await outcome(api, call_id))["state"] == "cancelled"


async def test_nobody_is_hung_up_when_there_is_no_third_party(api: Api, call: Desk) -> None:
    answer = await transfer(api, "HANGUP_XFER")
    assert answer == "ERROR: transfer_conference error - no third party on the line - 1000"
    await hears(call.line.customer, {AGENT})


async def test_nobody_is_dialled_into_an_empty_session(api: Api, call: Desk) -> None:
    assert call.line.agent is not None
    await call.line.agent.hangup()
    await call.centre.witness.event("ConfbridgeLeave", Channel=await _agent_channel(call))
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", phone_number=NUMBER)
    assert answer == "ERROR: transfer_conference error - agent session is empty - 1000"
    assert await call.centre.rows.all("SELECT * FROM user_call_log") == []


async def test_a_second_third_party_is_refused_when_the_request_says_so(api: Api, third: Phone) -> None:
    third.auto_answer = False
    await dial_third(api)
    await third.ringing()
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", phone_number=NUMBER, tw_check="YES")
    assert answer == "ERROR: agent_user has current active 3-way call - 1000|1|0|YES"
    await third.ringing()
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", phone_number="5559991234", tw_check="YES")
    assert answer == "ERROR: agent_user has current active 3-way call - 1000|1|0|YES"


async def test_digits_reach_customer_and_third_party_and_not_the_agent(api: Api, call: Desk, third: Phone) -> None:
    await dial_third(api)
    await third.talking(10)
    assert (await api.ask("send_dtmf", value="12S")).startswith("SUCCESS")
    await until(lambda: [_keys(call.customer), _keys(third)] == ["12*", "12*"])
    await asyncio.sleep(0.3)
    assert not call.phone.digits


async def test_several_phones_are_offered_before_the_dial(api: Api, call: Desk) -> None:
    rows = call.centre.rows
    phones = "7275551111,7275551112"
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", phone_number="5559991111", multi_dial_phones=phones)
    assert re.search(r"\|Multi-phones: 2 2 1\|DC\d{6}W0000001002W\|$", answer)
    assert (await rows.one("SELECT * FROM vicidial_3way_press_multi"))["phone_numbers"] == phones
    await rows.run("DELETE FROM vicidial_3way_press_multi")
    await hears(call.line.customer, {AGENT, PERSON})


async def test_strangers_and_wrong_passwords_learn_nothing_of_a_call(api: Api, call: Desk) -> None:
    call_id = await dial_third(api)
    base = api.server.make_url("/calls/")
    for query, code in (("", 401), ("?user=6666&pass=wrong", 401), ("?user=6666&pass=1234", 200)):
        async with api.client.get(f"{base}{call_id}{query}") as response:
            assert response.status == code
            assert ("number" in await response.text()) is (code == 200)
    async with api.client.get(f"{base}{call_id}", headers={"Authorization": "Basic NjY2NjoxMjM0"}) as response:
        assert (await response.json())["agent"] == call.line.user
    assert (await api.state("DC000000W0000000000W"))["code"] == 404


async def _in_state(api: Api, call_id: str, state: str) -> dict[str, Any] | None:
    told = await api.state(call_id)
    return told if told["state"] == state else None


def _keys(phone: Phone) -> str:
    return "".join(digit.key for digit in phone.digits)


async def _agent_channel(desk: Desk) -> str:
    joined = [event for event in desk.centre.witness.events if event.name == "ConfbridgeJoin"]
    return next(event["Channel"] for event in reversed(joined) if event["Channel"].startswith("PJSIP/gs101-"))
