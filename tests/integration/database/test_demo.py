"""The demo data costs nobody a row, and opens no door: its users' password is known to everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB, as_lab
from parts import LOGIN, Api, start_plain_api, telectl_process
from yarl import URL

from telectl.auth.caller import Caller
from telectl.database.setup.demo import MARKS, touched
from telectl.database.setup.init import initialise
from telectl.errors import DatabaseError
from telectl.settings import load

pytestmark = pytest.mark.asyncio(loop_scope="module")
OTHERS = {
    "system_settings": "INSERT INTO system_settings (version) VALUES ('2.14-917a')",
    "vicidial_users": "INSERT INTO vicidial_users (user, pass) VALUES ('1500', 'secret')",
    "vicidial_user_groups": "INSERT INTO vicidial_user_groups (user_group, group_name) VALUES ('OURS', 'ours')",
    "servers": "INSERT INTO servers (server_id, server_description, server_ip) VALUES ('a', 'a', '10.0.0.1')",
    "phones": "INSERT INTO phones (extension, server_ip) VALUES ('gs101', '10.0.0.1')",
    "vicidial_campaigns": "INSERT INTO vicidial_campaigns (campaign_id) VALUES ('OURS')",
    "vicidial_statuses": "INSERT INTO vicidial_statuses (status, status_name) VALUES ('OURS', 'ours')",
    "vicidial_inbound_groups": "INSERT INTO vicidial_inbound_groups (group_id, group_name) VALUES ('OURS', 'ours')",
    "groups_alias": "INSERT INTO groups_alias (group_alias_id) VALUES ('OURS')",
    "vicidial_lists": "INSERT INTO vicidial_lists (list_id, list_name) VALUES (999, 'ours')",
    "vicidial_list": "INSERT INTO vicidial_list (lead_id, list_id, phone_number) VALUES (7, 101, '7275550000')",
    "vicidial_settings_containers": "INSERT INTO vicidial_settings_containers (container_id) VALUES ('OURS')",
    "vicidial_live_agents": "INSERT INTO vicidial_live_agents (user, server_ip, lead_id) VALUES ('1500', 'x', 7)",
    "vicidial_live_inbound_agents": "INSERT INTO vicidial_live_inbound_agents (user, group_id) VALUES ('1500', 'X')",
    "vicidial_session_data": "INSERT INTO vicidial_session_data (session_name, user, server_ip, extension, login_time)"
    " VALUES ('s', '1500', '', '', NOW())",
    "vicidial_remote_agents": "INSERT INTO vicidial_remote_agents (user_start, server_ip) VALUES ('1500', '127.0.0.1')",
    "vicidial_confbridges": "INSERT INTO vicidial_confbridges (conf_exten, server_ip) VALUES (9600051, '10.0.0.1')",
    "parked_channels": "INSERT INTO parked_channels (channel, server_ip) VALUES ('a', '10.0.0.1')",
    "vicidial_auto_calls": "INSERT INTO vicidial_auto_calls (server_ip, campaign_id, lead_id) VALUES ('x', 'OURS', 7)",
    "vicidial_log": "INSERT INTO vicidial_log (uniqueid, lead_id, user) VALUES ('1.1', 7, '1500')",
    "vicidial_closer_log": "INSERT INTO vicidial_closer_log (lead_id, user) VALUES (7, '1500')",
    "vicidial_agent_log": "INSERT INTO vicidial_agent_log (user, server_ip) VALUES ('1500', '127.0.0.1')",
}
"""A row of somebody else for each table, as like the demo's as it may be."""


@pytest_asyncio.fixture(loop_scope="module")
async def rows(mariadb: MariaDB) -> AsyncIterator[Rows]:
    """A database with all tables, and nothing in them."""
    found = Rows(as_lab(await mariadb.database()))
    await found.open()
    yield found
    await found.close()


async def contents(rows: Rows) -> dict[str, object]:
    return {table: await rows.all(f"SELECT * FROM {table}") for table in sorted(touched())}


async def test_each_table_that_it_touches_has_a_mark() -> None:
    assert set(MARKS) == touched() == set(OTHERS)


@pytest.mark.parametrize("table", OTHERS)
async def test_one_row_of_somebody_else_is_enough(rows: Rows, table: str) -> None:
    await initialise(rows.url, demo=True)
    await rows.run(OTHERS[table])
    before = await contents(rows)
    for dry_run in (True, False):
        with pytest.raises(DatabaseError, match=rf"\b{table} \(1\)") as refusal:
            await initialise(rows.url, demo=True, dry_run=dry_run)
        assert refusal.value.args[0].count("(1)") == 1
    assert await contents(rows) == before


@pytest.mark.parametrize("table", OTHERS)
async def test_also_where_it_was_never_loaded(rows: Rows, table: str) -> None:
    await rows.run(OTHERS[table])
    before = await contents(rows)
    with pytest.raises(DatabaseError, match=rf"\b{table} \(1\)"):
        await initialise(rows.url, demo=True)
    assert await contents(rows) == before


async def test_a_real_installation_is_named_table_by_table_on_the_command_line(rows: Rows) -> None:
    for statement in OTHERS.values():
        await rows.run(statement)
    process = await telectl_process("db", "init", "--demo", database_url=rows.url)
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert all(f"{table} (1)" in errors.decode() for table in OTHERS)


async def test_loading_it_again_puts_it_back(rows: Rows) -> None:
    await initialise(rows.url, demo=True)
    await rows.run("UPDATE vicidial_list SET comments = 'changed' WHERE lead_id = 1003")
    await rows.run("DELETE FROM vicidial_live_agents WHERE user = '1000'")
    await rows.run("INSERT INTO parked_channels (channel, server_ip) VALUES ('PJSIP/customer1-1', '127.0.0.1')")
    assert (await initialise(rows.url, demo=True))[-1] == "loaded the demo data"
    assert await rows.one("SELECT comments FROM vicidial_list WHERE lead_id = 1003") == {"comments": None}
    assert await rows.one("SELECT COUNT(*) AS number FROM parked_channels") == {"number": 0}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(mariadb: MariaDB) -> AsyncIterator[Api]:
    url = await mariadb.database(demo=True)
    proxies = ("127.0.0.1",)
    async for running in start_plain_api(
        url, call_control="vicidial", trusted_proxies=proxies, demo_from=("172.16.0.0/12",)
    ):
        yield running


async def ask(api: Api, address: str, login: str = LOGIN) -> str:
    query = f"{login}&function=external_pause&value=PAUSE&agent_user=1000"
    url = URL(f"{api.server.make_url('/agc/api.php')}?{query}", encoded=True)
    async with api.client.get(url, headers={"X-Forwarded-For": address}) as response:
        return await response.text()


REFUSED = "ERROR: Invalid Username/Password: |6666||0|1|IPBLOCK|\n"


@pytest.mark.parametrize(
    ("address", "let_in"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("172.18.0.4", True),
        ("172.32.0.1", False),
        ("192.0.2.1", False),
        ("2001:db8::1", False),
        ("unknown", False),
    ],
)
async def test_a_password_that_everybody_knows_is_good_on_the_machine_itself(
    api: Api, address: str, *, let_in: bool
) -> None:
    answer = await ask(api, address)
    assert answer.startswith("SUCCESS") if let_in else answer == REFUSED


async def test_a_demo_user_with_a_password_of_ones_own_comes_from_anywhere(api: Api) -> None:
    rows = Rows(as_lab(api.database_url))
    await rows.open()
    await rows.run("UPDATE vicidial_users SET pass = 'mine' WHERE user = '6666'")
    try:
        assert (await ask(api, "192.0.2.1", LOGIN.replace("1234", "mine"))).startswith("SUCCESS")
    finally:
        await rows.run("UPDATE vicidial_users SET pass = '1234' WHERE user = '6666'")
        await rows.close()


async def test_another_installations_user_with_that_password_is_none_of_the_demos(api: Api) -> None:
    rows = Rows(as_lab(api.database_url))
    await rows.open()
    await rows.run("UPDATE vicidial_users SET full_name = 'ours' WHERE user = '6666'")
    try:
        assert (await ask(api, "192.0.2.1")).startswith("SUCCESS")
    finally:
        await rows.run("UPDATE vicidial_users SET full_name = 'telectl demo: x' WHERE user = '6666'")
        await rows.close()


async def test_networks_are_named_by_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().demo_from == ()
    monkeypatch.setenv("TELECTL_DEMO_FROM", "172.16.0.0/12, fc00::/7,::ffff:10.0.0.0/104")
    networks = load().demo_from
    near = ("172.18.0.1", "fd00::1", "10.1.2.3", "::ffff:10.1.2.3", "127.0.0.1")
    assert all(Caller(address).is_near(networks) for address in near)
    assert not any(Caller(address).is_near(networks) for address in ("192.0.2.1", "2001:db8::1", "11.0.0.1", "x", ""))
    assert not Caller("127.0.0.1", readable=False).is_near(networks)
