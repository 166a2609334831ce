"""Requests that cannot be read: nothing of them ran, and one line says why (docs/answers.md)."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from telectl.api.pages import page

log = logging.getLogger(__name__)

TOO_LARGE = "request too large"
NOT_READABLE = "request not readable"
NOT_COMPLETE = "request not complete"


class RequestRefused(Exception):
    """The request is not read further; the text is the answer and holds nothing of what was sent."""


def answer(refused: RequestRefused) -> web.Response:
    """Return the answer, and let the connection end: the rest of the request may still be on its way."""
    response = page([f"ERROR: {refused}"])
    response.force_close()
    return response


@web.middleware
async def answer_refused(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer requests that a handler could not read."""
    try:
        return await handler(request)
    except RequestRefused as refused:
        log.info("%s", refused)
        return answer(refused)
