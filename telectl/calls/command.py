"""What every call command carries of the request that asked for it."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.database import Instant


@dataclass(frozen=True, slots=True)
class CommandContext:
    """One command on its way to Asterisk.

    `request_id` becomes the first part of every AMI ActionID, so that one id leads from the HTTP request to
    Asterisk's own log; `instant` is the time that all rows of the command bear.
    """

    request_id: str
    function: str
    instant: Instant
    named: str = ""
    """The place of the client's key in telectl_requests, if it gave one."""
