"""Queues inside this process: first come, first served, one queue per agent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from telectl.calls.failures import CallFailure, Failure


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    members: int = 0
    """Who is at its head, and who waits: only an empty queue is forgotten."""


class LocalLocks:
    """The agents' queues."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    async def enter(self, user: str, within: float) -> None:
        """Wait until the agent's queue has brought us to its head; `leave` it then.

        Raises:
            CallFailure: others were before us for `within` seconds.
        """
        queue = self._queues.setdefault(lock_name(user), _Queue())
        queue.members += 1
        try:
            async with asyncio.timeout(within):
                await queue.lock.acquire()
        except BaseException as error:
            self._step_out(user, queue)
            if isinstance(error, TimeoutError):
                raise CallFailure(Failure.BUSY) from None
            raise

    def leave(self, user: str) -> None:
        """Let the next one in."""
        queue = self._queues[lock_name(user)]
        queue.lock.release()
        self._step_out(user, queue)

    def _step_out(self, user: str, queue: _Queue) -> None:
        queue.members -= 1
        if not queue.members:
            del self._queues[lock_name(user)]


def lock_name(user: str) -> str:
    """Return one name for all spellings of a user: MySQL ignores case and blanks at the end."""
    return user.rstrip(" ").casefold()
