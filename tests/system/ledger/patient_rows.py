"""Plain SQL for a run: what is set up and looked at must not fail with the database that the run torments."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import aiomysql
import pymysql
from lab.contact_centre import Rows
from lab.mariadb import as_lab

from telectl.database import DatabaseUrl

T = TypeVar("T")

_PATIENCE = 5.0
"""Seconds after which the database is asked again."""
_AGAIN = 0.1
_TROUBLES = (TimeoutError, pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError, RuntimeError)


class PatientRows(Rows):
    """Plain SQL that waits for a database which is away, for what is done here must not fail with it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._renewing = asyncio.Lock()

    async def open(self) -> None:
        """Connect; an attempt that is given up leaves nothing behind."""
        where = DatabaseUrl.parse(as_lab(self.url))
        raw = aiomysql.Connection(
            host=where.host,
            port=where.port,
            user=where.user,
            password=where.password,
            db=where.database,
            autocommit=True,
            charset="utf8mb4",
            cursorclass=aiomysql.DictCursor,
            init_command="SET NAMES utf8mb4 COLLATE utf8mb4_general_ci, sql_mode='NO_ENGINE_SUBSTITUTION'",
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                await raw._connect()  # noqa: SLF001 - aiomysql.connect leaves the socket open when it is cancelled
        except BaseException:
            raw.close()
            raise
        self._connection = raw

    async def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()

    async def run(self, sql: str, *values: object) -> int:
        """Run a statement until it is done."""
        return await self._patiently(super().run, sql, *values)

    async def all(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Ask until there is an answer."""
        return await self._patiently(super().all, sql, *values)

    async def _patiently(self, work: Callable[..., Awaitable[T]], sql: str, *values: object) -> T:
        again = False
        while True:
            used = self._connection
            try:
                async with asyncio.timeout(_PATIENCE):
                    return await work(sql, *values)
            except pymysql.err.IntegrityError:
                if not again:
                    raise
                return cast("T", 0)  # it was written before its answer got lost
            except _TROUBLES:
                again = True
            await asyncio.sleep(_AGAIN)
            await self._renew(used)

    async def _renew(self, used: Any) -> None:
        """Connect anew, unless another statement that failed on the same connection has done so."""
        async with self._renewing:
            if self._connection is used:
                used.close()
                with contextlib.suppress(pymysql.err.MySQLError, *_TROUBLES):
                    await self.open()
