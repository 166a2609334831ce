"""One row of vicidial_api_log per line, and the request in vicidial_api_urls (agent-api-rules.md, "Logging")."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass

from telectl.api.log.logged_url import LONGEST
from telectl.api.log.refused_rows import RefusedRows
from telectl.database import Database, Insert, Instant, Select
from telectl.database.cache import TtlCache
from telectl.errors import DatabaseError, DatabaseUnavailable

log = logging.getLogger(__name__)

_SCRIPT = "agent"
_LONGEST_DATA = 4096
"""Characters of the log's free column; it takes 16 times as many, and would keep them for ever."""
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
class _WebserverId:
    webserver_id: int


@dataclass(frozen=True, slots=True)
class _UrlId:
    url_id: int


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

    async def log_line(self, entry: LogRow, visit: RequestRecord) -> None:
        """Write one line's rows; a failure is logged, never raised: the work itself is done.

        The address row is written only when the log row was, and neither for more refused requests of one address
        than `TELECTL_REFUSED_LOG_ROWS`.
        """
        if visit.refused_site and not self._refused_rows.allow(visit.refused_site):
            return
        try:
            added = await self._database.write(
                API_LOG,
                user=entry.user[:20],
                api_date=visit.instant.local,
                api_script=_SCRIPT,
                function=entry.function[:20],
                agent_user=entry.agent_user[:20],
                value=entry.value[:255],
                result=entry.result[:10],
                result_reason=entry.result_reason[:255],
                source=entry.source[:20],
                data=entry.data[:_LONGEST_DATA].replace('"', "'"),
                run_time=f"{time.monotonic() - visit.started:.6f}",
                webserver=await self._webservers.get(visit.server_name),
                api_url=await self._pages.get(visit.page),
            )
            await self._database.write(
                API_URL,
                api_id=added.last_id,
                api_date=visit.instant.local,
                remote_ip=visit.remote_ip,
                url=f"{visit.page}?{visit.query}"[:LONGEST],
            )
        except DatabaseUnavailable:
            log.warning("api log lost: the database is not available (function %s)", entry.function)
        except DatabaseError as error:
            log.error("api log lost: %s (function %s)", error, entry.function)  # noqa: TRY400 - one line says it

    async def _webserver_id(self, name: str) -> int:
        names = {"webserver": name[:125], "hostname": os.uname().nodename[:125]}
        found = await self._database.one(WEBSERVER, **names)
        return found.webserver_id if found else (await self._database.write(ADD_WEBSERVER, **names)).last_id

    async def _page_id(self, page: str) -> int:
        found = await self._database.one(URL, url=page[:250])
        return found.url_id if found else (await self._database.write(ADD_URL, url=page[:250])).last_id
