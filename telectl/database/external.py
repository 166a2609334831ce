"""The databases of other systems that system_settings names: vtiger and QueueMetrics (agent-api-rules.md, rule 12)."""

from __future__ import annotations

from dataclasses import dataclass, field

from telectl.database.pool import Database
from telectl.database.statements import Select
from telectl.database_url import DEFAULT_PORT, DatabaseUrl
from telectl.errors import DatabaseUnavailable

_CONNECTIONS = 2
_HIGHEST_PORT = 65535


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
        self._open: dict[str, tuple[DatabaseUrl, Database]] = {}

    async def vtiger(self) -> Database:
        """Return vtiger's database.

        Raises:
            DatabaseUnavailable: system_settings names none.
        """
        return await self._of("vtiger", await self._database.one(VTIGER))

    async def queuemetrics(self) -> Database:
        """Return QueueMetrics' database; the errors are the same."""
        return await self._of("QueueMetrics", await self._database.one(QUEUEMETRICS))

    async def close(self) -> None:
        """End all connections."""
        for _, database in self._open.values():
            await database.close()
        self._open.clear()

    async def _of(self, system: str, named: _Vtiger | _QueueMetrics | None) -> Database:
        url = _address(named)
        if url is None:
            raise DatabaseUnavailable(f"system_settings names no {system} database")
        known = self._open.get(system)
        if known is not None and known[0] == url:
            return known[1]
        self._open[system] = url, Database(url, pool=_CONNECTIONS)
        if known is not None:
            await known[1].close()
        return self._open[system][1]


def _address(named: _Vtiger | _QueueMetrics | None) -> DatabaseUrl | None:
    """Return the address that a row names, `host` or `host:port`; None when it names none."""
    if named is None or not named.host or not named.database:
        return None
    host, port = named.host, str(DEFAULT_PORT)
    if host.count(":") == 1:
        host, _, port = host.partition(":")
    if not host or not port.isdecimal() or int(port) > _HIGHEST_PORT:
        return None
    return DatabaseUrl(host, int(port), named.user or "", named.password or "", named.database)
