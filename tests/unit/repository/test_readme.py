"""README.md is true: its settings are the program's, and what it tells to type is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lab.scenarios.loading import load
from pydantic import SecretStr

from telectl.settings import Settings

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"), ROOT / "asterisk-test/README.md"]
ROWS = dict(re.findall(r"^\| (`TELECTL_.+?`) \| (.+?) \|", README, re.MULTILINE))
IN_WORDS = {"database_url", "ami", "timezone", "server_name", "url", "user", "password"}
"""Settings whose default comes from elsewhere."""


def test_every_setting_is_in_the_table_and_no_other() -> None:
    named = [name for row in ROWS for name in re.findall(r"`TELECTL_(\w+)`", row)]
    assert sorted(named) == sorted(["CONFIG", *(name.upper() for name in Settings.model_fields)])


@pytest.mark.parametrize("name", sorted(Settings.model_fields.keys() - IN_WORDS))
def test_a_settings_default_is_the_one_in_the_table(name: str) -> None:
    default = Settings.model_fields[name].get_default(call_default_factory=True)
    assert not isinstance(default, SecretStr)
    ((names, told),) = [row for row in ROWS.items() if f"`TELECTL_{name.upper()}`" in row[0]]
    values = [value.strip("` ") for value in told.split(",")]
    shown = values[re.findall(r"`TELECTL_(\w+)`", names).index(name.upper())] if len(values) > 1 else values[0]
    expected = "none" if default in (None, (), {}) else str(default).lower() if default is False else f"{default}"
    assert shown.removesuffix(".0") == expected.removesuffix(".0")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_made_can_be_made(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    told = re.findall(r"(?:^ {4}|`)(?:\w+=\S+ )*make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(told) <= set(targets)
    assert told or page.name not in {"README.md", "CONTRIBUTING.md"}


def test_the_tests_it_names_and_the_number_of_stories_are_right() -> None:
    for path in re.findall(r"\b(?:tests|bench)/[\w/.]+", README):
        assert (ROOT / path).exists(), path
    (stories,) = re.findall(r"(\d+) stories", README)
    assert int(stories) == len(load())


@pytest.mark.parametrize("file", ["Makefile", ".ci/run", "Dockerfile", "docker-compose.yml", "pyproject.toml"])
def test_what_is_run_or_copied_is_where_it_is_said_to_be(file: str) -> None:
    said = re.findall(
        r"\b(?:tests|bench|asterisk-test|packaging)/[\w/.-]*\w", (ROOT / file).read_text(encoding="utf-8")
    )
    assert [path for path in said if not (ROOT / path).exists()] == []
