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

from telectl.database.connection import Connection, TooManyConnections, connect
from telectl.database.pulse import Pulse
from telectl.database.statements import Insert, Select, Write, Written
from telectl.database.zone import session_offset
from telectl.database_url import DatabaseUrl
from telectl.errors import DatabaseError, DatabaseUnavailable

log = logging.getLogger(__name__)

Row = TypeVar("Row")

_IDLE_IS_OLD = 30.0
"""Seconds after which an idle connection is asked whether it still lives."""
_TRY_MORE_EVERY = 5.0
"""Seconds after which one more connection is tried again, where the server admitted fewer than the setting allows."""
_ASK_AGAIN = 0.1
"""Seconds between two tries, about, while the server admits none at all."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Deadlines in seconds."""

    acquire: float = 4.0
    """For all that it takes to have a connection: wait for one, ask whether it lives, make another."""
    connect: float = 2.0
    """For the whole handshake, within the same."""
    ping: float = 1.0
    """For an idle connection to say that it lives."""
    statement: float = 3.0
    late: float = 1.0
    """For a statement or a connection, before it is asked whether the server answers at all: see pulse.py."""
    look: float = 1.0
    """For the server to answer that."""


@dataclass(slots=True)
class _Idle:
    connection: Connection
    since: float


class Database:
    """The database of one process: at most `pool` connections, opened when needed.

    Where the server admits fewer, the slots of the others are withheld, so that requests wait for one that there is;
    one more is tried now and then.
    """

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
        self._withheld = 0
        self._try_more_at = 0.0
        self._open: set[Connection] = set()
        self._idle: list[_Idle] = []
        """The longest idle first."""
        self._server_zone = ""
        self._closed = False
        self._pulse = Pulse(self, self._url.place)

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
        await self._pulse.close()
        self._drop_idle()

    async def one(self, select: Select[Row], **values: Any) -> Row | None:
        """Return the first row of a query, None without one."""
        async with self.connection() as connection:
            return await connection.one(select, **values)

    async def all(self, select: Select[Row], **values: Any) -> list[Row]:
        """Return all rows of a query."""
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
        connection = await self._acquire()
        try:
            yield connection
        finally:
            self._put_back(connection)
            self._slots.release()

    async def server_answers(self) -> bool:
        """Tell whether the server says anything to a new connection, and be it that it refuses it."""
        try:
            async with asyncio.timeout(self._timeouts.look):
                (await connect(self._url, self._offset(), self._timeouts.look)).close()
        except TimeoutError:
            return False
        except DatabaseError:
            return True
        return True

    async def idle_answers(self) -> bool:
        """Tell whether the connection that idles longest still works; yes, where none does."""
        if not self._idle:
            return True
        idle = self._idle.pop(0)
        lives = await idle.connection.ping(self._timeouts.look)
        if lives:
            self._idle.insert(0, idle)
        else:
            self._drop(idle.connection)
        return lives

    def end_connections(self) -> None:
        """End all connections at once; what waits for an answer on one gets an error."""
        for connection in self._open:
            connection.abort()
        self._renew()

    def sessions_are_of(self, server_zone: str) -> None:
        """Take note of the server's time zone: sessions that began in another one keep that, and are renewed."""
        if self._server_zone not in ("", server_zone):
            log.info("%s: the time zone is now %s, no more %s", self._url.place, server_zone, self._server_zone)
            self._renew()
        self._server_zone = server_zone

    async def _acquire(self) -> Connection:
        """Acquire a slot and a connection for it; release the slot unless that works."""
        self._try_more()
        within = self._timeouts.acquire
        why = DatabaseUnavailable("all connections are busy")
        try:
            async with asyncio.timeout(within):
                while True:
                    self._refuse_if_silent()
                    await self._slots.acquire()
                    try:
                        self._refuse_if_silent()
                        return await self._take()
                    except TooManyConnections as error:
                        why = error
                        if not self._withhold():
                            self._slots.release()
                            await asyncio.sleep(random.uniform(0.5, 1.5) * _ASK_AGAIN)  # noqa: S311 - jitter
                    except BaseException:
                        self._slots.release()
                        raise
        except TimeoutError:
            raise why from None

    def _refuse_if_silent(self) -> None:
        if self._pulse.silent_since:
            raise DatabaseUnavailable(self._pulse.words)

    def _withhold(self) -> bool:
        """Keep a slot that the server has no connection for, if we have another one to wait for."""
        if not self._open:
            return False
        self._withheld += 1
        self._try_more_at = time.monotonic() + _TRY_MORE_EVERY
        log.warning("%s admits no more than %d connections of this process", self._url.place, len(self._open))
        return True

    def _try_more(self) -> None:
        if self._withheld and time.monotonic() >= self._try_more_at:
            self._withheld -= 1
            self._try_more_at = time.monotonic() + _TRY_MORE_EVERY
            self._slots.release()

    async def _take(self) -> Connection:
        while self._idle:
            idle = self._idle.pop()
            if not self._usable(idle.connection):
                self._drop(idle.connection)
            elif time.monotonic() - idle.since < _IDLE_IS_OLD or await self._still_lives(idle):
                return idle.connection
        return await self._connect()

    def _usable(self, connection: Connection) -> bool:
        """Return whether work may go on with a connection, as far as that can be told without asking the server."""
        return connection in self._open and connection.is_open and connection.offset == self._offset()

    async def _still_lives(self, idle: _Idle) -> bool:
        """Ask a connection that was idle for long; with a dead one go all that were idle as long."""
        lives = False
        try:
            lives = await idle.connection.ping(self._timeouts.ping)
        finally:
            if not lives:
                self._drop(idle.connection)
                self._drop_idle(until=idle.since)
        return lives

    def _put_back(self, connection: Connection) -> None:
        if connection.elsewhere:
            self._renew()
        if connection.broken or self._closed or connection not in self._open:
            self._drop(connection)
        else:
            self._idle.append(_Idle(connection, time.monotonic()))

    def _drop(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.close()

    def _drop_idle(self, until: float = float("inf")) -> None:
        """Close what has been idle since then or longer."""
        gone = [idle for idle in self._idle if idle.since <= until]
        self._idle = [idle for idle in self._idle if idle.since > until]
        for idle in gone:
            self._drop(idle.connection)

    def _renew(self) -> None:
        """Use no connection again that is there now; those in use are closed when their work is done."""
        self._drop_idle()
        self._open.clear()

    def _offset(self) -> str | None:
        """Return the zone that sessions are to have, None for the server's own."""
        return session_offset(self._zone) if self._zone is not None else None

    async def _connect(self) -> Connection:
        within = self._timeouts.connect
        late = asyncio.get_running_loop().call_later(self._timeouts.late, self._pulse.doubt)
        try:
            async with asyncio.timeout(within):
                connection = await connect(self._url, self._offset(), self._timeouts.statement)
        except TimeoutError:
            await self._pulse.seen()  # whoever is next needs not wait as long
            words = f"{self._url.place}: no answer within {within:g} s: a firewall, or a wrong address"
            raise DatabaseUnavailable(words) from None
        finally:
            late.cancel()
        connection.late, connection.doubt = self._timeouts.late, self._pulse.doubt
        self.sessions_are_of(connection.server_zone)
        self._open.add(connection)
        return connection
