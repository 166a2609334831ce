"""Limits on wrong passwords, in front of VICIdial's lockout, and the one warning that tells of them.

The lockout counts per user, so anyone could lock the CRM's account by ten wrong guesses. Who has used up the guesses
is told to wait before the password is judged, and so no longer counts towards anyone's lockout.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

WINDOW = 900.0
"""Seconds in which all guesses come back: VICIdial's own lockout lasts as long."""
_MOST_KEYS = 10_000
_ROUNDING = 1e-6


class Throttle:
    """A bucket of guesses for each key, refilled evenly over 15 minutes; 0 guesses: no limit.

    A guess is taken before the password is judged, and given back if the password was right: so that of many at once
    no more are judged than there are guesses.
    """

    def __init__(self, guesses: int, now: Callable[[], float] = time.monotonic) -> None:
        self._guesses = guesses
        self._now = now
        self._spent: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def exhausted(self, key: Hashable) -> bool:
        """Return whether a key has no guess left."""
        return self._guesses > 0 and self._current(key) > self._guesses - 1 + _ROUNDING

    def take_guess(self, key: Hashable) -> bool:
        """Take one guess of a key; False if there is none left."""
        if self.exhausted(key):
            return False
        self.failed(key)
        return True

    def failed(self, key: Hashable) -> None:
        """Count one guess of a key, whether it has one left or not."""
        if self._guesses:
            self._set(key, self._current(key) + 1)

    def give_back(self, key: Hashable) -> None:
        """Put back a guess that was none: the password was right, or was never judged."""
        if self._guesses:
            self._set(key, max(0.0, self._current(key) - 1))

    def wait(self, key: Hashable) -> int:
        """Return after how many seconds a key has a guess again."""
        if not self.exhausted(key):
            return 0
        return max(1, math.ceil((self._current(key) - self._guesses + 1 - _ROUNDING) * WINDOW / self._guesses))

    def _set(self, key: Hashable, spent: float) -> None:
        self._spent[key] = (spent, self._now())
        self._spent.move_to_end(key)
        if len(self._spent) > _MOST_KEYS:
            self._spent.popitem(last=False)

    def _current(self, key: Hashable) -> float:
        spent, since = self._spent.get(key, (0.0, 0.0))
        return max(0.0, spent - (self._now() - since) * self._guesses / WINDOW)


class OnceIn:
    """Warnings of a key, each at most once in a while."""

    def __init__(self, seconds: float = WINDOW, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._said: OrderedDict[Hashable, float] = OrderedDict()

    def first(self, key: Hashable) -> bool:
        """Return whether this is the first time in so many seconds, and remember it."""
        said = self._said.get(key)
        if said is not None and self._now() - said < self._seconds:
            return False
        self._said[key] = self._now()
        self._said.move_to_end(key)
        if len(self._said) > _MOST_KEYS:
            self._said.popitem(last=False)
        return True
