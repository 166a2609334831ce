"""Where tests are: five folders on one axis, and one file of unit tests for a module.

Beside them tests/unit/repository has the tests of the documents and of what else is not in the package.
"""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[2]
PACKAGE = TESTS.parent / "telectl"


def test_there_are_five_folders() -> None:
    folders = {path.parent.relative_to(TESTS).parts[0] for path in TESTS.glob("*/**/*.py")}
    assert folders == {"unit", "integration", "conformance", "system", "lab"}


def test_a_unit_test_is_named_after_its_module() -> None:
    unit = TESTS / "unit"
    modules = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")}
    tests = [path.relative_to(unit) for path in unit.rglob("test_*.py") if path.parent.name != "repository"]
    assert [str(path) for path in tests if path.with_name(path.name.removeprefix("test_")) not in modules] == []
