"""Flags that are records: what the agent's screen takes apart is what was put together."""

from __future__ import annotations

import pytest
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


@pytest.mark.parametrize(
    ("flag", "fields", "text"),
    [
        (Flag.DIAL, {"value": "7275551212", "phone_code": "1", "search": ""}, "7275551212!1!"),
        (Flag.PAUSE, {"value": "PAUSE", "epoch": "1793000000"}, "PAUSE!1793000000"),
        (Flag.STATUS, {"value": "A"}, "A"),
        (Flag.TRANSFER, {"value": "BLIND_TRANSFER", "ingroup": "", "epoch": "1"}, "BLIND_TRANSFER------1"),
        (Flag.TRANSFER, {"value": "a-b", "ingroup": "c--d"}, "a-b---c--d"),
        (Flag.TRANSFER, {"value": "a", "ingroup": "-b"}, "a----b"),  # read from the left
        (Flag.PAUSE, {"value": "a---b", "epoch": "-"}, "a---b!-"),
        (Flag.RECORDING, {"value": "a!b---c"}, "a!b---c"),
    ],
)
def test_a_flag_is_its_fields_joined(flag: Flag, fields: dict[str, str], text: str) -> None:
    assert flag.record(**fields) == text


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        *[(flag, f"a{char}b") for flag in Flag for char in "\0\n\r\x1f\x7f"],
        *[(flag, "a!b") for flag in (Flag.DIAL, Flag.PAUSE, Flag.STATUS)],
        *[(flag, "!") for flag in (Flag.DIAL, Flag.PAUSE, Flag.STATUS)],
        *[(Flag.TRANSFER, value) for value in ("a---b", "---", "a-", "-", "--", "a---")],
    ],
)
def test_a_field_that_would_be_read_as_two_is_refused_by_its_name(flag: Flag, value: str) -> None:
    with pytest.raises(CallFailure, match=Failure.NOT_ALLOWED) as refused:
        flag.record(first="x", second=value)
    assert refused.value.fields == ("second",)
    assert refused.value.detail == f"second {value!a} in {flag.column}"
