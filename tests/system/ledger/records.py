"""What is written down in a run, and what an answer says about what was done."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from ledger.schedule import Fault


class Said(StrEnum):
    """What a client is told of what was done."""

    SUCCESS = "SUCCESS"
    PARTIAL = "partial: it tells what was done"
    UNKNOWN = "outcome unknown"
    BUSY = "agent is busy with another command"
    NO_SERVER = "telephony server not available"
    NO_DATABASE = "database not available"
    STOPPING = "server is shutting down"
    REFUSED = "another refusal"
    REFUSED_CONNECTION = "no connection"
    LOST = "the connection broke"
    GAVE_UP = "the client gave up"


HONEST = frozenset({Said.SUCCESS, Said.PARTIAL, Said.UNKNOWN, Said.LOST, Said.GAVE_UP})
"""What may be said of something that was done, or may have been: with a broken connection nothing was said at all."""
TROUBLE = frozenset(Said) - {Said.SUCCESS, Said.REFUSED, Said.BUSY, Said.GAVE_UP}
"""What tells of a fault."""
_WORDS = (
    (" error - partial - ", Said.PARTIAL),
    ("outcome unknown", Said.UNKNOWN),
    ("call ended at its target", Said.PARTIAL),
    (Said.BUSY, Said.BUSY),
    (Said.NO_SERVER, Said.NO_SERVER),
    ("ERROR: system error - database", Said.NO_DATABASE),
)


@dataclass(slots=True)
class Asked:
    """One request, and what came of it; times are of time.monotonic()."""

    id: str
    """Its X-Request-Id and its source, so that actions, rows and log lines name it."""
    agent: str
    copy: str
    function: str
    sent: Mapping[str, str]
    story: str
    """The agent's call that it commands; empty for a flag."""
    at: float
    answered: float = 0.0
    """When the answer came or the connection ended; 0 for never."""
    status: int = 0
    answer: str = ""
    failure: Said | None = None
    """Why there is no answer."""
    repeats: str = ""
    """The request of the same words that came before or at the same time."""

    @property
    def command(self) -> str:
        """Its words, by which two requests are the same command."""
        return "&".join((self.function, *(f"{name}={value}" for name, value in sorted(self.sent.items()))))

    @property
    def said(self) -> Said:
        """What the client was told."""
        if self.failure is not None:
            return self.failure
        if self.status == 503:
            return Said.STOPPING
        if self.answer.startswith("SUCCESS"):
            return Said.SUCCESS
        return next((said for words, said in _WORDS if words in self.answer), Said.REFUSED)

    @property
    def took(self) -> float:
        """Seconds until the answer."""
        return self.answered - self.at

    def __str__(self) -> str:
        told = self.answer.strip() or self.said
        return f"{self.id} on {self.copy}, agent {self.agent}, {self.command} ({self.took:.2f} s): {told}"


@dataclass(slots=True)
class Acted:
    """One action that reached Asterisk."""

    request: str
    action_id: str
    copy: str
    connection: int
    name: str
    channel: str
    target: str
    got: float
    """When its last byte was handed to Asterisk."""
    done: float = 0.0
    """When Asterisk said that it did it, or did it without being able to say so; 0 for not at all."""
    refused: str = ""
    """Asterisk's words, where it refused."""
    told: bool = False
    """Asterisk answered, whether anybody heard that or not."""

    @property
    def what(self) -> str:
        """What would be done twice if it came again."""
        return f"{self.name} {self.channel} {self.target}".strip()


@dataclass(frozen=True, slots=True)
class Changed:
    """One row that was written."""

    at: float
    table: str
    kind: str
    row: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """One event of Asterisk's, seen by a connection that no fault touches."""

    at: float
    name: str
    channel: str
    uniqueid: str
    text: str
    """The room, the cause, or the digit."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What /readyz said."""

    at: float
    copy: str
    database: bool
    asterisk: bool


@dataclass(slots=True)
class Happened:
    """A fault as it really was."""

    fault: Fault
    began: float
    ended: float = 0.0
    alone: bool = True
    """No other fault was there from its beginning to the next one's."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Rows that tell of a call otherwise than Asterisk, after time enough to agree."""

    at: float
    story: str
    words: str


@dataclass
class Ledger:
    """Everything of one run."""

    seed: int
    seconds: float
    began: float = 0.0
    asked: list[Asked] = field(default_factory=list)
    acted: list[Acted] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    ready: list[Ready] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)
    log_rows: dict[str, int] = field(default_factory=dict)
    """Rows of vicidial_api_log by request."""
    logged: dict[str, int] = field(default_factory=dict)
    """Rows that a process log holds because they could not be written, by request."""
    digits: dict[str, int] = field(default_factory=dict)
    """How many each phone has heard."""
    stops: list[float] = field(default_factory=list)
    """Seconds that each peaceful end of a copy took."""
    lags: list[tuple[float, float]] = field(default_factory=list)
    """When this test itself was late, and by how much: what it measures then is not telectl's."""
    defects: list[str] = field(default_factory=list)
    """Lines of the copies' logs that tell of a defect."""

    @cached_property
    def by_id(self) -> dict[str, Asked]:
        """Every request by its id."""
        return {asked.id: asked for asked in self.asked}

    @cached_property
    def actions(self) -> dict[str, list[Acted]]:
        """The actions of each request."""
        found: dict[str, list[Acted]] = defaultdict(list)
        for acted in self.acted:
            found[acted.request].append(acted)
        return found

    @cached_property
    def events(self) -> dict[str, list[Seen]]:
        """The events of each channel."""
        found: dict[str, list[Seen]] = defaultdict(list)
        for seen in self.seen:
            found[seen.channel].append(seen)
        return found

    def during(self, start: float, end: float, *names: str, on: str = "") -> list[Happened]:
        """Return the faults of these names (all without any) that were there at some time between two moments."""
        return [
            happened
            for happened in self.happened
            if happened.began <= end
            and start <= (happened.ended or end)
            and (not names or happened.fault.kind in names)
            and (not on or on in happened.fault.copies)
        ]

    def lag(self, start: float, end: float) -> float:
        """Return how late this test itself was at worst between two moments."""
        return max((lag for at, lag in self.lags if start <= at <= end + 1), default=0.0)

    def save(self, folder: Path) -> None:
        """Write it down, a line of JSON for each record."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("asked", "acted", "changed", "seen", "happened", "disagreements"):
            with (folder / f"{name}.jsonl").open("w") as file:
                file.writelines(json.dumps(asdict(record), default=str) + "\n" for record in getattr(self, name))
