"""The database's clock and zone, at the changes to and from summer time, and when somebody sets another zone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from lab.mariadb import MariaDB
from lab.until import until

from telectl.database import Clock, Database, Select, pool
from telectl.errors import DatabaseUnavailable

pytestmark = pytest.mark.asyncio(loop_scope="module")
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
CHANGES = {
    BERLIN: (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    NEW_YORK: (datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)),
}
AROUND = (-90_000, -7200, -3601, -1800, -1, 0, 1, 1800, 3599, 3600, 7200, 90_000)
"""Seconds before and behind a change."""


def shown(zone: str, epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, ZoneInfo(zone)).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Wall:
    local: datetime = field(metadata={"sql": "NOW()"})
    zone: str = field(metadata={"sql": "@@session.time_zone"})
    connection: int = field(metadata={"sql": "CONNECTION_ID()"})
    slept: int = field(metadata={"sql": "SLEEP(0.2)"})


WALL = Select("wall clock", Wall, "")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[BERLIN, NEW_YORK])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[tuple[MariaDB, str]]:
    """A server on a machine in one of the zones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        async with MariaDB.start() as running:
            yield running, request.param


@asynccontextmanager
async def at(server: MariaDB, url: str, epoch: int) -> AsyncIterator[Database]:
    """Return the database as it is at a moment."""
    await server.sql(f"SET GLOBAL init_connect = 'SET timestamp = {epoch}'")
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()
        await server.sql("SET GLOBAL init_connect = ''")


@pytest.mark.parametrize("change", [0, 1], ids=["spring", "autumn"])
async def test_moment_and_wall_clock_agree_at_each_change(server: tuple[MariaDB, str], change: int) -> None:
    running, zone = server
    url = await running.database(schema=False)
    await running.sql(f"GRANT SELECT ON {url.rpartition('/')[2]}.* TO telectl@'%'")
    for seconds in AROUND:
        epoch = int(CHANGES[zone][change].timestamp()) + seconds
        async with at(running, url, epoch) as database:
            now = await Clock(database).now()
            assert abs(now.epoch - epoch) <= 1
            assert now.local == shown(zone, now.epoch)
            for ago in (0, 1, 60, 1500, 2400, 3540):  # the latest moment at which the wall clock showed that
                assert now.seconds_since(shown(zone, now.epoch - ago)) == ago
                assert now.earlier(seconds=ago) == shown(zone, now.epoch - ago)
            for hours in (4, 12, 24):
                assert now.earlier(hours=hours) == shown(zone, now.epoch - hours * 3600)


async def test_another_zone_of_the_server_holds_within_the_cache_time_on_every_connection(mariadb: MariaDB) -> None:
    url = await mariadb.database(schema=False)
    await mariadb.sql(f"GRANT SELECT ON {url.rpartition('/')[2]}.* TO telectl@'%'")
    database = Database(url)
    clock = Clock(database, keep_seconds=0.2)
    try:
        await mariadb.sql("SET GLOBAL time_zone = '+01:00'")
        before = await clock.now()
        old = await asyncio.gather(*(database.one(WALL) for _ in range(6)))
        assert {one.zone for one in old if one} == {"+01:00"}
        await mariadb.sql("SET GLOBAL time_zone = '+05:30'")

        async def noticed() -> bool:
            now = await clock.now()
            return now.local - before.local > timedelta(hours=4)

        await until(noticed, 5)
        now = await clock.now()
        new = [one for one in await asyncio.gather(*(database.one(WALL) for _ in range(6))) if one]
        assert {one.zone for one in new} == {"+05:30"}
        assert not {one.connection for one in old if one} & {one.connection for one in new}
        assert abs(new[0].local - now.local) < timedelta(seconds=5)
        assert 0 <= now.seconds_since(before.local) <= 60
    finally:
        await database.close()
        await mariadb.sql("SET GLOBAL time_zone = SYSTEM")


async def test_a_zone_of_ones_own_changes_its_clock_on_every_connection(
    mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await mariadb.database(schema=False)
    await mariadb.sql(f"GRANT SELECT ON {url.rpartition('/')[2]}.* TO telectl@'%'")
    database = Database(url, zone=ZoneInfo(BERLIN))
    for offset in ("+01:00", "+02:00"):
        monkeypatch.setattr(pool, "session_offset", lambda _, offset=offset: offset)
        walls = await asyncio.gather(*(database.one(WALL) for _ in range(4)))
        assert {one.zone for one in walls if one} == {offset}
    await database.close()


async def test_the_last_reading_tells_the_time_while_the_database_is_away(mariadb: MariaDB) -> None:
    url = await mariadb.database(schema=False)
    await mariadb.sql(f"GRANT SELECT ON {url.rpartition('/')[2]}.* TO telectl@'%'")
    database = Database(url)
    clock = Clock(database, keep_seconds=0)
    assert abs(clock.last_known().epoch - time.time()) < 5
    await mariadb.sql("SET GLOBAL time_zone = '+09:00'")
    try:
        known = await clock.now()
    finally:
        await mariadb.sql("SET GLOBAL time_zone = SYSTEM")
    await database.close()
    lost = Clock(Database("mysql://u:p@127.0.0.1:1/x"), keep_seconds=0)
    with pytest.raises(DatabaseUnavailable):
        await lost.now()
    assert clock.last_known().local - known.local < timedelta(seconds=5)
    assert clock.last_known().local >= known.local
