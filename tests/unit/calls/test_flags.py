"""Flags that are records: what the agent's screen takes apart is what was put together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from texts import ANY, made

from telectl.calls.failures import CallFailure, Failure
from telectl.calls.flags import Flag


@given(flag=st.sampled_from([Flag.DIAL, Flag.STATUS, Flag.TRANSFER]), values=st.lists(ANY, min_size=4, max_size=4))
def test_a_flag_is_read_back_as_the_fields_that_it_was_made_of(flag: Flag, values: list[str]) -> None:
    between = {f"field{place}": value for place, value in enumerate(values)}
    text = made(lambda: flag.record(first="X", **between, last=""))
    if isinstance(text, CallFailure):
        assert text.what == Failure.NOT_ALLOWED
        return
    assert text.split(flag.separator) == ["X", *values, ""]
