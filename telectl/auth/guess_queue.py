"""The queue in front of judging passwords: however many come at once, few are judged at a time, and none waits long.

One guess of a site is judged at a time, so that a flood from one place neither overtakes its own count nor holds up
others; and a few of all sites, so that passwords never take all connections to the database.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from telectl.auth.throttle import OnceIn
from telectl.errors import TooManyGuesses

log = logging.getLogger(__name__)

_AT_ONCE = 4
_MOST_WAITING = 1000
_LONGEST_WAIT = 5.0


@dataclass(slots=True)
class AgentLock:
    """A guess while it is judged."""

    pause: float = 0.0
    """Seconds that its answer, and its site's next turn, are held back."""


@dataclass(slots=True)
class _Site:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    present: int = 0


class LoginQueue:
    """Turns for judging passwords."""

    def __init__(self, longest_wait: float = _LONGEST_WAIT) -> None:
        self._longest_wait = longest_wait
        self._everybody = asyncio.Semaphore(_AT_ONCE)
        self._sites: dict[str, _Site] = {}
        self._present = 0
        self._warned = OnceIn()

    def length(self, site: str) -> int:
        """Return how many of a site are being judged or wait for it."""
        return self._sites[site].present if site in self._sites else 0

    @asynccontextmanager
    async def hold(self, site: str) -> AsyncIterator[AgentLock]:
        """Wait for a site's turn, and have it.

        Raises:
            TooManyGuesses: the queue is full, or this one has waited for too long.
        """
        if self._present >= _MOST_WAITING:
            self._refuse(site)
        mine = self._sites.setdefault(site, _Site())
        self._present += 1
        mine.present += 1
        try:
            await self._wait(site, mine)
            turn = AgentLock()
            try:
                try:
                    yield turn
                finally:
                    self._everybody.release()
                await asyncio.sleep(turn.pause)
            finally:
                mine.lock.release()
        finally:
            self._present -= 1
            mine.present -= 1
            if not mine.present:
                del self._sites[site]

    async def _wait(self, site: str, mine: _Site) -> None:
        try:
            async with asyncio.timeout(self._longest_wait):
                await mine.lock.acquire()
                try:
                    await self._everybody.acquire()
                except BaseException:
                    mine.lock.release()
                    raise
        except TimeoutError:
            self._refuse(site)

    def _refuse(self, site: str) -> NoReturn:
        if self._warned.first(site):
            log.warning("more logins at once than can be judged, the last from %s", site)
        raise TooManyGuesses(retry_after=math.ceil(self._longest_wait)) from None
