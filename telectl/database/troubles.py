"""What a server may refuse without a fault of ours: error numbers, the words of the answer, cause and remedy.

The numbers are those of MariaDB and MySQL; below 1000 they are a storage engine's or the operating system's, which some
errors bear in their text only (`Got error 28 from storage engine`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with a server; the answer is `ERROR: system error - <words>`."""

    words: str
    cause: str
    remedy: str
    numbers: frozenset[int]
    elsewhere: bool = False
    """The connection is closed, and all made before it: its address may lead to another server by now."""


TOO_MANY_CONNECTIONS = Trouble(
    "database has too many connections",
    "the server admits no more connections, of all users or of telectl's (max_connections, max_user_connections), and"
    " none of telectl's own became free in time; nothing was done",
    "raise the limit, or lower `TELECTL_DATABASE_POOL` (it counts for each of `TELECTL_WORKERS`)",
    frozenset({1040, 1203, 1226}),
)
TROUBLES = (
    Trouble(
        "database is read-only",
        "the server takes no writes: it is a replica, or was made one in a failover (read_only, super_read_only)",
        "make `TELECTL_DATABASE_URL` lead to the server that takes writes; telectl has closed its connections, and the"
        " next request looks where the address leads to now",
        frozenset({1036, 1290, 1792, 1836, 1874}),
        elsewhere=True,
    ),
    Trouble(
        "database node is not ready",
        "the node has left its cluster, or has not joined it yet (Galera: wsrep_ready is OFF)",
        "look at the cluster; telectl has closed its connections, and the next request looks where the address leads to"
        " now",
        frozenset({1047, 3100}),
        elsewhere=True,
    ),
    Trouble(
        "database table is damaged",
        "a table is marked as crashed, or its files are missing or do not belong together; telectl's log names the"
        " statement",
        "CHECK TABLE and REPAIR TABLE on the tables of that statement",
        frozenset({126, 127, 144, 145, 1033, 1034, 1035, 1194, 1195, 1459, 1707, 1712, 1812, 1813, 1814, 1877, 1932}),
    ),
    Trouble(
        "database table is full",
        "a table has reached its largest size (MEMORY: max_heap_table_size; MyISAM: MAX_ROWS; InnoDB: its tablespace)",
        "make room in it, or raise the limit",
        frozenset({135, 136, 1114}),
    ),
    Trouble(
        "database disk is full",
        "the server has no room left on its disk",
        "make room; replicas and binary logs are the usual reason",
        frozenset({20, 28, 1021, 3675}),
    ),
    Trouble(
        "database storage failed",
        "a storage engine could not write or commit; telectl's log has the number",
        "look at the server's own log",
        frozenset({3, 5, 1023, 1026, 1030, 1180}),
    ),
    Trouble(
        "database row is locked",
        "another program held a lock for too long, or kept winning deadlocks against telectl",
        "repeat the command; if it stays, look who holds the lock (SHOW PROCESSLIST, SHOW ENGINE INNODB STATUS)",
        frozenset({1020, 1205, 1206, 1213, 1467, 3101, 3572}),
    ),
    Trouble(
        "database ended the statement",
        "the server's time limit for statements (max_statement_time, max_execution_time), or an administrator's KILL",
        "raise the limit, or find out what makes the server slow; look at the command's effect before you repeat it",
        frozenset({1317, 1969, 3024}),
    ),
    Trouble(
        "database has no memory left",
        "the server is short of memory, threads or open files",
        "look at the server's own log",
        frozenset({12, 23, 24, 1037, 1038, 1041, 1135}),
    ),
    Trouble(
        "database limits the user",
        "the database user has used up its queries or updates of this hour (MAX_QUERIES_PER_HOUR …)",
        "raise the limit of that user",
        frozenset({1226}),
    ),
)
NOT_INSTALLED = Trouble(
    "database table, column or right is missing",
    "the statement needs what an older or newer VICIdial does not have, or what telectl's database user may not do;"
    " telectl's log names the statement",
    "`telectl check` tells what is missing; `telectl db init` and `telectl db grants` provide it",
    frozenset({1054, 1142, 1143, 1146, 1227, 1356, 1370, 1449}),
)

_INNER = re.compile(r"\berr(?:or|code|no):? \"?(\d+)", re.IGNORECASE)
_BY_NUMBER = {number: trouble for trouble in TROUBLES for number in trouble.numbers}


def trouble_of(number: int, text: str) -> Trouble | None:
    """Return what is wrong with the server, None for a statement that is wrong itself.

    Args:
        number: the error's own.
        text: its text, which may name the engine's number.
    """
    found = _BY_NUMBER.get(number)
    inner = _INNER.search(text) if found is not None and found.words == "database storage failed" else None
    return _BY_NUMBER.get(int(inner[1]), found) if inner else found
