"""Room in memory: few large requests at a time, so that all connections together cannot fill it.

A request of a megabyte takes three or four of them while it is read and answered; what waits for its turn has a small
buffer only, for its connection is not read meanwhile. The API's own requests are a thousandth of that and never wait.
"""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

LARGE = 2**14
"""Bytes of a body that are many; a body of unknown length is taken for a large one."""
AT_ONCE = 32
BUSY = "ERROR: server is busy - too many large requests\n"


def room_for_large_requests(at_once: int = AT_ONCE, longest_wait: float = 5.0) -> Middleware:
    """Return the middleware that lets so many large requests in at a time; one that waits too long may come again."""
    room = asyncio.Semaphore(at_once)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.can_read_body or (request.content_length or LARGE) < LARGE:
            return await handler(request)
        try:
            async with asyncio.timeout(longest_wait):
                await room.acquire()
        except TimeoutError:
            headers = {"Retry-After": "1", "Connection": "close", "X-Content-Type-Options": "nosniff"}
            return web.Response(status=503, text=BUSY, headers=headers)
        try:
            return await handler(request)
        finally:
            room.release()

    return middleware
