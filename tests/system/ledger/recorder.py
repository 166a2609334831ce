"""How a run is written down: taps on the links, triggers on the tables, a manager client that no fault touches."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lab.ami import Ami, Event
from lab.contact_centre import Rows

from ledger.records import Acted, Changed, Ledger, Seen
from telectl.testing import Direction

ACTING = frozenset({"Redirect", "Hangup", "Originate", "PlayDTMF"})
"""Actions that do something to a call."""
_TARGETS = {"Redirect": "exten", "Originate": "exten", "PlayDTMF": "digit"}
_EVENTS = {
    "ConfbridgeJoin": "Conference",
    "ConfbridgeLeave": "Conference",
    "MusicOnHoldStart": "Class",
    "MusicOnHoldStop": "Class",
    "Newchannel": "Exten",
    "Hangup": "Cause",
}
"""Events that show what became of an action, and the header that tells most of it."""
KEPT_ROW = "api log row kept"
"""How a log line begins that holds a row which could not be written, as JSON."""
_MESSAGE_END = b"\r\n\r\n"
_LONGEST_MESSAGE = 1 << 20
_LAG_EVERY = 0.05
_LAG = 0.1
TABLES: Mapping[str, tuple[str, ...]] = {
    "vicidial_live_agents": (
        *("user", "status", "lead_id", "callerid", "channel", "conf_exten"),
        *("external_pause", "external_timer_action_message"),
    ),
    "vicidial_list": ("lead_id", "vendor_lead_code", "address1", "status"),
    "vicidial_agent_notifications": ("recipient", "notification_text"),
    "vicidial_auto_calls": ("callerid", "channel", "status", "lead_id"),
    "parked_channels": ("channel", "channel_group", "parked_by"),
    "park_log": ("uniqueid", "channel", "status", "grab_time", "hangup_time", "parked_sec"),
    "vicidial_confbridges": ("conf_exten", "extension"),
    "telectl_calls": ("call_id", "agent", "state"),
}
"""The tables that are watched, and which of their columns."""


class ActionTap:
    """Reads what passes between one copy's proxy and Asterisk, and writes down the actions that do something."""

    def __init__(self, ledger: Ledger, copy: str) -> None:
        self._ledger, self._copy = ledger, copy
        self._parts: dict[tuple[int, Direction], bytearray] = {}
        self._waiting: dict[tuple[int, str], Acted] = {}

    def __call__(self, connection: int, direction: Direction, data: bytes) -> None:
        """Take bytes that were handed to Asterisk, or that came from it."""
        part = self._parts.setdefault((connection, direction), bytearray())
        part += data
        while (end := part.find(_MESSAGE_END)) >= 0:
            message = bytes(part[:end])
            del part[: end + len(_MESSAGE_END)]
            if direction is Direction.TO_SERVER:
                self._action(connection, message)
            elif b"Response: " in message:
                self._response(connection, message)
        if len(part) > _LONGEST_MESSAGE:
            part.clear()

    def _action(self, connection: int, message: bytes) -> None:
        headers = _headers(message)
        name = headers.get("action", "")
        if name not in ACTING:
            return
        action_id = headers.get("actionid", "")
        acted = Acted(
            request=action_id.partition("/")[0],
            action_id=action_id,
            copy=self._copy,
            connection=connection,
            name=name,
            channel=headers.get("channel", ""),
            target=headers.get(_TARGETS.get(name, ""), ""),
            got=time.monotonic(),
        )
        self._ledger.acted.append(acted)
        self._waiting[connection, action_id] = acted

    def _response(self, connection: int, message: bytes) -> None:
        headers = _headers(message)
        acted = self._waiting.pop((connection, headers.get("actionid", "")), None)
        if acted is None:
            return
        acted.told = True
        if headers.get("response") == "Success":
            acted.done = time.monotonic()
        else:
            acted.refused = headers.get("message", "?")


def _headers(message: bytes) -> dict[str, str]:
    """Return a message's headers by their lower-case names."""
    found = {}
    for line in message.decode("utf-8", "replace").split("\r\n"):
        key, colon, value = line.partition(": ")
        if colon:
            found[key.lower()] = value
    return found


class Witness(Ami):
    """A manager client that keeps only what the ledger needs, so that a long run does not fill the memory."""

    @property
    def lives(self) -> bool:
        """Whether its connection has not ended."""
        return not self._task.done()

    def _take(self, block: bytes, at: float) -> None:
        super()._take(block, at)
        if self.events and not self.events[-1]["ActionID"]:
            self.events.pop()


def event_recorder(ledger: Ledger) -> Callable[[Event], None]:
    """Return a listener that writes events down."""

    def write(event: Event) -> None:
        header = _EVENTS.get(event.name)
        if header is not None:
            ledger.seen.append(Seen(event.at, event.name, event["Channel"], event["Uniqueid"], event[header]))

    return write


async def watch_tables(rows: Rows) -> None:
    """Let triggers write every change of the watched tables into one of their own.

    That one has no AUTO_INCREMENT, and telectl_locks no trigger: telectl reads LAST_INSERT_ID.

    Raises:
        pymysql.err.MySQLError: a table or column is missing.
    """
    await rows.run(
        "CREATE TABLE ledger (id BIGINT UNSIGNED PRIMARY KEY, at DECIMAL(20,6), name VARCHAR(40),"
        " kind VARCHAR(6), row_json TEXT) ENGINE=InnoDB CHARACTER SET utf8mb4"
    )
    for table, columns in TABLES.items():
        for kind, of in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            values = ", ".join(f"'{column}', {of}.{column}" for column in columns)
            await rows.run(
                f"CREATE TRIGGER ledger_{table}_{kind} AFTER {kind} ON {table} FOR EACH ROW"
                f" INSERT INTO ledger (id, at, name, kind, row_json)"
                f" VALUES (UUID_SHORT(), UNIX_TIMESTAMP(NOW(6)), '{table}', '{kind}', JSON_OBJECT({values}))"
            )


async def read_tables(rows: Rows, ledger: Ledger) -> None:
    """Take the changes of a run out of the database, and which requests its API log knows."""
    ahead = time.time() - time.monotonic()
    for row in await rows.all("SELECT at, name, kind, row_json FROM ledger ORDER BY id"):
        values = {name: None if value is None else str(value) for name, value in json.loads(row["row_json"]).items()}
        ledger.changed.append(Changed(float(row["at"]) - ahead, row["name"], row["kind"], values))
    for row in await rows.all("SELECT source, COUNT(*) AS number FROM vicidial_api_log GROUP BY source"):
        ledger.log_rows[row["source"]] = int(row["number"])


def read_log(path: Path, ledger: Ledger) -> None:
    """Take out of a copy's log the rows that it could not write, and the lines that tell of a defect."""
    for line in path.read_text(errors="replace").splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            if line.strip():
                ledger.defects.append(line)
            continue
        message = str(said.get("message", ""))
        if message.startswith(KEPT_ROW):
            source = str(json.loads(message[message.index("{") :]).get("source", ""))
            ledger.logged[source] = ledger.logged.get(source, 0) + 1
        if "traceback" in said:
            ledger.defects.append(line)


async def note_lags(ledger: Ledger) -> None:
    """Write down when this test itself is late; ends by being cancelled."""
    while True:
        due = time.monotonic() + _LAG_EVERY
        await asyncio.sleep(_LAG_EVERY)
        late = time.monotonic() - due
        if late > _LAG:
            ledger.lags.append((time.monotonic(), late))
