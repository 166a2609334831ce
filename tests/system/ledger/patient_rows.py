"""Plain SQL for a run: what is set up and looked at must not fail with the database that the run torments."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import pymysql
from lab.contact_centre import Rows

T = TypeVar("T")

_STATEMENT = 5.0
"""Seconds after which the database is asked again."""


class PatientRows(Rows):
    """Plain SQL that waits for a database which is away, for what is done here must not fail with it."""

    async def run(self, sql: str, *values: object) -> int:
        """Run a statement until it is done."""
        return await self._patiently(super().run, sql, *values)

    async def all(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Ask until there is an answer."""
        return await self._patiently(super().all, sql, *values)

    async def _patiently(self, work: Callable[..., Awaitable[T]], sql: str, *values: object) -> T:
        again = False
        while True:
            try:
                async with asyncio.timeout(_STATEMENT):
                    return await work(sql, *values)
            except pymysql.err.IntegrityError:
                if not again:
                    raise
                return cast("T", 0)  # it was written before its answer got lost
            except (TimeoutError, pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError, RuntimeError):
                again = True
                await asyncio.sleep(0.1)
            with contextlib.suppress(TimeoutError, pymysql.err.MySQLError, OSError, RuntimeError):
                async with asyncio.timeout(_STATEMENT):
                    self._drop()
                    await self.open()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
