"""Time zones: what the wall clock showed at a moment, and which moment a time in a column means.

Columns hold the wall clock's time without its zone. In autumn one hour of it comes twice, so that the difference of two
such times is not how long something took; the moments are compared instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

_DAY = 86400
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock's


class Zone(Protocol):
    """What the wall clock shows."""

    def offset(self, epoch: float) -> int:
        """Return how far the wall clock is ahead of UTC, in seconds."""


@dataclass(frozen=True, slots=True)
class NamedZone:
    """A zone whose rules this machine knows."""

    zone: ZoneInfo

    def offset(self, epoch: float) -> int:
        """Return how far the wall clock is ahead of UTC, in seconds."""
        offset = datetime.fromtimestamp(epoch, self.zone).utcoffset()
        return int(offset.total_seconds()) if offset else 0


@dataclass(frozen=True, slots=True)
class ObservedZone:
    """The database's zone, as far as its server shows it: the present offset, and one change not long ago."""

    present: int
    earlier: int
    changed: float
    """When `earlier` became `present`, in seconds since 1970."""

    @classmethod
    def steady(cls, offset: int) -> ObservedZone:
        """Return a zone without a change."""
        return cls(offset, offset, 0.0)

    def offset(self, epoch: float) -> int:
        """Return how far the wall clock is ahead of UTC, in seconds."""
        return self.present if epoch >= self.changed else self.earlier


def wall_clock(zone: Zone, epoch: float) -> datetime:
    """Return what the wall clock shows at a moment, in whole seconds."""
    return datetime.fromtimestamp(int(epoch) + zone.offset(epoch), UTC).replace(tzinfo=None)


def seconds_since(zone: Zone, epoch: int, local: datetime) -> int:
    """Return how long ago the wall clock showed a time: the latest such moment before `epoch`, 0 if there is none.

    Args:
        zone: whose wall clock.
        epoch: now.
        local: the time in a column.
    """
    shown = (local.replace(microsecond=0) - _EPOCH) // timedelta(seconds=1)
    offsets = {zone.offset(epoch), *(zone.offset(shown + days * _DAY) for days in (-1, 0, 1))}
    moments = (shown - offset for offset in offsets)
    known = [moment for moment in moments if moment <= epoch and moment + zone.offset(moment) == shown]
    return epoch - max(known) if known else max(epoch + zone.offset(epoch) - shown, 0)


def session_offset(zone: ZoneInfo) -> str:
    """Return the zone's present offset, `+02:00`, as a session takes it; names need tables that may be missing."""
    offset = datetime.now(zone).utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
