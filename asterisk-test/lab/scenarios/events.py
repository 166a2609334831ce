"""Expected AMI events, matched by some of their headers."""

from __future__ import annotations

import time
from collections.abc import Sequence

from lab.ami import Ami, Event
from lab.scenarios.expecting import Unmet, met
from lab.scenarios.facts import Facts
from lab.scenarios.model import Expected


class Events:
    """What the witness has read since the story began."""

    def __init__(self, witness: Ami, facts: Facts) -> None:
        self._witness, self._facts = witness, facts
        self._began = time.monotonic()

    async def come(self, expected: Sequence[Expected]) -> None:
        """Wait for events in their order; others may come between.

        Raises:
            Unmet: one did not come, or not after those before it.
        """
        position = 0
        for one in expected:
            await met(
                lambda one=one, position=position: self._find(one, position) >= 0,
                lambda one=one: self._instead(one),  # type: ignore[misc]
            )
            position = self._find(one, position) + 1

    def must_not_have_come(self, never: Sequence[Expected]) -> None:
        """Require that none of these came.

        Raises:
            Unmet: one did.
        """
        for one in never:
            found = self._find(one, 0)
            if found >= 0:
                raise Unmet(f"{_told(self._seen()[found], one)} came, and must not")

    def _seen(self) -> list[Event]:
        return [event for event in self._witness.events if event.at >= self._began]

    def _find(self, one: Expected, position: int) -> int:
        """Give the place of the first event that fits, from a place on; -1 when there is none."""
        for number, event in enumerate(self._seen()[position:], start=position):
            if event.name == one.name:
                learnt = self._facts.match_row(one.headers, event.headers)
                if learnt is not None:
                    self._facts.learn(learnt)
                    return number
        return -1

    def _instead(self, one: Expected) -> str:
        wanted = ", ".join(f"{key}: {self._facts.text(value)}" for key, value in one.headers.items())
        same = [_told(event, one) for event in self._seen() if event.name == one.name]
        return f"no event {one.name} ({wanted}) here in the order; there were {'; '.join(same) or 'none of this name'}"


def _told(event: Event, like: Expected) -> str:
    """Say an event with the headers that matter."""
    return f"{event.name} (" + ", ".join(f"{key}: {event[key]}" for key in like.headers) + ")"
