"""End a listening socket without a loss.

A connection is made by the kernel, before anybody accepts it: when its socket is closed, those that wait in its queue
are reset, with whatever their clients have sent. So first the kernel is told to take no new ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import select
import socket
import struct

_ATTACH_FILTER = 26
"""SO_ATTACH_FILTER of Linux (socket(7)), which Python does not name."""
_SYN, _SYN_OR_ACK, _FLAGS = 0x02, 0x12, 13
"""Bits of the flags of a TCP header, and where in it these are."""
_WITHOUT_SYN = (
    (0x30, 0, 0, _FLAGS),  # load the byte of the flags
    (0x54, 0, 0, _SYN_OR_ACK),  # and
    (0x15, 0, 1, _SYN),  # is it a first packet?
    (0x06, 0, 0, 0),  # then drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # else keep it
)
"""A filter of classic BPF (struct sock_filter: code, jump if true, jump if false, operand)."""
_HANDSHAKE = 0.1
"""Seconds that connections have to be completed which had begun before."""


async def empty(sock: socket.socket) -> None:
    """Take no new connections, and let the loop accept those that there are; then the socket may be closed at once.

    Who tries to connect meanwhile tries again by itself after a second, when the socket is gone or another server's.
    """
    with contextlib.suppress(OSError):  # not Linux: what comes in the last moment is lost
        _drop_first_packets(sock)
        await asyncio.sleep(_HANDSHAKE)
    while select.select([sock], [], [], 0)[0]:  # noqa: ASYNC110 - the loop itself accepts meanwhile
        await asyncio.sleep(0)


def _drop_first_packets(sock: socket.socket) -> None:
    program = b"".join(struct.pack("HBBI", *line) for line in _WITHOUT_SYN)
    kept = ctypes.create_string_buffer(program, len(program))
    sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HP", len(_WITHOUT_SYN), ctypes.addressof(kept)))
