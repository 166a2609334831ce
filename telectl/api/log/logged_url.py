"""What vicidial_api_urls keeps of a request: the parameters that the API knows, and no password in any spelling.

1. A parameter that the API does not know is left out, its name too: a password may stand in either (`pwd=…`, JSON or
   XML sent as a form).
2. `pass` is masked, and so is every value in which something like `pass=` is found however often it was encoded
   (`user=6666;pass=…`, `user=6666%26pass%3D…`), or its name as a part of a form that lost its boundary.
3. The whole is cut to the length that `LONGEST` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from telectl.api.percent import decoded
from telectl.parameters import CLEANING

MASK = "***"
LONGEST = 4096
"""Characters of the logged url."""
_DROPPED = str.maketrans("", "", "'\"\\;")
_EXAMINED = 4 * LONGEST
"""Bytes of values that are looked at for a password; what comes after them is masked unseen."""
_WORDS = (b"pass", b"pwd", b"secret")
_WORD = b"\x01"
"""Stands for each of them, so that looking for what follows one never looks beyond the next."""
_HIDDEN = re.compile(rb"\x01(?:[^=:>\x01]{0,24}[=:>]|[\"']?\r?\n)")
_TIMES_ENCODED = 3


def hides_password(value: bytes) -> bool:
    """Return whether a value seems to hold a password that was meant as a parameter of its own."""
    value = value[:LONGEST]
    for _ in range(_TIMES_ENCODED):
        if _names_password(value):
            return True
        encoded, value = value, decoded(value)
        if value == encoded:
            return False
    return _names_password(value)


def _names_password(value: bytes) -> bool:
    plain = value.lower()
    for word in _WORDS:
        plain = plain.replace(word, _WORD)
    return _HIDDEN.search(plain) is not None


def logged(query: Iterable[tuple[str, bytes]], form: Iterable[tuple[str, bytes]]) -> str:
    """Return what the log keeps: the query's parameters as sent, then the form's decoded, each with its known name."""
    kept = _Kept()
    for name, value in query:
        kept.add(name, value)
    in_query = len(kept.shown)
    for name, value in form:
        kept.add(name, value)
    if 0 < in_query < len(kept.shown):
        kept.shown.insert(in_query, "GET-AND-POST=Y")
    return "&".join(kept.shown).translate(_DROPPED)[:LONGEST]


@dataclass(slots=True)
class _Kept:
    """The parameters so far; once there are enough, further ones cost nothing."""

    shown: list[str] = field(default_factory=list)
    length: int = 0
    examined: int = 0

    def add(self, name: str, value: bytes) -> None:
        if self.length > LONGEST or name not in CLEANING:
            return
        self.examined += min(len(value), LONGEST)
        masked = name == "pass" or self.examined > _EXAMINED or hides_password(value)
        text = MASK if masked else value[:LONGEST].decode("utf-8", "replace")
        self.shown.append(f"{name}={text}")
        self.length += len(self.shown[-1])
