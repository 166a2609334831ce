"""Any chunking of a manager stream gives the same messages in the same order."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telectl.asterisk.framing import LONGEST_FRAME, FrameError, Framer
from telectl.asterisk.messages import Message

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
LINES = st.lists(
    st.tuples(
        st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True),
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30),
    ),
    min_size=1,
    max_size=6,
)


def messages(chunks: list[bytes]) -> list[dict[str, str]]:
    framer = Framer()
    return [dict(Message.parse(frame)) for chunk in chunks for frame in framer.feed(chunk)]


@given(st.lists(LINES, max_size=6), st.lists(st.integers(0, 400), max_size=12))
def test_any_chunking_gives_the_same_messages(sent: list[list[tuple[str, str]]], cuts: list[int]) -> None:
    stream = BANNER + b"".join(
        b"".join(f"{key}: {value}\r\n".encode() for key, value in lines) + b"\r\n" for lines in sent
    )
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    chunks = [stream[start:end] for start, end in pairwise(places)]
    single = [stream[at : at + 1] for at in range(len(stream))]
    assert messages(chunks) == messages([stream]) == messages(single)
    assert len(messages([stream])) == len(sent)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_words(noise: bytes) -> None:
    framer = Framer()
    try:
        for frame in framer.feed(BANNER + noise):
            Message.parse(frame)
    except FrameError:
        pytest.fail("bytes after a banner are no reason to give up")


@given(st.binary(min_size=1, max_size=100).filter(lambda noise: not BANNER.startswith(noise[: len(BANNER)])))
def test_who_does_not_begin_with_the_banner_is_no_asterisk(noise: bytes) -> None:
    if noise.startswith(b"Asterisk Call Manager/"):
        return
    with pytest.raises(FrameError):
        list(Framer().feed(noise))


def test_letters_survive_a_cut_in_their_middle() -> None:
    data = BANNER + "Event: X\r\nName: é漢😀\r\n\r\n".encode()
    assert messages([data[:48], data[48:]])[0]["Name"] == "é漢😀"


def test_a_large_message_is_read_in_linear_time() -> None:
    def seconds(size: int) -> float:
        framer = Framer()
        list(framer.feed(BANNER))
        data = b"Event: X\r\nData: " + b"x" * size + b"\r\n\r\n"
        started = time.perf_counter()
        frames = [frame for at in range(0, len(data), 100) for frame in framer.feed(data[at : at + 100])]
        assert len(frames) == 1
        return time.perf_counter() - started

    small = min(seconds(50_000) for _ in range(3))
    large = min(seconds(800_000) for _ in range(3))
    assert large < small * 16 * 5  # quadratic would be 256 times


def test_a_message_without_an_end_is_given_up() -> None:
    framer = Framer()
    list(framer.feed(BANNER))
    assert list(framer.feed(b"x" * LONGEST_FRAME)) == []
    with pytest.raises(FrameError):
        list(framer.feed(b"x"))


def test_headers_are_found_in_any_case_and_a_missing_one_is_empty() -> None:
    message = Message.parse(b"Event: Hangup\r\nCause: 16\r\nVariable: a\r\nVariable: b")
    assert message["cause"] == message["CAUSE"] == "16"
    assert message["Nothing"] == ""
    assert message["Variable"] == "a\nb"
    assert "Nothing" not in message
