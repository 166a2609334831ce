"""Moments, and the database's clock from readings that are made up: what is asked again, what is kept, what changes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from telectl.database import Clock, Database, Instant
from telectl.database.clock import NOW
from telectl.database.zone import NamedZone, ObservedZone
from telectl.errors import DatabaseUnavailable

SUMMER, WINTER = 7200, 3600
CHANGE = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp())


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_moment_has_its_texts() -> None:
    moment = Instant.at(0.9, ObservedZone.steady(3600))
    assert (moment.epoch, moment.local) == (0, wall("1970-01-01 01:00:00"))
    assert (moment.text, moment.compact) == ("1970-01-01 01:00:00", "19700101010000")


def test_a_moment_tells_other_times_by_its_zone() -> None:
    moment = Instant.at(CHANGE + 1800, NamedZone(ZoneInfo("Europe/Berlin")))
    assert moment.text == "2026-10-25 02:30:00"
    assert moment.earlier(hours=1) == wall("2026-10-25 02:30:00")
    assert moment.earlier(minutes=30) == wall("2026-10-25 02:00:00")
    assert moment.earlier(seconds=1801) == wall("2026-10-25 02:59:59")
    assert moment.earlier(hours=24, minutes=1, seconds=1) == wall("2026-10-24 03:28:59")
    assert moment.seconds_since(wall("2026-10-25 02:00:00")) == 1800
    assert moment.seconds_since(wall("2026-10-25 03:00:00")) == 0


def test_moments_of_one_time_are_equal_whatever_the_zone_is_called() -> None:
    assert Instant.at(0, ObservedZone.steady(0)) == Instant.at(0, NamedZone(ZoneInfo("UTC")))
    assert Instant(5, wall("1970-01-01 00:00:05")).seconds_since(wall("1970-01-01 00:00:00")) == 5


@dataclass
class Server:
    """A database server at some moment, whose wall clock changes once."""

    epoch: float = 1_000_000.5
    present: int = WINTER
    earlier: int = WINTER
    changed: int = 0
    zone: str = "SYSTEM"
    session_zone: str = "SYSTEM"
    """The zone that a session got when it began."""
    renewed: bool = True
    away: bool = False
    asked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        if self.away:
            raise DatabaseUnavailable("away")
        yield SimpleNamespace(one=self.one, server_zone=self.session_zone)

    async def one(self, select: Any, **values: int) -> object:
        self.asked.append(select.name)
        if select is NOW:
            earlier = self.earlier if self.changed > self.epoch - 2 * 86_400 else self.present
            return SimpleNamespace(
                epoch=Decimal(str(self.epoch)), offset=self.present, earlier=earlier, server_zone=self.zone
            )
        return SimpleNamespace(offset=self.present if values["epoch"] >= self.changed else self.earlier)

    def sessions_are_of(self, zone: str) -> None:
        self.told.append(zone)
        if self.renewed:  # the pool's connections
            self.session_zone = zone


def clock(server: Server, zone: str | None = None, keep_seconds: float = 0) -> Clock:
    return Clock(cast("Database", server), ZoneInfo(zone) if zone else None, keep_seconds)


async def test_the_time_is_the_servers() -> None:
    server = Server()
    now = await clock(server).now()
    assert now.epoch == 1_000_000
    assert now.local == wall("1970-01-12 14:46:40")
    assert server.told == ["SYSTEM"]


async def test_a_reading_is_carried_on_by_the_steady_clock() -> None:
    server = Server()
    kept = clock(server, keep_seconds=60)
    now = time.monotonic()
    assert (await kept.at(now + 100)).epoch - (await kept.at(now)).epoch == 100
    assert (await kept.at(now - 100)).epoch - (await kept.at(now)).epoch == -100
    assert server.asked == [NOW.name]


async def test_a_zone_that_was_set_is_used_and_not_the_servers() -> None:
    server = Server(epoch=CHANGE + 0.5, present=0, earlier=0)
    assert (await clock(server, "Europe/Berlin").now()).text == "2026-10-25 02:00:00"


async def test_a_change_of_the_clock_is_found_to_the_second_and_once() -> None:
    server = Server(epoch=CHANGE + 600.5, present=WINTER, earlier=SUMMER, changed=CHANGE)
    asked = clock(server)
    now = await asked.now()
    assert now.earlier(seconds=600) == wall("2026-10-25 02:00:00")
    assert now.earlier(seconds=601) == wall("2026-10-25 02:59:59")
    looked = len(server.asked)
    assert looked > 10
    server.epoch += 60
    assert (await asked.now()).seconds_since(wall("2026-10-25 02:59:59")) == 661
    assert len(server.asked) == looked + 1


async def test_a_change_that_is_long_ago_is_forgotten() -> None:
    server = Server(epoch=CHANGE + 600.5, present=WINTER, earlier=SUMMER, changed=CHANGE)
    asked = clock(server)
    await asked.now()
    server.epoch += 3 * 86_400
    now = await asked.now()
    assert now.earlier(hours=24 * 5) == wall("2026-10-23 02:10:00")  # by winter's time


async def test_another_zone_of_the_server_holds_from_the_moment_it_is_seen() -> None:
    server = Server()
    asked = clock(server)
    before = await asked.now()
    server.zone, server.present, server.epoch = "+09:00", 9 * 3600, server.epoch + 5
    now = await asked.at(time.monotonic() + 5)
    assert now.local == wall("1970-01-12 22:46:50")
    assert now.seconds_since(before.local) == 10
    assert now.earlier(seconds=10) == before.local
    assert server.told[-1] == "+09:00"
    server.epoch += 3600
    assert (await asked.now()).earlier(hours=0.5) == wall("1970-01-12 23:16:45")


async def test_sessions_of_another_zone_than_the_servers_are_asked_again_but_not_for_ever() -> None:
    server = Server(session_zone="+05:00")
    await clock(server).now()
    assert server.asked == [NOW.name] * 2
    stubborn = Server(session_zone="+05:00", renewed=False)
    await clock(stubborn).now()
    assert stubborn.asked == [NOW.name] * 3


async def test_while_the_database_is_away_the_last_reading_tells_the_time() -> None:
    server = Server(present=9 * 3600, earlier=9 * 3600)
    asked = clock(server)
    assert abs(asked.last_known().epoch - time.time()) < 5  # this machine's own
    known = await asked.now()
    server.away = True
    with pytest.raises(DatabaseUnavailable):
        await asked.now()
    assert 0 <= asked.last_known().epoch - known.epoch < 5
    assert asked.last_known().local.hour == known.local.hour


async def test_without_a_reading_the_zone_that_was_set_is_known() -> None:
    local = clock(Server(), "Asia/Kolkata").last_known().local
    now = datetime.now(ZoneInfo("Asia/Kolkata")).replace(tzinfo=None)
    assert abs((now - local).total_seconds()) < 5
