"""Compare a password with what vicidial_users holds: plain, or VICIdial's one-salt bcrypt."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass

import bcrypt

from telectl.auth import eksblowfish

_BCRYPT_LEAST_COST = 4
_BCRYPT_MOST_BYTES = 72
_SALT_BYTES = 16
_HASH_CHARACTERS = 31
_NOBODY = "\0no such user"


@dataclass(frozen=True, slots=True)
class Scheme:
    """How this installation stores passwords: system_settings.pass_hash_enabled, pass_key, pass_cost."""

    hashed: bool
    key: str
    cost: int


def hash_password(password: str, scheme: Scheme) -> str:
    """Return the 31 characters that `vicidial_users.pass_hash` holds for a password.

    The cost is two digits, 2 when unset; one salt (the first 16 bytes of pass_key) serves all users.
    """
    cost = min(max(scheme.cost, 2), 31)
    salt = scheme.key.encode()[:_SALT_BYTES].ljust(_SALT_BYTES, b"\0")
    secret = password.encode()[:_BCRYPT_MOST_BYTES]
    if cost < _BCRYPT_LEAST_COST:
        return eksblowfish.hash_password(secret, salt, cost)
    setting = f"$2a${cost:02d}${eksblowfish.base64(salt)}"
    return bcrypt.hashpw(secret, setting.encode()).decode()[-_HASH_CHARACTERS:]


class PasswordCheck:
    """Compares passwords in constant time, and remembers the verdicts of slow hashes for a minute.

    A verdict is kept under a keyed digest of password, scheme and stored hash together, so a changed row is a new
    question at once, and the memory holds nothing a reader could use.
    """

    def __init__(self, seconds: float = 60, most: int = 1000) -> None:
        self._seconds = seconds
        self._most = most
        self._key = secrets.token_bytes(32)
        self._verdicts: OrderedDict[bytes, tuple[bool, float]] = OrderedDict()

    async def matches(self, password: str, scheme: Scheme, plain: str | None, hashed: str | None) -> bool:
        """Tell whether a password is the user's; for nobody (both None) the same work is done in vain."""
        if not scheme.hashed:
            return self._same(password, plain)
        parts = "\0".join((password, scheme.key, str(scheme.cost), _NOBODY if hashed is None else hashed))
        question = hmac.digest(self._key, parts.encode("utf-8", "surrogatepass"), hashlib.sha256)
        known = self._verdicts.get(question)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        computed = await asyncio.to_thread(hash_password, password, scheme)
        verdict = self._same(computed, hashed)
        self._verdicts[question] = (verdict, time.monotonic() + self._seconds)
        self._verdicts.move_to_end(question)
        while len(self._verdicts) > self._most:
            self._verdicts.popitem(last=False)
        return verdict

    @staticmethod
    def _same(given: str, stored: str | None) -> bool:
        equal = hmac.compare_digest(given.encode(), (_NOBODY if stored is None else stored).encode())
        return equal and bool(stored)
