"""Whatever happens to the API log's tables, each answer's row is in the process log at once and in the table later."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiomysql
import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB, as_lab
from lab.until import until
from parts import Api, start_plain_api

from telectl.database import DatabaseUrl

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.filterwarnings("ignore::pymysql.err.Warning")]
SECRET = "1234"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(mariadb: MariaDB) -> AsyncIterator[Api]:
    async for running in start_plain_api(await mariadb.database(demo=True), call_control="vicidial", cache_seconds=2):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def rows(api: Api) -> AsyncIterator[Rows]:
    found = Rows(api.database_url)
    await found.open()
    yield found
    await found.close()


@asynccontextmanager
async def locked(url: str, table: str) -> AsyncIterator[None]:
    where = DatabaseUrl.parse(as_lab(url))
    connection = await aiomysql.connect(
        host=where.host, port=where.port, user=where.user, password=where.password, db=where.database
    )
    try:
        await connection.query(f"LOCK TABLES {table} WRITE")
        yield
    finally:
        connection.close()


async def ask(api: Api, source: str) -> str:
    return await api.ask("set_timer_action", value="MESSAGE_ONLY", notes=source, rank="1", source=source)


def kept(caplog: pytest.LogCaptureFixture) -> dict[str, dict[str, Any]]:
    texts = [record.getMessage() for record in caplog.records if "api log row kept" in record.getMessage()]
    found = [json.loads(text[text.index("{") :]) for text in texts]
    return {row["source"]: row for row in found}


async def written(rows: Rows, *sources: str) -> None:
    """Each has one row, with its address."""

    async def all_there() -> bool:
        found = await rows.all(
            "SELECT source, url FROM vicidial_api_log JOIN vicidial_api_urls USING (api_id) ORDER BY source"
        )
        there = [row["source"] for row in found if row["source"] in sources]
        return there == sorted(sources) and all(f"source={row['source']}" in row["url"] for row in found)

    await until(all_there, 10)


async def test_a_locked_log_holds_one_answer_up_and_no_other(
    api: Api, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await ask(api, "first")).startswith("SUCCESS")
    sources = [f"locked{number}" for number in range(10)]
    async with locked(api.database_url, "vicidial_api_log"):
        assert (await ask(api, sources[0])).startswith("SUCCESS")
        started = time.monotonic()
        for source in sources[1:]:
            assert (await ask(api, source)).startswith("SUCCESS")
        assert time.monotonic() - started < 1.0  # nine answers in less than one wait
        assert (await api.ready())["api_log_rows_waiting"] == 10
    await written(rows, "first", *sources)
    told = kept(caplog)
    assert list(told) == sources
    assert told["locked3"]["function"] == "set_timer_action"
    assert told["locked3"]["result"] == "SUCCESS"
    assert told["locked3"]["agent_user"] == "1000"
    assert "notes=locked3" in told["locked3"]["url"]
    assert SECRET not in json.dumps(told)


async def test_a_lost_address_table_costs_no_row(api: Api, rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    await rows.run("RENAME TABLE vicidial_api_urls TO elsewhere")
    assert (await ask(api, "halfway")).startswith("SUCCESS")
    await rows.run("RENAME TABLE elsewhere TO vicidial_api_urls")
    await written(rows, "halfway")
    assert list(kept(caplog)) == ["halfway"]


async def test_a_database_that_was_away_gets_every_row_once(
    api: Api, rows: Rows, mariadb: MariaDB, caplog: pytest.LogCaptureFixture
) -> None:
    await rows.close()
    mariadb.kill()
    answers = await asyncio.gather(*(ask(api, f"away{number}") for number in range(5)))
    assert set(answers) == {"ERROR: system error - database not available"}
    assert set(kept(caplog)) == {f"away{number}" for number in range(5)}
    await mariadb.restart()
    await rows.open()
    await written(rows, *(f"away{number}" for number in range(5)))
