"""The map in ARCHITECTURE.md is true: every folder and module that it names is there, and no folder is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "telectl"
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the tables' rows under a heading, a list of cells each."""
    under = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in under.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def named(cell: str) -> list[str]:
    """Return what a cell has between backticks, as far as it may be a module or folder."""
    return [name for name in re.findall(r"`([^`]+)`", cell) if re.fullmatch(r"[\w/]+(\.py)?", name)]


def is_there(name: str) -> bool:
    """Tell whether the package has a folder (`name/`) or a module (with or without `.py`)."""
    path = PACKAGE / name.removesuffix(".py")
    return path.is_dir() if name.endswith("/") else path.with_suffix(".py").is_file()


def on_the_map() -> Iterator[str]:
    """Return every path, relative to the package, that the map of the floors names."""
    for first, second, *rest in rows("Floors"):
        if named(first):  # a folder, and what is in it
            folder = named(first)[0]
            yield folder
            inside = folder
            for name in named(second):
                inside = f"{folder}{name}" if name.endswith("/") else inside
                yield inside if name.endswith("/") else f"{inside}{name}"
        elif named(second):  # a floor of calls/
            yield from (f"calls/{name}" for name in named(second))
            only = [name for name in named(second) if name.endswith("/")]
            yield from (f"calls/{only[0]}{name}" for name in named(rest[0]) if len(only) == 1)


def test_what_the_map_names_is_there() -> None:
    assert [name for name in on_the_map() if not is_there(name)] == []


def test_no_folder_is_missing_on_the_map() -> None:
    folders = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("__init__.py")} - {"."}
    assert folders - {name.removesuffix("/") for name in on_the_map()} == set()


def test_the_journeys_pass_through_what_is_there() -> None:
    stations = [
        name
        for journey in ("A request's journey", "An event's journey")
        for row in rows(journey)
        for name in named(row[1])
    ]
    assert stations
    assert [name for name in stations if not is_there(name)] == []
