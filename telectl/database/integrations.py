"""The databases of other systems that system_settings names: vtiger and QueueMetrics (agent-api.md, rule 12)."""

from __future__ import annotations

from dataclasses import dataclass, field

from telectl.database.pool import Database
from telectl.database.statements import Select
from telectl.database.url import DEFAULT_PORT, DatabaseUrl
from telectl.errors import DatabaseUnavailable

_CONNECTIONS = 2


@dataclass(frozen=True, slots=True)
class _Vtiger:
    host: str | None = field(metadata={"sql": "vtiger_server_ip"})
    database: str | None = field(metadata={"sql": "vtiger_dbname"})
    user: str | None = field(metadata={"sql": "vtiger_login"})
    password: str | None = field(metadata={"sql": "vtiger_pass"}, repr=False)


@dataclass(frozen=True, slots=True)
class _QueueMetrics:
    host: str | None = field(metadata={"sql": "queuemetrics_server_ip"})
    database: str | None = field(metadata={"sql": "queuemetrics_dbname"})
    user: str | None = field(metadata={"sql": "queuemetrics_login"})
    password: str | None = field(metadata={"sql": "queuemetrics_pass"}, repr=False)


VTIGER = Select("the vtiger database", _Vtiger, "FROM system_settings LIMIT 1")
QUEUEMETRICS = Select("the QueueMetrics database", _QueueMetrics, "FROM system_settings LIMIT 1")


class Integrations:
    """Opens the databases of other systems, and keeps each while its address stays the same."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open: dict[DatabaseUrl, Database] = {}

    async def vtiger(self) -> Database:
        """Give vtiger's database.

        Raises:
            DatabaseUnavailable: system_settings names none.
        """
        return await self._of(await self._database.one(VTIGER), "vtiger")

    async def queuemetrics(self) -> Database:
        """Give QueueMetrics' database; the errors are the same."""
        return await self._of(await self._database.one(QUEUEMETRICS), "QueueMetrics")

    async def close(self) -> None:
        """End all connections."""
        for database in self._open.values():
            await database.close()
        self._open.clear()

    async def _of(self, named: _Vtiger | _QueueMetrics | None, system: str) -> Database:
        if named is None or not named.host or not named.database:
            raise DatabaseUnavailable(f"system_settings names no {system} database")
        host, _, port = named.host.partition(":")
        url = DatabaseUrl(
            host=host,
            port=int(port) if port.isdecimal() else DEFAULT_PORT,
            user=named.user or "",
            password=named.password or "",
            database=named.database,
        )
        if url not in self._open:
            self._open[url] = Database(url, pool=_CONNECTIONS)
        return self._open[url]
