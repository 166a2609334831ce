"""`telectl db init`: what is missing is created, telectl's own tables are amended, VICIdial's stay as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB, as_lab
from parts import telectl_process

from telectl.database import DatabaseUrl
from telectl.database.setup.init import initialise, table_statements
from telectl.errors import DatabaseError

pytestmark = pytest.mark.asyncio(loop_scope="module")
OWN = [name for name in table_statements() if name.startswith("telectl_")]


@pytest_asyncio.fixture(loop_scope="module")
async def rows(mariadb: MariaDB) -> AsyncIterator[Rows]:
    """A database with nothing in it."""
    found = Rows(await mariadb.database(schema=False))
    await found.open()
    yield found
    await found.close()


async def made(rows: Rows, *tables: str) -> dict[str, str]:
    """How the server itself writes these tables down."""
    return {table: (await rows.one(f"SHOW CREATE TABLE `{table}`"))["Create Table"] for table in tables}


async def test_init_is_safe_to_repeat_alters_nothing_and_says_what_it_would_do(mariadb: MariaDB) -> None:
    url = as_lab(await mariadb.database(schema=False))
    said = await initialise(url, dry_run=True)
    assert "would create vicidial_live_agents" in said
    assert await initialise(url) == [line.replace("would create", "created") for line in said]
    await mariadb.sql("ALTER TABLE servers ADD ours INT", DatabaseUrl.parse(url).database)
    assert await initialise(url) == ["every table is there"]
    assert (await initialise(url, demo=True))[-1] == "loaded the demo data"
    assert (await initialise(url, demo=True))[-1] == "loaded the demo data"
    await mariadb.sql(
        "INSERT INTO vicidial_users (user, pass) VALUES ('someone', 'x')", DatabaseUrl.parse(url).database
    )
    with pytest.raises(DatabaseError, match=r"vicidial_users \(1\)"):
        await initialise(url, demo=True)


async def test_a_new_installation_has_the_in_group_that_every_vicidial_has(rows: Rows) -> None:
    groups = "SELECT group_id, active FROM vicidial_inbound_groups"
    await initialise(as_lab(rows.url))
    assert await rows.all(groups) == [{"group_id": "AGENTDIRECT", "active": "Y"}]
    await rows.run("DELETE FROM vicidial_inbound_groups")
    await initialise(as_lab(rows.url))
    assert list(await rows.all(groups)) == [], "what became of it stays"
    assert (await initialise(as_lab(rows.url), demo=True))[-1] == "loaded the demo data"


async def test_demo_data_only_where_nobody_is_leave_alone_what_became_of_them(rows: Rows) -> None:
    assert (await initialise(as_lab(rows.url), demo=True, if_empty=True))[-1] == "loaded the demo data"
    await rows.run("UPDATE vicidial_list SET comments = 'changed' WHERE lead_id = 1003")
    assert await initialise(as_lab(rows.url), demo=True, if_empty=True) == ["every table is there"]
    assert await rows.one("SELECT comments FROM vicidial_list WHERE lead_id = 1003") == {"comments": "changed"}


async def test_an_older_telectls_tables_get_what_is_new_and_keep_their_rows(rows: Rows) -> None:
    await initialise(as_lab(rows.url))
    new = await made(rows, *OWN)
    await rows.run("INSERT INTO telectl_locks (agent, last_answer) VALUES ('1000', 'kept')")
    await rows.run("ALTER TABLE telectl_locks DROP last_command, DROP last_done, MODIFY last_answer VARCHAR(50)")
    await rows.run("ALTER TABLE telectl_calls DROP KEY started, DROP end_wanted")
    wanted = {
        "telectl_locks: column last_command",
        "telectl_locks: column last_done",
        "telectl_locks: column last_answer, now 1000 characters",
        "telectl_calls: column end_wanted",
        "telectl_calls: key started",
    }
    older = await made(rows, *OWN)
    assert set(await initialise(as_lab(rows.url), dry_run=True)) == {f"would amend {what}" for what in wanted}
    assert await made(rows, *OWN) == older
    assert set(await initialise(as_lab(rows.url))) == {f"amended {what}" for what in wanted}
    now = await made(rows, *OWN)
    assert {table: sorted(_lines(text)) for table, text in now.items()} == {
        table: sorted(_lines(text)) for table, text in new.items()
    }
    assert await rows.one("SELECT last_answer, last_command FROM telectl_locks") == {
        "last_answer": "kept",
        "last_command": "",
    }
    assert await initialise(as_lab(rows.url)) == ["every table is there"]


@pytest.mark.parametrize("options", [["--dry-run"], []])
@pytest.mark.parametrize("rights", ["SELECT, INSERT ON `{}`.servers", "SELECT ON `{}`.*", None])
async def test_who_may_not_create_is_promised_nothing(mariadb: MariaDB, options: list[str], rights: str | None) -> None:
    """It sees only the tables that it has rights on, so the others are not missing for all it knows."""
    name = DatabaseUrl.parse(await mariadb.database()).database
    user = "poor" if rights else "telectl"
    await mariadb.sql(f"DROP TABLE `{name}`.telectl_locks; DROP TABLE `{name}`.vicidial_log")
    if rights:
        create = "CREATE OR REPLACE USER poor@'%' IDENTIFIED BY 'telectl'"
        await mariadb.sql(f"{create}; GRANT {rights.format(name)} TO poor@'%'")
    url = f"mysql://{user}:telectl@127.0.0.1:{mariadb.port}/{name}"
    process = await telectl_process("db", "init", *options, database_url=url)
    output, errors = await process.communicate()
    assert (process.returncode, output) == (2, b"")
    assert errors.decode() == (
        f"telectl: user {user}@% may not create or alter tables in {name}, and sees only those that it has rights on:"
        " what is missing there cannot be told. Run this as the database's administrator\n"
    )


async def test_who_may_by_a_role_is_believed(mariadb: MariaDB) -> None:
    name = DatabaseUrl.parse(await mariadb.database(schema=False)).database
    await mariadb.sql(
        f"CREATE ROLE maker; GRANT ALL ON `{name}`.* TO maker; CREATE USER made@'%' IDENTIFIED BY 'x';"
        "GRANT maker TO made@'%'; SET DEFAULT ROLE maker FOR made@'%'"
    )
    url = f"mysql://made:x@127.0.0.1:{mariadb.port}/{name}"
    assert "would create telectl_locks" in await initialise(url, dry_run=True)
    assert "created telectl_locks" in await initialise(url)


async def test_who_may_not_alter_is_told_so(mariadb: MariaDB) -> None:
    url = await mariadb.database()
    await mariadb.sql("ALTER TABLE telectl_locks DROP last_done", DatabaseUrl.parse(url).database)
    for dry_run in (True, False):
        with pytest.raises(DatabaseError, match="may not create or alter tables"):
            await initialise(url, dry_run=dry_run)
    assert "would amend telectl_locks: column last_done" in await initialise(as_lab(url), dry_run=True)


def _lines(table: str) -> list[str]:
    return [line.rstrip(",") for line in table.splitlines()]


async def test_a_newer_telectls_columns_stay(rows: Rows) -> None:
    await initialise(as_lab(rows.url))
    await rows.run("ALTER TABLE telectl_locks ADD of_tomorrow INT, MODIFY last_answer VARCHAR(2000)")
    before = await made(rows, *OWN)
    assert await initialise(as_lab(rows.url)) == ["every table is there"]
    assert await made(rows, *OWN) == before


async def test_a_vicidials_database_gets_telectls_tables_only(rows: Rows) -> None:
    for table in ("vicidial_users", "vicidial_live_agents", "system_settings"):
        await rows.run(table_statements()[table])
    await rows.run("CREATE TABLE vicidial_lists_fields (field_id INT)")
    await rows.run("ALTER TABLE vicidial_users DROP custom_three")
    before = await rows.all("SELECT * FROM information_schema.columns WHERE table_schema = DATABASE()")
    said = await initialise(as_lab(rows.url))
    assert [line for line in said if line.startswith("created")] == [f"created {table}" for table in OWN]
    assert not any("vicidial_inbound_groups" in line for line in said if line.startswith("created"))
    assert any(line.startswith("vicidial_3way_press_multi is missing: it comes with a newer VICIdial") for line in said)
    assert not any("queue_log" in line or "vtiger" in line for line in said)
    after = await rows.all(
        "SELECT * FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name NOT LIKE 'telectl%'"
    )
    assert after == before


async def test_check_says_when_the_own_tables_are_older(mariadb: MariaDB) -> None:
    url = await mariadb.database(demo=True)
    rows = Rows(url)
    await rows.open()
    await rows.run("ALTER TABLE telectl_locks DROP last_done")
    await rows.close()
    process = await telectl_process("check", database_url=url, call_control="vicidial")
    output, _ = await process.communicate()
    assert process.returncode == 1
    assert "older than this telectl: run `telectl db init` (telectl_locks: column last_done)" in output.decode()


async def test_the_command_line_says_what_it_would_do_and_does_it(mariadb: MariaDB) -> None:
    url = as_lab(await mariadb.database(schema=False))
    for options, verb in ((["--dry-run"], "would create"), ([], "created")):
        process = await telectl_process("db", "init", *options, database_url=url)
        output, errors = await process.communicate()
        assert (process.returncode, errors) == (0, b"")
        assert f"{verb} telectl_locks" in output.decode().splitlines()
    await mariadb.sql("CREATE USER granted@'%' IDENTIFIED BY 'x'")
    process = await telectl_process("db", "grants", "--user", "granted", "--host", "%", "--apply", database_url=url)
    output, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert output.decode().startswith("granted 'granted'@'%' what telectl needs on ")
    where = DatabaseUrl.parse(url)
    limited = f"mysql://granted:x@127.0.0.1:{where.port}/{where.database}"
    process = await telectl_process("check", database_url=limited, call_control="vicidial")
    output, _ = await process.communicate()
    assert "ok    database: reachable, with the rights it needs" in output.decode()
