"""`make lock` was run: what is pinned is all that telectl asks for, nothing else, and what is installed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
LOCKS = {"requirements.txt": ("requirements.in",), "requirements-dev.txt": ("requirements.in", "requirements-dev.in")}
both = pytest.mark.parametrize("lock", LOCKS)


def entries(name: str) -> list[str]:
    """The requirements of a file, one each, with what continues it, without comments."""
    text = re.sub(r"(^|\s)#.*", "", (ROOT / name).read_text(encoding="utf-8")).replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip()]


def asked(*names: str) -> list[Requirement]:
    return [Requirement(entry) for name in names for entry in entries(name)]


def pins(lock: str) -> dict[str, Requirement]:
    """What a lock pins on this machine and Python, by name."""
    found = [Requirement(entry.partition(" --hash")[0]) for entry in entries(lock)]
    return {canonicalize_name(one.name): one for one in found if one.marker is None or one.marker.evaluate()}


def version(pinned: dict[str, Requirement], name: str) -> str:
    """The version that a lock pins, or 0: none."""
    pin = pinned.get(canonicalize_name(name))
    return str(pin.specifier).removeprefix("==") if pin else "0"


def needed(wanted: Iterable[Requirement]) -> set[str]:
    """The names of packages, and of what these need in turn, as the installed ones say it."""
    names: set[tuple[str, str]] = set()
    waiting = list(wanted)
    while waiting:
        one = waiting.pop()
        for extra in one.extras | {""}:
            if (one.name, extra) in names:
                continue
            names.add((one.name, extra))
            further = [Requirement(text) for text in distribution(one.name).requires or ()]
            waiting += [it for it in further if it.marker is None or it.marker.evaluate({"extra": extra})]
    return {canonicalize_name(name) for name, _ in names}


def test_pyproject_reads_the_lists_that_are_pinned() -> None:
    dynamic = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["dynamic"]
    assert dynamic["dependencies"] == {"file": ["requirements.in"]}
    assert dynamic["optional-dependencies"] == {"dev": {"file": ["requirements-dev.in"]}}


@both
def test_what_is_asked_for_and_what_that_needs_is_pinned_and_nothing_else(lock: str) -> None:
    wanted, pinned = asked(*LOCKS[lock]), pins(lock)
    assert [str(one) for one in wanted if not one.specifier.contains(version(pinned, one.name))] == [], "make lock"
    assert needed(wanted) == set(pinned), "make lock"


@both
def test_what_is_pinned_is_what_is_installed(lock: str) -> None:
    pinned = pins(lock)
    assert {name: distribution(name).version for name in pinned} == {name: version(pinned, name) for name in pinned}


@both
def test_a_lock_has_its_command_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "make lock" in text[:100]
    assert all(re.fullmatch(r"[^=\s]+==\S+( ; [^-]+)?(\s+--hash=sha256:[0-9a-f]{64})+", one) for one in entries(lock))
    assert "://" not in text


def test_telectl_is_tested_with_the_versions_it_is_installed_with() -> None:
    tested = pins("requirements-dev.txt")
    assert {name: str(pin) for name, pin in pins("requirements.txt").items() if pin != tested[name]} == {}
