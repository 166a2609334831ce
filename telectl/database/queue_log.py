"""Statements of QueueMetrics' own table."""

from __future__ import annotations

from dataclasses import dataclass, field

from telectl.database.statements import Insert, Select


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
