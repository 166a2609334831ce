"""What is queued for VICIdial's daemon: one header a line, of the few that a queued action needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import ANY

from telectl.asterisk import Hangup
from telectl.calls.manager_queue import queue_lines
from telectl.errors import UnsafeValue


@given(
    st.lists(st.tuples(st.sampled_from(["Channel", "Context", "Exten", "CallerID", "Application"]), ANY), max_size=4)
)
def test_a_queued_action_has_the_headers_that_it_was_given(headers: list[tuple[str, str]]) -> None:
    try:
        lines = queue_lines(headers)
    except UnsafeValue:
        return
    told = [line for line in lines.values() if line]
    assert told == [f"{name}: {value}" for name, value in headers]
    assert not any(char in line for line in told for char in "\r\n\0")
    assert "Application" not in dict(headers)
    assert len("".join(told)) < 1024


def test_a_pattern_hangs_up_nobody_through_the_queue_either() -> None:
    with pytest.raises(UnsafeValue):
        queue_lines([("Channel", "/.*/")])
    with pytest.raises(UnsafeValue):
        list(Hangup("/.*/").headers())
