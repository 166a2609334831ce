"""Commands of several steps: in order, and the answer tells which were done (call-control.md section 13.5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telectl.calls.failures import CallFailure, failure_of
from telectl.errors import AsteriskError


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a command: its checks are passed, and `run` does it."""

    done: str
    """What a partial result says of it: `customer parked`."""
    run: Callable[[], Awaitable[None]]


async def in_order(*steps: Step) -> None:
    """Do one step after the other, each only when the one before it was confirmed.

    Raises:
        CallFailure: a later step failed; the words tell what was done before it.
    """
    done: list[str] = []
    for step in steps:
        try:
            await step.run()
        except (CallFailure, AsteriskError) as error:
            if not done:
                raise
            failure = failure_of(error)
            what = f"partial - {', '.join(done)} - {failure.what}"
            raise CallFailure(what, failure.detail, failure.fields, acted=True) from error
        done.append(step.done)
