"""Statements of telectl_locks: who commands an agent, and what was done last (call-control.md section 13.8).

Every time here is the database's own, in seconds since 1970, so that copies whose clocks differ agree; from
UTC_TIMESTAMP, because in the hour that a change from summer time repeats, NOW() stands for two moments.
A time that lies far in the future was written before the server's clock was set back, and counts as past.
"""

from __future__ import annotations

from dataclasses import dataclass

from telectl.database.clock import UTC_EPOCH
from telectl.database.statements import Select, Write

_LONGEST_LEASE = 60
"""Seconds ahead that no copy of telectl, of whichever version, holds a lock."""


@dataclass(frozen=True, slots=True)
class LockRow:
    """The row of an agent's lock."""

    agent: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the last command answered."""

    last_answer: str


TAKE_LOCK = Write(
    "take an agent's lock",
    "UPDATE telectl_locks SET holder = %(holder)s,"
    " last_command = IF(LAST_INSERT_ID(last_command = %(command)s"
    f" AND last_done BETWEEN {UTC_EPOCH} - %(window)s AND {UTC_EPOCH} + %(window)s), last_command, ''),"
    f" held_until = {UTC_EPOCH} + %(lease)s"
    f" WHERE agent = %(agent)s AND held_until NOT BETWEEN {UTC_EPOCH} AND {UTC_EPOCH} + {_LONGEST_LEASE}",
)
"""Matches a row while nobody holds the lock. `Written.last_id` is then 1 if the same command was done within the
window; any other record is wiped: something else happens now."""
FIRST_LOCK = Write(
    "take an agent's lock for the first time",
    "INSERT IGNORE INTO telectl_locks (agent, holder, held_until)"
    f" SELECT %(agent)s, %(holder)s, {UTC_EPOCH} + %(lease)s FROM DUAL"
    " WHERE EXISTS (SELECT 1 FROM vicidial_users WHERE user = %(agent)s)"
    " OR EXISTS (SELECT 1 FROM vicidial_live_agents WHERE user = %(agent)s)",
)
"""Matches a row unless there is one already; a name that nobody bears leaves none."""
LOCK = Select("an agent's lock", LockRow, "FROM telectl_locks WHERE agent = %(agent)s")
LAST_ANSWER = Select(
    "answer of an agent's last command",
    Answer,
    "FROM telectl_locks WHERE agent = %(agent)s AND holder = %(holder)s",
)
RENEW_LOCK = Write(
    "renew an agent's lock",
    f"UPDATE telectl_locks SET held_until = {UTC_EPOCH} + %(lease)s"
    " WHERE agent = %(agent)s AND holder = %(holder)s AND held_until > 0",
)
RELEASE_LOCK = Write(
    "release an agent's lock",
    "UPDATE telectl_locks SET held_until = 0 WHERE agent = %(agent)s AND holder = %(holder)s AND held_until > 0",
)
RELEASE_LOCK_DONE = Write(
    "release an agent's lock with its answer",
    "UPDATE telectl_locks SET held_until = 0, last_command = %(command)s, last_answer = %(answer)s,"
    f" last_done = {UTC_EPOCH} WHERE agent = %(agent)s AND holder = %(holder)s AND held_until > 0",
)
LONGEST_ANSWER = 1000
"""Characters that the column last_answer keeps."""
