"""change_ingroups: what the recorded requests do not show."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from parts import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def agent(rows: Rows) -> Rows:
    """Agent 1000, who takes calls of SALESLINE and TEST_IN."""
    await rows.run("DELETE FROM vicidial_admin_log")
    await rows.run(
        "UPDATE vicidial_live_agents SET closer_campaigns = ' SALESLINE TEST_IN -', external_ingroups = NULL,"
        " manager_ingroup_set = 'N' WHERE user = '1000'"
    )
    await rows.run("DELETE FROM vicidial_live_inbound_agents")
    await rows.run(
        "INSERT INTO vicidial_live_inbound_agents (user, group_id) VALUES ('1000', 'SALESLINE'), ('1000', NULL)"
    )
    return rows


async def change(api: Api, value: str, choices: str, blended: str = "NO", **more: str) -> str:
    return await api.ask("change_ingroups", value=value, blended=blended, ingroup_choices=choices, **more)


async def selected(rows: Rows) -> set[str]:
    found = await rows.all("SELECT group_id FROM vicidial_live_inbound_agents WHERE group_id <> ''")
    return {row["group_id"] for row in found}


async def asked_for(rows: Rows) -> str:
    row = await rows.one("SELECT external_ingroups FROM vicidial_live_agents WHERE user = '1000'")
    return str(row["external_ingroups"])


@pytest.mark.parametrize("engine", ["MyISAM", "InnoDB"])
async def test_of_two_changes_at_once_one_is_whole(api: Api, agent: Rows, engine: str) -> None:
    for table in ("vicidial_live_agents", "vicidial_live_inbound_agents"):
        await agent.run(f"ALTER TABLE {table} ENGINE = {engine}")
    lists = ("+SALESLINE+TEST_IN+TEST_IN2+-", "+TEST_IN3+TEST_IN4+FAKE_IN+-", "+SALESLINE+TEST_IN3+AGENTDIRECT+-")
    for _ in range(15):
        answers = await asyncio.gather(*(change(api, "CHANGE", choices) for choices in lists * 2))
        assert all(answer.startswith("SUCCESS") for answer in answers), answers
        assert await selected(agent) == set((await asked_for(agent)).split()) - {"-"}


async def test_what_the_screen_has_taken_over_already_still_gets_its_rows(api: Api, agent: Rows) -> None:
    await agent.run(
        "CREATE TRIGGER taken_over BEFORE UPDATE ON vicidial_live_agents FOR EACH ROW"
        " SET NEW.manager_ingroup_set = 'Y', NEW.closer_campaigns = NEW.external_ingroups, NEW.external_ingroups = ''"
    )
    try:
        await change(api, "CHANGE", "+TEST_IN2+-")
    finally:
        await agent.run("DROP TRIGGER taken_over")
    assert await selected(agent) == {"TEST_IN2"}


async def test_in_groups_are_the_same_in_any_case(api: Api, agent: Rows) -> None:
    answer = await change(api, "REMOVE", "+test_in+-")
    assert answer == "SUCCESS: change_ingroups function set - NO| SALESLINE -|1000"
    answer = await change(api, "ADD", "+test_in+Test_In2+test_in2+-")
    assert answer == "SUCCESS: change_ingroups function set - NO| SALESLINE TEST_IN TEST_IN2 -|1000"
    assert await selected(agent) == {"SALESLINE", "TEST_IN", "TEST_IN2"}


async def test_an_in_group_that_does_not_exist_changes_nothing(api: Api, agent: Rows) -> None:
    answer = await change(api, "CHANGE", "+TEST_IN+NO_SUCH+-")
    assert answer == "ERROR: ingroup does not exist - NO_SUCH| TEST_IN NO_SUCH -"
    assert (await asked_for(agent), await selected(agent)) == ("None", {"SALESLINE"})


@pytest.mark.parametrize("value", ["ADD", "REMOVE"])
@pytest.mark.usefixtures("agent")
async def test_add_and_remove_need_choices(api: Api, value: str) -> None:
    answer = await change(api, value, "")
    assert answer == f"ERROR: ingroup_choices are required for ADD and REMOVE values - {value}|"


@pytest.mark.parametrize("value", ["ADD", "REMOVE"])
@pytest.mark.parametrize("choices", ["-", "+-", "+X+-"])
async def test_choices_that_name_no_in_group_set_blended_and_leave_the_list(
    api: Api, agent: Rows, value: str, choices: str
) -> None:
    await agent.run("INSERT INTO vicidial_inbound_groups (group_id, active) VALUES ('X', 'Y')")
    before = await selected(agent)
    await agent.run("INSERT INTO vicidial_live_inbound_agents (user, group_id) VALUES ('1000', 'TEST_IN')")
    try:
        answer = await change(api, value, choices, blended="YES")
    finally:
        await agent.run("DELETE FROM vicidial_inbound_groups WHERE group_id = 'X'")
    assert answer == "SUCCESS: change_ingroups function set - YES| SALESLINE TEST_IN -|1000"
    row = await agent.one(
        "SELECT external_ingroups, external_blended, manager_ingroup_set FROM vicidial_live_agents WHERE user = '1000'"
    )
    assert row == {
        "external_ingroups": " SALESLINE TEST_IN -",
        "external_blended": "1",
        "manager_ingroup_set": "SET",
    }
    assert await selected(agent) == before | {"TEST_IN"}


async def test_agentdirect_is_an_in_group_like_any_other(api: Api, agent: Rows) -> None:
    assert (await change(api, "ADD", "+AGENTDIRECT+-")).startswith("SUCCESS")
    await agent.run("UPDATE vicidial_inbound_groups SET group_id = 'ELSEWHERE' WHERE group_id = 'AGENTDIRECT'")
    try:
        answer = await change(api, "ADD", "+AGENTDIRECT+-")
    finally:
        await agent.run("UPDATE vicidial_inbound_groups SET group_id = 'AGENTDIRECT' WHERE group_id = 'ELSEWHERE'")
    assert answer == "ERROR: ingroup does not exist - AGENTDIRECT| AGENTDIRECT -"


async def test_blended_needs_a_campaign_that_dials_by_itself(api: Api, agent: Rows) -> None:
    await agent.run("UPDATE vicidial_campaigns SET dial_method = 'INBOUND_MAN'")
    try:
        answer = await change(api, "CHANGE", "+TEST_IN+-", blended="YES")
        assert answer == "ERROR: campaign dial_method does not allow outbound autodial - 1000|DEMO"
        assert (await change(api, "CHANGE", "+TEST_IN+-")).startswith("SUCCESS")
    finally:
        await agent.run("UPDATE vicidial_campaigns SET dial_method = 'RATIO'")


async def test_a_user_who_may_not_change_in_groups_is_told_so(api: Api, agent: Rows) -> None:
    await agent.run("UPDATE vicidial_users SET change_agent_campaign = '0' WHERE user = '6666'")
    try:
        answer = await change(api, "CHANGE", "+TEST_IN+-")
        assert answer == "ERROR: user is not allowed to change agent in-groups - 6666"
    finally:
        await agent.run("UPDATE vicidial_users SET change_agent_campaign = '1' WHERE user = '6666'")


async def test_new_defaults_leave_one_row_in_the_admin_log(api: Api, agent: Rows) -> None:
    answer = await change(api, "CHANGE", "+TEST_IN+-", blended="YES", set_as_default="YES")
    assert answer == "SUCCESS: change_ingroups function set - YES| TEST_IN -|1000"
    user = await agent.one("SELECT closer_campaigns, closer_default_blended FROM vicidial_users WHERE user = '1000'")
    assert user == {"closer_campaigns": " TEST_IN -", "closer_default_blended": "1"}
    (entry,) = await agent.all("SELECT * FROM vicidial_admin_log")
    assert (entry["user"], entry["event_section"], entry["event_type"]) == ("6666", "USERS", "MODIFY")
    assert (entry["record_id"], entry["event_code"], entry["ip_address"]) == ("1000", "API MODIFY USER", "127.0.0.1")
    assert "UPDATE vicidial_live_agents SET external_ingroups = ' TEST_IN -'" in entry["event_sql"]
    assert "UPDATE vicidial_users SET closer_campaigns = ' TEST_IN -'" in entry["event_sql"]
    assert ";" not in entry["event_sql"]


async def test_a_name_that_is_repeated_costs_one_statement(api: Api, agent: Rows) -> None:
    repeated = "+SALESLINE" * 1000 + "+salesline"
    assert await change(api, "CHANGE", f"{repeated}+-", set_as_default="YES") == (
        f"SUCCESS: change_ingroups function set - NO|{repeated.replace('+', ' ')} -|1000"
    )
    assert await selected(agent) == {"SALESLINE"}
    logged = (await agent.one("SELECT event_sql FROM vicidial_admin_log"))["event_sql"]
    assert logged.count("vicidial_live_inbound_agents") == 2  # one that takes the others out, one that puts it in
