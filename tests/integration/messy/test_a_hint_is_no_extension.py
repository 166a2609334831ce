"""A row of the dialplan is an extension only if a call can go there: at its first step, now, for this caller.

`ShowDialPlan` lists every row: hints, later steps, rows for one caller, includes that are closed now.
"""

from __future__ import annotations

import pytest
import pytest_asyncio
from lab.contact_centre import ContactCentre
from lab.tones import PERSON
from parts import AGENT, Api, Desk, hears
from situations import RemoteDesk, check, told, wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOWHERE = {
    "a lamp": "7001",
    "a lamp's pattern, included": "7012",
    "without a first step": "7002",
    "for another caller": "7003",
    "closed now": "7004",
}


@pytest.mark.parametrize("number", NOWHERE.values(), ids=NOWHERE)
async def test_nobody_is_sent_where_no_call_can_go(api: Api, call: Desk, number: str) -> None:
    before = await told(call.centre.rows, call.line)
    answer = await api.ask("transfer_conference", value="BLIND_TRANSFER", phone_number=number, dial_override="YES")
    assert answer == f"ERROR: transfer_conference error - extension not found on server - 1000|{number}"
    await hears(call.line.customer, {AGENT})
    assert await told(call.centre.rows, call.line) == before


async def test_nobody_is_parked_where_no_call_can_go(api: Api, call: Desk) -> None:
    rows = call.centre.rows
    before = await told(rows, call.line)
    await rows.run("UPDATE vicidial_campaigns SET park_ext = '7001' WHERE campaign_id = 'DEMO'")
    try:
        answer = await api.ask("park_call", value="PARK_CUSTOMER")
    finally:
        await rows.run("UPDATE vicidial_campaigns SET park_ext = '8301' WHERE campaign_id = 'DEMO'")
    assert answer == "ERROR: park_call error - extension not found on server - 1000|7001"
    await hears(call.line.customer, {AGENT})
    assert await told(rows, call.line) == before


@pytest.mark.parametrize("number", ["7001", "7002", "7004"])
async def test_nobody_is_dialled_where_no_call_can_go(api: Api, call: Desk, number: str) -> None:
    answer = await api.ask("transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number=number, dial_override="YES")
    assert answer == f"ERROR: transfer_conference error - extension not found on server - 1000|{number}"
    assert await call.centre.rows.all("SELECT call_id FROM telectl_calls") == []


async def test_a_customer_is_not_parked_for_a_dial_that_cannot_be(api: Api, call: Desk) -> None:
    answer = await api.ask("transfer_conference", value="PARK_CUSTOMER_DIAL", phone_number="7001", dial_override="YES")
    assert answer == "ERROR: transfer_conference error - extension not found on server - 1000|7001"
    await hears(call.line.customer, {AGENT})


@pytest.mark.parametrize("number", ["7001", "7002"])
async def test_a_remote_agents_customer_is_not_sent_where_no_call_can_go(
    api: Api, remote: RemoteDesk, number: str
) -> None:
    await remote.centre.deliver_remote(remote.line, remote.customer, remote.agent)
    answer = await remote.control(api, "EXTENSIONTRANSFER", phone_number=number)
    assert answer == f"ERROR: ra_call_control error - extension not found on server - 1028|{number}"
    await hears(remote.line.customer, {AGENT})
    assert await remote.calls() == [remote.line.call_id]


async def test_check_takes_no_lamp_for_a_room(centre: ContactCentre) -> None:
    """A context that holds nothing but lamps for every number has neither rooms nor park."""
    await centre.rows.run("UPDATE servers SET ext_context = 'lamps'")
    try:
        status, lines = await check(database_url=centre.database_url)
    finally:
        await centre.rows.run("UPDATE servers SET ext_context = 'default'")
    assert status == 1, lines
    assert "8301@lamps" in wrong(lines)


# ---- an extension for certain callers: for whom it is one depends on who goes there


@pytest_asyncio.fixture(loop_scope="module")
async def known_caller(call: Desk) -> Desk:
    """The customer calls from the number that 7003 is for."""
    await call.centre.witness.do("Setvar", Channel=call.line.channel, Variable="CALLERID(num)", Value="5550009999")
    return call


async def test_a_customer_is_sent_where_only_its_number_may_go(api: Api, known_caller: Desk) -> None:
    answer = await api.ask("transfer_conference", value="BLIND_TRANSFER", phone_number="7003", dial_override="YES")
    assert answer.startswith("SUCCESS"), answer
    await hears(known_caller.line.customer, {PERSON})


async def test_a_third_party_is_dialled_by_a_route_for_its_caller(api: Api, call: Desk) -> None:
    """Whose number the third party will see is known to Asterisk once it is dialled."""
    campaign_cid = "UPDATE vicidial_campaigns SET campaign_cid = %s WHERE campaign_id = 'DEMO'"
    await call.centre.rows.run(campaign_cid, "5550009999")
    try:
        answer = await api.ask(
            "transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number="7003", dial_override="YES"
        )
        assert answer.startswith("SUCCESS"), answer
        await hears(call.line.customer, {AGENT, PERSON})
    finally:
        await call.centre.rows.run(campaign_cid, "7275550100")
