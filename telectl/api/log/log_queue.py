"""Rows of the API log that could not be written: kept, told to the process log whole, and written when that works.

1. A row that fails is a line of the process log, as JSON: whoever reads that has lost nothing, whatever comes.
2. It waits in this process, with at most `MOST` others, until the table takes it again; the oldest goes first.
3. While any waits, and for as long as the database is not asked again, new rows join them: no request waits for a table
   that has just failed another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from telectl.errors import DatabaseError, DatabaseUnavailable

log = logging.getLogger(__name__)

MOST = 10_000
"""Rows that wait; more are told to the process log alone."""
_AGAIN_AFTER = 0.5
"""Seconds between two tries."""
_LAST_TRY = 1.0
"""Seconds that the rows have when the server stops."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of vicidial_api_log and its one of vicidial_api_urls; texts are cut to their columns."""

    user: str
    api_date: str
    function: str
    agent_user: str
    value: str
    result: str
    result_reason: str
    source: str
    data: str
    run_time: str
    server_name: str
    page: str
    remote_ip: str
    url: str


class LogQueue:
    """Holds rows, and writes them with the function that it was given."""

    def __init__(self, write: Callable[[TableRow], Awaitable[None]], *, again_after: float = _AGAIN_AFTER) -> None:
        self._write = write
        self._again_after = again_after
        self._rows: deque[TableRow] = deque()
        self._left_out = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many rows wait."""
        return len(self._rows)

    def keep(self, row: TableRow, why: DatabaseError | None = None) -> None:
        """Tell a row to the process log, and write it later; `why` it could not be written now."""
        text = json.dumps(asdict(row), ensure_ascii=False)
        level = logging.WARNING if why is None or isinstance(why, DatabaseUnavailable) else logging.ERROR
        log.log(level, "api log row kept (%s): %s", why or "others wait", text)
        if len(self._rows) >= MOST:
            self._left_out += 1
            return
        self._rows.append(row)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_all(), name="rows of the API log")

    async def close(self) -> None:
        """Try once more; what is left then is in the process log."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with contextlib.suppress(DatabaseError, TimeoutError):
            async with asyncio.timeout(_LAST_TRY):
                while self._rows:
                    await self._write_first()
        if self._rows or self._left_out:
            log.error("%d rows of vicidial_api_log are in this log alone", len(self._rows) + self._left_out)

    async def _write_all(self) -> None:
        while self._rows:
            await asyncio.sleep(self._again_after)
            try:
                while self._rows:
                    await self._write_first()
            except DatabaseError as error:
                log.debug("the API log takes no rows yet: %s", error)
        log.info("the API log has all rows that waited for it")

    async def _write_first(self) -> None:
        await self._write(self._rows[0])
        self._rows.popleft()
