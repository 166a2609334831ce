"""Rows that the tables still lack after something was done: written as soon as the database takes them.

An action that Asterisk has carried out is done, whatever becomes of the database. So what is to be written after it is
tried at once, and else kept by this process until it succeeds; the command's answer tells of the action.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from telectl.calls.saga.concurrency import Background
from telectl.calls.timing import Timing
from telectl.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

Repair = Callable[[], Awaitable[None]]
"""Writes what the tables still lack; it may be repeated."""


class OwedRows:
    """What this process still has to write."""

    def __init__(self, background: Background, timing: Timing) -> None:
        self._background = background
        self._timing = timing
        self._of: Counter[str] = Counter()
        self._again = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many repairs wait for the database."""
        return self._of.total()

    async def write(self, what: str, repair: Repair, agent: str = "") -> None:
        """Write now what is owed, or keep it until that succeeds; also if the request ends meanwhile.

        Raises:
            StatementFailed: the server refused it for good.
        """
        tried: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._background.start(self._until_written(what, repair, agent, tried), f"owed: {what}")
        try:
            async with asyncio.timeout(self._timing.first_try):
                await asyncio.shield(tried)
        except TimeoutError:
            log.warning("%s is written later: the database has not answered yet", what)

    async def settle(self, agent: str) -> None:
        """Write what is owed of an agent, before its next command looks at the rows.

        Raises:
            DatabaseUnavailable: it is still owed.
        """
        if not self._of[agent]:
            return
        self._again.set()
        try:
            async with asyncio.timeout(self._timing.first_try):
                while self._of[agent]:  # noqa: ASYNC110 - several may be owed
                    await asyncio.sleep(self._timing.lock_poll)
        except TimeoutError:
            raise DatabaseUnavailable(f"what is owed of agent {agent} is not written yet") from None

    async def _until_written(self, what: str, repair: Repair, agent: str, tried: asyncio.Future[None]) -> None:
        self._of[agent] += 1
        pause = self._timing.owed_poll
        try:
            while True:
                try:
                    await repair()
                except DatabaseUnavailable as error:
                    if not tried.done():
                        log.warning("%s is written later: %s", what, error)
                        tried.set_result(None)
                else:
                    break
                await self._pause(pause)
                pause = min(2 * pause, self._timing.owed_poll_most)
        except asyncio.CancelledError:
            log.error("%s was not written before the end", what)  # noqa: TRY400 - one line says it
            raise
        except Exception as error:
            if tried.done():
                raise
            tried.set_exception(error)
        else:
            if tried.done():
                log.info("%s is written now", what)
            else:
                tried.set_result(None)
        finally:
            self._of[agent] -= 1
            self._of += Counter()  # of nobody any more: forgotten

    async def _pause(self, seconds: float) -> None:
        """Wait, unless somebody needs the rows now."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._again.wait()
        self._again.clear()
