"""A customer waits while the clocks are changed: how long is measured by moments, not by wall clocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from lab.mariadb import MariaDB, as_lab
from parts import Api, Desk

from telectl.calls.transfer.dial_strings import talk_seconds
from telectl.database import Database, Instant
from telectl.database.call_rows import AUTO_CALL
from telectl.database.zone import NamedZone

pytestmark = pytest.mark.asyncio(loop_scope="module")
ZONES = {"Europe/Berlin": (1774746000, 1792890000), "America/New_York": (1772953200, 1793512800)}
"""The changes to and from summer time in 2026, in seconds since 1970."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=ZONES)
async def zone(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mariadb(zone: str) -> AsyncIterator[MariaDB]:
    """A server on a machine in one of the zones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        async with MariaDB.start() as running:
            yield running


@dataclass(frozen=True, slots=True)
class MovedClock:
    """The server's clock, which the test sets."""

    mariadb: MariaDB
    desk: Desk
    changes: tuple[int, int]

    async def set(self, epoch: int) -> None:
        """Let it stand at a moment, for all connections that telectl makes from now on; 0 lets it go right again."""
        await self.mariadb.sql(f"SET GLOBAL init_connect = '{f'SET timestamp = {epoch}' if epoch else ''}'")
        ours = await self.desk.centre.rows.one("SELECT CONNECTION_ID() AS id")
        found = await self.desk.centre.rows.all("SELECT id FROM information_schema.processlist WHERE user = 'telectl'")
        for row in found:
            if row["id"] != ours["id"]:
                await self.mariadb.sql(f"KILL {row['id']}")


@pytest_asyncio.fixture(loop_scope="module")
async def moved(mariadb: MariaDB, call: Desk, zone: str) -> AsyncIterator[MovedClock]:
    clock = MovedClock(mariadb, call, ZONES[zone])
    yield clock
    await clock.set(0)


WALL_CLOCK = "SELECT TIMESTAMPDIFF(SECOND, parked_time, COALESCE(grab_time, hangup_time)) AS apart FROM park_log"


@pytest.mark.parametrize(("change", "by_the_wall"), [(0, 1800 + 3600), (1, 1800 - 3600)], ids=["spring", "autumn"])
async def test_a_wait_across_a_change_of_the_clocks_is_as_long_as_it_was(
    api: Api, call: Desk, moved: MovedClock, change: int, by_the_wall: int
) -> None:
    rows, at = call.centre.rows, moved.changes[change]
    await moved.set(at - 600)
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await moved.set(at + 1200)
    assert (await api.ask("park_call", value="GRAB_CUSTOMER")).startswith("SUCCESS")
    assert (await rows.one("SELECT parked_sec FROM park_log"))["parked_sec"] in (1799, 1800, 1801)
    assert abs((await rows.one(WALL_CLOCK))["apart"] - by_the_wall) <= 1


async def test_talk_seconds_are_the_same(call: Desk, zone: str) -> None:
    database = Database(as_lab(call.centre.database_url))
    row = await database.one(AUTO_CALL, call_id=call.line.call_id)
    await database.close()
    assert row is not None
    rules = NamedZone(ZoneInfo(zone))
    for at in ZONES[zone]:
        began = replace(row, call_time=Instant.at(at - 600, rules).local)
        assert talk_seconds(began, Instant.at(at + 1200, rules)) == 1800
