"""Which page a path means: as Apache resolves it, for clients write `//agc/api.php` and `/agc/./api.php`, too."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

AGENT_API = "/agc/api.php"
_ALLOWED = "GET, HEAD, POST, OPTIONS"


def resolved(path: str) -> str:
    """Return a decoded path without empty, `.` and `..` segments."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return f"/{'/'.join(kept)}"


def add_agent_api(router: web.UrlDispatcher, handler: Handler) -> None:
    """Route the agent API's page to a handler, in every spelling; to be added after all other routes."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if resolved(request.path) != AGENT_API:
            raise web.HTTPNotFound
        if request.method == "OPTIONS":
            return web.Response(status=204, headers={"Allow": _ALLOWED})
        return await handler(request)

    for method in _ALLOWED.split(", "):
        router.add_route(method, "/{path:.*}", answer)
