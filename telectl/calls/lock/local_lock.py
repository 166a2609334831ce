"""Locks inside this process, one per agent: first come, first served."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from telectl.calls.failures import CallFailure, Failure


@dataclass(slots=True)
class _Lock:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    tasks: int = 0
    """Who holds it and who waits for it: a lock without any is forgotten."""


class LocalLocks:
    """The agents' locks."""

    def __init__(self) -> None:
        self._locks: dict[str, _Lock] = {}

    async def acquire(self, user: str, within: float) -> None:
        """Acquire the agent's lock.

        Raises:
            CallFailure: others held it for `within` seconds.
        """
        held = self._locks.setdefault(lock_name(user), _Lock())
        held.tasks += 1
        try:
            async with asyncio.timeout(within):
                await held.lock.acquire()
        except BaseException as error:
            self._forget(user, held)
            if isinstance(error, TimeoutError):
                raise CallFailure(Failure.BUSY) from None
            raise

    def release(self, user: str) -> None:
        """Release the agent's lock to the next task that waits for it."""
        held = self._locks[lock_name(user)]
        held.lock.release()
        self._forget(user, held)

    def _forget(self, user: str, held: _Lock) -> None:
        held.tasks -= 1
        if not held.tasks:
            del self._locks[lock_name(user)]


def lock_name(user: str) -> str:
    """Return one name for all spellings of a user: MySQL ignores case and blanks at the end."""
    return user.rstrip(" ").casefold()
