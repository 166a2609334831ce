"""What every request passes before its handler: an id, the client's true address, and the door when we leave."""

from __future__ import annotations

import re
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from telectl.api.stopping import STOPPING, Phase
from telectl.auth.caller import Address, Caller, read_address, unmapped
from telectl.logs import REQUEST_ID
from telectl.settings import Network

REQUEST_KEY = web.RequestKey("request_id", str)
CALLER = web.RequestKey("caller", Caller)
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@web.middleware
async def request_id(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Return the request an id: the client's X-Request-Id if it is a plain word, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    request[REQUEST_KEY] = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(6)
    token = REQUEST_ID.set(request[REQUEST_KEY])
    try:
        response = await handler(request)
    finally:
        REQUEST_ID.reset(token)
    response.headers["X-Request-Id"] = request[REQUEST_KEY]
    return response


def remote_address(trusted: tuple[Network, ...]) -> Middleware:
    """Make the middleware that finds the client's address.

    Behind a trusted proxy it is the last address of X-Forwarded-For that is no trusted proxy itself. What stands left
    of a hop that is no address could be anybody's word: then the client is unknown.
    """
    proxies = [unmapped(network) for network in trusted]

    def is_trusted(address: Address) -> bool:
        return any(address in network for network in proxies)

    def caller(request: web.Request) -> Caller:
        address = read_address(request.remote or "")
        if address is None or not is_trusted(address):
            return Caller(str(address or request.remote), readable=address is not None)
        hops = [hop for value in request.headers.getall("X-Forwarded-For", []) for hop in value.split(",")]
        for hop in reversed([hop for hop in hops if hop.strip()]):
            named = read_address(hop)
            if named is None:
                return Caller(str(address), readable=False)
            address = named
            if not is_trusted(address):
                break
        return Caller(str(address))

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[CALLER] = caller(request)
        return await handler(request)

    return middleware


@web.middleware
async def refuse_while_stopping(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn away what arrives while the server drains: nothing ran, so a client may repeat it elsewhere."""
    if request.app[STOPPING].phase is Phase.CLOSED:
        return web.Response(status=503, text="ERROR: server is shutting down\n", headers={"Retry-After": "1"})
    return await handler(request)
