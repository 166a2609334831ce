"""Compare a password with what vicidial_users holds: plain, or VICIdial's one-salt bcrypt."""

from __future__ import annotations

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import bcrypt

from telectl.auth import eksblowfish

_BCRYPT_LEAST_COST = 4
_BCRYPT_MOST_BYTES = 72
_SALT_BYTES = 16
_HASH_CHARACTERS = 31
_NOBODY = "\0no such user"
_HASHES_AT_ONCE = 2


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
    """Compares passwords in constant time; hashes are computed by two threads of their own.

    bcrypt lets go of the interpreter while it computes, and our Eksblowfish pauses often, so that requests go on.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_HASHES_AT_ONCE, thread_name_prefix="password")

    def close(self) -> None:
        """End the threads; what has not begun is not computed."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def matches(self, password: str, scheme: Scheme, plain: str | None, hashed: str | None) -> bool:
        """Return whether a password is the user's; for nobody (both None) the same work is done in vain."""
        if not scheme.hashed:
            return self._same(password, plain)
        loop = asyncio.get_running_loop()
        computed = await loop.run_in_executor(self._threads, hash_password, password, scheme)
        return self._same(computed, hashed)

    @staticmethod
    def _same(given: str, stored: str | None) -> bool:
        equal = hmac.compare_digest(given.encode(), (_NOBODY if stored is None else stored).encode())
        return equal and bool(stored)
