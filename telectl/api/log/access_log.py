"""One line in the process log for every request: who asked what, what came of it, and how long it took.

A line holds names (function, agent, user) and words of ours, never a parameter that could hold a secret.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from telectl.api.middlewares import CALLER

log = logging.getLogger(__name__)

_NAME = 20
"""Characters of a user's or agent's name."""


@dataclass(slots=True)
class AccessLine:
    """What a handler tells of its request; a dash where there is nothing to tell."""

    function: str = "-"
    agent: str = "-"
    user: str = "-"
    result: str = "-"


ACCESS = web.RequestKey("access", AccessLine)
_QUIET = frozenset({"/healthz", "/readyz"})
"""Asked every second by whoever watches: told at debug level only."""


@web.middleware
async def access_line(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log one line when a request ends, however it ends."""
    started = time.monotonic()
    access = request[ACCESS] = AccessLine()
    status = "gone"  # the client left, or the server is stopping
    try:
        response = await handler(request)
        status = str(response.status)
    except web.HTTPException as error:
        status = str(error.status)
        raise
    finally:
        caller = request.get(CALLER)
        log.log(
            logging.DEBUG if request.path in _QUIET else logging.INFO,
            "function=%s agent=%s user=%s result=%s status=%s ms=%.1f from=%s",
            access.function,
            access.agent[:_NAME] or "-",
            access.user[:_NAME] or "-",
            access.result or "-",
            status,
            (time.monotonic() - started) * 1000,
            caller.address if caller else "-",
        )
    return response
