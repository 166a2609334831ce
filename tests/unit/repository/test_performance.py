"""docs/performance.md has what `make bench` measures, and the bench leaves the prose as it is."""

from __future__ import annotations

import re

import pytest
from commands import COMMANDS
from figures import PAGE, Figures
from load import QUERIES

TABLES = {
    "call commands": {command.name for command in COMMANDS},
    "flag functions": set(QUERIES),
    "manager events": {"read into the live state"},
}
TIMES = Figures("times", "ms", ("what", "p50"), [("a", "1.0"), ("b", "2.0")], "fast enough.")
BEGIN, END = "<!-- times: `make bench` writes this -->", "<!-- end of times -->"


def part(section: str) -> str:
    found = re.search(rf"<!-- {section}: .*? -->(.*?)<!-- end of {section} -->", PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("section", TABLES)
def test_the_page_has_every_measured_command_with_date_and_machine(section: str) -> None:
    rows = re.findall(r"^\| ([^|]+) \| \d", part(section), re.MULTILINE)
    assert set(rows) == TABLES[section]
    assert re.search(
        r"\d{4}-\d\d-\d\d, telectl \d+\.\d+\.\d+, Python .*, \d+ cores \(.+\), \d+ GB; load .+: \d", part(section)
    )


@pytest.mark.parametrize("before", ["", "\n| old | table |\n\n"])
def test_only_what_is_between_the_markers_is_written(before: str) -> None:
    page = f"# Page\n\nprose\n\n{BEGIN}\n{before}{END}\n\nmore prose\n<!-- other -->\n"
    assert TIMES.put(page, "2026-11-25, here.") == (
        f"# Page\n\nprose\n\n{BEGIN}\n\nMs. 2026-11-25, here.\n\n"
        "| what | p50 |\n| --- | ---: |\n| a | 1.0 |\n| b | 2.0 |\n\nfast enough.\n\n"
        f"{END}\n\nmore prose\n<!-- other -->\n"
    )


def test_a_page_without_markers_is_not_written() -> None:
    with pytest.raises(ValueError, match="no markers of times"):
        TIMES.put("# Page\n", "here")
