"""A flag whose UPDATE was sent and not answered may be set: the answer says so, and only then."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from lab.until import until
from parts import Api, start_plain_api

from telectl.testing import Direction, FaultProxy

pytestmark = pytest.mark.asyncio(loop_scope="module")
UNKNOWN = "ERROR: system error - outcome unknown - database did not confirm"
DOWN = "ERROR: system error - database not available"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proxy(mariadb: MariaDB) -> AsyncIterator[FaultProxy]:
    async with FaultProxy("127.0.0.1", mariadb.port) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(mariadb: MariaDB) -> str:
    return await mariadb.database(demo=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(url: str, proxy: FaultProxy, mariadb: MariaDB) -> AsyncIterator[Api]:
    """What is read is kept, so that the UPDATE is the first statement of a request."""
    through = url.replace(str(mariadb.port), str(proxy.port))
    async for running in start_plain_api(through, call_control="vicidial", cache_seconds=3600):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def rows(url: str) -> AsyncIterator[Rows]:
    found = Rows(url)
    await found.open()
    yield found
    await found.close()


async def timer(api: Api, notes: str) -> str:
    return await api.ask("set_timer_action", value="MESSAGE_ONLY", notes=notes, rank="1")


async def noted(rows: Rows) -> str:
    found = await rows.one(
        "SELECT external_timer_action_message AS notes FROM vicidial_live_agents WHERE user = '1000'"
    )
    return str(found["notes"])


async def works(api: Api) -> bool:
    return (await timer(api, "works")).startswith("SUCCESS")


@pytest.mark.parametrize(
    ("direction", "written"),
    [(Direction.TO_CLIENT, True), (Direction.TO_SERVER, False)],
    ids=["written", "not written"],
)
async def test_an_update_without_an_answer_is_unknown(
    api: Api, rows: Rows, proxy: FaultProxy, direction: Direction, *, written: bool
) -> None:
    await until(lambda: works(api), 10)
    proxy.stall(direction)
    try:
        assert await timer(api, "unanswered") == UNKNOWN
        assert await timer(api, "neversent") == DOWN  # it is known by then that there is nobody
        assert await noted(rows) == ("unanswered" if written else "works")
    finally:
        proxy.reset()
        proxy.flow()
    await until(lambda: works(api), 10)


async def test_a_connection_that_ends_in_the_answer_leaves_it_unknown(api: Api, rows: Rows, proxy: FaultProxy) -> None:
    await until(lambda: works(api), 10)
    proxy.cut_after(3, Direction.TO_CLIENT)
    assert await timer(api, "cut") == UNKNOWN
    assert await noted(rows) == "cut"
