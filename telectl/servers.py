"""Which Asterisk servers there are, and how to reach each: the table `servers`, and `TELECTL_AMI` over it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from telectl.asterisk import Address, Fleet
from telectl.database import Database, Select
from telectl.errors import DatabaseError
from telectl.settings import AmiOverride, Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServerLogin:
    """What a row of servers says of its manager interface."""

    server_ip: str
    telnet_port: int
    username: str = field(metadata={"sql": "ASTmgrUSERNAME"})
    secret: str = field(metadata={"sql": "ASTmgrSECRET"}, repr=False)


SERVER_LOGINS = Select(
    "manager logins of the active servers",
    ServerLogin,
    "FROM servers WHERE active = 'Y' AND active_asterisk_server = 'Y' ORDER BY server_ip",
)


@dataclass(frozen=True, slots=True)
class Server:
    """A row of servers, used or not."""

    server_ip: str


SERVERS = Select("every server", Server, "FROM servers")


async def read_addresses(database: Database, settings: Settings) -> list[Address]:
    """Return the manager address of every active Asterisk server."""
    rows = await database.all(SERVER_LOGINS)
    return [_address(row, settings.ami.get(row.server_ip) or AmiOverride()) for row in rows]


async def unknown_servers(database: Database, settings: Settings) -> list[str]:
    """Return what TELECTL_AMI names although the table servers does not have it: nobody is reached that way."""
    known = {row.server_ip for row in await database.all(SERVERS)} if settings.ami else set()
    return [server_ip for server_ip in settings.ami if server_ip not in known]


def _address(row: ServerLogin, override: AmiOverride) -> Address:
    return Address(
        server_ip=row.server_ip,
        host=override.host or row.server_ip,
        port=override.port or row.telnet_port,
        username=override.username or row.username,
        secret=override.secret.get_secret_value() if override.secret else row.secret,
        tls=override.tls,
    )


class ServerWatch:
    """Keeps the fleet in step with the table, which people change while telectl runs."""

    def __init__(self, database: Database, settings: Settings, fleet: Fleet) -> None:
        self._database = database
        self._settings = settings
        self._fleet = fleet
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the table now, and again and again."""
        await self._read()
        await self._warn_of_unknown()
        self._task = asyncio.create_task(self._watch(), name="table servers")

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            # without any server yet (the database was down at the start), look sooner
            await asyncio.sleep(self._settings.reload_seconds if self._fleet.links else 1)
            await self._read()

    async def _warn_of_unknown(self) -> None:
        try:
            for server_ip in await unknown_servers(self._database, self._settings):
                log.warning("TELECTL_AMI[%s]: the table servers has no such server_ip", server_ip)
        except DatabaseError:
            pass  # just said, and `telectl check` names them, too

    async def _read(self) -> None:
        try:
            await self._fleet.reconcile(await read_addresses(self._database, self._settings))
        except DatabaseError as error:
            log.warning("table servers not read: %s", error)
