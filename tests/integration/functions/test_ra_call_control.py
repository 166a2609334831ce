"""ra_call_control: what the recorded requests do not show."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from parts import Api, start_plain_api, switch_on_queuemetrics

pytestmark = pytest.mark.asyncio(loop_scope="module")
INBOUND, OUTBOUND = "Y0316001655000402028", "V0316001655000402028"
TABLES = ("vicidial_auto_calls", "vicidial_live_agents", "vicidial_closer_log", "vicidial_log", "vicidial_list")
CHANNEL = "PJSIP/customer3-00000003"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(rows: Rows) -> AsyncIterator[Rows]:
    """Remote agent 1028 in an inbound call of lead 402028; everything is put back afterwards."""
    for table in TABLES:
        await rows.run(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
    await rows.run("DELETE FROM vicidial_manager")
    await rows.run("DELETE FROM queue_log")
    await rows.run("DELETE FROM vicidial_closer_log")
    await rows.run(
        "INSERT INTO vicidial_closer_log (lead_id, campaign_id, uniqueid, start_epoch, status, call_date)"
        " VALUES (402028, 'SALESLINE', '1795449600.28', UNIX_TIMESTAMP() - 60, 'INCALL', NOW())"
    )
    yield rows
    for table in TABLES:
        await rows.run(f"DELETE FROM {table}")
        await rows.run(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        await rows.run(f"DROP TABLE kept_{table}")
    await rows.run("UPDATE system_settings SET enable_queuemetrics_logging = '0'")


async def control(api: Api, stage: str, call: str = INBOUND, agent: str = "1028", **more: str) -> str:
    return await api.ask("ra_call_control", agent, value=call, stage=stage, **more)


async def everything(rows: Rows) -> dict[str, list[dict[str, Any]]]:
    return {table: await rows.all(f"SELECT * FROM {table}") for table in (*TABLES, "vicidial_manager")}


def lines(action: dict[str, Any]) -> list[str]:
    return [str(action[f"cmd_line_{letter}"]) for letter in "bcdefghijk" if action[f"cmd_line_{letter}"]]


async def test_an_extension_transfer_redirects_the_channel(api: Api, desk: Rows) -> None:
    answer = await control(api, "EXTENSIONTRANSFER", phone_number="919998888112")
    assert answer == f"SUCCESS: ra_call_control transferred - 1028|{INBOUND}|919998888112"
    action = await desk.one("SELECT * FROM vicidial_manager")
    assert (action["action"], action["server_ip"]) == ("Redirect", "127.0.0.1")
    assert action["callerid"] == "XAPI6001655000402028"
    assert lines(action) == [
        f"Channel: {CHANNEL}",
        "Context: default",
        "Exten: 919998888112",
        "Priority: 1",
        "CallerID: XAPI6001655000402028",
    ]


async def test_an_ingroup_transfer_answers_with_the_group_it_found(api: Api, desk: Rows) -> None:
    default = (await desk.one("SELECT default_xfer_group FROM vicidial_inbound_groups WHERE group_id = 'SALESLINE'"))[
        "default_xfer_group"
    ]
    answer = await control(api, "INGROUPTRANSFER", ingroup_choices="DEFAULTINGROUP")
    assert answer == f"SUCCESS: ra_call_control transferred - 1028|{INBOUND}|{default}"
    action = await desk.one("SELECT * FROM vicidial_manager")
    assert f"Exten: 90009*{default}**402028**7275551028**1028**" in lines(action)


async def test_the_call_ends_and_the_agent_is_ready(api: Api, desk: Rows) -> None:
    assert "SUCCESS" in await control(api, "HANGUP", status="SALESMAN")
    agent = await desk.one("SELECT * FROM vicidial_live_agents WHERE user = '1028'")
    assert (agent["status"], agent["lead_id"], agent["callerid"], agent["channel"]) == ("READY", 0, "", "")
    closed = await desk.one("SELECT * FROM vicidial_closer_log WHERE lead_id = 402028")
    assert (closed["status"], 60 <= closed["length_in_sec"] <= 70) == ("SALESM", True)
    assert (await desk.one("SELECT status FROM vicidial_list WHERE lead_id = 402028"))["status"] == "SALESM"
    assert await control(api, "HANGUP") == f"ERROR: no active call found - {INBOUND}"


async def test_another_agents_call_is_not_found_and_stays(api: Api, desk: Rows) -> None:
    before = await everything(desk)
    assert await control(api, "HANGUP", agent="1000") == f"ERROR: no active call found - {INBOUND}"
    assert await control(api, "HANGUP", "V1123000000000001002") == "ERROR: no active call found - V1123000000000001002"
    assert await everything(desk) == before


async def test_another_agents_call_ends_where_any_call_is_allowed(api: Api, desk: Rows) -> None:
    async for loose in start_plain_api(api.database_url, call_control="vicidial", ra_any_call=True):
        assert "SUCCESS" in await control(loose, "HANGUP", agent="1000")
    owner = await desk.one("SELECT status FROM vicidial_live_agents WHERE user = '1028'")
    named = await desk.one("SELECT status, callerid FROM vicidial_live_agents WHERE user = '1000'")
    assert owner["status"] == "READY"
    assert (named["status"], named["callerid"]) == ("INCALL", "V1123000000000001002")


async def test_a_call_on_the_agents_second_row_is_its_own_too(api: Api, desk: Rows) -> None:
    await desk.run(
        "INSERT INTO vicidial_live_agents (user, server_ip, conf_exten, extension, status, lead_id, callerid,"
        " closer_campaigns, random_id, last_call_time, last_call_finish) VALUES"
        " ('1028', '127.0.0.1', '8600070', 'R/7275558888', 'INCALL', 402028, %s, '', 1, NOW(), NOW())",
        OUTBOUND,
    )
    await desk.run(
        "INSERT INTO vicidial_auto_calls (server_ip, campaign_id, status, lead_id, uniqueid, callerid, channel,"
        " phone_code, phone_number, call_time, call_type) VALUES"
        " ('127.0.0.1', 'DEMO', 'XFER', 402028, '1795449600.29', %s, %s, '1', '7275551028', NOW(), 'OUT')",
        OUTBOUND,
        CHANNEL,
    )
    assert "SUCCESS" in await control(api, "HANGUP", OUTBOUND)


@pytest.mark.parametrize("engine", ["MyISAM", "InnoDB"])
async def test_of_many_commands_for_one_call_one_succeeds(api: Api, desk: Rows, engine: str) -> None:
    for table in ("vicidial_auto_calls", "vicidial_live_agents", "vicidial_manager"):
        await desk.run(f"ALTER TABLE {table} ENGINE = {engine}")
    for _ in range(10):
        await desk.run("DELETE FROM vicidial_auto_calls")
        await desk.run("INSERT INTO vicidial_auto_calls SELECT * FROM kept_vicidial_auto_calls")
        await desk.run("UPDATE vicidial_live_agents SET callerid = %s WHERE user = '1028'", INBOUND)
        await desk.run("DELETE FROM vicidial_manager")
        answers = await asyncio.gather(*(control(api, "HANGUP") for _ in range(6)))
        assert sorted(answers) == [f"ERROR: no active call found - {INBOUND}"] * 5 + [
            f"SUCCESS: ra_call_control hungup - 1028|{INBOUND}|HANGUP"
        ]
        assert len(await desk.all("SELECT * FROM vicidial_manager")) == 1


async def test_a_call_that_began_in_the_future_lasted_no_time(api: Api, desk: Rows) -> None:
    await desk.run("UPDATE vicidial_closer_log SET start_epoch = UNIX_TIMESTAMP() + 60 WHERE lead_id = 402028")
    assert "SUCCESS" in await control(api, "HANGUP")
    assert (await desk.one("SELECT * FROM vicidial_closer_log WHERE lead_id = 402028"))["length_in_sec"] == 0


async def test_queuemetrics_is_told_in_its_own_database(api: Api, desk: Rows) -> None:
    await switch_on_queuemetrics(desk)
    await desk.run("UPDATE vicidial_auto_calls SET stage = 'CLOSER-6', queue_position = 2 WHERE lead_id = 402028")
    await desk.run(
        "INSERT INTO queuemetrics.queue_log (`partition`, time_id, call_id, verb)"
        " VALUES ('P01', UNIX_TIMESTAMP() - 30, %s, 'CONNECT')",
        INBOUND,
    )
    assert "SUCCESS" in await control(api, "HANGUP", status="SALE")
    told = await desk.all("SELECT * FROM queuemetrics.queue_log WHERE verb <> 'CONNECT' ORDER BY unique_row_count")
    assert [(row["verb"], row["call_id"], row["queue"], row["data1"]) for row in told] == [
        ("COMPLETEAGENT", INBOUND, "SALESLINE", "6"),
        ("CALLSTATUS", INBOUND, "SALESLINE", "SALE"),
        ("PAUSEALL", "NONE", "NONE", ""),
        ("UNPAUSEALL", "NONE", "NONE", ""),
    ]
    assert 30 <= int(told[0]["data2"]) <= 40
    assert told[0]["data3"] == "2"
    assert {(row["agent"], row["partition"], row["serverid"]) for row in told} == {("Agent/1028", "P01", "lab")}
    assert await desk.all("SELECT * FROM queue_log") == []


@pytest.mark.parametrize("fault", ["queuemetrics_server_ip = '127.0.0.1:1'", "queuemetrics_dbname = 'no_such'"])
async def test_a_queuemetrics_that_cannot_be_told_costs_the_call_nothing(
    api: Api, desk: Rows, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    await switch_on_queuemetrics(desk)
    await desk.run(f"UPDATE system_settings SET {fault}")
    with caplog.at_level(logging.WARNING):
        assert await control(api, "HANGUP") == f"SUCCESS: ra_call_control hungup - 1028|{INBOUND}|HANGUP"
    assert "QueueMetrics was not told" in caplog.text
    assert (await desk.one("SELECT status FROM vicidial_live_agents WHERE user = '1028'"))["status"] == "READY"
    assert len(await desk.all("SELECT * FROM vicidial_manager")) == 1


async def test_direct_mode_without_a_link_checks_and_touches_nothing(api: Api, desk: Rows) -> None:
    before = await everything(desk)
    async for direct in start_plain_api(api.database_url, call_control="direct"):
        assert await control(direct, "NONE") == "ERROR: stage is not valid - NONE"
        answer = await control(direct, "HANGUP")
        assert answer == "ERROR: ra_call_control error - telephony server not available - 1028"
    assert await everything(desk) == before
