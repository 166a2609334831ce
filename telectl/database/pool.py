"""The pool: a semaphore in front of plain connections, and a deadline on everything that leaves the process.

aiomysql's own pool loses wake-ups, has no timeouts, and hands a cancelled query's connection to the next user; so
only its connections are used. One unit of work has one connection to itself; a connection whose work was cut short is
closed, never used again.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import aiomysql
import pymysql
from pymysql.constants import CLIENT, ER

from telectl.database.refusals import why_no_login
from telectl.database.statements import Insert, Select, Write, Written
from telectl.database.zone import session_offset
from telectl.database_url import DatabaseUrl
from telectl.errors import DatabaseUnavailable, StatementFailed

log = logging.getLogger(__name__)

Row = TypeVar("Row")

_IDLE_IS_OLD = 30.0
"""Seconds after which an idle connection is asked whether it still lives."""
_LOST = {2006, 2013, 2014, 2055, 1927, 1053, 4031}
"""Error numbers of a connection that is gone, rather than of a statement that was refused."""


_ROLLED_BACK = {ER.LOCK_DEADLOCK, 1467}
"""A lost deadlock; 1467 is what MariaDB says of it while it takes an AUTO_INCREMENT value."""
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


class _LostDeadlock(StatementFailed):
    """The server rolled a statement back for another one's sake."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Deadlines in seconds."""

    connect: float = 2.0
    """For the whole handshake."""
    acquire: float = 2.0
    statement: float = 3.0


class Connection:
    """One connection, for one unit of work."""

    def __init__(self, raw: Any, deadline: float) -> None:
        self._raw = raw
        self._deadline = deadline
        self.broken = False

    async def one(self, select: Select[Row], **values: Any) -> Row | None:
        """Give the first row of a query, None without one."""
        rows = await self.all(select, **values)
        return rows[0] if rows else None

    async def all(self, select: Select[Row], **values: Any) -> list[Row]:
        """Give all rows of a query."""
        cursor = await self._run(select.name, select.sql, values)
        return [select.row(*row) for row in cursor.rows or ()]

    async def write(self, statement: Write | Insert, **values: Any) -> Written:
        """Run a writing statement."""
        result = await self._run(statement.name, statement.sql, values)
        return Written(matched=int(result.affected_rows), last_id=int(result.insert_id or 0))

    async def ping(self) -> bool:
        """Tell whether the server still answers on this connection."""
        try:
            await self._run("ping", "SELECT 1", {})
        except DatabaseUnavailable:
            return False
        return True

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
        text = sql % {key: self._raw.escape(value) for key, value in values.items()} if values or "%%" in sql else sql
        self.broken = True  # until the answer has been read to its end
        try:
            async with asyncio.timeout(self._deadline):
                await self._raw.query(text)
        except TimeoutError:
            raise DatabaseUnavailable(f"no answer to '{name}' within {self._deadline:g} s") from None
        except pymysql.err.MySQLError as error:
            if _is_lost(error):
                raise DatabaseUnavailable(f"connection lost during '{name}'") from error
            self.broken = False
            if error.args and error.args[0] in _ROLLED_BACK:
                raise _LostDeadlock(f"'{name}' lost a deadlock") from error
            if error.args and error.args[0] in _INCOMPARABLE:
                log.info("'%s' has a letter that its tables cannot hold", name)
                return _NoRows()
            raise StatementFailed(f"'{name}' was refused: error {error.args[0] if error.args else '?'}") from error
        except (OSError, EOFError, RuntimeError) as error:
            raise DatabaseUnavailable(f"connection lost during '{name}'") from error
        self.broken = False
        return self._raw._result  # noqa: SLF001 - aiomysql has no public way to what its own cursors read

    def close(self) -> None:
        """End the connection at once."""
        self._raw.close()


@dataclass(slots=True)
class _Idle:
    connection: Connection
    since: float


class Database:
    """The database of one process: at most `pool` connections, opened when needed."""

    def __init__(
        self,
        url: DatabaseUrl | str,
        *,
        pool: int = 10,
        zone: ZoneInfo | None = None,
        timeouts: Timeouts = Timeouts(),
    ) -> None:
        self._url = DatabaseUrl.parse(url) if isinstance(url, str) else url
        self._zone = zone
        self._timeouts = timeouts
        self._slots = asyncio.Semaphore(pool)
        self._idle: list[_Idle] = []
        self._closed = False

    @property
    def name(self) -> str:
        """The database's name on its server."""
        return self._url.database

    async def open(self) -> None:
        """Be ready; the first statement connects, so that a start needs no database."""
        self._closed = False

    async def close(self) -> None:
        """End all idle connections; those in use end when their work does."""
        self._closed = True
        while self._idle:
            self._idle.pop().connection.close()

    async def one(self, select: Select[Row], **values: Any) -> Row | None:
        """Give the first row of a query, None without one."""
        async with self.connection() as connection:
            return await connection.one(select, **values)

    async def all(self, select: Select[Row], **values: Any) -> list[Row]:
        """Give all rows of a query."""
        async with self.connection() as connection:
            return await connection.all(select, **values)

    async def write(self, statement: Write | Insert, **values: Any) -> Written:
        """Run a writing statement."""
        async with self.connection() as connection:
            return await connection.write(statement, **values)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection for one unit of work.

        Raises:
            DatabaseUnavailable: none could be had within the deadline.
        """
        try:
            async with asyncio.timeout(self._timeouts.acquire):
                await self._slots.acquire()
        except TimeoutError:
            raise DatabaseUnavailable("all connections are busy") from None
        try:
            connection = await self._take()
            try:
                yield connection
            finally:
                self._put_back(connection)
        finally:
            self._slots.release()

    async def _take(self) -> Connection:
        while self._idle:
            idle = self._idle.pop()
            fresh = time.monotonic() - idle.since < _IDLE_IS_OLD
            if _is_open(idle.connection) and (fresh or await idle.connection.ping()):
                return idle.connection
            idle.connection.close()
        return await self._connect()

    def _put_back(self, connection: Connection) -> None:
        if connection.broken or self._closed:
            connection.close()
        else:
            self._idle.append(_Idle(connection, time.monotonic()))

    async def _connect(self) -> Connection:
        url = self._url
        setting = "SET sql_mode = 'NO_ENGINE_SUBSTITUTION'"
        if self._zone is not None:
            setting += f", time_zone = '{session_offset(self._zone)}'"
        try:
            async with asyncio.timeout(self._timeouts.connect):
                raw = await aiomysql.connect(
                    host=url.host,
                    port=url.port,
                    unix_socket=url.unix_socket,
                    user=url.user,
                    password=url.password,
                    db=url.database,
                    charset="utf8mb4",
                    autocommit=True,
                    client_flag=CLIENT.FOUND_ROWS,
                    init_command=setting,
                )
        except TimeoutError:
            words = f"{url.place}: no answer within {self._timeouts.connect:g} s: a firewall, or a wrong address"
            raise DatabaseUnavailable(words) from None
        except Exception as error:  # noqa: BLE001 - aiomysql lets out whatever a greeting that is none leads it to
            raise DatabaseUnavailable(why_no_login(error, url)) from None
        return Connection(raw, self._timeouts.statement)


def _is_open(connection: Connection) -> bool:
    """Tell whether the server has closed an idle connection (a restart, wait_timeout)."""
    raw = connection._raw  # noqa: SLF001 - the pool and its connections are one idea
    return not raw.closed and not raw._reader.at_eof()  # noqa: SLF001


def _is_lost(error: pymysql.err.MySQLError) -> bool:
    number = error.args[0] if error.args else 0
    return number in _LOST or isinstance(error, pymysql.err.InterfaceError)
