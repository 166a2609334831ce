"""A time zone as the server's session takes it: by offset, since named zones need tables that are often missing."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def session_offset(zone: ZoneInfo) -> str:
    """Give the zone's present offset, `+02:00`; a connection made before a change of clocks keeps the old one."""
    offset = datetime.now(zone).utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
