"""Reconcile rows with the truth after an unknown outcome (call-control.md section 13.5, "Unknown outcome").

The rows were written before the action and stay while nobody knows. As soon as the live state is fresh again it is
asked where the channel really is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial

from telectl.asterisk import Link
from telectl.calls.requests.named import NamedRequests
from telectl.calls.saga.concurrency import Background
from telectl.calls.saga.owed import OwedRows, Repair
from telectl.calls.timing import Timing

log = logging.getLogger(__name__)


class Fate(Enum):
    """What became of a channel that a command wanted to move."""

    MOVED = "where the command sent it"
    STAYED = "where it was before"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class PendingOutcome:
    """An action that was sent, and how its outcome is found out and told should nobody see it."""

    what: str
    """The command, for the log."""
    link: Link
    find: Callable[[], Fate]
    """Look for the channel in the live state."""
    moved: Repair | None = None
    """The action has worked: what follows it."""
    gone: Repair | None = None
    """The channel has ended; without this the rows are taken back, as for a channel that stayed."""
    agent: str = ""
    named: str = ""
    """`CommandContext.named`: whoever repeats the request is told what was found out."""


class Reconciler:
    """Finds unknown outcomes out, in the background."""

    def __init__(self, background: Background, owed: OwedRows, requests: NamedRequests, timing: Timing) -> None:
        self.owed = owed
        self._background = background
        self._requests = requests
        self._timing = timing

    def reconcile(self, pending: PendingOutcome, undo: Repair) -> None:
        """Start to find one outcome out; `undo` takes its rows back."""
        self._background.start(self._reconcile(pending, undo), f"reconcile {pending.what}")

    async def _reconcile(self, pending: PendingOutcome, undo: Repair) -> None:
        async with asyncio.timeout(self._timing.give_up):
            await asyncio.sleep(self._timing.still_moving)  # an accepted redirect may still be under way
            while not pending.link.usable:  # noqa: ASYNC110 - a link changes for many reasons
                await asyncio.sleep(self._timing.link_poll)
        fate = pending.find()
        repair = {Fate.STAYED: undo, Fate.GONE: pending.gone or undo, Fate.MOVED: pending.moved}[fate]
        if repair is not None:
            await self.owed.write(f"what follows from {pending.what}", repair, pending.agent)
        found_out = partial(self._requests.found_out, pending.named, done=fate is Fate.MOVED)
        await self.owed.write("what was found out", found_out)
        log.info("%s had an unknown outcome; its channel is %s", pending.what, fate.value)
