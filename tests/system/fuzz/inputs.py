"""What one connection sends, and the secrets that must not come back."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from random import Random
from urllib.parse import quote_from_bytes

Pairs = list[tuple[bytes, bytes]]

CANARY = b"Canary-4711.right"
"""The password of the API user; every cleaning rule lets it pass, so it would show wherever it leaked."""
WRONG = b"Canary-0815.wrong"
"""A password that is wrong: somebody's, too."""
AMI_SECRET = b"Canary-5038.manager"
API_USER = b"6666"
OTHERS = (b"1000", b"1001", b"nobody", b"a" * 200, "señor".encode(), b"6667")
PAGE = b"/agc/api.php"


def spellings(secret: bytes) -> tuple[bytes, ...]:
    """Return a secret as it may show: plain, percent-encoded, in a Basic header."""
    percent = "".join(f"%{byte:02X}" for byte in secret).encode()
    basics = (base64.b64encode(user + b":" + secret) for user in (API_USER, *OTHERS))
    return (secret, percent, percent.lower(), *basics)


SECRETS = tuple(text for secret in (CANARY, WRONG, AMI_SECRET) for text in spellings(secret))


@dataclass(frozen=True, slots=True)
class Input:
    """What one connection sends, in the pieces in which it is written."""

    name: str
    """Its generator and number, which with the seed make it again."""
    pieces: tuple[bytes, ...]
    answers: int = 0
    """How many answers must come, each by the rules of the agent API; 0 for bytes that may be no request."""

    @property
    def data(self) -> bytes:
        """All of it."""
        return b"".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Login:
    """User and password of one request, and the address that it comes from (the runner is a trusted proxy)."""

    user: bytes
    password: bytes
    address: bytes

    @property
    def pairs(self) -> Pairs:
        """Source, user and password as parameters."""
        return [(b"source", b"fuzz"), (b"user", self.user), (b"pass", self.password)]

    @property
    def basic(self) -> tuple[bytes, bytes]:
        """User and password as a header."""
        return (b"Authorization", b"Basic " + base64.b64encode(self.user + b":" + self.password))


def login(random: Random) -> Login:
    """Draw a login: half of them are right."""
    if random.random() < 0.5:
        return Login(API_USER, CANARY, b"192.0.2.%d" % random.randrange(1, 20))
    if random.random() < 0.5:
        address = b"10.%d.%d.%d" % (random.randrange(256), random.randrange(256), random.randrange(256))
    else:
        address = b"2001:db8:%x:%x::%x" % (random.randrange(65536), random.randrange(65536), random.randrange(65536))
    return Login(random.choice(OTHERS), WRONG, address)


def message(method: bytes, target: bytes, headers: Pairs, body: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    """Write a request; the length is added."""
    if body or method == b"POST":
        headers = [*headers, (b"Content-Length", b"%d" % len(body))]
    lines = [b"%s %s %s" % (method, target, version), *(name + b": " + value for name, value in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def urlencoded(pairs: Pairs, random: Random | None = None) -> bytes:
    """Write pairs as a query or form; with a generator, in spellings that mean the same."""
    return b"&".join(_spelled(name, random) + b"=" + _spelled(value, random) for name, value in pairs)


def _spelled(value: bytes, random: Random | None) -> bytes:
    how = random.randrange(6) if random and value not in (CANARY, WRONG) else 0
    if how == 1:
        return "".join(f"%{byte:02x}" for byte in value).encode()
    if how == 2:
        return quote_from_bytes(value, safe="|*!()',:@/? ").replace(" ", "+").encode()
    return quote_from_bytes(value, safe="-._~").encode()


def cut(data: bytes, random: Random, most: int = 6) -> tuple[bytes, ...]:
    """Cut bytes into pieces at any places."""
    places = sorted(random.randrange(len(data) + 1) for _ in range(random.randrange(most)))
    return tuple(data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True) if end > start)
