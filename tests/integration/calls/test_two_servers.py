"""The customer's channel on another Asterisk than the agent's room (call-control.md section 3)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from lab.ami import Ami
from lab.asterisk import Asterisk
from lab.contact_centre import ContactCentre, HangupLog
from lab.phone import Phone
from lab.tones import PERSON
from lab.until import until
from parts import AGENT, CUSTOMER, Api, Desk, dial_third, hears, start_api, start_plain_api

pytestmark = pytest.mark.asyncio(loop_scope="module")
HERE, FAR = "127.0.0.1", "127.0.0.2"
WAY_BACK = "127*000*000*001"


@dataclass
class FarServer:
    """The Asterisk that holds the customer's channel."""

    asterisk: Asterisk
    witness: Ami
    customer: Phone

    async def channels(self) -> list[str]:
        return [row["Channel"] for row in await self.witness.channels()]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def far(centre: ContactCentre) -> AsyncIterator[FarServer]:
    async with (
        Asterisk.start() as asterisk,
        asterisk.witness() as witness,
        Phone(asterisk.sip, "customer1", asterisk.phone_secret, CUSTOMER, name="customer") as customer,
    ):
        await customer.register()
        place = f"127.0.0.1:{centre.asterisk.sip_port}"
        await witness.do("DBPut", Family="servers", Key=WAY_BACK, Val=place)
        await centre.rows.run(
            "INSERT INTO servers (server_id, server_ip, active, active_asterisk_server, ext_context, conf_engine,"
            " telnet_port, ASTmgrUSERNAME, ASTmgrSECRET)"
            " VALUES ('FAR', %s, 'Y', 'Y', 'default', 'CONFBRIDGE', %s, %s, %s)",
            FAR,
            asterisk.ami_port,
            *asterisk.manager,
        )
        witness.on_event(HangupLog(centre.rows))
        yield FarServer(asterisk, witness, customer)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(centre: ContactCentre, far: FarServer) -> AsyncIterator[Api]:
    ami = {FAR: {"host": "127.0.0.1", "port": far.asterisk.ami_port}}
    async for running in start_api(centre, ami=ami):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def call(desk: Desk, far: FarServer) -> AsyncIterator[Desk]:
    """Agent 1000 here, talking to a customer whose channel is on the other server."""
    line, rows, witness = desk.line, desk.centre.rows, far.witness
    line.call_id = f"V112300000{line.lead_id:010d}"
    await witness.do(
        "Originate",
        Channel="PJSIP/customer1",
        Context="default",
        Exten=f"{WAY_BACK}*{line.room}",
        Priority="1",
        CallerID=f'"{line.call_id}" <7275551212>',
        Async="true",
    )
    line.customer = await far.customer.talking(10)

    async def arrived() -> bool:
        return any(name.startswith("PJSIP/loop-side-") for name in await desk.centre.witness.members(line.room))

    await until(arrived)
    found = next(row for row in await witness.channels() if row["Channel"].startswith("PJSIP/customer1-"))
    line.channel, line.uniqueid = found["Channel"], found["Uniqueid"]
    await rows.run(
        "INSERT INTO vicidial_auto_calls (server_ip, campaign_id, status, lead_id, uniqueid, callerid, channel,"
        " phone_code, phone_number, call_time, call_type, stage)"
        " VALUES (%s, 'DEMO', 'XFER', %s, %s, %s, %s, '1', '7275551212', NOW(), 'OUT', 'XFER-1')",
        FAR,
        line.lead_id,
        line.uniqueid,
        line.call_id,
        line.channel,
    )
    await rows.run(
        "UPDATE vicidial_live_agents SET status = 'INCALL', lead_id = %s, callerid = %s, channel = %s, uniqueid = %s,"
        " call_server_ip = %s, comments = 'AUTO' WHERE user = '1000'",
        line.lead_id,
        line.call_id,
        line.channel,
        line.uniqueid,
        FAR,
    )
    yield desk
    for name in await far.channels():
        await witness.action("Hangup", Channel=name)
    await rows.run("DELETE FROM vicidial_auto_calls WHERE callerid = %s", line.call_id)


async def test_the_customer_is_parked_on_its_own_server_and_comes_back(api: Api, call: Desk, far: FarServer) -> None:
    await hears(call.line.customer, {AGENT})
    assert await api.ask("park_call", value="PARK_CUSTOMER") == "SUCCESS: park_call function set - PARK_CUSTOMER|1000"
    await hears(call.line.customer, set(), music=True)
    await hears(call.line.agent, set())
    parked = await call.centre.rows.one("SELECT * FROM parked_channels")
    assert (parked["server_ip"], parked["channel"], parked["channel_group"]) == (
        FAR,
        call.line.channel,
        call.line.call_id,
    )
    assert await api.ask("park_call", value="GRAB_CUSTOMER") == "SUCCESS: park_call function set - GRAB_CUSTOMER|1000"
    await hears(call.line.customer, {AGENT})
    recent = await call.centre.rows.one("SELECT * FROM parked_channels_recent")
    assert (recent["server_ip"], recent["channel_group"]) == (FAR, call.line.call_id)
    assert far.customer.current is call.line.customer


async def test_a_blind_transfer_leaves_from_the_customers_server(api: Api, call: Desk, far: FarServer) -> None:
    answer = await api.ask("transfer_conference", value="BLIND_TRANSFER", phone_number="5559991111")
    assert answer.startswith("SUCCESS"), answer
    await hears(call.line.customer, {PERSON})
    assert any(name.startswith("PJSIP/carrier-0") for name in await far.channels())
    await until(lambda: _alone(call))


async def test_digits_are_pressed_on_the_customers_server(api: Api, call: Desk, far: FarServer) -> None:
    await hears(call.line.customer, {AGENT})
    far.customer.digits.clear()
    assert await api.ask("send_dtmf", value="42") == "SUCCESS: send_dtmf function set - 42|1000"
    await until(lambda: "".join(digit.key for digit in far.customer.digits) == "42")


async def test_hanging_up_both_ends_legs_on_both_servers(api: Api, call: Desk, far: FarServer) -> None:
    await dial_third(api, "5559991111")
    await hears(call.line.customer, {AGENT, PERSON})
    answer = await api.ask("transfer_conference", value="HANGUP_BOTH")
    assert answer.startswith("SUCCESS"), answer
    assert call.line.customer is not None
    await call.line.customer.is_over()
    await until(lambda: _alone(call))
    await until(lambda: _empty(far))


async def test_the_way_back_is_looked_for_before_the_customer_is_moved(api: Api, call: Desk) -> None:
    await api.ask("park_call", value="PARK_CUSTOMER")
    await call.centre.rows.run("UPDATE phones SET ext_context = 'trunkinbound' WHERE extension = 'gs101'")
    try:
        answer = await api.ask("park_call", value="GRAB_CUSTOMER")
    finally:
        await call.centre.rows.run("UPDATE phones SET ext_context = 'default' WHERE extension = 'gs101'")
    assert answer == f"ERROR: park_call error - extension not found on server - 1000|{WAY_BACK}*9600051"
    await hears(call.line.customer, set(), music=True)


async def test_without_the_customers_server_only_a_hangup_is_possible(centre: ContactCentre, call: Desk) -> None:
    """The leg that the customer's server has in the agent's room can still be hung up."""
    nowhere = {FAR: {"host": "127.0.0.1", "port": 9}}
    async for blind in start_api_here(centre, nowhere):
        answer = await blind.ask("park_call", value="PARK_CUSTOMER")
        assert answer == "ERROR: park_call error - telephony server not available - 1000"
        await hears(call.line.customer, {AGENT})
        answer = await blind.ask("transfer_conference", value="HANGUP_BOTH")
        assert answer.startswith("SUCCESS"), answer
    assert call.line.customer is not None
    await call.line.customer.is_over()
    agent = await call.flags()
    assert (agent["status"], agent["callerid"]) == ("PAUSED", "")


async def test_a_customer_parked_out_of_reach_is_not_forgotten_by_a_hangup(
    api: Api, centre: ContactCentre, call: Desk
) -> None:
    await dial_third(api, "5559991111")
    await hears(call.line.customer, {AGENT, PERSON})
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    async for blind in start_api_here(centre, {FAR: {"host": "127.0.0.1", "port": 9}}):
        answer = await blind.ask("transfer_conference", value="HANGUP_BOTH")
        assert answer == "ERROR: transfer_conference error - telephony server not available - 1000"
    await hears(call.line.customer, set(), music=True)
    await hears(call.line.agent, {PERSON})
    assert (await api.ask("transfer_conference", value="HANGUP_BOTH")).startswith("SUCCESS")
    assert call.line.customer is not None
    await call.line.customer.is_over()


async def start_api_here(centre: ContactCentre, ami: dict[str, dict[str, object]]) -> AsyncIterator[Api]:
    """Run a telectl that reaches this server and not the other one."""
    async for running in start_plain_api(centre.database_url, ami=ami):

        async def usable(running: Api = running) -> bool:
            return bool((await running.ready())["asterisk"].get(HERE, {}).get("usable"))

        await until(usable, 15)
        yield running


async def _alone(call: Desk) -> bool:
    return [name.partition("-")[0] for name in await call.centre.witness.members(call.room)] == ["PJSIP/gs101"]


async def _empty(far: FarServer) -> bool:
    return not await far.channels()
