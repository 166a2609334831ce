"""CHANGELOG.md, telectl's version and its build tell of the same release."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from telectl import BUILD, __version__

CHANGELOG = Path(__file__).parents[3] / "CHANGELOG.md"
HEADINGS = re.findall(r"^## (.+)$", CHANGELOG.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_newest_release_in_the_changelog_is_this_version() -> None:
    assert HEADINGS[0] == "Unreleased"
    assert HEADINGS[1].split(" - ")[0] == __version__


def test_the_build_is_of_the_day_of_the_release() -> None:
    day = date.fromisoformat(HEADINGS[1].split(" - ")[1])
    assert re.fullmatch(rf"{day:%y%m%d}-([01]\d|2[0-3])[0-5]\d", BUILD)
