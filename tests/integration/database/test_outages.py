"""The database dies, freezes, comes back: a clear answer within its deadline, and recovery by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from lab.until import until
from parts import Api, start_plain_api

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOWN = "ERROR: system error - database not available"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flags(mariadb: MariaDB) -> AsyncIterator[Api]:
    """A telectl that needs no Asterisk."""
    url = await mariadb.database(demo=True)
    async for running in start_plain_api(url, call_control="vicidial"):
        yield running


async def paused(flags: Api) -> bool:
    return (await flags.ask("external_pause", value="PAUSE")).startswith("SUCCESS")


async def test_a_killed_database_is_said_and_its_return_is_noticed(flags: Api, mariadb: MariaDB) -> None:
    assert await paused(flags)
    mariadb.kill()
    started = time.monotonic()
    assert await flags.ask("external_pause", value="PAUSE") == DOWN
    assert time.monotonic() - started < 5
    assert (await flags.ask("version")).startswith("VERSION: ")
    assert (await flags.ready())["code"] == 503
    await mariadb.run()
    await until(lambda: paused(flags), 5)
    assert (await flags.ready())["code"] == 200


async def test_a_frozen_database_is_said_within_the_deadline(flags: Api, mariadb: MariaDB) -> None:
    assert await paused(flags)
    mariadb.freeze()
    try:
        started = time.monotonic()
        assert await flags.ask("external_pause", value="PAUSE") == DOWN
        assert time.monotonic() - started < 4.5
        started = time.monotonic()
        for _ in range(10):
            assert await flags.ask("external_pause", value="PAUSE") == DOWN
        assert time.monotonic() - started < 1.5  # it is known by then
    finally:
        mariadb.thaw()
    await until(lambda: paused(flags), 10)


async def test_thirty_clients_of_a_frozen_database_wait_once_and_together(flags: Api, mariadb: MariaDB) -> None:
    async def asked() -> float:
        started = time.monotonic()
        answer = await flags.ask("external_pause", value="PAUSE")
        # whose statement was sent, does not know; whoever came behind them, does
        assert answer in (DOWN, "ERROR: system error - outcome unknown - database did not confirm")
        return time.monotonic() - started

    assert await paused(flags)
    mariadb.freeze()
    try:
        assert max(await asyncio.gather(*(asked() for _ in range(30)))) < 4.5
        assert max(await asyncio.gather(*(asked() for _ in range(30)))) < 1.5
    finally:
        mariadb.thaw()
    await until(lambda: paused(flags), 10)


async def test_a_restart_between_two_requests_costs_neither(flags: Api, mariadb: MariaDB) -> None:
    assert await paused(flags)
    await mariadb.restart()
    assert await paused(flags)


async def test_a_lost_log_row_does_not_cost_the_answer(flags: Api) -> None:
    rows = Rows(flags.database_url)
    await rows.open()
    try:
        await rows.run("RENAME TABLE vicidial_api_log TO gone")
        assert await paused(flags)
    finally:
        await rows.run("RENAME TABLE gone TO vicidial_api_log")
        await rows.close()
