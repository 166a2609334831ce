"""What time it is: the database's clock and zone, as VICIdial's columns have it (database.md, "Time").

The clock is read once in a cache time and carried on by this machine's steady clock in between, so that a request needs
no statement of its own for it. All rows of one request bear one Instant, and ask it for every other time they need.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from telectl.database.cache import TtlCache
from telectl.database.connection import Connection
from telectl.database.pool import Database
from telectl.database.statements import Select
from telectl.database.zone import NamedZone, ObservedZone, Zone, seconds_since, wall_clock

_LOOK_BACK = 2 * 86400
"""Seconds within which a change of the wall clock matters: nothing that is measured by it lasts longer."""
_READINGS = 3
"""Most sessions that are asked, each in another one's zone."""

UTC_EPOCH = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) / 1e6"
"""The server's clock in seconds since 1970: in the hour that a change from summer time repeats, NOW() stands for two
moments."""


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment: seconds since 1970, and the same on the database's wall clock (whole seconds, no zone)."""

    epoch: int
    local: datetime
    zone: Zone = field(default=ObservedZone.steady(0), compare=False, repr=False)

    @property
    def text(self) -> str:
        """`2026-11-01 08:00:00`."""
        return f"{self.local:%Y-%m-%d %H:%M:%S}"

    @property
    def compact(self) -> str:
        """`20261101080000`."""
        return f"{self.local:%Y%m%d%H%M%S}"

    def seconds_since(self, local: datetime) -> int:
        """Return how long ago the wall clock showed a time, in seconds; 0 for one to come."""
        return seconds_since(self.zone, self.epoch, local)

    def earlier(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> datetime:
        """Return what the wall clock showed so long ago."""
        return wall_clock(self.zone, self.epoch - seconds - minutes * 60 - hours * 3600)

    @classmethod
    def at(cls, epoch: float, zone: Zone) -> Instant:
        """Return a moment as a zone's wall clock shows it."""
        return cls(int(epoch), wall_clock(zone, epoch), zone)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The server's clock with fractions of a second, its wall clock's distance from UTC, now and two days ago."""

    # from UTC, because in the hour that comes twice NOW() stands for two moments
    epoch: Decimal = field(metadata={"sql": UTC_EPOCH})
    offset: int = field(metadata={"sql": "TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW())"})
    earlier: int = field(
        metadata={
            "sql": f"TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP() - INTERVAL {_LOOK_BACK} SECOND,"
            f" FROM_UNIXTIME(UNIX_TIMESTAMP() - {_LOOK_BACK}))"
        }
    )
    server_zone: str = field(metadata={"sql": "@@global.time_zone"})


@dataclass(frozen=True, slots=True)
class _Offset:
    """The distance of the server's wall clock from UTC at a moment."""

    offset: int = field(
        metadata={"sql": "TIMESTAMPDIFF(SECOND, '1970-01-01' + INTERVAL %(epoch)s SECOND, FROM_UNIXTIME(%(epoch)s))"}
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    ahead: float
    """Seconds from our steady clock to the server's epoch."""
    zone: Zone


NOW = Select("the database's clock", _Reading, "")
OFFSET_THEN = Select("the database's zone at a moment", _Offset, "")


class Clock:
    """The database's time, in the zone of the settings."""

    def __init__(self, database: Database, zone: ZoneInfo | None = None, keep_seconds: float = 2.0) -> None:
        self._database = database
        self._zone = NamedZone(zone) if zone is not None else None
        self._kept = TtlCache(self._measure, keep_seconds, most=1)
        self._observed: ObservedZone | None = None
        self._last: _Measured | None = None

    async def now(self) -> Instant:
        """Return the present moment.

        Raises:
            DatabaseError: the database cannot be asked.
        """
        return await self.at(time.monotonic())

    async def at(self, steady: float) -> Instant:
        """Return the moment at which `time.monotonic()` was so.

        Raises:
            DatabaseError: the database cannot be asked.
        """
        return _moment(await self._kept.get(None), steady)

    def last_known(self) -> Instant:
        """Return the present moment without asking: by the last reading, without one by this machine's own clock."""
        if self._last is not None:
            return _moment(self._last, time.monotonic())
        offset = datetime.now().astimezone().utcoffset()
        return Instant.at(time.time(), self._zone or ObservedZone.steady(int(offset.total_seconds()) if offset else 0))

    async def _measure(self, _: None) -> _Measured:
        for _attempt in range(_READINGS):
            async with self._database.connection() as connection:
                before = time.monotonic()
                reading = await connection.one(NOW)
                after = time.monotonic()
                if reading is None:
                    raise RuntimeError("the database gave no time")
                zone = self._zone or await self._observe(connection, reading)
            self._database.sessions_are_of(reading.server_zone)
            measured = _Measured(float(reading.epoch) - (before + after) / 2, zone)
            if connection.server_zone == reading.server_zone:
                break  # else the session kept the zone of its beginning
        self._last = measured
        return measured

    async def _observe(self, connection: Connection, reading: _Reading) -> ObservedZone:
        """Return the zone as the server shows it, and a change of it that is not long ago."""
        known, now = self._observed, float(reading.epoch)
        if connection.server_zone != reading.server_zone:
            return ObservedZone.steady(reading.offset)
        if reading.offset != reading.earlier:  # summer time came or went
            if known is None or (known.present, known.earlier) != (reading.offset, reading.earlier):
                changed = await _change(connection, reading)
                known = ObservedZone(reading.offset, reading.earlier, changed)
        elif known is not None and known.present != reading.offset:  # the server's setting was changed
            known = ObservedZone(reading.offset, known.present, now)
        elif known is None or known.changed < now - _LOOK_BACK:
            known = ObservedZone.steady(reading.offset)
        self._observed = known
        return known


async def _change(connection: Connection, reading: _Reading) -> float:
    """Find the second in which the wall clock changed, between two days ago and now."""
    before, after = int(reading.epoch) - _LOOK_BACK, int(reading.epoch)
    while after - before > 1:
        middle = (before + after) // 2
        found = await connection.one(OFFSET_THEN, epoch=middle)
        if found is not None and found.offset == reading.offset:
            after = middle
        else:
            before = middle
    return float(after)


def _moment(measured: _Measured, steady: float) -> Instant:
    return Instant.at(steady + measured.ahead, measured.zone)
