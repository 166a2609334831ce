"""Every recorded request gives the recorded answer and row changes, and nothing else changes."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from lab.mariadb import MariaDB, as_lab
from parts import telectl_server
from recorded import HERE, NOT_RECORDED, Case, Moment, Watch, cases, connect, differences, now
from yarl import URL

from telectl import BUILD, __version__
from telectl.database import DatabaseUrl
from telectl.settings import load

pytestmark = pytest.mark.asyncio(loop_scope="module")
_RECORDED_ON = ("VERSION: 2.14-81|BUILD: 240429-2220|", f"VERSION: {__version__}|BUILD: {BUILD}|")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TABLES = os.environ.get("LAB_TABLES", "")
ALTERED = TABLES == "altered"
"""The tables have columns that telectl does not know and utf8mb4 texts, and the server is strict."""
CHARSET = {"altered": "utf8mb4", "latin1": "latin1"}.get(TABLES)
UNNAMED = re.compile(r"INSERT INTO \w+ VALUES")
"""A case's own statement that names no columns, and so needs the tables as they were."""
RECORDED = [case for case in cases() if not (ALTERED and any(UNNAMED.match(sql) for sql in case.setup))]


@dataclass
class Bench:
    watch: Watch
    page: URL
    client: ClientSession


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mariadb() -> AsyncIterator[MariaDB]:
    modes = ("--sql-mode=TRADITIONAL",) if ALTERED else ("--sql-mode=NO_ENGINE_SUBSTITUTION",)
    timestamps = f"--explicit-defaults-for-timestamp={'ON' if ALTERED else 'OFF'}"
    options = (*modes, timestamps, "--default-time-zone=+00:00")
    async with MariaDB.start(strict=ALTERED, options=options) as server:
        yield server


async def bench(mariadb: MariaDB, mode: str) -> AsyncIterator[Bench]:
    url = await mariadb.database(schema=True)
    connection = connect(as_lab(url))
    with connection.cursor() as cursor:
        cursor.execute("SET @hn = %s", (os.uname().nodename,))
        cursor.execute((HERE / "seed.sql").read_text(encoding="utf-8"))
        while cursor.nextset():
            pass
        for table in _tables(cursor) if mode == "vicidial" else ():
            if table.startswith("telectl_"):  # what its agents' screens do needs none of our own tables
                cursor.execute(f"DROP TABLE {table}")
        for table in _tables(cursor) if CHARSET else ():
            cursor.execute(f"ALTER TABLE `{table}` CONVERT TO CHARACTER SET {CHARSET}")
            if not ALTERED:
                continue
            more = "ADD telectl_knows_nothing_of VARCHAR(9) NULL, ADD nor_of_it INT NOT NULL DEFAULT 7"
            cursor.execute(f"ALTER TABLE `{table}` {more}")
    integrations = DatabaseUrl.parse(as_lab(url))
    watch_setup = (
        "UPDATE system_settings SET vtiger_server_ip=%s, vtiger_dbname=%s, vtiger_login=%s, vtiger_pass=%s,"
        " queuemetrics_server_ip=%s, queuemetrics_dbname=%s, queuemetrics_login=%s, queuemetrics_pass=%s"
    )
    place = (f"127.0.0.1:{mariadb.port}", integrations.database, integrations.user, integrations.password)
    with connection.cursor() as cursor:
        cursor.execute(watch_setup, (*place, *place))
    settings = load(
        listen="127.0.0.1:0",
        database_url=url,
        call_control=mode,
        cache_seconds=0,
        login_failures=0,
        refused_log_rows=0,
        server_name="127.0.0.1",
    )
    async with telectl_server(settings) as server, ClientSession() as client:
        yield Bench(Watch(connection), server.make_url("/agc/api.php"), client)
    connection.close()


def _tables(cursor: Any) -> list[str]:
    cursor.execute("SHOW TABLES")
    return [name for (name,) in cursor.fetchall()]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vicidial(mariadb: MariaDB) -> AsyncIterator[Bench]:
    async for found in bench(mariadb, "vicidial"):
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def direct(mariadb: MariaDB) -> AsyncIterator[Bench]:
    async for found in bench(mariadb, "direct"):
        yield found


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case.name)
async def test_in_vicidial_mode(vicidial: Bench, case: Case) -> None:
    await agrees(vicidial, case)


@pytest.mark.parametrize("case", [case for case in RECORDED if case.call_control == "any"], ids=lambda case: case.name)
async def test_in_direct_mode(direct: Bench, case: Case) -> None:
    await agrees(direct, case)


async def test_none_of_the_recorded_cases_is_left_out() -> None:
    assert len({case.name for case in RECORDED}) == (505 if ALTERED else 508)


async def agrees(bench: Bench, case: Case) -> None:
    bench.watch.restore()
    bench.watch.execute(case.setup)
    start = now()
    url = URL(f"{bench.page}?{case.query}", encoded=True)
    headers = _FORM if case.form is not None else {}
    form = case.form.encode() if case.form is not None else None
    async with bench.client.request(case.method, url, data=form, headers=headers) as response:
        status, body = response.status, await response.text()
    when = Moment(start, now())
    expected = case.body.replace(*_RECORDED_ON)
    assert when.fits(expected, body), f"\n- {expected!r}\n+ {body!r}"
    assert status == case.status
    recorded = _ours(case.row_changes)
    changes = {table: found for table, found in bench.watch.changes().items() if table not in NOT_RECORDED}
    assert differences(recorded, changes, when) == ""


def _ours(changes: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Put telectl's own version into the rows that were recorded with VICIdial's."""

    def row(change: dict[str, Any]) -> dict[str, Any]:
        if "data" not in change.get("row", {}):
            return change
        return {**change, "row": {**change["row"], "data": change["row"]["data"].replace(*_RECORDED_ON)}}

    return {table: [row(change) for change in found] for table, found in changes.items()}
