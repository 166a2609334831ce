"""The reference names every answer that a function gives, and no answer that is never given."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from document_lines import LINES
from newer_lines import NEWER_LINES
from recorded import cases

from telectl.functions.common.function import Function
from telectl.functions.registry import FUNCTIONS

OF_EVERY_FUNCTION = (
    "ERROR: Invalid Source - ",
    "ERROR: Invalid Username/Password: ",
    "ERROR: System API NOT ACTIVE",
    "ERROR: auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION - ",
)
"""The checks before a function; and the link after its answer."""
LINK = "<a href="
ON_ASTERISK = re.compile(r"<what happened>")
"""What only Asterisk can bring about is in the tests of call control."""
ELSEWHERE = {"webserver", "coffee", "make_coffee", "start_coffee", "brew_coffee"}
"""Their answers are tests of the journey."""


def given() -> Iterator[tuple[str, str]]:
    """Return each line of every recorded case and of every row of the tables, with its function."""
    for case in cases():
        yield from ((case.function, line) for line in case.body.splitlines())
    for table in (LINES, NEWER_LINES):
        for function, lines in table.items():
            yield from ((function, one.answer) for one in lines)


def names(template: str, line: str) -> bool:
    """Return whether a line is of a reference's template: `<word>`, V, A, U, T and `…` stand for anything."""
    parts = re.split(r"(<[^>]+>|\b[VAUT]\b|…)", template)
    shape = "".join("[^\n]*" if number % 2 else re.escape(part) for number, part in enumerate(parts))
    return re.fullmatch(shape, line) is not None


GIVEN = sorted({(function, line) for function, line in given() if function in FUNCTIONS and line})


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_every_answer_is_named(function: Function) -> None:
    own = [line for name, line in GIVEN if name == function.name and not line.startswith((*OF_EVERY_FUNCTION, LINK))]
    unnamed = [line for line in own if not any(names(template, line) for template in function.answers)]
    assert unnamed == []


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_every_named_answer_is_given(function: Function) -> None:
    if function.name in ELSEWHERE:
        return
    own = [line for name, line in GIVEN if name == function.name]
    wanted = [template for template in function.answers if not ON_ASTERISK.search(template)]
    never = [template for template in wanted if not any(names(template, line) for line in own)]
    assert never == []
