"""The call ladder: who did what on which channel, when, and what was asked and answered between."""

from __future__ import annotations

import contextlib
import re
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import StringIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from lab.ami import Event
from lab.phone import Event as PhoneEvent
from lab.scenarios.model import OTHERS, ROLES
from lab.scenarios.stage import Stage

WIDTH = 110
SAME = 0.001
"""Seconds that may lie between two things on one line."""
CLOCK = 6
"""Characters for the milliseconds."""
COLUMNS = (*ROLES, *OTHERS)
_CHANNELS = (
    *((f"PJSIP/{role.phone}-", name) for name, role in ROLES.items()),
    ("PJSIP/carrier-side", ""),
    *((start, name) for name, start in OTHERS.items()),
)
_PLACES = (
    (r"830[13]", "at {0}, park"),
    (r"830[24]", "at {0}, music or message"),
    (r"(8320|8502)\D?.*", "at {1}, message"),
    (r"(9?9[08]?00?9|90009|98009)\*([^*]*).*", "in-group {2}"),
    (r"8300", "at 8300, hangup"),
    (r"(?!\d?9600\d{3})\d{7,}", "dials {0}"),
)
"""Extensions that say where a call is now; rooms are told by their own events."""
_CAUSES = {16: "", 17: "busy", 1: "unallocated", 19: "no answer", 21: "rejected", 26: "answered elsewhere"}


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that is drawn: in a column, or across all of them."""

    at: float
    what: str
    column: str = ""
    style: str = ""
    line: str | None = None
    """What the lifeline of the column is from here on: "│" in a call, "┊" while it rings, " " when it is over."""


@dataclass
class Ladder:
    """What happened in one scenario; print it with rich."""

    began: float = field(default_factory=time.monotonic)
    moments: list[Moment] = field(default_factory=list)
    channels: dict[str, str] = field(default_factory=dict)
    """Column -> name of its newest channel."""

    @contextlib.contextmanager
    def watching(self, stage: Stage) -> Iterator[None]:
        """Collect while the story goes on; what was before is drawn as its beginning."""
        self.began = time.monotonic()
        ends = [stage.phone(name).on_event(self._digits_of(name)) for name in ROLES]
        witness = stage.centre.witness
        try:
            yield
        finally:
            for end in ends:
                end()
            told = [moment for event in witness.events if (moment := self._event(event))]
            self.moments += self._beginning([moment for moment in told if moment.at < self.began])
            self.moments += [moment for moment in told if moment.at >= self.began]
            self.moments.sort(key=lambda moment: moment.at)
            self.moments = list(_without_echoes(self.moments))

    # ---- what happens

    def request(self, text: str) -> None:
        """Note what telectl is asked."""
        self.moments.append(Moment(time.monotonic(), f"▶ {text}", style="bold"))

    def answer(self, text: str) -> None:
        """Note what it answered."""
        style = {"SUCCESS": "green", "ERROR": "red"}.get(text.partition(":")[0], "yellow")
        self.moments.append(Moment(time.monotonic(), f"◀ {text}", style=style))

    def tell(self, role: str, text: str, style: str = "", at: float = 0.0) -> None:
        """Note what somebody's phone was found to hear or show."""
        self.moments.append(Moment(at or time.monotonic(), text, role, style))

    def note(self, text: str) -> None:
        """Note what the scenario itself did."""
        self.moments.append(Moment(time.monotonic(), f"· {text}", style="dim"))

    def _digits_of(self, role: str) -> Callable[[PhoneEvent], None]:
        def note(event: PhoneEvent) -> None:
            if event.kind == "digit":
                self.moments.append(Moment(event.at, f"gets digit {event.text}", role, "yellow"))

        return note

    def _event(self, event: Event) -> Moment | None:
        """Draw an AMI event, if it says something about a party."""
        if event.name == "UserEvent" and event["UserEvent"] in _USER_EVENTS:
            return _across(event)
        column = self._column(event)
        draw = _DRAWN.get(event.name)
        if not column or draw is None:
            return None
        if event.name == "Newchannel":
            self.channels[column] = event["Channel"]
        drawn = draw(event)
        return Moment(event.at, drawn[0], column, drawn[1], drawn[2]) if drawn else None

    def _column(self, event: Event) -> str:
        channel = event["Channel"]
        for start, column in _CHANNELS:
            if channel.startswith(start):
                return column
        if channel.startswith("Local/") and event["CallerIDName"].startswith("DC"):
            return next((name for name in ("third party", *OTHERS) if name in self.channels), "")
        if channel.startswith("Local/") and event["CallerIDName"].startswith("M"):
            return "customer"
        return ""

    def _beginning(self, told: list[Moment]) -> list[Moment]:
        """Give each column's last state before the story as one line."""
        where: dict[str, str] = {}
        lines: dict[str, str] = {}
        for moment in told:
            if moment.line is not None:
                lines[moment.column] = moment.line
            if moment.what == "answers":  # Asterisk may tell it after the room that was entered
                where.setdefault(moment.column, "is on the phone")
            elif not moment.what.startswith("leaves"):
                where[moment.column] = moment.what.replace("enters", "in")
        return [
            Moment(self.began, where.get(name, ""), name, "dim", line) for name, line in lines.items() if line != " "
        ]

    # ---- how it is drawn

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it, as wide as the terminal but not wider than WIDTH."""
        width = min(WIDTH, options.max_width)
        there = {moment.column for moment in self.moments}
        columns = [name for name in COLUMNS if name in there or name in self.channels]
        if not columns:
            return
        each = (width - CLOCK - 2) // len(columns)
        head = Text(" " * (CLOCK + 2))
        names = Text(" " * (CLOCK + 2))
        for name in columns:
            head.append(f"{name:<{each}}", "bold")
            names.append(f"{_fit(self.channels.get(name, ''), each - 1):<{each}}", "dim")
        yield from (head, names)
        lines = dict.fromkeys(columns, " ")
        for together in _together(self.moments):
            yield from self._row(together, lines, each, width)

    def _row(self, moments: list[Moment], lines: dict[str, str], each: int, width: int) -> Iterator[Text]:
        clock = Text(f"{max(0.0, moments[0].at - self.began) * 1000:>{CLOCK}.0f}  ", "dim")
        if not moments[0].column:
            yield from _across_all(clock, moments[0], width - CLOCK - 2)
            return
        said = {moment.column: moment for moment in moments}
        row = clock
        rest: dict[str, list[str]] = {}
        for name, line in lines.items():
            moment = said.get(name)
            if moment is None:
                row.append(f"{line:<{each}}", "dim")
                continue
            words, *rest[name] = textwrap.wrap(moment.what, each - 3) or [""]
            row.append(_mark(moment, line), "dim")
            row.append(f" {words:<{each - 2}}", moment.style)
            lines[name] = line if moment.line is None else moment.line
        row.rstrip()
        yield row
        while any(rest.values()):
            row = Text(" " * (CLOCK + 2))
            for name, line in lines.items():
                words = rest[name].pop(0) if rest.get(name) else ""
                row.append(line, "dim")
                row.append(f" {words:<{each - 2}}", said[name].style if name in said else "")
            row.rstrip()
            yield row


def drawn(ladder: Ladder) -> str:
    """Give a ladder as plain text."""
    console = Console(file=StringIO(), width=WIDTH)
    with console.capture() as capture:
        console.print(ladder)
    return capture.get()


def _across_all(clock: Text, moment: Moment, width: int) -> Iterator[Text]:
    """Draw what belongs to no column; what is longer than the line goes on below, cut anywhere."""
    text, start = moment.what, clock
    while text:
        yield start + Text(text[:width], moment.style)
        text, start = ("  " + text[width:] if len(text) > width else ""), Text(" " * (CLOCK + 2))


def _mark(moment: Moment, before: str) -> str:
    if moment.line == " ":
        return "┴"
    if moment.line is not None and before == " ":
        return "┬"
    return "├"


def _together(moments: list[Moment]) -> Iterator[list[Moment]]:
    """Give what happened in the same millisecond in different columns as one row."""
    row: list[Moment] = []
    for moment in moments:
        taken = {one.column for one in row}
        if row and (not moment.column or "" in taken or moment.column in taken or moment.at - row[0].at > SAME):
            yield row
            row = []
        row.append(moment)
    if row:
        yield row


def _without_echoes(moments: list[Moment]) -> Iterator[Moment]:
    """Leave out what is said of the same column twice in a row: the dialplan goes from one context to the next."""
    last: dict[str, str] = {}
    for moment in moments:
        if not moment.column or last.get(moment.column) != moment.what or moment.what.startswith("gets"):
            yield moment
        last[moment.column] = moment.what


def _fit(name: str, width: int) -> str:
    """Shorten a channel's name: what stands after the technology tells channels apart."""
    return name if len(name) <= width else name.partition("/")[2][:width]


# ---- AMI events in words: what, style, lifeline

_Drawn = tuple[str, str, str | None]


def _state(event: Event) -> _Drawn | None:
    if event["Channel"].startswith("Local/"):
        return None
    return {"Ringing": ("rings", "yellow", "┊"), "Up": ("answers", "green", "│")}.get(event["ChannelStateDesc"])


def _hangup(event: Event) -> _Drawn:
    cause = int(event["Cause"] or 0)
    words = _CAUSES.get(cause, event["Cause-txt"].lower())
    return "is hung up" + (f" ({cause} {words})" if words else ""), "red", " "


def _exten(event: Event) -> _Drawn | None:
    if event["Priority"] != "1" or event["Application"] == "AppDial" or event["Channel"].startswith("Local/"):
        return None
    for pattern, words in _PLACES:
        found = re.fullmatch(pattern, event["Extension"])
        if found:
            return words.format(found[0], *found.groups()), "", None
    return None


def _by_local(event: Event) -> str:
    return " (Local)" if event["Channel"].startswith("Local/") else ""


def _join(event: Event) -> _Drawn:
    return f"enters {event['Conference']}{_by_local(event)}", "green", "│"


def _leave(event: Event) -> _Drawn:
    return f"leaves {event['Conference']}{_by_local(event)}", "", None


_DRAWN: dict[str, Callable[[Event], _Drawn | None]] = {
    "Newchannel": lambda _event: None,
    "Newstate": _state,
    "Newexten": _exten,
    "ConfbridgeJoin": _join,
    "ConfbridgeLeave": _leave,
    "Hangup": lambda event: None if event["Channel"].startswith("Local/") else _hangup(event),
}
_USER_EVENTS = {
    "InGroup": "Target",
    "Message": "Target",
    "ParkIvr": "Digit",
    "PersonHeard": "Digit",
}


def _across(event: Event) -> Moment:
    header = _USER_EVENTS[event["UserEvent"]]
    return Moment(event.at, f"· dialplan: {event['UserEvent']} {header} {event[header]}", style="dim")
