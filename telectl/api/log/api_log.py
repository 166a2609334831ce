"""One row of vicidial_api_log per line, and the request in vicidial_api_urls (agent-api-rules.md, "Logging")."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass

from telectl.api.log.log_queue import LogQueue, TableRow
from telectl.api.log.logged_url import LONGEST
from telectl.api.log.refused_rows import RefusedRows
from telectl.database import Database, Insert, Instant, Select
from telectl.database.cache import TtlCache
from telectl.errors import DatabaseError, DatabaseUnavailable

_SCRIPT = "agent"
_LONGEST_DATA = 4096
"""Characters of the log's free column; it takes 16 times as many, and would keep them for ever."""
_PATIENCE = 1.0
"""Seconds that an answer waits for its row."""
_KEPT_IDS = 3600.0  # seconds; a row number never changes, but its table may be emptied

API_LOG = Insert(
    "api log",
    "vicidial_api_log",
    (
        "user",
        "api_date",
        "api_script",
        "function",
        "agent_user",
        "value",
        "result",
        "result_reason",
        "source",
        "data",
        "run_time",
        "webserver",
        "api_url",
    ),
)
API_URL = Insert("api url", "vicidial_api_urls", ("api_id", "api_date", "remote_ip", "url"))


@dataclass(frozen=True, slots=True)
class _ApiId:
    api_id: int


@dataclass(frozen=True, slots=True)
class _WebserverId:
    webserver_id: int


@dataclass(frozen=True, slots=True)
class _UrlId:
    url_id: int


API_LOG_ROW = Select(
    "row of the api log",
    _ApiId,
    "FROM vicidial_api_log WHERE api_date = %(api_date)s AND user = %(user)s AND function = %(function)s"
    " AND run_time = %(run_time)s LIMIT 1",
)
API_URL_ROW = Select("address row of the api log", _ApiId, "FROM vicidial_api_urls WHERE api_id = %(api_id)s LIMIT 1")
WEBSERVER = Select(
    "webserver by name",
    _WebserverId,
    "FROM vicidial_webservers WHERE webserver = %(webserver)s AND hostname = %(hostname)s LIMIT 1",
)
ADD_WEBSERVER = Insert(
    "add webserver",
    "vicidial_webservers",
    ("webserver", "hostname"),
    on_duplicate="webserver_id = LAST_INSERT_ID(webserver_id)",
)
URL = Select("page by address", _UrlId, "FROM vicidial_urls WHERE url = %(url)s LIMIT 1")
ADD_URL = Insert("add page", "vicidial_urls", ("url",), on_duplicate="url_id = LAST_INSERT_ID(url_id)")


@dataclass(frozen=True, slots=True)
class LogRow:
    """What one line of an answer leaves in the log; texts are cut to their columns here."""

    user: str
    function: str
    agent_user: str
    value: str
    result: str
    result_reason: str
    source: str
    data: str


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """The request as the log sees it."""

    instant: Instant
    started: float
    """`time.monotonic()` at the request's start."""
    remote_ip: str
    server_name: str
    page: str
    """The address of the page, without the query."""
    query: str
    """The request as `telectl.api.log.logged_url` keeps it."""
    refused_site: str
    """Where a request without a login came from, which anybody can send; empty for one with a login."""


class ApiLog:
    """Writes the log of the agent API."""

    def __init__(self, database: Database, cache_seconds: float, refused_rows: RefusedRows) -> None:
        self._database = database
        self._refused_rows = refused_rows
        keep = _KEPT_IDS if cache_seconds else 0
        self._webservers = TtlCache(self._webserver_id, keep)
        self._pages = TtlCache(self._page_id, keep)
        self._queue = LogQueue(self._insert_again)

    @property
    def waiting(self) -> int:
        """How many rows wait for a table that takes them."""
        return self._queue.waiting

    async def close(self) -> None:
        """Write what waits, if that is possible now."""
        await self._queue.close()

    async def log_line(self, entry: LogRow, visit: RequestRecord) -> None:
        """Write one line's rows; what cannot be written is kept and never raised, for the work itself is done.

        Neither is written for more refused requests of one address than `TELECTL_REFUSED_LOG_ROWS`.
        """
        if visit.refused_site and not self._refused_rows.allow(visit.refused_site):
            return
        row = _row(entry, visit)
        if self._queue.waiting:
            self._queue.keep(row)
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._insert(row)
        except DatabaseError as error:
            self._queue.keep(row, error)
        except TimeoutError:
            self._queue.keep(row, DatabaseUnavailable(f"not written within {_PATIENCE:g} s"))

    async def _insert_again(self, row: TableRow) -> None:
        """Write a row that may be there already, for only the answer of its statement may have been lost."""
        values = {"api_date": row.api_date, "user": row.user, "function": row.function, "run_time": row.run_time}
        found = await self._database.one(API_LOG_ROW, **values)
        if found is None:
            await self._insert(row)
        elif await self._database.one(API_URL_ROW, api_id=found.api_id) is None:
            await self._insert_url(row, found.api_id)

    async def _insert(self, row: TableRow) -> None:
        """Write the log row, and only then its address row."""
        added = await self._database.write(
            API_LOG,
            user=row.user,
            api_date=row.api_date,
            api_script=_SCRIPT,
            function=row.function,
            agent_user=row.agent_user,
            value=row.value,
            result=row.result,
            result_reason=row.result_reason,
            source=row.source,
            data=row.data,
            run_time=row.run_time,
            webserver=await self._webservers.get(row.server_name),
            api_url=await self._pages.get(row.page),
        )
        await self._insert_url(row, added.last_id)

    async def _insert_url(self, row: TableRow, api_id: int) -> None:
        await self._database.write(API_URL, api_id=api_id, api_date=row.api_date, remote_ip=row.remote_ip, url=row.url)

    async def _webserver_id(self, name: str) -> int:
        names = {"webserver": name[:125], "hostname": os.uname().nodename[:125]}
        found = await self._database.one(WEBSERVER, **names)
        return found.webserver_id if found else (await self._database.write(ADD_WEBSERVER, **names)).last_id

    async def _page_id(self, page: str) -> int:
        found = await self._database.one(URL, url=page[:250])
        return found.url_id if found else (await self._database.write(ADD_URL, url=page[:250])).last_id


def _row(entry: LogRow, visit: RequestRecord) -> TableRow:
    return TableRow(
        user=entry.user[:20],
        api_date=visit.instant.text,
        function=entry.function[:20],
        agent_user=entry.agent_user[:20],
        value=entry.value[:255],
        result=entry.result[:10],
        result_reason=entry.result_reason[:255],
        source=entry.source[:20],
        data=entry.data[:_LONGEST_DATA].replace('"', "'"),
        run_time=f"{time.monotonic() - visit.started:.6f}",
        server_name=visit.server_name,
        page=visit.page,
        remote_ip=visit.remote_ip,
        url=f"{visit.page}?{visit.query}"[:LONGEST],
    )
