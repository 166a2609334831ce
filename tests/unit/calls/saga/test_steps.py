"""Commands of several steps: in order, and the answer tells which were done (call-control.md section 13.5)."""

from __future__ import annotations

import pytest

from telectl.calls.failures import CallFailure, ChannelGone, Failure
from telectl.calls.saga.steps import Step, in_order
from telectl.errors import ActionRefused, OutcomeUnknown, ServerUnavailable


class Steps:
    """Three steps that note what ran; each may fail."""

    def __init__(self, *errors: Exception | None) -> None:
        self.ran: list[int] = []
        self.errors = errors

    async def run(self) -> None:
        names = ("customer parked", "third party grabbed", "third party hung up")
        await in_order(*(Step(name, self.step(place)) for place, name in enumerate(names)))

    def step(self, place: int):  # type: ignore[no-untyped-def] # noqa: ANN201
        async def run() -> None:
            self.ran.append(place)
            error = self.errors[place] if place < len(self.errors) else None
            if error is not None:
                raise error

        return run


async def test_all_steps_run_in_the_given_order() -> None:
    steps = Steps()
    await steps.run()
    assert steps.ran == [0, 1, 2]


async def test_no_step_is_no_work() -> None:
    await in_order()


FAILURES = [
    (ChannelGone(Failure.THIRD_GONE, "PJSIP/x-1"), Failure.THIRD_GONE, "PJSIP/x-1"),
    (CallFailure(Failure.CUSTOMER_GONE), Failure.CUSTOMER_GONE, ""),
    (ActionRefused("Permission denied"), Failure.REFUSED, "Permission denied"),
    (OutcomeUnknown("no answer"), Failure.UNKNOWN, "no answer"),
    (ServerUnavailable("10.0.0.1: away"), Failure.SERVER_UNAVAILABLE, "10.0.0.1: away"),
]


@pytest.mark.parametrize(("error", "words", "detail"), FAILURES)
async def test_what_was_done_before_a_failure_is_said(error: Exception, words: str, detail: str) -> None:
    steps = Steps(None, error)
    with pytest.raises(CallFailure) as raised:
        await steps.run()
    assert raised.value.what == f"partial - customer parked - {words}"
    assert raised.value.detail == detail
    assert raised.value.__cause__ is error
    assert raised.value.acted
    assert steps.ran == [0, 1]


async def test_several_done_steps_are_named_in_their_order() -> None:
    with pytest.raises(CallFailure) as raised:
        await Steps(None, None, CallFailure("no", "why", ("8301",))).run()
    failure = raised.value
    assert failure.what == "partial - customer parked, third party grabbed - no"
    assert (failure.detail, failure.fields) == ("why", ("8301",))


@pytest.mark.parametrize("error", [error for error, _, _ in FAILURES])
async def test_a_failure_of_the_first_step_is_itself(error: Exception) -> None:
    steps = Steps(error)
    with pytest.raises(type(error)) as raised:
        await steps.run()
    assert raised.value is error
    assert steps.ran == [0]


async def test_a_defect_is_no_partial_result() -> None:
    with pytest.raises(ZeroDivisionError):
        await Steps(None, ZeroDivisionError()).run()
