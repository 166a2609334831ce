"""One command at a time per agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telectl.calls.failures import BUSY, CallFailure

WAIT_FOR_TURN = 1.0
"""Seconds that a command waits for an earlier one of the same agent."""


class Turns:
    """Serialises the commands of each agent."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def turn(self, user: str) -> AsyncIterator[None]:
        """Hold the agent's turn.

        Raises:
            CallFailure: an earlier command was still running after a second.
        """
        key = user.lower()
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            await asyncio.wait_for(lock.acquire(), WAIT_FOR_TURN)
        except TimeoutError:
            raise CallFailure(BUSY) from None
        try:
            yield
        finally:
            lock.release()
            if not lock.locked() and self._locks.get(key) is lock:
                del self._locks[key]
