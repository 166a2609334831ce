"""Log what agents and their calls did for QueueMetrics, where system_settings switches that on.

Its table queue_log is in a database of its own, which may be down: that is logged, and costs the call nothing.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, field

from telectl.database import Connection, Insert, Instant, Select
from telectl.database.external import Integrations
from telectl.database.lookups import Lookups
from telectl.errors import DatabaseError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Connected:
    """When a call was connected, in seconds since 1970."""

    time_id: int | None = field(metadata={"sql": "MAX(time_id)"})


QUEUE_EVENT = Insert(
    "QueueMetrics event",
    "queue_log",
    ("partition", "time_id", "call_id", "queue", "agent", "verb", "data1", "data2", "data3", "serverid"),
)
CONNECTED = Select("QueueMetrics connect", Connected, "FROM queue_log WHERE call_id = %(call_id)s AND verb = 'CONNECT'")

_PARTITION = "P01"


@dataclass(frozen=True, slots=True)
class QueueEvent:
    """One line about an agent in queue_log; data1 to data3 mean what QueueMetrics' manual says of the verb."""

    verb: str
    call_id: str = "NONE"
    queue: str = "NONE"
    data1: str = ""
    data2: str = ""
    data3: str = ""


@dataclass(frozen=True, slots=True)
class EndedCall:
    """A call that an agent has ended."""

    call_id: str
    queue: str
    """The in-group or campaign."""
    stage: str
    """vicidial_auto_calls.stage: ends in the seconds that the caller waited, as `CLOSER-6`."""
    position: int
    """The place in the queue that the caller had at first."""


class QueueMetrics:
    """Writes queue_log."""

    def __init__(self, lookups: Lookups, integrations: Integrations) -> None:
        self._lookups = lookups
        self._integrations = integrations

    async def log_events(
        self, user: str, instant: Instant, *events: QueueEvent, ended: EndedCall | None = None, connected: bool = False
    ) -> None:
        """Write events of an agent, before them the end of its call.

        With `connected`, a call that QueueMetrics never saw connected ends unsaid.
        """
        try:
            system = await self._lookups.system_settings()
            if system.enable_queuemetrics_logging != "1":
                return
            database = await self._integrations.queuemetrics()
            async with database.connection() as connection:
                first = await _end(connection, ended, instant, connected=connected) if ended else ()
                for event in (*first, *events):
                    about = {"partition": _PARTITION, "time_id": instant.epoch, "agent": f"Agent/{user}"}
                    await connection.write(
                        QUEUE_EVENT, **about, **asdict(event), serverid=system.queuemetrics_log_id or ""
                    )
        except DatabaseError as error:
            log.warning("QueueMetrics was not told of agent %s: %s", user, error)


async def _end(
    connection: Connection, ended: EndedCall, instant: Instant, *, connected: bool
) -> tuple[QueueEvent, ...]:
    found = await connection.one(CONNECTED, call_id=ended.call_id)
    since = found.time_id if found else None
    if connected and not since:
        return ()
    talked = max(instant.epoch - since, 0) if since else 0
    waited = ended.stage.rpartition("-")[2]
    return (QueueEvent("COMPLETEAGENT", ended.call_id, ended.queue, waited, str(talked), str(ended.position)),)
