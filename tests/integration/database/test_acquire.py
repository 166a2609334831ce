"""How a connection is had: dead ones, a server that admits few, a server that another one has replaced."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from lab.mariadb import MariaDB
from lab.mariadb_server import TELECTL
from lab.until import until

from telectl.database import Database, Select, Timeouts, Write, pool
from telectl.errors import DatabaseTroubled, DatabaseUnavailable
from telectl.testing.fault_proxy import FaultProxy

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Slept:
    slept: int = field(metadata={"sql": "SLEEP(%(seconds)s)"})
    connection: int = field(metadata={"sql": "CONNECTION_ID()"})


SLEEP = Select("sleep", Slept, "")
CHANGE = Write("change", "UPDATE vicidial_live_agents SET random_id = random_id + 1 WHERE user = '1000'")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(mariadb: MariaDB) -> str:
    return await mariadb.database(demo=True)


@pytest_asyncio.fixture(loop_scope="module")
async def proxy(mariadb: MariaDB) -> AsyncIterator[FaultProxy]:
    async with FaultProxy("127.0.0.1", mariadb.port) as running:
        yield running


async def use_all(database: Database, connections: int) -> set[int]:
    """Use so many connections at once, and give their ids."""
    slept = await asyncio.gather(*(database.one(SLEEP, seconds=0.2) for _ in range(connections)))
    return {one.connection for one in slept if one}


async def test_ten_idle_connections_that_a_firewall_forgot_cost_one_wait(
    url: str, proxy: FaultProxy, mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(url.replace(str(mariadb.port), str(proxy.port)))
    assert len(await use_all(database, 10)) == 10
    proxy.swallow()
    monkeypatch.setattr(pool, "_IDLE_IS_OLD", 0.0)
    for _ in range(2):
        started = time.monotonic()
        await database.one(SLEEP, seconds=0)
        assert time.monotonic() - started < 5
    monkeypatch.undo()
    started = time.monotonic()
    assert len(await use_all(database, 10)) == 10  # the other nine went with the one that was asked
    assert time.monotonic() - started < 5
    await database.close()


async def test_no_wait_for_a_connection_is_longer_than_its_deadline(
    url: str, proxy: FaultProxy, mariadb: MariaDB
) -> None:
    database = Database(url.replace(str(mariadb.port), str(proxy.port)), timeouts=Timeouts(acquire=1.0, connect=30))
    proxy.freeze()
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        await database.one(SLEEP, seconds=0)
    assert time.monotonic() - started < 5
    proxy.thaw()
    await until(lambda: database.one(SLEEP, seconds=0), 5)
    await database.close()


LIMITS = (
    ("ALTER USER {user}@'%' WITH MAX_USER_CONNECTIONS 4", "ALTER USER {user}@'%' WITH MAX_USER_CONNECTIONS 0"),
    ("SET GLOBAL max_user_connections = 4", "SET GLOBAL max_user_connections = 0"),
)


@pytest.mark.parametrize(("limit", "unlimited"), LIMITS, ids=["1226", "1203"])
async def test_where_few_are_admitted_thirty_wait_for_those(
    limit: str, unlimited: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_TRY_MORE_EVERY", 0.2)
    async with MariaDB.start(options=("--max-user-connections=1000",)) as server:  # else it cannot be changed
        await server.sql("SET GLOBAL max_user_connections = 0")
        database = Database(await server.database())
        await server.sql(limit.format(user=TELECTL))
        for _ in range(2):
            assert 1 <= len(await use_all(database, 30)) <= 4
        await server.sql(unlimited.format(user=TELECTL))

        async def all_again() -> bool:
            return len(await use_all(database, 30)) == 10

        await until(all_again, 15)
        await database.close()


async def test_while_others_have_all_connections_ours_waits_and_says_why() -> None:
    async with MariaDB.start(options=("--max-connections=10",)) as server:
        url = await server.database()
        others, ours = Database(url, pool=30), Database(url, timeouts=Timeouts(acquire=1.0))
        busy = asyncio.ensure_future(others.one(SLEEP, seconds=1.5))
        crowd = [asyncio.ensure_future(others.one(SLEEP, seconds=2.5)) for _ in range(12)]
        await asyncio.sleep(0.3)
        with pytest.raises(DatabaseTroubled) as error:
            await ours.one(SLEEP, seconds=0)
        assert error.value.words == "database has too many connections"
        await asyncio.gather(busy, *crowd)
        await others.close()
        await until(lambda: ours.one(SLEEP, seconds=0), 5)
        await ours.close()


async def test_after_a_failover_one_refusal_is_enough(mariadb: MariaDB) -> None:
    async with MariaDB.start() as old:
        name = (await old.database(demo=True)).rpartition("/")[2]
        await mariadb.database(demo=True, name=name)
        async with FaultProxy("127.0.0.1", old.port) as address:
            database = Database(old.url(name).replace(str(old.port), str(address.port)))
            await use_all(database, 5)
            holding = asyncio.ensure_future(database.one(SLEEP, seconds=1))
            await asyncio.sleep(0.2)
            await old.sql("SET GLOBAL read_only = 1")
            address.lead_to("127.0.0.1", mariadb.port)
            with pytest.raises(DatabaseTroubled) as error:
                await database.write(CHANGE)
            assert error.value.words == "database is read-only"
            await holding  # its connection leads to the old server, and is not used again
            for changed in await asyncio.gather(*(database.write(CHANGE) for _ in range(10))):
                assert changed.matched == 1
            await database.close()
