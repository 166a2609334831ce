"""Where a server's manager interface is, and how long to wait for it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Address:
    """One server's manager interface; `server_ip` is the name that the database knows the server by."""

    server_ip: str
    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Every wait for Asterisk, in seconds."""

    connect: float = 2.0
    login: float = 3.0
    booted: float = 2.0
    """For FullyBooted after the login; a user without the right to read `system` never sees it."""
    action: float = 2.0
    list: float = 5.0
    heartbeat: float = 3.0
    """From one Ping to the next; each must be answered within `action`. A dead link is noticed within their sum."""
    backoff_first: float = 0.2
    backoff_most: float = 2.0
    refused_login: float = 15.0
    """Before a refused login is tried again: somebody has to change a password first. Where a login had worked before,
    the pause begins with `backoff_first` and doubles up to this: an Asterisk that restarts refuses, too."""
