"""A request near any limit, sent by anybody, holds up the event loop for less than 50 ms."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from costs import DEAR
from lab.mariadb import MariaDB
from parts import Api, start_plain_api
from raw import asked

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(mariadb: MariaDB) -> AsyncIterator[Api]:
    url = await mariadb.database(demo=True)
    await mariadb.sql("UPDATE system_settings SET use_non_latin = '1'", url.rpartition("/")[2])
    async for running in start_plain_api(url, call_control="vicidial", cache_seconds=2):
        yield running


@pytest.mark.parametrize("name", DEAR)
async def test_a_request_at_its_limit_takes_less_than_50_ms_of_the_loop(api: Api, name: str) -> None:
    taken = []
    for _ in range(3):
        before = time.thread_time()  # this thread runs the loop and nothing else: the client is in another
        status, body = await asked(api.server.port, DEAR[name])
        taken.append(time.thread_time() - before)
        assert (status, body[:7]) == (200, "ERROR: ") or (status, body) == (404, "404: Not Found")
    assert min(taken) < 0.05


async def test_a_flood_of_them_stays_small(api: Api) -> None:
    def kilobytes() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4

    for sent in DEAR.values():
        await asked(api.server.port, sent)
    before = kilobytes()
    for sent in (*DEAR.values(), *DEAR.values()):
        await asked(api.server.port, sent)
    assert kilobytes() - before < 30_000
