"""TLS of the HTTP server, by settings.

A connection costs memory from its first byte, and asyncio shows it to nobody before its handshake is done. So it has a
door here, which counts, and its buffer is as long as a record of TLS, not sixteen times as long.
"""

from __future__ import annotations

import asyncio
import ssl
from asyncio import sslproto
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import cast
from weakref import finalize

from telectl.errors import SettingsError

_BUFFER = 2**14
"""Bytes of a connection's buffer."""


class _Door(asyncio.Protocol):
    """A connection during its handshake; asyncio drops it without a word when that fails."""

    def __init__(self, connect: Callable[[], asyncio.Protocol], leave: Callable[[], None]) -> None:
        self._connect = connect
        self._leave = finalize(self, leave)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand the connection to its protocol: its handshake is done."""
        self._leave()
        protocol = self._connect()
        cast("asyncio.Transport", transport).set_protocol(protocol)
        protocol.connection_made(transport)


class Doors:
    """Makes the protocols of TLS connections; `has_room` is told how many are in their handshake.

    One that failed may be found by Python's garbage collector only, so none counts for longer than it may take.
    """

    def __init__(
        self, connect: Callable[[], asyncio.Protocol], has_room: Callable[[int], bool], handshake_seconds: float
    ) -> None:
        self._connect = connect
        self._has_room = has_room
        self._seconds = handshake_seconds
        self._numbers = count()
        self._waiting: set[int] = set()

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of a new connection.

        Raises:
            ConnectionRefusedError: there is no room; asyncio closes the socket, where nothing can be said yet.
        """
        if not self._has_room(len(self._waiting)):
            raise ConnectionRefusedError
        number = next(self._numbers)
        self._waiting.add(number)
        asyncio.get_running_loop().call_later(self._seconds, self._waiting.discard, number)
        return _Door(self._connect, partial(self._waiting.discard, number))


def server_tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Return the server's TLS, None where no certificate is set.

    Args:
        certificate: PEM file with the certificate and those that lead to its authority.
        key: PEM file with its key; the certificate's own file if None.

    Raises:
        SettingsError: one line that names the setting whose file is at fault.
    """
    if certificate is None:
        if key is not None:
            raise SettingsError("TELECTL_TLS_KEY: TELECTL_TLS_CERTIFICATE is not set")
        return None
    for setting, path in (("CERTIFICATE", certificate), ("KEY", key)):
        _check_readable(setting, path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    sslproto.SSLProtocol.max_size = _BUFFER
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        reason = (error.reason or "not PEM") if isinstance(error, ssl.SSLError) else str(error)
        files = f"{certificate} and {key}" if key else str(certificate)
        raise SettingsError(
            f"TELECTL_TLS_CERTIFICATE: no certificate with its key in {files}: {reason.replace('_', ' ').lower()}"
        ) from None
    return context


def _check_readable(setting: str, path: Path | None) -> None:
    try:
        if path is not None:
            path.read_bytes()
    except OSError as error:
        raise SettingsError(f"TELECTL_TLS_{setting}: cannot read {path}: {error.strerror}") from None


def _no_password() -> str:
    raise ValueError("the key is encrypted")
