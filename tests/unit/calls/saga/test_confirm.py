"""Which event confirms what, and which refusal means that nobody is there (call-control.md section 13.4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from telectl.asterisk import Event, Message
from telectl.calls.saga.confirm import (
    LONGEST_EXTENSION,
    hung_up,
    is_gone,
    is_kept,
    joined_room,
    kept_of,
    left_room,
    music_started,
)
from telectl.errors import ActionRefused

ME, OTHER = "PJSIP/c-1", "PJSIP/c-10"
EVENTS = [
    *[
        {"Event": name, "Channel": who, "Conference": "9600051"}
        for name in ("ConfbridgeLeave", "ConfbridgeJoin")
        for who in (ME, OTHER)
    ],
    *[
        {"Event": name, "Channel": who, "Meetme": "9600051"}
        for name in ("MeetmeLeave", "MeetmeJoin")
        for who in (ME, OTHER)
    ],
    {"Event": "ConfbridgeJoin", "Channel": ME, "Conference": "9600052"},
    {"Event": "ConfbridgeJoin", "Channel": ME, "Meetme": "9600051"},
    {"Event": "MeetmeJoin", "Channel": ME, "Conference": "9600051"},
    {"Event": "ConfbridgeEnd", "Channel": ME, "Conference": "9600051"},
    {"Event": "MusicOnHoldStart", "Channel": ME},
    {"Event": "MusicOnHoldStart", "Channel": OTHER},
    {"Event": "MusicOnHoldStop", "Channel": ME},
    {"Event": "Hangup", "Channel": ME},
    {"Event": "Hangup", "Channel": OTHER},
    {"Event": "HangupRequest", "Channel": ME},
]


@pytest.mark.parametrize(
    ("confirms", "places"),
    [
        (left_room(ME), [0, 4]),
        (joined_room("9600051", lambda event: event["Channel"] == ME), [2, 6]),
        (joined_room("9600051", lambda _: True), [2, 3, 6, 7]),
        (joined_room("9600052", lambda _: True), [8]),
        (joined_room("9600051", lambda _: False), []),
        (music_started(ME), [12]),
        (lambda event: hung_up(event, ME), [15]),
    ],
)
def test_one_event_confirms_and_its_neighbours_do_not(confirms: Callable[[Event], bool], places: list[int]) -> None:
    assert [place for place, event in enumerate(EVENTS) if confirms(Message(event))] == places


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ("Channel does not exist: PJSIP/x-1", True),
        ("Channel not up", True),
        ("No such channel", True),
        ("CHANNEL NOT FOUND", True),
        ("Permission denied", False),
        ("Redirect failed", False),
        ("", False),
    ],
)
def test_asterisks_words_tell_whether_the_channel_is_gone(words: str, gone: bool) -> None:
    assert is_gone(ActionRefused(words)) is gone


@pytest.mark.parametrize(
    ("extension", "kept"),
    [
        ("", ""),
        ("8301", "8301"),
        ("x" * LONGEST_EXTENSION, "x" * LONGEST_EXTENSION),
        ("x" * (LONGEST_EXTENSION + 1), "x" * LONGEST_EXTENSION),
        ("é" * 39, "é" * 39),
        ("é" * 40, "é" * 39),  # bytes, and no half of a letter
    ],
)
def test_asterisk_keeps_79_bytes_of_an_extension(extension: str, kept: str) -> None:
    assert LONGEST_EXTENSION == 79
    assert kept_of(extension) == kept
    assert is_kept(extension) is (extension == kept)
