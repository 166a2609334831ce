"""How a server stops: what its clients and its balancer see of it."""

from __future__ import annotations

from enum import Enum

from aiohttp import web


class Phase(Enum):
    """A server's life."""

    SERVING = "serving"
    LEAVING = "leaving"
    """Every request is answered, and its connection ends with that; /readyz says 503, so that a balancer sends its
    requests elsewhere."""
    CLOSED = "closed"
    """Nobody can connect any more, and what still comes on a connection gets 503: nothing was begun."""


class Stopping:
    """In which phase one server is."""

    def __init__(self) -> None:
        self.phase = Phase.SERVING


STOPPING = web.AppKey("stopping", Stopping)
