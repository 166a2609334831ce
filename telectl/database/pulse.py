"""Whether the database server answers at all, so that a dead one costs one wait and not one for every request.

1. A statement that has no answer after a while, or a connection that is not made by then, is a doubt. Then one look is
   taken.
2. The look is a connection of its own. If that gets no answer, the server is silent: everything that waits for it ends
   at once, and so does what comes, until a further look is answered.
3. If it gets one, and a connection that idles gets none, then all there are were swallowed on the way, as by a firewall
   that forgot them: they end, and new ones are made.
4. If both get one, only that statement is slow, and nothing is done about it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Protocol

log = logging.getLogger(__name__)

_LOOK_AGAIN = 0.25
"""Seconds between two looks at a server that is silent."""


class Patient(Protocol):
    """The pool whose server it is."""

    async def server_answers(self) -> bool:
        """Tell whether the server says anything to a new connection."""

    async def idle_answers(self) -> bool:
        """Tell whether a connection that idles still works; yes, where none does."""

    def end_connections(self) -> None:
        """End all connections, in use or not."""


class Pulse:
    """Takes the looks, one at a time."""

    def __init__(self, patient: Patient, name: str) -> None:
        self._patient = patient
        self._name = name
        self._task: asyncio.Task[None] | None = None
        self._seen = asyncio.Event()
        """The look that was begun last has been answered, or not."""
        self._seen.set()
        self.silent_since = 0.0
        """When the server was found silent, on time.monotonic(); 0 while it answers."""

    @property
    def words(self) -> str:
        """What a request is told that would have had to wait."""
        return f"{self._name} has not answered for {time.monotonic() - self.silent_since:.1f} s"

    def doubt(self) -> None:
        """Take a look, unless one is being taken."""
        if self._task is None or self._task.done():
            self._seen.clear()
            self._task = asyncio.create_task(self._look(), name=f"look at {self._name}")
            self._task.add_done_callback(lambda _: self._seen.set())

    async def seen(self) -> None:
        """Wait until it is known what the look that is being taken shows."""
        await self._seen.wait()

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.silent_since = 0.0

    async def _look(self) -> None:
        if await self._patient.server_answers():
            if not await self._patient.idle_answers():
                log.warning("%s answers, and not on the connections that there were: they are renewed", self._name)
                self._patient.end_connections()
            return
        self.silent_since = time.monotonic()
        self._seen.set()
        log.warning("%s does not answer: requests that need it are refused until it does", self._name)
        self._patient.end_connections()
        while not await self._patient.server_answers():  # noqa: ASYNC110 - nobody tells when it is back
            await asyncio.sleep(_LOOK_AGAIN)
        log.info("%s answers again", self._name)
        self.silent_since = 0.0
