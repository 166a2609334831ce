"""How expectations wait, and how they say what was there instead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from lab.until import NotInTimeError, until

WITHIN = 6.0
"""Seconds in which an expectation must come true."""
SLOW = 10.0
"""The same for what takes its time by nature: digits, a call that nobody answers."""


class Unmet(AssertionError):
    """Something is not as the scenario has it. The text says what it is instead."""


async def met(
    condition: Callable[[], bool] | Callable[[], Awaitable[bool]],
    instead: Callable[[], str],
    *,
    slow: bool = False,
) -> None:
    """Wait for a condition, longer for a slow one. One that raises Unmet is not met yet; its text is what counts.

    Raises:
        Unmet: it did not come true in time.
    """
    try:
        await until(condition, SLOW if slow else WITHIN, every=0.03)
    except NotInTimeError as error:
        cause = error.__cause__
        raise Unmet(str(cause) if isinstance(cause, Unmet) else instead()) from None
