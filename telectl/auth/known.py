"""Where a user's password was right before: such a login is no guess, and costs neither hash nor statement."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from telectl.auth.passwords import Scheme
from telectl.database.lookups import UserRow

_KEPT = 86_400.0  # seconds since the password was last right there
_MOST = 10_000


def folded(name: str) -> str:
    """Return a user name as the tables compare it: without case and accents."""
    if name.isascii():
        return name.lower()
    plain = unicodedata.normalize("NFKD", name)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


@dataclass(slots=True)
class _Proof:
    digest: bytes
    until: float


class KnownLogins:
    """The last right password of each site and user, as a keyed digest, for a day after its last use.

    The digest covers what the table holds, too, so that a changed row or scheme is a new question at once. Only right
    passwords are remembered, so nobody can push an entry out by guessing.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._key = secrets.token_bytes(32)
        self._proofs: OrderedDict[tuple[str, str], _Proof] = OrderedDict()

    def has(self, site: str, name: str) -> bool:
        """Return whether a user's password was right from there at all."""
        proof = self._proofs.get((site, folded(name)))
        return proof is not None and self._now() < proof.until

    def proves(self, site: str, name: str, password: str, scheme: Scheme, row: UserRow) -> bool:
        """Return whether this very password was right from there, and still is; it is remembered for longer then."""
        if not self.has(site, name):
            return False
        same = hmac.compare_digest(self._proofs[site, folded(name)].digest, self._digest(password, scheme, row))
        if same:
            self.remember(site, name, password, scheme, row)
        return same

    def remember(self, site: str, name: str, password: str, scheme: Scheme, row: UserRow) -> None:
        """Remember a right password."""
        key = site, folded(name)
        self._proofs[key] = _Proof(self._digest(password, scheme, row), self._now() + _KEPT)
        self._proofs.move_to_end(key)
        if len(self._proofs) > _MOST:
            self._proofs.popitem(last=False)

    def _digest(self, password: str, scheme: Scheme, row: UserRow) -> bytes:
        stored = (row.pass_hash or "") if scheme.hashed else row.password
        parts = "\0".join((password, str(scheme.hashed), scheme.key, str(scheme.cost), row.user, stored))
        return hmac.digest(self._key, parts.encode("utf-8", "surrogatepass"), hashlib.sha256)
