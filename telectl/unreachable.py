"""Why a connection was not made, in words that tell an operator where to look: the same for database, Asterisk, HTTP.

| what happened | what is said |
|---|---|
| the name has no address | unknown host name |
| nobody listens at the port | connection refused: nobody listens there |
| no packet came back | timed out: a firewall, or a wrong address |
| TLS | TLS: the certificate is not accepted, there is no TLS … |
"""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from collections.abc import Callable
from typing import Any

_WORDS = {
    errno.ECONNREFUSED: "connection refused: nobody listens there",
    errno.ETIMEDOUT: "timed out: a firewall, or a wrong address",
    errno.EHOSTUNREACH: "no route to that host",
    errno.ENETUNREACH: "no route to that network",
    errno.ECONNRESET: "the connection was reset",
    errno.EPIPE: "the connection was reset",
    errno.EADDRINUSE: "something listens there already",
    errno.EADDRNOTAVAIL: "not an address of this machine",
    errno.ENOENT: "there is no such socket or file",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EMFILE: "too many open files: LimitNOFILE",
}
_NO_TLS = {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}
_CLOSED = "the connection was closed"
_SEVERAL = re.compile(r"\[Errno (\d+)\]")
"""asyncio's words where a name has several addresses and each failed."""


def why_not(error: BaseException) -> str:
    """Return why a connection was not made; the text holds neither address nor secret."""
    for kind, words in _KINDS:
        if isinstance(error, kind):
            return words if isinstance(words, str) else words(error)
    return f"what answers there is something else ({type(error).__name__})"


def _name(error: Any) -> str:
    return "the name server does not answer" if error.errno == socket.EAI_AGAIN else "unknown host name"


def _certificate(error: Any) -> str:
    return f"TLS: the certificate is not accepted: {error.verify_message}"


def _tls(error: Any) -> str:
    return "TLS: no TLS is spoken there" if error.reason in _NO_TLS else f"TLS: {error.reason or 'failed'}"


def _system(error: Any) -> str:
    several = _SEVERAL.search(str(error))
    number = error.errno or (int(several[1]) if several else 0)
    return (_WORDS.get(number) or os.strerror(number)) if number else _CLOSED


_KINDS: tuple[tuple[type[BaseException], str | Callable[[Any], str]], ...] = (
    (socket.gaierror, _name),
    (UnicodeError, "not a host name"),
    (OverflowError, "not a port"),
    (ssl.SSLCertVerificationError, _certificate),
    (ssl.SSLError, _tls),
    (TimeoutError, _WORDS[errno.ETIMEDOUT]),
    (OSError, _system),
    (EOFError, _CLOSED),
)
"""The first that fits counts: most are OSErrors, too."""
