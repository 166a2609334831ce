"""The links to all servers, one each, kept in step with the list of addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from telectl.asterisk.address import Address, Timeouts
from telectl.asterisk.link import Link
from telectl.errors import ServerUnavailable


class Fleet:
    """One link per server."""

    def __init__(self, addresses: Iterable[Address], timeouts: Timeouts | None = None) -> None:
        self._timeouts = timeouts or Timeouts()
        self._links = {address.server_ip: Link(address, self._timeouts) for address in addresses}

    @property
    def links(self) -> Mapping[str, Link]:
        """The links by server_ip, usable or not."""
        return MappingProxyType(self._links)

    def link(self, server_ip: str) -> Link:
        """Return the usable link to a server.

        Raises:
            ServerUnavailable: there is none, or it cannot be used now.
        """
        link = self._links.get(server_ip)
        if link is None:
            raise ServerUnavailable(f"{server_ip}: no active Asterisk server of this address")
        if not link.usable:
            raise ServerUnavailable(f"{server_ip}: {link.trouble}")
        return link

    async def start(self) -> None:
        """Begin to connect everywhere, and return at once."""
        for link in self._links.values():
            await link.start()

    async def close(self) -> None:
        """End all links."""
        await asyncio.gather(*(link.close() for link in self._links.values()))

    async def reconcile(self, addresses: Iterable[Address]) -> None:
        """Open links to new servers, close those of removed ones, and replace those whose address has changed."""
        wanted = {address.server_ip: address for address in addresses}
        for server_ip, link in list(self._links.items()):
            if wanted.get(server_ip) != link.address:
                del self._links[server_ip]
                await link.close()
        for server_ip, address in wanted.items():
            if server_ip not in self._links:
                link = self._links[server_ip] = Link(address, self._timeouts)
                await link.start()
