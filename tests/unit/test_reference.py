from pathlib import Path

import pytest
from click.testing import CliRunner

from telectl.calls.failures import Failure
from telectl.cli import main
from telectl.functions.registry import FUNCTIONS
from telectl.parameters import CLEANING
from telectl.reference import answers_page, example_url, functions_page


def test_the_reference_in_docs_is_current() -> None:
    text = (Path(__file__).parents[2] / "docs/functions.md").read_text(encoding="utf-8")
    assert text == functions_page(), "make docs"


def test_every_failure_of_a_call_command_is_explained() -> None:
    assert [failure for failure in Failure if not (failure.cause and failure.remedy)] == []
    text = (Path(__file__).parents[2] / "docs/answers.md").read_text(encoding="utf-8")
    assert text == answers_page(), "make docs"


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_every_function_explains_itself(function: object) -> None:
    known = FUNCTIONS[function.name]  # type: ignore[attr-defined]
    assert known.summary
    assert known.answers
    assert known.example
    assert {parameter.name for parameter in known.parameters} <= CLEANING.keys()
    assert f"function={known.name}" in example_url(known)
    shown = CliRunner().invoke(main, ["functions", known.name])
    assert shown.exit_code == 0
    assert example_url(known) in shown.output
    for answer in known.answers:
        assert answer in shown.output


def test_the_list_names_every_function_and_an_unknown_one_is_one_line() -> None:
    shown = CliRunner().invoke(main, ["functions"])
    assert all(name in shown.output for name in FUNCTIONS)
    shown = CliRunner().invoke(main, ["functions", "nonsense"])
    assert shown.exit_code == 2
    assert "there is no function nonsense" in shown.output
    shown = CliRunner().invoke(main, ["functions", "external_puase"])
    assert "do you mean external_pause" in shown.output


def test_in_a_pipe_every_function_is_one_line() -> None:
    lines = CliRunner().invoke(main, ["functions"]).output.splitlines()
    for function in FUNCTIONS.values():
        (line,) = [line for line in lines if line.split()[:1] == [function.name]]
        assert line.endswith(function.summary)
