"""Rows with odd texts on a real Asterisk: nobody is sent elsewhere, and a third party stays ours to command."""

from __future__ import annotations

import time

import pytest
from lab.phone import Phone
from lab.until import until
from parts import NUMBER, Api, Desk, dial_third

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("number", ["7@trunkinbound/n", "5557021111@default", "1*6666*6666", "5557021111/n"])
@pytest.mark.parametrize(
    "more",
    [{"value": "DIAL_WITH_CUSTOMER", "consultative": "YES"}, {"value": "LOCAL_CLOSER"}],
    ids=["consult", "closer"],
)
async def test_a_callers_number_chooses_no_context_and_no_field(
    api: Api, call: Desk, number: str, more: dict[str, str]
) -> None:
    rows, started = call.centre.rows, time.monotonic()
    await rows.run("UPDATE vicidial_auto_calls SET phone_number = %s WHERE callerid = %s", number, call.line.call_id)
    answer = await api.ask("transfer_conference", ingroup_choices="SALESLINE", **more)
    what = "value not allowed in a dial string - 1000|number of the call"
    assert answer == f"ERROR: transfer_conference error - {what}"
    assert not [
        event
        for event in call.centre.witness.events
        if event.at > started and event.name == "Newchannel" and event["Channel"].startswith("Local/")
    ]
    assert call.customer.calls[-1].ended is False


@pytest.mark.parametrize("text", ['Tom "T" <5551>', "5551> <", "Tom, T", "727-CALL"])
async def test_a_free_text_as_caller_id_leaves_the_third_party_ours_to_command(
    api: Api, call: Desk, third: Phone, text: str
) -> None:
    rows, started = call.centre.rows, time.monotonic()
    await rows.run("UPDATE vicidial_list SET security_phrase = %s WHERE lead_id = %s", text, call.line.lead_id)
    call_id = await dial_third(api, cid_choice="CUSTOM_CID")
    shown = await call.centre.witness.event("DialBegin", since=started, CallerIDName=call_id)
    assert shown["CallerIDNum"] == "7275550100"
    talking = await third.talking(10)
    answer = await api.ask("transfer_conference", value="HANGUP_XFER")
    assert answer.startswith("SUCCESS: transfer_conference function set - HANGUP_XFER")
    await until(lambda: talking.ended)


async def test_a_free_text_as_the_campaigns_number_leaves_it_too(api: Api, call: Desk, third: Phone) -> None:
    rows, started = call.centre.rows, time.monotonic()
    await rows.run("UPDATE vicidial_campaigns SET campaign_cid = 'T \"x\" <1>'")
    try:
        call_id = await dial_third(api, number=NUMBER)
    finally:
        await rows.run("UPDATE vicidial_campaigns SET campaign_cid = '7275550100'")
    await call.centre.witness.event("DialBegin", since=started, CallerIDName=call_id)
    await third.talking(10)
    assert (await api.ask("park_call", value="PARK_XFER")).startswith("SUCCESS")
