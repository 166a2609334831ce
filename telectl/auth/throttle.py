"""A limit on wrong passwords per address, in front of VICIdial's lockout.

The lockout counts per user, so anyone could lock the CRM's account by ten wrong guesses. An address that has used up
its guesses is told to wait before the database is asked, and so no longer counts towards anyone's lockout.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

_WINDOW = 900.0  # seconds: VICIdial's own lockout lasts as long
_MOST_ADDRESSES = 10_000


class Throttle:
    """A bucket of guesses per address, refilled evenly over 15 minutes."""

    def __init__(self, guesses: int, now: Callable[[], float] = time.monotonic) -> None:
        self._guesses = guesses
        self._now = now
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def exhausted(self, address: str) -> bool:
        """Tell whether an address has no guess left."""
        return self._guesses > 0 and self._current(address) > self._guesses - 1

    def failed(self, address: str) -> None:
        """Count one wrong password."""
        self._spent[address] = (self._current(address) + 1, self._now())
        self._spent.move_to_end(address)
        if len(self._spent) > _MOST_ADDRESSES:
            self._spent.popitem(last=False)

    def _current(self, address: str) -> float:
        spent, since = self._spent.get(address, (0.0, 0.0))
        return max(0.0, spent - (self._now() - since) * self._guesses / _WINDOW)
