"""One connection: opened with a session of our own, used by one unit of work at a time.

Values are escaped here, in the client, which is safe only while the server reads statements as UTF-8 and knows the
backslash as an escape: both are set on every new connection and then looked at, whatever the server makes of it.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiomysql
import pymysql
from pymysql.constants import CLIENT, ER
from pymysql.converters import escape_item, escape_string

from telectl.database.refusals import why_no_login
from telectl.database.statements import Insert, Select, Write, Written
from telectl.database.troubles import NOT_INSTALLED, TOO_MANY_CONNECTIONS, trouble_of
from telectl.database_url import DatabaseUrl
from telectl.errors import (
    DatabaseError,
    DatabaseTroubled,
    DatabaseUnavailable,
    DatabaseUnconfirmed,
    NotInstalled,
    StatementFailed,
)

log = logging.getLogger(__name__)

Row = TypeVar("Row")

_CHARSET = "utf8mb4"
_LOST = {2006, 2013, 2014, 2055, 1927, 1053, 4031}
"""Error numbers of a connection that is gone, rather than of a statement that was refused."""
_ROLLED_BACK = {ER.LOCK_DEADLOCK, 1467, ER.CHECKREAD, 3101}
"""A lost deadlock; 1467 is what MariaDB says of it while it takes an AUTO_INCREMENT value, 1020 with
innodb_snapshot_isolation; 3101 is MySQL's group replication."""
_DEADLOCK_TRIES = 9
_INCOMPARABLE = {1267, 1270, 1271, 3854, 3988}
"""A value has a letter that the column's character set cannot hold (latin1 and a Cyrillic one). It equals none of the
rows, but the servers refuse the comparison instead of saying so."""


@dataclass(frozen=True, slots=True)
class _NoRows:
    """The result of a statement that can match nothing, in aiomysql's words."""

    rows: tuple[()] = ()
    affected_rows: int = 0
    insert_id: int = 0


class _LostDeadlock(DatabaseTroubled):
    """The server rolled a statement back for another one's sake."""


class TooManyConnections(DatabaseTroubled):
    """The server admits no more connections at present."""


@dataclass(frozen=True, slots=True)
class _Session:
    """What a new connection's session has become."""

    client: str | None = field(metadata={"sql": "@@character_set_client"})
    connection: str | None = field(metadata={"sql": "@@character_set_connection"})
    results: str | None = field(metadata={"sql": "@@character_set_results"})
    sql_mode: str = field(metadata={"sql": "@@sql_mode"})
    server_zone: str = field(metadata={"sql": "@@global.time_zone"})


SESSION = Select("session of a new connection", _Session, "")


class Connection:
    """One connection, for one unit of work."""

    def __init__(self, raw: Any, deadline: float) -> None:
        self._raw = raw
        self._deadline = deadline
        self.broken = False
        """Its work was cut short: it must not be used again."""
        self.elsewhere = False
        """Its server refused what another one may do."""
        self.offset: str | None = None
        """The session's zone, where telectl chose it."""
        self.server_zone = ""
        """The server's time zone (`SYSTEM`, `+02:00`, a name) when the session began."""
        self.late = deadline
        """Seconds after which a statement without an answer is worth a doubt."""
        self.doubt: Callable[[], None] = _no_doubt

    @property
    def is_open(self) -> bool:
        """Return whether the server has not closed it (a restart, wait_timeout)."""
        return not self._raw.closed and not self._raw._reader.at_eof()  # noqa: SLF001

    async def one(self, select: Select[Row], **values: Any) -> Row | None:
        """Return the first row of a query, None without one."""
        rows = await self.all(select, **values)
        return rows[0] if rows else None

    async def all(self, select: Select[Row], **values: Any) -> list[Row]:
        """Return all rows of a query."""
        cursor = await self._run(select.name, select.sql, values)
        return [select.row(*row) for row in cursor.rows or ()]

    async def write(self, statement: Write | Insert, **values: Any) -> Written:
        """Run a writing statement.

        Raises:
            DatabaseUnconfirmed: it was sent, and may be written or not.
            DatabaseTroubled, StatementFailed: the server refused it.
        """
        try:
            result = await self._run(statement.name, statement.sql, values)
        except DatabaseTroubled:
            raise
        except DatabaseUnavailable as error:
            raise DatabaseUnconfirmed(str(error)) from error
        return Written(matched=int(result.affected_rows), last_id=int(result.insert_id or 0))

    async def ping(self, within: float) -> bool:
        """Return whether the server still answers on this connection."""
        try:
            async with asyncio.timeout(within):
                await self._run("ping", "SELECT 1", {})
        except (DatabaseUnavailable, TimeoutError):
            return False
        return True

    def close(self) -> None:
        """End the connection at once."""
        self._raw.close()

    def abort(self) -> None:
        """Cut the connection, whatever is still on its way: who waits for an answer gets an error, and closes it."""
        self.broken = True
        if self._raw._writer is not None:  # noqa: SLF001 - aiomysql's own close waits for what it has written
            self._raw._writer.transport.abort()  # noqa: SLF001

    async def _run(self, name: str, sql: str, values: dict[str, Any]) -> Any:
        """Run a statement; one that lost a deadlock was rolled back whole, and is run again."""
        for attempt in range(_DEADLOCK_TRIES):
            try:
                return await self._run_once(name, sql, values)
            except _LostDeadlock:
                log.info("'%s' lost a deadlock and is run again", name)
                await asyncio.sleep(random.uniform(0, 0.01) * (attempt + 1))  # noqa: S311 - jitter
        return await self._run_once(name, sql, values)

    async def _run_once(self, name: str, sql: str, values: dict[str, Any]) -> Any:
        text = sql % {key: _literal(value) for key, value in values.items()} if values or "%%" in sql else sql
        self.broken = True  # until the answer has been read to its end
        late = asyncio.get_running_loop().call_later(self.late, self.doubt)
        try:
            async with asyncio.timeout(self._deadline):
                await self._raw.query(text)
        except TimeoutError:
            raise DatabaseUnavailable(f"no answer to '{name}' within {self._deadline:g} s") from None
        except pymysql.err.MySQLError as error:
            return self._refused(name, error)
        except (OSError, EOFError, RuntimeError) as error:
            raise DatabaseUnavailable(f"connection lost during '{name}'") from error
        finally:
            late.cancel()
        self.broken = False
        return self._raw._result  # noqa: SLF001 - aiomysql has no public way to what its own cursors read

    def _refused(self, name: str, error: pymysql.err.MySQLError) -> _NoRows:
        """Raise what the server's refusal means; a comparison that it cannot make matches nothing."""
        number, text = _told(error)
        if number in _LOST or isinstance(error, pymysql.err.InterfaceError):
            raise DatabaseUnavailable(f"connection lost during '{name}'") from error
        trouble = trouble_of(number, text)
        self.elsewhere = trouble is not None and trouble.elsewhere
        self.broken = self.elsewhere
        if number in _INCOMPARABLE:
            log.info("'%s' has a letter that its tables cannot hold", name)
            return _NoRows()
        words = f"'{name}' was refused: error {number or '?'}"
        if trouble is not None:
            kind = _LostDeadlock if number in _ROLLED_BACK else DatabaseTroubled
            raise kind(f"{trouble.words}: {words}", trouble.words) from error
        if number in NOT_INSTALLED.numbers:
            raise NotInstalled(f"{NOT_INSTALLED.words}: {words}", NOT_INSTALLED.words) from error
        raise StatementFailed(words) from error


async def connect(url: DatabaseUrl, offset: str | None, deadline: float) -> Connection:
    """Open a connection with the session that our statements need.

    Args:
        url: where to.
        offset: the session's zone as `+02:00`, None for the server's own.
        deadline: of each statement, in seconds.

    Raises:
        TooManyConnections: the server admits no more.
        DatabaseUnavailable: it cannot be reached or lets us not in, or reads statements otherwise than we write them.
    """
    raw = aiomysql.Connection(
        host=url.host,
        port=url.port,
        unix_socket=url.unix_socket,
        user=url.user,
        password=url.password,
        db=url.database,
        charset=_CHARSET,
        autocommit=None,
        client_flag=CLIENT.FOUND_ROWS,
    )
    try:
        await raw._connect()  # noqa: SLF001 - aiomysql.connect leaves the socket open when it is cancelled
        return await _begin(raw, url, offset, deadline)
    except DatabaseError:
        raw.close()
        raise
    except Exception as error:  # noqa: BLE001 - aiomysql lets out whatever a greeting that is none leads it to
        raw.close()
        why = why_no_login(error, url)
        if isinstance(error, pymysql.err.MySQLError) and _told(error)[0] in TOO_MANY_CONNECTIONS.numbers:
            raise TooManyConnections(why, TOO_MANY_CONNECTIONS.words) from None
        raise DatabaseUnavailable(why) from None
    except BaseException:
        raw.close()
        raise


async def _begin(raw: Any, url: DatabaseUrl, offset: str | None, deadline: float) -> Connection:
    """Set the session, and look whether the server has taken it."""
    zone = f", time_zone = '{offset}'" if offset else ""
    await raw.query(
        f"SET NAMES {_CHARSET} COLLATE {_CHARSET}_general_ci, sql_mode = 'NO_ENGINE_SUBSTITUTION', autocommit = 1{zone}"
    )
    connection = Connection(raw, deadline)
    session = await connection.one(SESSION)
    if session is None or {session.client, session.connection, session.results} != {_CHARSET}:
        charsets = f"{session.client}, {session.connection}, {session.results}" if session else "nothing"
        raise DatabaseUnavailable(f"{url.place} reads and writes {charsets} with us instead of {_CHARSET}")
    if "NO_BACKSLASH_ESCAPES" in session.sql_mode.upper():
        raise DatabaseUnavailable(f"{url.place} keeps NO_BACKSLASH_ESCAPES in our sql_mode")
    connection.offset, connection.server_zone = offset, session.server_zone
    return connection


def _literal(value: object) -> str:
    """Return a value as it stands in a statement."""
    return f"'{escape_string(value)}'" if isinstance(value, str) else str(escape_item(value, _CHARSET))


def _told(error: pymysql.err.MySQLError) -> tuple[int, str]:
    """Return number and text of a server's error, 0 without one."""
    number, *texts = (*error.args, "")
    return (number if isinstance(number, int) else 0), str(texts[0])


def _no_doubt() -> None:
    """Take it as it is."""
