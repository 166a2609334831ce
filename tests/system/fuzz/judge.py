"""What must hold of a telectl, whatever is sent: one place for every rule of the fuzz."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fuzz.inputs import SECRETS, Input

LONGEST_HOLD = 1.0
"""Seconds that one step may hold the event loop."""
MOST_GROWTH = 50 << 20
"""Bytes that the process may grow by, after it has warmed up."""
NO_ANSWER = "a request without an answer"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) [^\r\n]*\r\n")
_BY_THE_RULES = (200, 418)
"""What a request to the agent API is answered with; 418 is coffee's."""
_TROUBLE = (b"Traceback (most recent call last)", b"internal error", b"was refused", b"log lost", b"MemoryError")
"""Words of the log that tell of a defect."""


def of_answer(sent: Input, got: bytes) -> Iterator[str]:
    """Look at what came back on one connection."""
    statuses = [int(status) for status in _STATUS.findall(got)]
    for status in statuses:
        if status >= 500:
            yield f"status {status}"
        elif sent.answers and status not in _BY_THE_RULES:
            yield f"status {status} from the agent API"
    if len(statuses) < sent.answers:
        yield NO_ANSWER
    if got and not statuses:
        yield "an answer that is no HTTP"
    if b"internal error" in got:
        yield "internal error"
    if re.search(rb"\r\nServer: [^\r]*\d", got):
        yield "the server's version"
    yield from _secrets(got, "the answer")


def kind(got: bytes) -> str:
    """Return what sort of answer came: its first word, or its status, or nothing."""
    statuses = _STATUS.findall(got)
    if not statuses:
        return "nothing"
    if b"Invalid Username/Password" in got or b"too many requests" in got:
        return "login refused"
    word = re.search(rb"\r\n\r\n(SUCCESS|NOTICE|VERSION|ERROR)\b", got)
    return word[1].decode() if word else statuses[0].decode()


def of_log(text: bytes) -> Iterator[str]:
    """Look at what was logged since the last look."""
    yield from (f"the log says {words.decode()}" for words in _TROUBLE if words in text)
    yield from _secrets(text, "the log")


def excerpt(log: bytes) -> str:
    """Return the end of what a log says of its first trouble."""
    at = next((log.index(words) for words in _TROUBLE if words in log), 0)
    return log[max(0, at - 300) : at + 4000].decode("utf-8", "replace")


def of_rows(table: str, text: bytes) -> Iterator[str]:
    """Look at the rows of a table; what is found is shown with what stands before it."""
    for secret in SECRETS:
        if secret in text:
            at = text.index(secret)
            yield f"a password in table {table}: {text[max(0, at - 300) : at + 40]!r}"


def of_page(path: str, text: bytes) -> Iterator[str]:
    """Look at a page for whoever watches over telectl."""
    yield from _secrets(text, path)


def of_loop(hold: float) -> Iterator[str]:
    """Look at the longest hold of the loop."""
    if hold > LONGEST_HOLD:
        yield "the loop was held"


def of_memory(growth: int) -> Iterator[str]:
    """Look at how much the process has grown since it was warm."""
    if growth > MOST_GROWTH:
        yield "the process grew"


def _secrets(text: bytes, where: str) -> Iterator[str]:
    if any(secret in text for secret in SECRETS):
        yield f"a password in {where}"
