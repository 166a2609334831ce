"""What time it is: the database's clock and zone, as VICIdial's columns have it (database.md, "Time").

The clock is read once a minute and carried on by this machine's steady clock in between, so that a request needs no
statement of its own for it; a change of the server's zone is seen within that minute.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from telectl.database.kept import Kept
from telectl.database.pool import Database
from telectl.database.statements import Select


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment: seconds since 1970, and the same on the database's wall clock (whole seconds, no zone)."""

    epoch: int
    local: datetime

    @property
    def text(self) -> str:
        """`2026-11-01 08:00:00`."""
        return f"{self.local:%Y-%m-%d %H:%M:%S}"

    @property
    def compact(self) -> str:
        """`20261101080000`."""
        return f"{self.local:%Y%m%d%H%M%S}"

    @classmethod
    def here(cls) -> Instant:
        """Give this machine's own time, for when the database cannot be asked."""
        now = datetime.now().astimezone()
        return cls(int(now.timestamp()), now.replace(tzinfo=None, microsecond=0))


@dataclass(frozen=True, slots=True)
class _Reading:
    """The server's clock, with fractions of a second, and its wall clock's distance from UTC in seconds."""

    epoch: Decimal = field(metadata={"sql": "UNIX_TIMESTAMP(NOW(6))"})
    offset: int = field(metadata={"sql": "TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW())"})


@dataclass(frozen=True, slots=True)
class _Measured:
    ahead: float
    """Seconds from our steady clock to the server's epoch."""
    offset: int


NOW = Select("the database's clock", _Reading, "")


class Clock:
    """Tells the time."""

    def __init__(self, database: Database, zone: ZoneInfo | None = None, keep_seconds: float = 60.0) -> None:
        self._database = database
        self._zone = zone
        self._kept = Kept(self._measure, keep_seconds, most=1)

    async def now(self) -> Instant:
        """Give the present moment."""
        measured = await self._kept.get(None)
        epoch = time.monotonic() + measured.ahead
        if self._zone is not None:
            local = datetime.fromtimestamp(epoch, self._zone).replace(tzinfo=None)
        else:
            local = datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None) + timedelta(seconds=measured.offset)
        return Instant(int(epoch), local.replace(microsecond=0))

    async def _measure(self, _: None) -> _Measured:
        before = time.monotonic()
        reading = await self._database.one(NOW)
        after = time.monotonic()
        if reading is None:
            raise RuntimeError("the database gave no time")
        return _Measured(float(reading.epoch) - (before + after) / 2, reading.offset)
