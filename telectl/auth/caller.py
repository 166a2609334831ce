"""Who asks, by address: read the same way whether it comes from the socket or from a proxy's header."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_IN_BRACKETS = re.compile(r"\[([^\[\]]*)\](?::\d{1,5})?")
_WITH_PORT = re.compile(r"([\d.]+):\d{1,5}")
_ONE_SITE = 64
"""Bits of an IPv6 address that name a site: whoever has one address there has all of them."""

_MAPPED = IPv6Network("::ffff:0:0/96")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def read_address(text: str) -> Address | None:
    """Return the address that a text names, None if it names none (`unknown`, `_hidden`, a name, nothing).

    Quotes, brackets, a port and a zone (`fe80::1%eth0`) are left out, and an IPv4 address that a dual-stack socket
    shows as `::ffff:192.0.2.1` is that IPv4 address.
    """
    bare = text.strip().strip('"').strip()
    for shape in (_IN_BRACKETS, _WITH_PORT):
        if found := shape.fullmatch(bare):
            bare = found[1]
    if ":" in bare:
        bare = bare.partition("%")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def unmapped(network: Network) -> Network:
    """Return a network of IPv4 addresses as such, also if it is written `::ffff:192.0.2.0/120`."""
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        mapped = network.network_address.ipv4_mapped
        return IPv4Network((int(mapped or 0), network.prefixlen - _MAPPED.prefixlen))
    return network


@dataclass(frozen=True, slots=True)
class Caller:
    """The client of a request."""

    address: str
    """As columns and log lines show it; of an unreadable one, the last that could be read on the way to it."""
    readable: bool = True
    """False: a proxy named a client that is no address, so that no IP list can tell whether it may come in."""

    def is_near(self, networks: Iterable[Network] = ()) -> bool:
        """Return whether the client is on this machine, or in one of some networks."""
        address = read_address(self.address) if self.readable else None
        return address is not None and (address.is_loopback or any(address in unmapped(one) for one in networks))

    @property
    def site(self) -> str:
        """What the limits on guessing count as one: an IPv4 address, the /64 of an IPv6 one."""
        address = read_address(self.address)
        if not self.readable or address is None:
            return f"behind {self.address}"
        if isinstance(address, IPv4Address):
            return str(address)
        return str(ip_network((address, _ONE_SITE), strict=False))
