"""telectl_requests: what was asked for under which key, and what came of it (call-control.md section 13.11).

Times are the database's own, in seconds since 1970, as in telectl_locks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from telectl.database.clock import UTC_EPOCH
from telectl.database.statements import Select, Write

KEPT_FOR = 86_400
"""Seconds that a key stands for what it was first used for."""
_FROM_NOW_ON = f"started BETWEEN {UTC_EPOCH} - {KEPT_FOR} AND {UTC_EPOCH} + {KEPT_FOR}"
_OF_HOLDER = "WHERE request = %(request)s AND holder = %(holder)s AND state = 'running'"


@dataclass(frozen=True, slots=True)
class NamedRequestRow:
    """What is known of a key."""

    holder: str
    fingerprint: str
    state: str
    """running, done, unknown."""
    answer: str | None
    age: float = field(metadata={"sql": f"{UTC_EPOCH} - started"})
    """Seconds since it was begun."""
    current: int = field(metadata={"sql": _FROM_NOW_ON})
    """0: it is older than a day, and stands for nothing any more."""


NAMED_REQUEST = Select("a named request", NamedRequestRow, "FROM telectl_requests WHERE request = %(request)s")
BEGIN_REQUEST = Write(
    "begin a named request",
    "INSERT IGNORE INTO telectl_requests (request, user, function, agent, fingerprint, holder, state, started)"
    " VALUES (%(request)s, %(user)s, %(function)s, %(agent)s, %(fingerprint)s, %(holder)s, 'running',"
    f" {UTC_EPOCH})",
)
"""Matches a row unless the key is known."""
FORGET_OLD = Write(
    "forget what a key stood for a day ago",
    f"DELETE FROM telectl_requests WHERE request = %(request)s AND NOT {_FROM_NOW_ON}",
)
FINISH_REQUEST = Write(
    "finish a named request", f"UPDATE telectl_requests SET state = 'done', answer = %(answer)s {_OF_HOLDER}"
)
FREE_REQUEST = Write("free a key under which nothing was done", f"DELETE FROM telectl_requests {_OF_HOLDER}")
LEAVE_UNKNOWN = Write(
    "leave a named request unknown",
    f"UPDATE telectl_requests SET state = 'unknown', answer = %(answer)s, if_done = %(if_done)s {_OF_HOLDER}",
)
WAS_DONE = Write(
    "a named request was done after all",
    "UPDATE telectl_requests SET state = 'done', answer = if_done"
    " WHERE request = %(request)s AND state = 'unknown' AND if_done IS NOT NULL",
)
WAS_NOT_DONE = Write(
    "a named request was not done",
    "DELETE FROM telectl_requests WHERE request = %(request)s AND state = 'unknown'",
)
PURGE_REQUESTS = Write(
    "forget named requests of yesterday", f"DELETE FROM telectl_requests WHERE NOT {_FROM_NOW_ON} LIMIT 1000"
)
