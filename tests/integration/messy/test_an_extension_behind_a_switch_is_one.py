"""An extension that no row of the dialplan names is one all the same when a switch finds it (Realtime, Lua, Loopback).

Whatever a phone can dial and a plain Redirect reaches, telectl's commands reach, too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import ContactCentre
from lab.tones import PERSON
from parts import AGENT, CUSTOMER, Api, Desk, hears
from situations import RemoteDesk, check, in_room, wrong

pytestmark = pytest.mark.asyncio(loop_scope="module")
PERSONS, PARK = "6100", "6301"
"""Behind the switch: somebody who answers at once, and the music."""


async def transfer(api: Api, value: str, number: str) -> str:
    return await api.ask("transfer_conference", value=value, phone_number=number, dial_override="YES")


async def test_a_phone_gets_there(call: Desk) -> None:
    """What the others rely on."""
    person = await (await call.centre.phone("gs105", 800)).call(PERSONS)
    await hears(person, {PERSON})


async def test_a_customer_is_sent_there(api: Api, call: Desk) -> None:
    answer = await transfer(api, "BLIND_TRANSFER", PERSONS)
    assert answer.startswith("SUCCESS"), answer
    await hears(call.line.customer, {PERSON})


async def test_a_third_party_is_dialled_there(api: Api, call: Desk) -> None:
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", PERSONS)
    assert answer.startswith("SUCCESS"), answer
    await hears(call.line.customer, {AGENT, PERSON})


async def test_a_customer_is_parked_there_and_comes_back(api: Api, call: Desk) -> None:
    rows = call.centre.rows
    await rows.run("UPDATE vicidial_campaigns SET park_ext = %s WHERE campaign_id = 'DEMO'", PARK)
    try:
        answer = await api.ask("park_call", value="PARK_CUSTOMER")
        assert answer == "SUCCESS: park_call function set - PARK_CUSTOMER|1000"
        await hears(call.line.customer, set(), music=True)
        answer = await api.ask("park_call", value="GRAB_CUSTOMER")
        assert answer == "SUCCESS: park_call function set - GRAB_CUSTOMER|1000"
        await hears(call.line.customer, {AGENT})
    finally:
        await rows.run("UPDATE vicidial_campaigns SET park_ext = '8301' WHERE campaign_id = 'DEMO'")


async def test_a_remote_agents_customer_is_sent_there(api: Api, remote: RemoteDesk) -> None:
    await remote.centre.deliver_remote(remote.line, remote.customer, remote.agent)
    answer = await remote.control(api, "EXTENSIONTRANSFER", phone_number=PERSONS)
    assert answer.startswith("SUCCESS"), answer
    await hears(remote.line.customer, {PERSON})


async def test_what_no_switch_finds_is_no_extension(api: Api, call: Desk) -> None:
    answer = await transfer(api, "BLIND_TRANSFER", "6999")
    assert answer == "ERROR: transfer_conference error - extension not found on server - 1000|6999"
    await hears(call.line.customer, {AGENT})


@pytest_asyncio.fixture(loop_scope="module")
async def switched(centre: ContactCentre, call: Desk) -> AsyncIterator[Desk]:
    """The call of an agent whose context holds nothing but a switch, rooms and park and all."""
    await centre.rows.run("UPDATE phones SET ext_context = 'switched' WHERE extension = 'gs101'")
    await centre.rows.run("UPDATE servers SET ext_context = 'switched'")
    yield call
    await centre.rows.run("UPDATE phones SET ext_context = 'default' WHERE extension = 'gs101'")
    await centre.rows.run("UPDATE servers SET ext_context = 'default'")


async def test_all_of_the_dialplan_may_be_behind_a_switch(api: Api, switched: Desk) -> None:
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await hears(switched.line.customer, set(), music=True)
    assert (await api.ask("park_call", value="GRAB_CUSTOMER")).startswith("SUCCESS")
    await hears(switched.line.customer, {AGENT})
    assert (await transfer(api, "DIAL_WITH_CUSTOMER", "5559991111")).startswith("SUCCESS")
    await hears(switched.line.customer, {AGENT, PERSON})
    assert (await api.ask("transfer_conference", value="LEAVE_3WAY_CALL")).startswith("SUCCESS")
    await hears(switched.line.agent, set())
    await hears(switched.line.customer, {PERSON})


async def test_a_phone_is_called_into_a_room_behind_a_switch(api: Api, switched: Desk) -> None:
    rows = switched.centre.rows
    assert switched.line.agent is not None
    await switched.line.agent.hangup()
    stored = await rows.one("SELECT agent_login_call FROM vicidial_session_data WHERE user = '1000'")
    await rows.run(
        "UPDATE vicidial_session_data SET agent_login_call = REPLACE(agent_login_call, 'default', 'switched')"
        " WHERE user = '1000'"
    )
    try:
        assert await api.ask("call_agent", value="CALL") == "SUCCESS: call_agent function sent - 1000"
    finally:
        await rows.run("UPDATE vicidial_session_data SET agent_login_call = %s WHERE user = '1000'", *stored.values())
    await hears(await switched.phone.talking(10), {CUSTOMER})
    assert await in_room(switched, "PJSIP/gs101-")


async def test_check_finds_what_is_behind_a_switch(switched: Desk) -> None:
    status, lines = await check(database_url=switched.centre.database_url)
    assert (status, wrong(lines)) == (0, "")
