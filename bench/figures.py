"""A bench's figures: a table in the terminal, and the same one between its two markers in docs/performance.md."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from telectl import __version__

_LOAD = os.getloadavg()[0]
"""What the machine did before the bench began: processes that ran or waited to."""
PAGE = Path(__file__).parents[1] / "docs/performance.md"


@dataclass(frozen=True)
class Figures:
    """One table; its first column names what was measured."""

    section: str
    """The name in the page's markers."""
    about: str
    """How it was measured, in one line."""
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    summary: str = ""

    def show(self) -> None:
        """Print the table."""
        table = Table(title=self.about, caption=self.summary or None)
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="right" if number else "left", no_wrap=True)
        for row in self.rows:
            table.add_row(*row)
        Console(width=130).print(table)

    def write(self) -> None:
        """Put the table, with this machine and day, into the page."""
        PAGE.write_text(self.put(PAGE.read_text(encoding="utf-8"), measured()), encoding="utf-8")

    def put(self, page: str, where: str) -> str:
        """Return the page with this table between its markers.

        Raises:
            ValueError: the page has no such markers.
        """
        begin, end = f"<!-- {self.section}: `make bench` writes this -->", f"<!-- end of {self.section} -->"
        parts = re.fullmatch(rf"(.*{re.escape(begin)}\n).*({re.escape(end)}\n.*)", page, re.DOTALL)
        if parts is None:
            raise ValueError(f"{PAGE.name} has no markers of {self.section}")
        return f"{parts[1]}\n{self.markdown(where)}\n{parts[2]}"

    def markdown(self, where: str) -> str:
        """Return the table as Markdown has it."""
        lines = [self.columns, ["---", *("---:" for _ in self.columns[1:])], *self.rows]
        table = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
        summary = f"\n{self.summary}\n" if self.summary else ""
        return f"{self.about[0].upper()}{self.about[1:]}. {where}\n\n{table}{summary}"


def measured() -> str:
    """Return when, with what and on which machine this is."""
    cpus = re.findall(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, telectl {__version__}, Python {platform.python_version()}; {system},"
        f" {os.cpu_count()} cores ({cpus[0] if cpus else platform.machine()}), {memory:.0f} GB;"
        f" load before it began: {_LOAD:.1f}."
    )
