"""What a function may answer: one line of text, and what the log keeps of it (agent-api-rules.md, "Logging").

Clients split an answer at line breaks and its fields at bars. So neither passes from a request or a row into a line:
every `Reply` takes control characters and line separators out of its texts, and bars out of its fields, whoever made
it. A value that is a list itself is given as the fields that it is, see `listed`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Whatever some client takes for the end of a line, and the other control characters."""


class Result(StrEnum):
    """The first word of an answer."""

    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    NOTICE = "NOTICE"


@dataclass(frozen=True, slots=True)
class Reply:
    """One line of an answer.

    Printed as `<result>: <reason> - <fields joined by bars>`, or without the dash when there are no fields; `reason`
    is what the log calls result_reason and what a language may translate. A line that the document writes in another
    way gives its `text` whole.
    """

    result: Result
    reason: str
    fields: tuple[str, ...] = ()
    data: str = ""
    text: str | None = None
    logged: bool = True
    html: bool = False
    """Our own HTML: a page, not a line of text."""
    status: int = 200
    closable: bool = True
    """A close-window link may follow."""
    more: tuple[str, ...] = ()
    """Further lines."""

    def __post_init__(self) -> None:
        """Make one line of every text."""
        object.__setattr__(self, "reason", one_line(self.reason))
        object.__setattr__(self, "fields", tuple(one_field(field) for field in self.fields))
        object.__setattr__(self, "data", one_line(self.data))
        object.__setattr__(self, "more", tuple(one_line(line) for line in self.more))
        if self.text is not None and not self.html:
            object.__setattr__(self, "text", one_line(self.text))

    def lines(self, translate: Callable[[str], str]) -> list[str]:
        """Return the lines as they are printed; a page of our own is taken for one."""
        if self.text is not None:
            return [self.text, *self.more]
        tail = f" - {'|'.join(self.fields)}" if self.fields else ""
        return [one_line(f"{translate(self.result)}: {translate(self.reason)}{tail}"), *self.more]


class Refusal(Exception):
    """Ends a function with an ERROR line."""

    def __init__(
        self, reason: str, *fields: str, data: str | Sequence[str] = "", text: str | None = None, closable: bool = True
    ) -> None:
        super().__init__(reason)
        self.reply = Reply(Result.ERROR, reason, fields, joined(data), text, closable=closable)


def success(reason: str, *fields: str, data: str | Sequence[str] = "") -> Reply:
    """Return a SUCCESS line; data that is several fields is joined as they are."""
    return Reply(Result.SUCCESS, reason, fields, joined(data))


def notice(reason: str, *fields: str, data: str | Sequence[str] = "") -> Reply:
    """Return a NOTICE line."""
    return Reply(Result.NOTICE, reason, fields, joined(data))


def one_line(text: str) -> str:
    """Return a text without anything that would end its line: a blank stands for each."""
    return _BREAKS.sub(" ", text)


def one_field(text: str) -> str:
    """Return a text that is one field of a line."""
    return one_line(text).replace("|", " ")


def listed(value: str) -> tuple[str, ...]:
    """Return the fields of a value that is a list joined by bars, as the document has it of vm_message's."""
    return tuple(value.split("|"))


def joined(data: str | Sequence[str]) -> str:
    """Return what the log keeps as data."""
    return data if isinstance(data, str) else "|".join(one_field(field) for field in data)
