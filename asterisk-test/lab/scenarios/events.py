"""Expected AMI events, matched by some of their headers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from lab.ami import Ami, Event
from lab.scenarios.expecting import Unmet, met
from lab.scenarios.facts import Facts
from lab.scenarios.model import Expected

TOGETHER = 0.1
"""Seconds within which the order of two events means nothing: Asterisk's parts do not wait for each other's events."""


class Events:
    """What the witness has read since the story began."""

    def __init__(self, witness: Ami, facts: Facts) -> None:
        self._witness, self._facts = witness, facts
        self._began = time.monotonic()
        self._in_steps: list[Event] = []

    async def comes_now(self, one: Expected) -> None:
        """Wait for an event after those that the steps before have waited for.

        Raises:
            Unmet: it did not come.
        """
        await self._come([one], self._in_steps)

    async def come(self, expected: Sequence[Expected]) -> None:
        """Wait for events in their order, from the beginning; others may come between.

        Raises:
            Unmet: one did not come, or not after those before it.
        """
        await self._come(expected, [])

    async def _come(self, expected: Sequence[Expected], found: list[Event]) -> None:
        for one in expected:
            await met(lambda one=one: self._next(one, found), lambda one=one: self._instead(one))  # type: ignore[misc]

    def _next(self, one: Expected, found: list[Event]) -> bool:
        """Look for an event that fits, after those that were found, and add it to them."""
        since = found[-1].at - TOGETHER if found else self._began
        event = next((event for event in self._that_fit(one) if event.at >= since and event not in found), None)
        if event is not None:
            found.append(event)
            self._facts.learn(self._facts.match_row(one.headers, event.headers) or {})
        return event is not None

    def must_not_have_come(self, never: Sequence[Expected]) -> None:
        """Require that none of these came.

        Raises:
            Unmet: one did.
        """
        for one in never:
            event = next(self._that_fit(one), None)
            if event is not None:
                raise Unmet(f"{_told(event, one)} came, and must not")

    def _that_fit(self, one: Expected) -> Iterator[Event]:
        for event in self._seen():
            if event.name == one.name and self._facts.match_row(one.headers, event.headers) is not None:
                yield event

    def _seen(self) -> list[Event]:
        return [event for event in self._witness.events if event.at >= self._began]

    def _instead(self, one: Expected) -> str:
        wanted = ", ".join(f"{key}: {self._facts.text(value)}" for key, value in one.headers.items())
        same = [_told(event, one) for event in self._seen() if event.name == one.name]
        return f"no event {one.name} ({wanted}) here in the order; there were {'; '.join(same) or 'none of this name'}"


def _told(event: Event, like: Expected) -> str:
    """Say an event with the headers that matter."""
    return f"{event.name} (" + ", ".join(f"{key}: {event[key]}" for key in like.headers) + ")"
