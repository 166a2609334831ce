"""park_call PARK_CUSTOMER and GRAB_CUSTOMER on a real Asterisk, heard by real phones."""

from __future__ import annotations

import asyncio
import time

import pytest
import pytest_asyncio
from lab.tones import QUESTION
from lab.until import until
from parts import AGENT, CUSTOMER, Api, Desk, hears, let_pass, living_screen, switch_on_queuemetrics

from telectl.app import SERVICES

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def ivr(call: Desk) -> Desk:
    """A call that goes to the IVR when it is parked there: what VICIdial's park AGI reads from the call's row."""
    await call.centre.witness.do("DBPut", Family="park_ivr", Key=call.line.call_id, Val="1")
    return call


async def test_the_parked_customer_hears_music_and_the_agent_does_not(api: Api, call: Desk) -> None:
    await hears(call.line.customer, {AGENT})
    assert await api.ask("park_call", value="PARK_CUSTOMER") == "SUCCESS: park_call function set - PARK_CUSTOMER|1000"
    await hears(call.line.customer, set(), music=True)
    await hears(call.line.agent, set())


async def test_the_grabbed_customer_hears_the_agent_again(api: Api, call: Desk) -> None:
    await api.ask("park_call", value="PARK_CUSTOMER")
    await hears(call.line.customer, set(), music=True)
    assert await api.ask("park_call", value="GRAB_CUSTOMER") == "SUCCESS: park_call function set - GRAB_CUSTOMER|1000"
    await hears(call.line.customer, {AGENT})
    await hears(call.line.agent, {CUSTOMER})


async def test_the_rows_of_a_park_and_a_grab_are_those_of_vicidial(api: Api, call: Desk) -> None:
    rows, line = call.centre.rows, call.line
    await rows.run("UPDATE vicidial_live_agents SET external_park = 'PARK_CUSTOMER' WHERE user = '1000'")
    await api.ask("park_call", value="PARK_CUSTOMER")
    parked = await rows.one("SELECT * FROM parked_channels")
    assert parked.pop("parked_time") is not None
    assert parked == {
        "channel": line.channel,
        "server_ip": "127.0.0.1",
        "channel_group": line.call_id,
        "extension": "park",
        "parked_by": "PJSIP/gs101",
    }
    logged = await rows.one("SELECT * FROM park_log")
    assert (logged["status"], logged["uniqueid"], logged["extension"]) == ("PARKED", line.uniqueid, line.call_id)
    assert (logged["user"], logged["lead_id"], logged["channel"]) == ("1000", line.lead_id, line.channel)
    assert (logged["grab_time"], logged["parked_sec"]) == (None, 0)
    assert (await call.flags())["external_park"] == ""

    await api.ask("park_call", value="GRAB_CUSTOMER")
    assert await rows.all("SELECT * FROM parked_channels") == []
    recent = await rows.one("SELECT * FROM parked_channels_recent")
    assert (recent["channel"], recent["channel_group"]) == (line.channel, line.call_id)
    logged = await rows.one("SELECT * FROM park_log")
    assert logged["status"] == "GRABBED"
    assert logged["grab_time"] is not None
    assert await rows.one("SELECT callerid FROM vicidial_auto_calls WHERE callerid = %s", line.call_id)


async def test_parking_twice_and_grabbing_twice_say_so(api: Api, call: Desk) -> None:
    assert await api.ask("park_call", value="GRAB_CUSTOMER") == "ERROR: park_call error - customer is not parked - 1000"
    await api.ask("park_call", value="PARK_CUSTOMER")
    await let_pass(call.centre.rows)  # within three seconds it would be the same command
    again = await api.ask("park_call", value="PARK_CUSTOMER")
    assert again == "ERROR: park_call error - customer is already parked - 1000"
    await hears(call.line.customer, set(), music=True)
    assert len(await call.centre.rows.all("SELECT * FROM park_log")) == 1


async def test_a_customer_that_hung_up_cannot_be_parked_and_leaves_no_rows(api: Api, call: Desk) -> None:
    assert call.line.customer is not None
    await call.line.customer.hangup()
    await until(lambda: call.centre.witness.seen("Hangup", Channel=call.line.channel))
    answer = await api.ask("park_call", value="PARK_CUSTOMER")
    assert answer == "ERROR: park_call error - customer channel not live - 1000"
    assert await call.centre.rows.all("SELECT * FROM parked_channels") == []
    assert await call.centre.rows.all("SELECT * FROM park_log") == []


async def test_a_parked_customer_that_hung_up_cannot_be_grabbed(api: Api, call: Desk) -> None:
    await api.ask("park_call", value="PARK_CUSTOMER")
    assert call.line.customer is not None
    await call.line.customer.hangup()
    await until(lambda: call.centre.witness.seen("Hangup", Channel=call.line.channel))
    answer = await api.ask("park_call", value="GRAB_CUSTOMER")
    assert answer in (
        "ERROR: park_call error - customer channel not live - 1000",
        "ERROR: park_call error - customer is not parked - 1000",  # the hangup log was faster
    )
    assert await call.centre.rows.all("SELECT * FROM parked_channels") == []
    assert (await call.centre.rows.one("SELECT status FROM park_log"))["status"] == "HUNGUP"


async def test_nobody_is_grabbed_into_an_empty_session(api: Api, call: Desk) -> None:
    await api.ask("park_call", value="PARK_CUSTOMER")
    assert call.line.agent is not None
    await call.line.agent.hangup()
    await until(lambda: _left(call))
    assert await api.ask("park_call", value="GRAB_CUSTOMER") == "ERROR: park_call error - agent session is empty - 1000"
    await hears(call.line.customer, set(), music=True)
    assert len(await call.centre.rows.all("SELECT * FROM parked_channels")) == 1


async def _left(call: Desk) -> bool:
    return not await call.centre.witness.members(call.room)


async def test_a_wrong_park_extension_never_costs_the_call(api: Api, call: Desk) -> None:
    rows = call.centre.rows
    await rows.run("UPDATE vicidial_campaigns SET park_ext = '5551234', park_file_name = 'x'")
    try:
        answer = await api.ask("park_call", value="PARK_CUSTOMER")
    finally:
        await rows.run("UPDATE vicidial_campaigns SET park_ext = '', park_file_name = ''")
    assert answer == "ERROR: park_call error - extension not found on server - 1000|5551234"
    await hears(call.line.customer, {AGENT})
    assert await rows.all("SELECT * FROM parked_channels") == []


async def test_two_parks_at_once_park_once(api: Api, call: Desk) -> None:
    answers = await asyncio.gather(*(api.ask("park_call", value="PARK_CUSTOMER") for _ in range(2)))
    assert answers == ["SUCCESS: park_call function set - PARK_CUSTOMER|1000"] * 2
    assert len(await call.centre.rows.all("SELECT * FROM park_log")) == 1
    assert len(await call.centre.rows.all("SELECT * FROM parked_channels")) == 1
    await hears(call.line.customer, set(), music=True)


async def test_an_agent_without_a_lead_and_a_remote_agent_are_told(api: Api, desk: Desk) -> None:
    answer = await api.ask("park_call", value="PARK_CUSTOMER")
    assert answer == "ERROR: agent_user does not have a lead on their screen - 1000"
    answer = await api.ask("park_call", agent="1028", value="PARK_CUSTOMER")
    assert answer == "ERROR: park_call error - agent_user is a remote agent - 1028"
    assert desk.room == "9600051"


async def test_the_park_ivr_is_heard_and_left_by_the_agent(api: Api, ivr: Desk) -> None:
    assert (await api.ask("park_call", value="PARK_IVR_CUSTOMER")).startswith("SUCCESS")
    await hears(ivr.line.customer, {QUESTION})
    rows = ivr.centre.rows
    assert (await rows.one("SELECT status FROM park_log"))["status"] == "IVRPARKED"
    assert await marked(ivr) == "PARK_IVR"
    assert (await api.ask("park_call", value="GRAB_IVR_CUSTOMER")).startswith("SUCCESS")
    await hears(ivr.line.customer, {AGENT})
    assert (await rows.one("SELECT status FROM park_log"))["status"] == "GRABBEDIVR"
    assert await marked(ivr) == ""


async def test_the_park_ivr_brings_the_customer_back_by_itself(api: Api, ivr: Desk) -> None:
    await answered_ivr(api, ivr, "external_park = 'GRAB_IVR_CUSTOMER'")
    await hears(ivr.line.customer, {AGENT})
    assert (await ivr.flags())["external_park"] == ""


async def test_the_park_ivr_sends_the_customer_to_an_in_group(api: Api, ivr: Desk) -> None:
    await answered_ivr(api, ivr, "external_transferconf = 'LOCAL_CLOSER---SALESLINE'")
    event = await ivr.centre.witness.event("UserEvent", UserEvent="InGroup", Group="SALESLINE")
    assert event["Lead"] == str(ivr.line.lead_id)
    await until(lambda: released(ivr))


async def test_the_park_ivrs_flag_is_left_to_a_living_screen(api: Api, ivr: Desk) -> None:
    async with living_screen(ivr):
        screens = api.server.app[SERVICES].calls._screens  # noqa: SLF001 - when it has been seen
        await until(lambda: screens.alive("1000"), 8)
        await answered_ivr(api, ivr, "external_park = 'GRAB_IVR_CUSTOMER'")
        await asyncio.sleep(1.2)  # two looks of the poller
        assert (await ivr.flags())["external_park"] == "GRAB_IVR_CUSTOMER"


async def answered_ivr(api: Api, ivr: Desk, flag: str) -> None:
    """Park at the IVR, let the customer press a key there, and set the flag that its AGI would set."""
    started = time.monotonic()
    assert (await api.ask("park_call", value="PARK_IVR_CUSTOMER")).startswith("SUCCESS")
    await hears(ivr.line.customer, {QUESTION})
    assert ivr.line.customer is not None
    await ivr.line.customer.press("1")
    await ivr.centre.witness.event("UserEvent", since=started, UserEvent="ParkIvr", Digit="1")
    await ivr.centre.rows.run(f"UPDATE vicidial_live_agents SET {flag} WHERE user = '1000'")


async def marked(desk: Desk) -> str:
    row = await desk.centre.rows.one("SELECT extension FROM vicidial_auto_calls WHERE callerid = %s", desk.line.call_id)
    return str(row["extension"])


async def released(desk: Desk) -> bool:
    flags = await desk.flags()
    return (flags["status"], flags["callerid"]) == ("PAUSED", "")


async def test_queuemetrics_is_told_of_the_hold_and_of_the_end(api: Api, call: Desk) -> None:
    rows, call_id = call.centre.rows, call.line.call_id
    await switch_on_queuemetrics(rows)
    try:
        await rows.run(
            "INSERT INTO queuemetrics.queue_log (`partition`, time_id, call_id, verb)"
            " VALUES ('P01', UNIX_TIMESTAMP() - 30, %s, 'CONNECT')",
            call_id,
        )
        for value in ("PARK_CUSTOMER", "GRAB_CUSTOMER"):
            assert (await api.ask("park_call", value=value)).startswith("SUCCESS")
        await api.ask("transfer_conference", value="HANGUP_BOTH")
    finally:
        await rows.run("UPDATE system_settings SET enable_queuemetrics_logging = '0'")
    told = await rows.all("SELECT * FROM queuemetrics.queue_log WHERE verb <> 'CONNECT' ORDER BY unique_row_count")
    assert [(row["verb"], row["call_id"], row["queue"], row["agent"], row["data1"]) for row in told] == [
        ("CALLERONHOLD", call_id, "DEMO", "Agent/1000", "PARK"),
        ("CALLEROFFHOLD", call_id, "DEMO", "Agent/1000", ""),
        ("COMPLETEAGENT", call_id, "DEMO", "Agent/1000", "1"),
    ]
    assert 30 <= int(told[-1]["data2"]) <= 60
