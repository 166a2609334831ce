"""HTTP as bytes, for what no client library sends."""

from __future__ import annotations

import asyncio
import socket


def talk(port: int, sent: bytes, timeout: float = 20) -> bytes:
    """Send bytes, and receive until the server ends the connection."""
    received = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        try:
            connection.sendall(sent)
            while piece := connection.recv(2**16):
                received += piece
        except ConnectionError:  # it had ended before all was sent
            pass
    return bytes(received)


async def asked(port: int | None, sent: bytes) -> tuple[int, str]:
    """Send bytes from a thread of its own, and return status and body of the answer."""
    head, _, body = (await asyncio.to_thread(talk, port or 0, sent)).partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body.decode()
