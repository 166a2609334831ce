"""`/healthz`: the process lives. `/readyz`: it can do its work, part by part."""

from __future__ import annotations

import asyncio

from aiohttp import web

from telectl.api.log.api_log import ApiLog
from telectl.api.stopping import Phase, Stopping
from telectl.asterisk import Fleet
from telectl.calls.lock.sql import RELEASE_LOCK
from telectl.calls.saga.owed import OwedRows
from telectl.calls.third_party.tracker import ThirdPartyTracker
from telectl.database import Database
from telectl.database.lookups import SYSTEM_SETTINGS
from telectl.errors import DatabaseError

_READY, _NOT_READY = 200, 503


class Health:
    """Answers for the process and its parts."""

    def __init__(
        self,
        database: Database,
        fleet: Fleet,
        tracker: ThirdPartyTracker,
        api_log: ApiLog,
        owed: OwedRows,
        *,
        stopping: Stopping,
        needs_asterisk: bool,
    ) -> None:
        self._database = database
        self._look: asyncio.Task[str] | None = None
        self._fleet = fleet
        self._tracker = tracker
        self._api_log = api_log
        self._owed = owed
        self._stopping = stopping
        self._needs_asterisk = needs_asterisk

    async def alive(self, request: web.Request) -> web.Response:
        """Answer that the process lives."""
        del request
        return web.json_response({"status": "alive"})

    async def ready(self, request: web.Request) -> web.Response:
        """Answer 200 when the database and at least one Asterisk are usable, else 503; both name every part.

        A server that stops answers 503 at once, while it still answers everything else. Beside the parts stands how
        many third parties' calls reached each state since the start of this process, and how many rows of the API log
        and of commands wait for their table.
        """
        del request
        if self._stopping.phase is not Phase.SERVING:
            return web.json_response({"status": "stopping"}, status=_NOT_READY)
        trouble = await self._trouble_seen_together()
        servers = {
            link.server_ip: {"usable": link.usable, **({"trouble": link.trouble} if link.trouble else {})}
            for link in self._fleet.links.values()
        }
        asterisk_ready = not self._needs_asterisk or any(link.usable for link in self._fleet.links.values())
        ready = not trouble and asterisk_ready
        return web.json_response(
            {
                "status": "ready" if ready else "not ready",
                "database": {"usable": not trouble, **({"trouble": trouble} if trouble else {})},
                "asterisk": servers,
                "api_log_rows_waiting": self._api_log.waiting,
                "rows_owed": self._owed.waiting,
                "third_party_calls": dict(self._tracker.outcomes),
            },
            status=_READY if ready else _NOT_READY,
        )

    async def _trouble_seen_together(self) -> str:
        """Share one look among all who ask meanwhile: anybody may ask, as often as he likes."""
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._database_trouble())
        return await asyncio.shield(self._look)

    async def _database_trouble(self) -> str:
        """Read, and write what matches no row: a server that takes no writes refuses that, too."""
        try:
            read = await self._database.one(SYSTEM_SETTINGS)
            await self._database.write(RELEASE_LOCK, agent="", holder="")
        except DatabaseError as error:
            return str(error)
        return "" if read else "the table system_settings is empty"
