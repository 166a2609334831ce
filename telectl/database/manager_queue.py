"""VICIdial's queue of manager actions, for its own daemon to carry out (call-control.md section 1)."""

from __future__ import annotations

from collections.abc import Sequence

from telectl.database.clock import Instant
from telectl.database.statements import Insert

_LINES = tuple(f"cmd_line_{letter}" for letter in "bcdefghijk")
QUEUE_ACTION = Insert(
    "queue a manager action",
    "vicidial_manager",
    ("uniqueid", "entry_date", "status", "response", "server_ip", "channel", "action", "callerid", *_LINES),
)


def queued(
    instant: Instant, server_ip: str, action: str, callerid: str, headers: Sequence[tuple[str, str]]
) -> dict[str, object]:
    """Give the row of an action: its headers become lines, at most ten."""
    lines = [f"{name}: {value}" for name, value in headers]
    return {
        "uniqueid": "",
        "entry_date": instant.local,
        "status": "NEW",
        "response": "N",
        "server_ip": server_ip,
        "channel": "",
        "action": action,
        "callerid": callerid,
        **dict(zip(_LINES, lines + [""] * (len(_LINES) - len(lines)), strict=True)),
    }
