"""Loopback ports for one instance that no other run on this machine gets at the same time."""

import contextlib
import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass

FIRST, LAST, SIZE = 10_000, 31_000, 1_000
"""Below the ports that the kernel hands out by itself, so that no phone can sit on one of ours."""


class PortError(Exception):
    """A port is taken. The text is one line for a person."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one Asterisk."""

    ami: int
    sip: int
    rtp_first: int
    rtp_last: int


@contextlib.contextmanager
def reserve(ami: int | None = None, sip: int | None = None) -> Iterator[Ports]:
    """Hold a block of ports while the body runs.

    A socket bound to the block's first port is the reservation: it ends with this process, however that ends.

    Args:
        ami: a TCP port that is wanted instead of one of the block.
        sip: a UDP port that is wanted instead of one of the block.

    Raises:
        PortError: a wanted port is in use, or no block is free.
    """
    for port, kind in ((ami, socket.SOCK_STREAM), (sip, socket.SOCK_DGRAM)):
        if port is not None and not free(port, kind):
            raise PortError(f"port {port} is in use: stop what uses it, or choose another one")
    blocks = list(range(FIRST, LAST, SIZE))
    random.shuffle(blocks)
    for first in blocks:
        with socket.socket() as guard:
            try:
                guard.bind(("127.0.0.1", first))
            except OSError:
                continue
            ports = Ports(ami or first + 1, sip or first + 2, first + 10, first + SIZE - 1)
            if free(ports.ami, socket.SOCK_STREAM) and free(ports.sip, socket.SOCK_DGRAM):
                yield ports
                return
    raise PortError("no free ports for another Asterisk on this machine")


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a loopback port that the kernel has free just now, for a server that is started at once."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free(port: int, kind: socket.SocketKind) -> bool:
    """Return whether a loopback port can be bound."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:  # a port that only waits for late packets is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
