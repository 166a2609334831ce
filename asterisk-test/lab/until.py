"""Wait for a condition instead of sleeping and hoping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


class NotInTimeError(AssertionError):
    """A condition did not come true in time."""


@overload
async def until(
    condition: Callable[[], Awaitable[T | None]],
    within: float = ...,
    *,
    every: float = ...,
    what: str | Callable[[], object] = ...,
) -> T: ...
@overload
async def until(
    condition: Callable[[], T | None],
    within: float = ...,
    *,
    every: float = ...,
    what: str | Callable[[], object] = ...,
) -> T: ...
async def until(
    condition: Callable[[], Any],
    within: float = 5.0,
    *,
    every: float = 0.02,
    what: str | Callable[[], object] = "",
) -> Any:
    """Return the first true value of a condition, asked again and again.

    Args:
        condition: a function, plain or async, whose result is awaited if need be. An AssertionError that it
            raises counts as "not yet" and is shown when time is up.
        within: seconds to wait at most.
        every: seconds between two questions.
        what: what was awaited, for the failure's text, or a function that tells what there was instead.

    Raises:
        NotInTimeError: the condition was never true; the text says what was asked and what came back last.
    """
    started = time.monotonic()
    while True:
        failure: AssertionError | None = None
        value: Any = None
        try:
            answer = condition()
            value = await answer if inspect.isawaitable(answer) else answer
        except NotInTimeError:
            raise
        except AssertionError as error:
            failure = error
        if value:
            return value
        if time.monotonic() - started > within:
            raise NotInTimeError(_story(condition, within, value if failure is None else failure, what)) from failure
        await asyncio.sleep(every)


def _story(condition: Callable[[], object], within: float, last: object, what: str | Callable[[], object]) -> str:
    said = str(what() if callable(what) else what)
    return f"not within {within:g} s: {said or _source(condition)} (last: {last!r})"


def _source(condition: Callable[[], object]) -> str:
    """Return the condition as it stands in the test, which says best what was meant."""
    try:
        return " ".join(inspect.getsource(condition).split())
    except (OSError, TypeError):
        return repr(condition)
