"""What a scenario is made of. The README of asterisk-test has it as a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from lab.tones import GREETING, MESSAGE, MUSIC, PERSON, QUESTION

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody with a phone."""

    phone: str
    voice: int
    """Hz."""
    number: str = ""
    """What rings this phone through the carrier."""
    user: str = ""
    """Its id as an agent of VICIdial."""
    room: str = ""


ROLES: Mapping[str, Role] = {
    "agent": Role("gs101", 400, user="1000", room="9600051"),
    "customer": Role("customer1", 500, "5557011111"),
    "third party": Role("customer2", 600, "5557021111"),
    "other agent": Role("gs102", 800, user="6666", room="9600052"),
    "remote agent": Role("gs104", 1200, user="1028"),
    "stranger": Role("customer3", 1400, "5557031111"),
}
VOICES: Mapping[str, int] = {
    **{name: role.voice for name, role in ROLES.items()},
    "music": MUSIC,
    "person": PERSON,
    "question": QUESTION,
    "message": MESSAGE,
    "greeting": GREETING,
}
"""What can be heard. A person is whoever the carrier connects that has no phone."""
SILENCE = "silence"

WILD: Mapping[str, str] = {"any": r".*", "digits": r"\d+"}
"""Placeholders that fit anything of a kind."""
LEARNT: Mapping[str, str] = {
    "third call": r"DC\d{6}W\d{10}W",
    "second third call": r"DC\d{6}W\d{10}W",
    "new call": r"Y\d{19}",
    "new room": r"9600\d{3}",
    "long extension": r"\d+",
}
"""Placeholders that are learnt where they stand first, and then must be the same everywhere."""
KNOWN = ("user", "room", "lead", "phone number", "call", "seen")
"""Placeholders that the scenario begins with; `seen` is the caller's name that a phone was seen to show."""
OTHERS: Mapping[str, str] = {"person": "PJSIP/carrier-", "loop": "PJSIP/loop-side-"}
"""Who has a channel but no phone: whoever the carrier connects; a call's way through the loop, to an in-group say."""
CHANNEL_FACTS = ("channel", "uniqueid")
"""`{customer channel}`, `{third party uniqueid}`, `{person channel}`, and so on: of the newest one."""
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

ANY, NULL, NOW, EMPTY = "any", "null", "now", "empty"
"""Values of a row: something, NULL, a time just now, an empty string or NULL."""


class Deed(Enum):
    """What a phone does, or what happens to it; the value is how a scenario says it."""

    RINGS = "rings"
    ANSWERS = "answers"
    REFUSES = "refuses"
    HANGS_UP = "hangs up"
    IS_HUNG_UP = "is hung up"
    STAYS_QUIET = "does not ring"
    PRESSES = "presses"
    SEES = "sees"


WITH_WORDS = frozenset({Deed.PRESSES, Deed.SEES})
"""Deeds that are followed by what is pressed or seen."""


@dataclass(frozen=True, slots=True)
class Given:
    """Who is where when the story begins; the values allowed stand in `GIVEN`."""

    agent: str = "in its room"
    customer: str = "on the line"
    call: str = "outbound"
    third_party: str = "nobody"
    other_agent: str = "nobody"
    stranger: str = "nobody"
    park_ivr: str = "no"
    settings: Mapping[str, Row] = field(default_factory=dict)
    """Table -> column -> value, set before anything happens."""


GIVEN: Mapping[str, tuple[str, ...]] = {
    "agent": ("in its room", "not in its room"),
    "customer": ("on the line", "parked", "nobody"),
    "call": ("outbound", "inbound", "manual dial", "to the remote agent"),
    "third party": ("nobody", "ringing", "on the line", "parked"),
    "other agent": ("nobody", "free in its room", "on the same lead"),
    "stranger": ("nobody", "in the room"),
    "park ivr": ("no", "yes"),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to telectl, and the answer it must give."""

    function: str
    parameters: Row
    answer: str


@dataclass(frozen=True, slots=True)
class Does:
    """Somebody's phone does something, or must be seen to."""

    role: str
    deed: Deed
    words: str = ""


@dataclass(frozen=True, slots=True)
class Hears:
    """What phones hear, and nothing else: role -> names of `VOICES`, none of them for silence."""

    who: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Digits:
    """Digits that phones got since the story began; a comma is at least a second of silence."""

    who: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Later:
    """Time passes, for telectl's memory of identical commands only: nobody waits for it."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Expected:
    """An AMI event, by its name and some of its headers."""

    name: str
    headers: Row


@dataclass(frozen=True, slots=True)
class EventComes:
    """The story goes on when this event has come."""

    event: Expected


@dataclass(frozen=True, slots=True)
class RowsAre:
    """Table (with conditions, perhaps) -> all its rows that concern the story; see `rows.py`."""

    tables: Mapping[str, tuple[Row, ...]]


@dataclass(frozen=True, slots=True)
class CallIs:
    """What `GET /calls/<id>` says of the third party's call."""

    told: Row


@dataclass(frozen=True, slots=True)
class Sets:
    """Somebody else writes rows (an AGI, an administrator): table -> column -> value."""

    tables: Mapping[str, Row]


Step = Ask | Does | Hears | Digits | Later | EventComes | RowsAre | CallIs | Sets


def in_short(step: Step) -> str:
    """Name a step in a few words."""
    match step:
        case Ask():
            return " ".join([step.function, *step.parameters.values()])
        case Does():
            return f"{step.role} {step.deed.value} {step.words}".rstrip()
        case EventComes():
            return f"event {step.event.name}"
        case CallIs():
            return "call"
        case RowsAre():
            return "rows"
        case _:
            return type(step).__name__.lower()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story."""

    file: str
    name: str
    given: Given
    steps: tuple[Step, ...]
    events: tuple[Expected, ...] = ()
    """They must come in this order, others between them."""
    never: tuple[Expected, ...] = ()
    """None of these may come."""
    rows: RowsAre | None = None
    """Checked at the end."""

    def __str__(self) -> str:
        return f"{self.file}, '{self.name}'"
