"""The call ladder: who did what on which channel, when, and what was asked and answered between."""

from __future__ import annotations

import contextlib
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import StringIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from lab.ami import Event
from lab.phone import Event as PhoneEvent
from lab.scenarios.model import ROLES
from lab.scenarios.moments import COLUMNS, Moment, column_of, moment_of
from lab.scenarios.stage import Stage

WIDTH = 110
SAME = 0.001
"""Seconds that may lie between two things on one line."""
CLOCK = 6
"""Characters for the milliseconds."""


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
            told = [moment for event in witness.events if (moment := self._see(event))]
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

    def _see(self, event: Event) -> Moment | None:
        if event.name == "Newchannel":
            self.channels[column_of(event, self.channels)] = event["Channel"]
        return moment_of(event, self.channels)

    def _beginning(self, told: list[Moment]) -> list[Moment]:
        """Return each column's last state before the story as one line."""
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
        for gather_all in _together(self.moments):
            yield from self._row(gather_all, lines, each, width)

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
    """Return a ladder as plain text."""
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
    """Return what happened in the same millisecond in different columns as one row."""
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
