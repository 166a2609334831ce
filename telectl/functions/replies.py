"""What a function may answer: one line of text, and what the log keeps of it (agent-api.md, "Logging")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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

    @property
    def tail(self) -> str:
        """The part after the reason, with its dash."""
        return f" - {'|'.join(self.fields)}" if self.fields else ""


class Refusal(Exception):
    """Ends a function with an ERROR line."""

    def __init__(
        self, reason: str, *fields: str, data: str = "", text: str | None = None, closable: bool = True
    ) -> None:
        super().__init__(reason)
        self.reply = Reply(Result.ERROR, reason, fields, data, text, closable=closable)


def success(reason: str, *fields: str, data: str = "") -> Reply:
    """Give a SUCCESS line."""
    return Reply(Result.SUCCESS, reason, fields, data)


def notice(reason: str, *fields: str, data: str = "") -> Reply:
    """Give a NOTICE line."""
    return Reply(Result.NOTICE, reason, fields, data)
