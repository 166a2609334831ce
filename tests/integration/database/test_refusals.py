"""The database refuses: words of their own, nothing decided without what could not be read, and /readyz names it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB, as_lab
from lab.until import until
from parts import LOGIN, Api, start_plain_api

from telectl.auth.passwords import Scheme, hash_password
from telectl.database.troubles import NOT_INSTALLED, TROUBLES, Trouble

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOWN = "ERROR: system error - database not available"
MISSING = f"ERROR: system error - {NOT_INSTALLED.words}"
KEY = "abcdefghij012345"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flags(mariadb: MariaDB) -> AsyncIterator[Api]:
    """A telectl that needs no Asterisk, on an installation with everything on that a login looks at."""
    url = await mariadb.database(demo=True)
    rows = Rows(as_lab(url))
    await rows.open()
    await rows.run(
        "UPDATE system_settings SET pass_hash_enabled = '1', pass_key = %s, pass_cost = 4, allow_ip_lists = '1',"
        " system_ip_blacklist = 'black', enable_languages = '1', language_method = 'MYSQL'",
        KEY,
    )
    hashed = hash_password("1234", Scheme(hashed=True, key=KEY, cost=4))
    await rows.run("UPDATE vicidial_users SET pass_hash = %s, selected_language = 'Nederlands'", hashed)
    await rows.run("UPDATE vicidial_user_groups SET api_ip_list = 'white'")
    await rows.run("INSERT INTO vicidial_ip_list_entries (ip_list_id, ip_address) VALUES ('white', '127.0.0.1')")
    await rows.close()
    async for running in start_plain_api(url, call_control="vicidial", login_failures=2):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def rows(flags: Api) -> AsyncIterator[Rows]:
    """A user who may do everything."""
    found = Rows(as_lab(flags.database_url))
    await found.open()
    yield found
    await found.close()


async def paused(flags: Api) -> bool:
    return (await flags.ask("external_pause", value="PAUSE")).startswith("SUCCESS")


async def failures(rows: Rows) -> object:
    found = await rows.one(
        "SELECT failed_login_count, failed_login_attempts_today, failed_login_count_today FROM vicidial_users"
        " WHERE user = '6666'"
    )
    return list(found.values())


async def connections(rows: Rows) -> set[object]:
    """Return the ids of telectl's connections."""
    found = await rows.all("SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND user = 'telectl'")
    return {row["id"] for row in found}


async def end_connections(rows: Rows) -> None:
    """Let telectl's next connections begin with what the server's settings are now."""
    for number in await connections(rows):
        await rows.run(f"KILL {number}")


@asynccontextmanager
async def locked(rows: Rows, table: str) -> AsyncIterator[None]:
    """Hold a table as an upgrade's ALTER does."""
    await rows.run(f"LOCK TABLES {table} WRITE")
    try:
        yield
    finally:
        await rows.run("UNLOCK TABLES")


@asynccontextmanager
async def renamed(rows: Rows, table: str) -> AsyncIterator[None]:
    await rows.run(f"RENAME TABLE {table} TO gone")
    try:
        yield
    finally:
        await rows.run(f"RENAME TABLE gone TO {table}")


async def open_functions_answer(flags: Api) -> None:
    assert (await flags.ask("version")).startswith("VERSION: ")
    async with flags.client.get(f"{flags.server.make_url('/agc/api.php')}?function=coffee") as response:
        assert response.status == 418


async def test_while_the_settings_cannot_be_read_no_password_is_judged(flags: Api, rows: Rows) -> None:
    before = await failures(rows)
    async with locked(rows, "system_settings"):
        for answer in await asyncio.gather(*(flags.ask("external_pause", value="PAUSE") for _ in range(8))):
            assert answer == DOWN
        assert (await flags.state("DC000000W0000001002W"))["code"] == 503
        await open_functions_answer(flags)
        assert await flags.ask("external_pause", value="PAUSE", source="") == "ERROR: Invalid Source - "
    assert await paused(flags)
    assert await failures(rows) == before


READ_AT_LOGIN = (
    *("system_settings", "vicidial_users", "servers", "vicidial_user_groups", "vicidial_ip_list_entries"),
    "vicidial_language_phrases",
)


@pytest.mark.parametrize("table", READ_AT_LOGIN)
async def test_no_login_is_judged_by_a_part_of_what_it_depends_on(flags: Api, rows: Rows, table: str) -> None:
    assert await paused(flags)
    before = await failures(rows)
    async with renamed(rows, table):
        for _ in range(4):  # more than an address may guess
            assert await flags.ask("external_pause", value="PAUSE") == MISSING
        await open_functions_answer(flags)
    assert await paused(flags)
    assert await failures(rows) == before


async def test_an_empty_table_of_settings_is_no_set_of_defaults(flags: Api, rows: Rows) -> None:
    await rows.run("CREATE TABLE kept AS SELECT * FROM system_settings")
    before = await failures(rows)
    try:
        await rows.run("DELETE FROM system_settings")
        assert await flags.ask("external_pause", value="PAUSE") == MISSING
        assert (await flags.ready())["database"] == {
            "usable": False,
            "trouble": "the table system_settings is empty",
        }
    finally:
        await rows.run("INSERT INTO system_settings SELECT * FROM kept")
        await rows.run("DROP TABLE kept")
    assert await paused(flags)
    assert await failures(rows) == before


NUMBERS = [(number, trouble) for trouble in (*TROUBLES, NOT_INSTALLED) for number in sorted(trouble.numbers)]


@pytest.mark.parametrize(("number", "trouble"), NUMBERS, ids=[str(number) for number, _ in NUMBERS])
async def test_each_refusal_has_its_words(flags: Api, rows: Rows, number: int, trouble: Trouble) -> None:
    await rows.run(
        "CREATE TRIGGER refusing BEFORE UPDATE ON vicidial_live_agents FOR EACH ROW"
        f" SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'refused'"
    )
    try:
        assert await flags.ask("external_pause", value="PAUSE") == f"ERROR: system error - {trouble.words}"
    finally:
        await rows.run("DROP TRIGGER refusing")
    assert await paused(flags)


async def test_a_fault_of_ours_stays_one(flags: Api, rows: Rows) -> None:
    await rows.run(
        "CREATE TRIGGER refusing BEFORE UPDATE ON vicidial_live_agents FOR EACH ROW"
        " SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1064, MESSAGE_TEXT = 'refused'"
    )
    answer = await flags.ask("external_pause", value="PAUSE")
    await rows.run("DROP TRIGGER refusing")
    assert re.fullmatch(r"ERROR: system error - internal error - \w+", answer)


async def test_a_read_only_server_is_named_and_its_connections_are_given_up(flags: Api, rows: Rows) -> None:
    assert await paused(flags)
    before = await connections(rows)
    await rows.run("SET GLOBAL read_only = 1")
    try:
        assert await flags.ask("external_pause", value="PAUSE") == "ERROR: system error - database is read-only"
        ready = await flags.ready()
        assert ready["code"] == 503
        assert ready["database"]["trouble"].startswith("database is read-only: ")
    finally:
        await rows.run("SET GLOBAL read_only = 0")

    async def given_up() -> bool:
        return not before & await connections(rows)

    await until(given_up, 5)
    assert (await flags.ready())["code"] == 200
    assert await paused(flags)


async def test_a_transaction_read_only_by_default_is_the_same(flags: Api, rows: Rows) -> None:
    await rows.run("SET GLOBAL init_connect = 'SET SESSION TRANSACTION READ ONLY'")
    try:
        await end_connections(rows)
        assert await flags.ask("external_pause", value="PAUSE") == "ERROR: system error - database is read-only"
        assert (await flags.ready())["database"]["trouble"].startswith("database is read-only: ")
    finally:
        await rows.run("SET GLOBAL init_connect = ''")
    await until(lambda: paused(flags), 5)


async def test_the_servers_own_time_limit_is_said(flags: Api, rows: Rows) -> None:
    await rows.run("SET GLOBAL max_statement_time = 0.3")
    try:
        await end_connections(rows)
        async with locked(rows, "vicidial_live_agents"):
            answer = await flags.ask("external_pause", value="PAUSE")
            assert answer == "ERROR: system error - database ended the statement"
    finally:
        await rows.run("SET GLOBAL max_statement_time = 0")
    await until(lambda: paused(flags), 5)


async def test_a_crashed_table_is_said(flags: Api, rows: Rows, mariadb: MariaDB) -> None:
    name = flags.database_url.partition("?")[0].rpartition("/")[2]
    await rows.run("CREATE TABLE kept AS SELECT * FROM vicidial_users")
    index = mariadb.folder / "data" / name / "vicidial_users.MYI"
    whole = index.read_bytes()
    try:
        await rows.run("FLUSH TABLES vicidial_users")
        index.write_bytes(whole[:24] + b"\xff" * 900 + whole[924:])
        assert await flags.ask("external_pause", value="PAUSE") == "ERROR: system error - database table is damaged"
        await open_functions_answer(flags)
    finally:
        index.write_bytes(whole)
        await rows.run("FLUSH TABLES vicidial_users")
        await rows.run("REPAIR TABLE vicidial_users")
        await rows.run("DROP TABLE kept")
    assert await paused(flags)


async def test_a_full_table_is_said(flags: Api, rows: Rows) -> None:
    await rows.run("SET SESSION max_heap_table_size = 16384")
    await rows.run("UPDATE vicidial_campaigns SET api_manual_dial = 'QUEUE'")
    await rows.run("ALTER TABLE vicidial_manual_dial_queue ENGINE = MEMORY")
    await rows.run("SET SESSION max_heap_table_size = DEFAULT")
    answer = ""
    for number in range(400):
        answer = await flags.ask(
            "external_dial", value=f"72755{number:05d}", phone_code="1", search="YES", preview="NO", focus="YES"
        )
        if not answer.startswith("SUCCESS"):
            break
    await rows.run("TRUNCATE vicidial_manual_dial_queue")
    assert answer == "ERROR: system error - database table is full"


async def test_a_wrong_password_is_still_one(flags: Api, rows: Rows) -> None:
    url = f"{flags.server.make_url('/agc/api.php')}?{LOGIN}5&function=external_pause&value=PAUSE&agent_user=1000"
    async with flags.client.get(url) as response:
        assert "|BAD|" in await response.text()
    assert (await failures(rows)) != [0, 0, 0]
