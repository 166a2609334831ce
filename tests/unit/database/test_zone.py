"""What the wall clock showed at a moment, and which moment a time in a column means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telectl.database.zone import NamedZone, ObservedZone, Zone, seconds_since, session_offset, wall_clock

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
SPRING, AUTUMN = (int(datetime(2026, *change, 1, tzinfo=UTC).timestamp()) for change in ((3, 29), (10, 25)))
"""When Berlin's clocks change."""
MOMENTS = [SPRING, AUTUMN, *(int(datetime(2026, *c, tzinfo=UTC).timestamp()) for c in ((3, 8, 7), (11, 1, 6)))]
OBSERVED = ObservedZone(present=3600, earlier=7200, changed=float(AUTUMN))
"""Berlin, as a server shows it in the days after the change."""


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


@given(
    zone=st.sampled_from((BERLIN, NEW_YORK, "Australia/Lord_Howe", "Asia/Kolkata", "UTC")),
    around=st.sampled_from(MOMENTS),
    later=st.integers(-100_000, 100_000),
    ago=st.integers(0, 100_000),
)
def test_how_long_ago_is_right_for_whatever_came_once(zone: str, around: int, later: int, ago: int) -> None:
    named: Zone = NamedZone(ZoneInfo(zone))
    now = around + later
    local = wall_clock(named, now - ago)
    found = seconds_since(named, now, local)
    assert wall_clock(named, now - found) == local
    assert 0 <= found <= ago
    if ago < 1800:  # no zone's repeated time is shorter
        assert found == ago


@given(later=st.integers(-100_000, 100_000), ago=st.integers(0, 100_000), micros=st.integers(0, 999_999))
def test_an_observed_zone_tells_what_the_named_one_does(later: int, ago: int, micros: int) -> None:
    named, now = NamedZone(ZoneInfo(BERLIN)), AUTUMN + later
    assert OBSERVED.offset(now) == named.offset(now)
    assert wall_clock(OBSERVED, now + micros / 1e6) == wall_clock(named, now)
    local = wall_clock(named, now - ago).replace(microsecond=micros)
    assert seconds_since(OBSERVED, now, local) == seconds_since(named, now, local)


@pytest.mark.parametrize(
    ("now", "local", "ago"),
    [
        (SPRING + 600, "2026-03-29 04:00:00", 0),  # it is to come
        (SPRING + 600, "2026-03-29 03:10:00", 0),
        (SPRING + 600, "2026-03-29 03:00:00", 600),
        (SPRING + 600, "2026-03-29 01:59:59", 601),
        (SPRING + 600, "2026-03-29 02:30:00", 2400),  # no clock showed it
        (AUTUMN + 600, "2026-10-25 02:10:00", 0),  # the later of two moments
        (AUTUMN + 600, "2026-10-25 02:10:01", 3599),  # the first one: the second is to come
        (AUTUMN + 600, "2026-10-25 02:00:00", 600),
        (AUTUMN - 1, "2026-10-25 02:59:59", 0),
        (AUTUMN + 3600, "2026-10-25 02:59:59", 1),
        (AUTUMN + 3600, "2026-10-25 01:59:59", 7201),
        (AUTUMN + 600, "2026-10-26 02:00:00", 0),
    ],
)
def test_a_time_is_the_latest_moment_at_which_the_clock_showed_it(now: int, local: str, ago: int) -> None:
    assert seconds_since(NamedZone(ZoneInfo(BERLIN)), now, wall(local)) == ago


def test_an_observed_zone_holds_before_and_after_its_change() -> None:
    zone = ObservedZone(present=3600, earlier=7200, changed=1_000_000.0)
    assert wall_clock(zone, 1_000_000) == wall("1970-01-12 14:46:40")
    assert wall_clock(zone, 999_999) == wall("1970-01-12 15:46:39")
    assert wall_clock(zone, 999_999.9) == wall("1970-01-12 15:46:39")


def test_a_steady_zone_has_no_change() -> None:
    zone = ObservedZone.steady(-5 * 3600)
    assert {zone.offset(epoch) for epoch in (-1e9, -1, 0, 1, 2e9)} == {-18_000}


@pytest.mark.parametrize(
    ("zone", "offsets"),
    [
        ("Asia/Kolkata", {"+05:30"}),
        ("UTC", {"+00:00"}),
        ("America/St_Johns", {"-03:30", "-02:30"}),
        ("Etc/GMT+12", {"-12:00"}),
    ],
)
def test_a_session_takes_a_zone_as_its_offset(zone: str, offsets: set[str]) -> None:
    assert session_offset(ZoneInfo(zone)) in offsets


def test_a_named_zone_is_ahead_of_utc_by_seconds() -> None:
    berlin = NamedZone(ZoneInfo(BERLIN))
    assert [berlin.offset(SPRING + seconds) for seconds in (-1, 0)] == [3600, 7200]
    assert timedelta(seconds=NamedZone(ZoneInfo("Asia/Kolkata")).offset(0)) == timedelta(hours=5, minutes=30)
