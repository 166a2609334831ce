"""What AMI events say about the parties of a call, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass

from lab.ami import Event
from lab.scenarios.model import OTHERS, ROLES

COLUMNS = (*ROLES, *OTHERS)
_CHANNELS = (
    *((f"PJSIP/{role.phone}-", name) for name, role in ROLES.items()),
    ("PJSIP/carrier-side", ""),
    *((start, name) for name, start in OTHERS.items()),
)
_DIALS = "dials {0}"
_PLACES = (
    (r"830[13]", "at {0}, park"),
    (r"830[24]", "at {0}, music or message"),
    (r"(8320|8502)\D?.*", "at {1}, message"),
    (r"(9?9[08]?00?9|90009|98009)\*([^*]*).*", "in-group {2}"),
    (r"8300", "at 8300, hangup"),
    (r"(?!\d?9600\d{3})\d{7,}", _DIALS),
)
"""Extensions that say where a call is now; rooms are told by their own events."""
_CAUSES = {16: "", 17: "busy", 1: "unallocated", 19: "no answer", 21: "rejected", 26: "answered elsewhere"}


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that is drawn: in a column, or across all of them."""

    at: float
    what: str
    column: str = ""
    style: str = ""
    line: str | None = None
    """What the lifeline of the column is from here on: "│" in a call, "┊" while it rings, " " when it is over."""


def column_of(event: Event, there: Container[str]) -> str:
    """Return whose channel an event is about; empty for nobody's. Some columns are `there` already.

    A Local channel only stands for somebody, whose call id it bears.
    """
    channel, call_id = event["Channel"], event["CallerIDName"]
    for start, column in _CHANNELS:
        if channel.startswith(start):
            return column
    if channel.startswith("Local/") and call_id.startswith("DC"):
        return next((name for name in ("third party", *OTHERS) if name in there), "")
    return "customer" if channel.startswith("Local/") and call_id.startswith("M") else ""


def moment_of(event: Event, there: Container[str]) -> Moment | None:
    """Say what an event tells; None when it tells nothing about a party."""
    if event.name == "UserEvent" and event["UserEvent"] in _USER_EVENTS:
        header = _USER_EVENTS[event["UserEvent"]]
        return Moment(event.at, f"· dialplan: {event['UserEvent']} {header} {event[header]}", style="dim")
    column, draw = column_of(event, there), _DRAWN.get(event.name)
    drawn = draw(event) if column and draw is not None else None
    return Moment(event.at, drawn[0], column, drawn[1], drawn[2]) if drawn else None


_Drawn = tuple[str, str, str | None]
"""What, style, lifeline."""


def _state(event: Event) -> _Drawn | None:
    if event["Channel"].startswith("Local/"):
        return None
    return {"Ringing": ("rings", "yellow", "┊"), "Up": ("answers", "green", "│")}.get(event["ChannelStateDesc"])


def _hangup(event: Event) -> _Drawn:
    cause = int(event["Cause"] or 0)
    words = _CAUSES.get(cause, event["Cause-txt"].lower())
    return "is hung up" + (f" ({cause} {words})" if words else ""), "red", " "


def _exten(event: Event) -> _Drawn | None:
    if event["Priority"] != "1" or event["Channel"].startswith("Local/"):
        return None
    for pattern, words in _PLACES:
        found = re.fullmatch(pattern, event["Extension"])
        if found and not (words == _DIALS and event["Application"] == "AppDial"):  # that one is dialled
            return words.format(found[0], *found.groups()), "", None
    return None


def _by_local(event: Event) -> str:
    return " (Local)" if event["Channel"].startswith("Local/") else ""


def _join(event: Event) -> _Drawn:
    return f"enters {event['Conference']}{_by_local(event)}", "green", "│"


def _leave(event: Event) -> _Drawn:
    return f"leaves {event['Conference']}{_by_local(event)}", "", None


_DRAWN: dict[str, Callable[[Event], _Drawn | None]] = {
    "Newstate": _state,
    "Newexten": _exten,
    "ConfbridgeJoin": _join,
    "ConfbridgeLeave": _leave,
    "Hangup": lambda event: None if event["Channel"].startswith("Local/") else _hangup(event),
}
_USER_EVENTS = {
    "InGroup": "Target",
    "Message": "Target",
    "ParkIvr": "Digit",
    "PersonHeard": "Digit",
}
