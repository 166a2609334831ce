"""ra_call_control over AMI: a remote agent's phone learns the call's id, and the call is hung up or sent on by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from lab.call import Call
from lab.contact_centre import ContactCentre, Line, Rows
from lab.phone import Phone
from lab.tones import PERSON
from parts import AGENT, CUSTOMER, Api, hears, let_pass, start_api, switch_on_queuemetrics

pytestmark = pytest.mark.asyncio(loop_scope="module")
REMOTE, LEAD = "1028", 402028


@dataclass
class RemoteCall:
    """Remote agent 1028 talks to a customer; no room is involved."""

    centre: ContactCentre
    line: Line
    agent: Phone
    customer: Phone

    @property
    def rows(self) -> Rows:
        return self.centre.rows

    @property
    def call_id(self) -> str:
        """The call's id, as the agent's phone got it with its INVITE."""
        assert self.line.agent is not None
        return self.line.agent.caller_name

    async def told(self) -> dict[str, Any]:
        """What agent, call, log and lead say."""
        agent = await self.rows.one("SELECT * FROM vicidial_live_agents WHERE user = %s", REMOTE)
        log = "vicidial_closer_log" if self.line.call_id.startswith("Y") else "vicidial_log"
        logged = await self.rows.one(f"SELECT * FROM {log} WHERE uniqueid = %s", self.line.uniqueid)
        lead = await self.rows.one("SELECT status FROM vicidial_list WHERE lead_id = %s", LEAD)
        calls = await self.rows.all("SELECT * FROM vicidial_auto_calls WHERE callerid = %s", self.line.call_id)
        return {
            "agent": (agent["status"], agent["lead_id"], agent["callerid"], agent["channel"], agent["ring_callerid"]),
            "log": (logged["status"], logged["user"], logged["end_epoch"] is not None),
            "lead": lead["status"],
            "calls": len(calls),
        }


RELEASED = ("READY", 0, "", "", "")


@pytest_asyncio.fixture(loop_scope="module")
async def desk(centre: ContactCentre) -> AsyncIterator[tuple[Phone, Phone]]:
    """The phones of a remote agent and a customer; afterwards nobody is on the line."""
    agent = await centre.phone("gs104", AGENT, "remote agent")
    customer = await centre.phone("customer1", CUSTOMER, "customer")
    yield agent, customer
    agent.auto_answer = True
    for phone in (agent, customer):
        for call in phone.calls:
            if not call.ended:
                await call.hangup()
    await centre.clear()
    for table in ("telectl_locks", "vicidial_auto_calls", "vicidial_closer_log", "vicidial_log"):
        await centre.rows.run(f"DELETE FROM {table}")


async def bring(centre: ContactCentre, desk: tuple[Phone, Phone], ingroup: str) -> RemoteCall:
    agent, customer = desk
    line = Line(REMOTE, "", LEAD)
    await centre.deliver_remote(line, customer, agent, ingroup=ingroup)
    call = RemoteCall(centre, line, agent, customer)
    await centre.rows.run("UPDATE vicidial_live_agents SET ring_callerid = %s WHERE user = %s", line.call_id, REMOTE)
    return call


@pytest_asyncio.fixture(loop_scope="module")
async def remote(centre: ContactCentre, desk: tuple[Phone, Phone]) -> RemoteCall:
    """An in-group's call with a remote agent."""
    return await bring(centre, desk, "SALESLINE")


async def control(api: Api, stage: str, call_id: str, agent: str = REMOTE, **more: str) -> str:
    return await api.ask("ra_call_control", agent, value=call_id, stage=stage, **more)


async def over(call: Call | None) -> None:
    assert call is not None
    await call.is_over()


async def test_the_phone_learns_the_id_by_which_the_call_is_hung_up(api: Api, remote: RemoteCall) -> None:
    assert remote.call_id == remote.line.call_id
    await hears(remote.line.customer, {AGENT})
    answer = await control(api, "HANGUP", remote.call_id)
    assert answer == f"SUCCESS: ra_call_control hungup - 1028|{remote.call_id}|HANGUP"
    await over(remote.line.customer)
    await over(remote.line.agent)
    assert await remote.told() == {"agent": RELEASED, "log": ("RAXFER", REMOTE, True), "lead": "RAXFER", "calls": 0}


async def test_an_outbound_call_is_closed_in_its_own_log(
    api: Api, centre: ContactCentre, desk: tuple[Phone, Phone]
) -> None:
    remote = await bring(centre, desk, "")
    assert "SUCCESS" in await control(api, "HANGUP", remote.call_id, status="SALESMAN")
    assert await remote.told() == {"agent": RELEASED, "log": ("SALESM", REMOTE, True), "lead": "SALESM", "calls": 0}


async def test_the_call_goes_to_a_number_and_the_agents_phone_is_free(api: Api, remote: RemoteCall) -> None:
    answer = await control(api, "EXTENSIONTRANSFER", remote.call_id, phone_number="917275551111", status="XFERD")
    assert answer == f"SUCCESS: ra_call_control transferred - 1028|{remote.call_id}|917275551111"
    await hears(remote.line.customer, {PERSON})
    await over(remote.line.agent)
    assert await remote.told() == {"agent": RELEASED, "log": ("XFERD", REMOTE, True), "lead": "XFERD", "calls": 0}


@pytest.mark.parametrize(
    ("more", "extension"),
    [
        ({"ingroup_choices": "TEST_IN"}, "990009*TEST_IN**402028**7275551212*1028**"),
        (
            {"ingroup_choices": "AGENTDIRECT", "phone_number": "1001"},
            "990009*AGENTDIRECT**402028**7275551212*1028*1001*",
        ),
    ],
    ids=["in-group", "an agent of its own"],
)
async def test_the_call_goes_to_an_in_group(api: Api, remote: RemoteCall, more: dict[str, str], extension: str) -> None:
    answer = await control(api, "INGROUPTRANSFER", remote.call_id, **more)
    assert answer == f"SUCCESS: ra_call_control transferred - 1028|{remote.call_id}|{more['ingroup_choices']}"
    reached = await remote.centre.witness.event("UserEvent", UserEvent="InGroup", Target=extension)
    assert reached["Lead"] == str(LEAD)
    await hears(remote.line.customer, set(), music=True)
    await over(remote.line.agent)
    assert (await remote.told())["agent"] == RELEASED


@pytest.mark.parametrize("ingroup", ["AGENTDIRECT", "agentdirect"])
async def test_agentdirect_needs_the_agent(api: Api, remote: RemoteCall, ingroup: str) -> None:
    before = await remote.told()
    answer = await control(api, "INGROUPTRANSFER", remote.call_id, ingroup_choices=ingroup)
    assert answer == "ERROR: ra_call_control error - phone_number is required - 1028"
    assert await remote.told() == before
    await hears(remote.line.customer, {AGENT})


async def test_a_call_is_sent_on_while_the_agents_phone_still_rings(
    api: Api, centre: ContactCentre, desk: tuple[Phone, Phone]
) -> None:
    desk[0].auto_answer = False
    remote = await bring(centre, desk, "SALESLINE")
    answer = await control(api, "EXTENSIONTRANSFER", remote.call_id, phone_number="917275551111")
    assert answer.startswith("SUCCESS"), answer
    await hears(remote.line.customer, {PERSON})
    await over(remote.line.agent)


async def test_a_target_that_is_not_there_costs_nothing(api: Api, remote: RemoteCall) -> None:
    before = await remote.told()
    answer = await control(api, "EXTENSIONTRANSFER", remote.call_id, phone_number="777")
    assert answer == "ERROR: ra_call_control error - extension not found on server - 1028|777"
    await hears(remote.line.customer, {AGENT})
    assert await remote.told() == before


async def test_a_number_that_asterisk_would_cut_is_refused(api: Api, remote: RemoteCall) -> None:
    before, number = await remote.told(), "7" * 80
    answer = await control(api, "EXTENSIONTRANSFER", remote.call_id, phone_number=number)
    assert answer == f"ERROR: ra_call_control error - extension is too long - 1028|{number}"
    assert await remote.told() == before


async def test_a_call_that_ends_at_its_target_is_told(api: Api, remote: RemoteCall) -> None:
    answer = await control(api, "EXTENSIONTRANSFER", remote.call_id, phone_number="915554861111")
    assert answer == "ERROR: ra_call_control error - call ended at its target - 1028"
    assert (await remote.told())["agent"] == RELEASED


async def test_a_call_that_has_ended_is_cleaned_up_and_told(api: Api, remote: RemoteCall) -> None:
    assert remote.line.customer is not None
    remote.centre.hangups.rests = True
    try:
        await remote.line.customer.hangup()
        await over(remote.line.agent)
        await remote.centre.witness.event("Hangup", Channel=remote.line.channel)
        answer = await control(api, "HANGUP", remote.call_id)
    finally:
        remote.centre.hangups.rests = False
    assert answer == "ERROR: ra_call_control error - customer channel not live - 1028"
    told = await remote.told()
    assert (told["calls"], told["lead"]) == (0, (await remote.told())["lead"])
    assert await control(api, "HANGUP", remote.call_id) == f"ERROR: no active call found - {remote.call_id}"


async def test_the_channel_of_a_later_call_is_never_touched(api: Api, remote: RemoteCall) -> None:
    """The call's row names a channel that bears another id: the row is stale."""
    await remote.rows.run("UPDATE vicidial_auto_calls SET callerid = 'Y999999999' WHERE callerid = %s", remote.call_id)
    await remote.rows.run("UPDATE vicidial_live_agents SET callerid = 'Y999999999' WHERE user = %s", REMOTE)
    answer = await control(api, "HANGUP", "Y999999999")
    assert answer == "ERROR: ra_call_control error - customer channel not live - 1028"
    await hears(remote.line.customer, {AGENT})


async def test_another_agents_call_is_found_only_where_the_settings_say_so(
    api: Api, centre: ContactCentre, remote: RemoteCall
) -> None:
    answer = await control(api, "HANGUP", remote.call_id, agent="1000")
    assert answer == f"ERROR: no active call found - {remote.call_id}"
    await hears(remote.line.customer, {AGENT})
    async for loose in start_api(centre, ra_any_call=True):
        answer = await control(loose, "HANGUP", remote.call_id, agent="1000")
        assert answer == f"SUCCESS: ra_call_control hungup - 1000|{remote.call_id}|HANGUP"
    await over(remote.line.customer)
    assert (await remote.told())["agent"] == RELEASED


async def test_the_same_hangup_twice_is_done_once(api: Api, remote: RemoteCall) -> None:
    first = await control(api, "HANGUP", remote.call_id)
    assert await control(api, "HANGUP", remote.call_id) == first
    await let_pass(remote.rows)
    assert await control(api, "HANGUP", remote.call_id) == f"ERROR: no active call found - {remote.call_id}"


async def test_commands_that_need_a_room_say_what_a_remote_agent_is(api: Api, remote: RemoteCall) -> None:
    for function, parameters in (
        ("park_call", {"value": "PARK_CUSTOMER"}),
        ("transfer_conference", {"value": "HANGUP_XFER"}),
        ("send_dtmf", {"value": "1"}),
    ):
        answer = await api.ask(function, REMOTE, **parameters)
        assert answer == f"ERROR: {function} error - agent_user is a remote agent - 1028"
    await hears(remote.line.customer, {AGENT})


async def test_queuemetrics_is_told_of_the_end(api: Api, remote: RemoteCall) -> None:
    await switch_on_queuemetrics(remote.rows)
    try:
        assert "SUCCESS" in await control(api, "HANGUP", remote.call_id, status="SALE")
    finally:
        await remote.rows.run("UPDATE system_settings SET enable_queuemetrics_logging = '0'")
    told = await remote.rows.all("SELECT * FROM queuemetrics.queue_log ORDER BY unique_row_count")
    assert [(row["verb"], row["call_id"], row["data1"]) for row in told] == [
        ("COMPLETEAGENT", remote.call_id, "1"),
        ("CALLSTATUS", remote.call_id, "SALE"),
        ("PAUSEALL", "NONE", ""),
        ("UNPAUSEALL", "NONE", ""),
    ]
