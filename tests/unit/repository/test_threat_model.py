"""THREAT_MODEL.md is true as far as names go: what it says protects and proves is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from telectl.cli import main
from telectl.settings import Settings

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([^`\n]+)`", TEXT)))
IN_A_FOLDER = re.compile(r"(telectl|tests|packaging|docs|asterisk-test|bench)/\S*|[\w.-]+\.(md|yml|toml|txt)")
THREATS = re.compile(r"^\|[^\n]+\| what stops it \| code \| proof \|\n\|[-|]+\|\n((?:\|[^\n]+\n)+)", re.MULTILINE)


@cache
def functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def threats() -> Iterator[list[str]]:
    """Return the cells of each row: what could be tried, what stops it, code, proof."""
    for table in THREATS.findall(TEXT):
        for line in table.splitlines():
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


@pytest.mark.parametrize("name", [name for name in NAMED if IN_A_FOLDER.fullmatch(name.partition("::")[0])])
def test_every_file_and_test_exists(name: str) -> None:
    file, _, test = name.partition("::")
    assert (ROOT / file).exists()
    if test:
        assert test in functions(ROOT / file)


@pytest.mark.parametrize("name", [name for name in NAMED if name.startswith("TELECTL_")])
def test_every_setting_exists(name: str) -> None:
    assert re.split(r"\W", name)[0].removeprefix("TELECTL_").lower() in {*Settings.model_fields, "config"}


@pytest.mark.parametrize("name", [name for name in NAMED if re.match(r"telectl [a-z]", name)])
def test_every_command_exists(name: str) -> None:
    command: click.Command = main
    for word in name.split()[1:]:
        if word.startswith("-"):
            assert word in [option for parameter in command.params for option in parameter.opts]
        else:
            assert isinstance(command, click.Group)
            command = command.commands[word]


def test_every_threat_has_code_and_proof() -> None:
    found = list(threats())
    assert len(found) > 50
    for cells in found:
        assert len(cells) == 4, cells
        assert re.search(r"`(telectl|packaging)/|`[\w-]+\.(yml|toml|txt)`", cells[2]), cells
        assert re.match(r"`tests/", cells[3]), cells


def test_every_test_of_security_is_named() -> None:
    files = {f"tests/system/security/{file.name}" for file in (ROOT / "tests/system/security").glob("test_*.py")}
    assert files - {name.partition("::")[0] for name in NAMED} == set()
