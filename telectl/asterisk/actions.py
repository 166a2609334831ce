"""Typed actions: what telectl asks of Asterisk, and nothing else. None takes an application or its data.

A field's header is its name in Asterisk's spelling (`channel_id`: ChannelId), or `field(metadata={"header": …})`.
Every value passes `telectl.asterisk.values`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar

from panoramisk.actions import Action as PanoramiskAction

from telectl.asterisk.values import CallerId, checked, checked_header, variable


@dataclass(frozen=True, slots=True)
class Action:
    """An action of the manager interface."""

    name: ClassVar[str]
    """The action's name: the class's own where it states no other."""

    def __init_subclass__(cls) -> None:
        if "name" not in vars(cls):
            cls.name = cls.__name__

    def headers(self) -> Iterator[tuple[str, str]]:
        """Return the headers after Action and ActionID; empty ones are not sent.

        Raises:
            UnsafeValue: a value must not travel.
        """
        for attribute in fields(self):
            header = _header(attribute)
            for text in _texts(getattr(self, attribute.name)):
                if checked_header(header, text):
                    yield header, text

    def encode(self, action_id: str) -> bytes:
        """Return the action as it is sent.

        Raises:
            UnsafeValue: a value must not travel.
        """
        lines = {"Action": [self.name], "ActionID": [checked("ActionID", action_id)]}
        for header, value in self.headers():
            lines.setdefault(header, []).append(value)
        return str(PanoramiskAction(lines, as_list=False)).encode()


def _header(attribute: Field[Any]) -> str:
    return str(attribute.metadata.get("header") or attribute.name.title().replace("_", ""))


def _texts(value: object) -> Sequence[str]:
    match value:
        case None:
            return ()
        case CallerId():
            return (value.checked(),)
        case Mapping():
            return [variable(name, text) for name, text in value.items()]
        case _:
            return (str(value),)


@dataclass(frozen=True, slots=True)
class Challenge(Action):
    """Ask for what a login by MD5 answers."""

    auth_type: str = field(default="MD5", init=False)


@dataclass(frozen=True, slots=True)
class Login(Action):
    """Log in with the secret itself; `events` are the classes of events that are wanted."""

    username: str
    events: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChallengedLogin(Action):
    """Log in with `key`, the answer to this connection's challenge; no secret is sent."""

    name = "Login"
    username: str
    events: str
    key: str = field(repr=False)
    auth_type: str = field(default="MD5", init=False)


@dataclass(frozen=True, slots=True)
class Ping(Action):
    """Ask for a sign of life."""


@dataclass(frozen=True, slots=True)
class Originate(Action):
    """Call a channel and, answered, let it enter an extension; always asynchronous.

    The answer means "queued"; what becomes of it is the event OriginateResponse. `channel_id` fixes the channel's
    uniqueid: while it lives, a second Originate with the same one fails.
    """

    channel: str
    context: str
    exten: str
    priority: str = field(default="1", init=False)
    caller_id: CallerId | None = field(default=None, metadata={"header": "CallerID"})
    timeout_ms: int = field(default=30_000, metadata={"header": "Timeout"})
    variables: Mapping[str, str] = field(default_factory=dict, metadata={"header": "Variable"})
    account: str = ""
    channel_id: str = ""
    other_channel_id: str = ""
    asynchronous: str = field(default="true", init=False, metadata={"header": "Async"})


@dataclass(frozen=True, slots=True)
class Redirect(Action):
    """Send a channel to an extension.

    The answer means "queued" and the target is not looked at: see `telectl.asterisk.dialplan`.
    """

    channel: str
    context: str
    exten: str
    priority: str = field(default="1", init=False)


@dataclass(frozen=True, slots=True)
class Hangup(Action):
    """Hang a channel up, by name."""

    channel: str


@dataclass(frozen=True, slots=True)
class PlayDtmf(Action):
    """Press one key on a channel; the answer means "queued"."""

    name = "PlayDTMF"
    channel: str
    digit: str
    duration_ms: int | None = field(default=None, metadata={"header": "Duration"})


@dataclass(frozen=True, slots=True)
class ControlPlayback(Action):
    """`pause` (again: go on) or `restart` what a channel plays; the answer means "queued"."""

    channel: str
    control: str


@dataclass(frozen=True, slots=True)
class GetVar(Action):
    """Read a channel variable, or what a dialplan function says; without a channel, of none."""

    name = "Getvar"
    channel: str
    variable: str


@dataclass(frozen=True, slots=True)
class ShowDialplan(Action):
    """List the lines of the dialplan that match an extension, patterns and includes followed."""

    name = "ShowDialPlan"
    context: str
    exten: str = field(metadata={"header": "Extension"})


@dataclass(frozen=True, slots=True)
class CoreShowChannels(Action):
    """List every channel."""


@dataclass(frozen=True, slots=True)
class ConfbridgeListRooms(Action):
    """List every ConfBridge room."""


@dataclass(frozen=True, slots=True)
class ConfbridgeList(Action):
    """List the members of a ConfBridge room."""

    conference: str


@dataclass(frozen=True, slots=True)
class MeetmeList(Action):
    """List the members of every MeetMe room."""


@dataclass(frozen=True, slots=True)
class ListCommands(Action):
    """Ask which actions the user may use; the answer has a header for each."""
