"""Room in memory: few large requests at a time, so that all connections together cannot fill it.

Fewer of one site: a client that sends slowly holds its own places, not everybody's.

A request of a megabyte takes three or four of them while it is read and answered; what waits for its turn has a small
buffer only, for its connection is not read meanwhile. The API's own requests are a thousandth of that and never wait.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from telectl.api.middlewares import CALLER

LARGE = 2**14
"""Bytes of a body that are many; a body of unknown length is taken for a large one."""
AT_ONCE = 32
AT_ONCE_OF_SITE = 8
BUSY = "ERROR: server is busy - too many large requests\n"


class _Room:
    """The places, and those of each site that has any."""

    def __init__(self, at_once: int, of_site: int) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._of_site = of_site
        self._sites: dict[str, asyncio.Semaphore] = {}
        self._present: Counter[str] = Counter()

    @asynccontextmanager
    async def place(self, site: str, longest_wait: float) -> AsyncIterator[None]:
        """Have a place.

        Raises:
            TimeoutError: none was free for too long.
        """
        own = self._sites.setdefault(site, asyncio.Semaphore(self._of_site))
        self._present[site] += 1
        try:
            async with AsyncExitStack() as places:
                async with asyncio.timeout(longest_wait):
                    await places.enter_async_context(own)
                    await places.enter_async_context(self._all)
                yield
        finally:
            self._present[site] -= 1
            if not self._present[site]:
                del self._present[site], self._sites[site]


def room_for_large_requests(
    at_once: int = AT_ONCE, longest_wait: float = 5.0, of_site: int = AT_ONCE_OF_SITE
) -> Middleware:
    """Return the middleware that lets so many large requests in at a time; one that waits too long may come again."""
    room = _Room(at_once, of_site)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.can_read_body or (request.content_length or LARGE) < LARGE:
            return await handler(request)
        async with AsyncExitStack() as places:
            try:
                await places.enter_async_context(room.place(request[CALLER].site, longest_wait))
            except TimeoutError:
                headers = {"Retry-After": "1", "Connection": "close", "X-Content-Type-Options": "nosniff"}
                return web.Response(status=503, text=BUSY, headers=headers)
            return await handler(request)

    return middleware
