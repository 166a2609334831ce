"""The dialplan context in which a server's own actions run."""

from __future__ import annotations

from telectl.database.call_rows import SERVER
from telectl.functions.request import Services


async def context_of(services: Services, server_ip: str) -> str:
    """Give servers.ext_context of a server, `default` without a row."""
    server = await services.database.one(SERVER, server_ip=server_ip)
    return server.ext_context if server else "default"
