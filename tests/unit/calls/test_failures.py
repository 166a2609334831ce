"""Every error of a call command has words for the answer and a detail for the log."""

from __future__ import annotations

import pytest

from telectl.calls.failures import CallFailure, ChannelGone, Failure, failure_of
from telectl.errors import ActionRefused, AsteriskError, OutcomeUnknown, ServerUnavailable, UnsafeValue


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ServerUnavailable("why"), Failure.SERVER_UNAVAILABLE),
        (OutcomeUnknown("why"), Failure.UNKNOWN),
        (ActionRefused("why"), Failure.REFUSED),
        (UnsafeValue("why"), Failure.NOT_ALLOWED),
        (CallFailure("what", "why"), "what"),
        (ChannelGone("what", "why"), "what"),
    ],
)
def test_an_errors_text_is_for_the_log_and_its_kind_for_the_answer(
    error: CallFailure | AsteriskError, words: str
) -> None:
    told = failure_of(error)
    assert (told.what, told.detail, told.fields) == (words, "why", ())


def test_a_failures_fields_stay() -> None:
    failure = CallFailure("what", "why", ("8301",))
    assert failure_of(failure) is failure


def test_every_kind_of_error_is_in_the_table() -> None:
    kinds = {kind.__name__ for kind in AsteriskError.__subclasses__()}
    assert kinds == {"ServerUnavailable", "UnsafeValue", "ActionRefused", "OutcomeUnknown"}
