"""Rows that may be kept for a short time, so that an ordinary request need not read them again."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class _Entry(Generic[V]):
    value: asyncio.Future[V]
    until: float


class TtlCache(Generic[K, V]):
    """The answers of one look-up, each kept for `seconds` (0: never), at most `most` of them.

    Requests that ask for the same key while it is being read share that one read; a failed read is not kept.
    """

    def __init__(
        self,
        read: Callable[[K], Awaitable[V]],
        seconds: float,
        most: int = 1000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._read = read
        self._seconds = seconds
        self._most = most
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, key: K) -> V:
        """Return the kept or freshly read answer for a key."""
        if not self._seconds:
            return await self._read(key)
        entry = self._entries.get(key)
        if entry is None or self._now() >= entry.until:
            entry = self._start(key)
        return await asyncio.shield(entry.value)

    def forget(self, key: K) -> None:
        """Drop what is kept for a key."""
        self._entries.pop(key, None)

    def _start(self, key: K) -> _Entry[V]:
        task: asyncio.Future[V] = asyncio.ensure_future(self._read(key))
        entry = _Entry(task, self._now() + self._seconds)
        self._entries[key] = entry
        self._entries.move_to_end(key)
        self._drop_old()
        task.add_done_callback(lambda done: self._drop_failed(key, entry, done))
        return entry

    def _drop_old(self) -> None:
        """Drop what is no longer kept, the oldest first, and what is too many."""
        now = self._now()
        while len(self._entries) > self._most or next(iter(self._entries.values())).until <= now:
            self._entries.popitem(last=False)

    def _drop_failed(self, key: K, entry: _Entry[V], done: asyncio.Future[V]) -> None:
        if (done.cancelled() or done.exception() is not None) and self._entries.get(key) is entry:
            del self._entries[key]
