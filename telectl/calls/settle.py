"""Reconcile rows with the truth after an unknown outcome (call-control.md section 13.5, "Unknown outcome").

The rows were written before the action and stay while nobody knows. As soon as the live picture is fresh again it is
asked where the channel really is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from telectl.asterisk import Link
from telectl.calls.background import Background
from telectl.calls.steps import Rows

log = logging.getLogger(__name__)

_LOOK_AGAIN = 0.2
_GIVE_UP = 600.0
_STILL_MOVING = 3.0


class Place(Enum):
    """Where a channel was found."""

    MOVED = "where the command sent it"
    STAYED = "where it was before"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A command whose outcome nobody knows yet."""

    what: str
    link: Link
    find: Callable[[], Place]
    rows: Rows
    gone: Callable[[], Awaitable[None]]
    moved: Callable[[], Awaitable[None]] | None = None
    """What is written when the command turns out to have worked."""


class Settler:
    """Settles unknown outcomes in the background."""

    def __init__(self, background: Background) -> None:
        self._background = background

    def settle(self, unsettled: Unsettled) -> None:
        """Start to settle one command."""
        self._background.start(self._settle(unsettled), f"settle {unsettled.what}")

    async def _settle(self, unsettled: Unsettled) -> None:
        async with asyncio.timeout(_GIVE_UP):
            await asyncio.sleep(_STILL_MOVING)  # an accepted redirect may still be under way
            while not unsettled.link.usable:  # noqa: ASYNC110 - a link changes for many reasons
                await asyncio.sleep(_LOOK_AGAIN)
        place = unsettled.find()
        if place is Place.STAYED:
            await unsettled.rows.undo()
        elif place is Place.GONE:
            await unsettled.gone()
        elif unsettled.moved is not None:
            await unsettled.moved()
        log.info("%s had an unknown outcome; its channel is %s", unsettled.what, place.value)
