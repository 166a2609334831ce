"""Typed actions: what telectl asks of Asterisk, and nothing else. None takes an application or its data.

Values are checked here, before anything is sent: a line break in a value would be a second header or action.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from panoramisk.actions import Action as PanoramiskAction

from telectl.errors import UnsafeValue

LONGEST_LINE = 1024
"""Bytes of one header line; Asterisk refuses a message with a longer one."""
_FIRST_PRINTABLE = 32
_DELETE = 127
_EXTENSION = re.compile(r"[\w*#+.-]+")
_NO_NAME = frozenset('"<>\\')
_NUMBER = re.compile(r"[0-9A-D+*#,]*")
"""A sender of digits takes them as the number: keys, and the comma for silence."""

Headers = Sequence[tuple[str, str]]


def checked(header: str, value: str) -> str:
    """Return a value that may travel in a header.

    Raises:
        UnsafeValue: it has a control character, or its line is too long.
    """
    if any(ord(char) < _FIRST_PRINTABLE or ord(char) == _DELETE for char in value):
        raise UnsafeValue(f"a control character in {header}")
    try:
        size = len(f"{header}: {value}".encode())
    except UnicodeEncodeError:
        raise UnsafeValue(f"a broken character in {header}") from None
    if size > LONGEST_LINE:
        raise UnsafeValue(f"{header} is longer than {LONGEST_LINE} bytes")
    return value


def one_channel(name: str) -> str:
    """Return the name of a channel that is to be acted on.

    Raises:
        UnsafeValue: it is a pattern (`/…/`), which Asterisk would match against every channel.
    """
    if name.startswith("/"):
        raise UnsafeValue("a pattern in Channel")
    return name


def extension(header: str, value: str) -> str:
    """Return a context or extension, which may be put into a `Local/<extension>@<context>`, too.

    What the parts of an extension may be is for the caller to check; here nothing passes that means more than itself.

    Raises:
        UnsafeValue: it has another character than letters, digits and `* # + . _ -`.
    """
    if _EXTENSION.fullmatch(value) is None:
        raise UnsafeValue(f"{header} {value!a} is no extension or context")
    return value


@dataclass(frozen=True, slots=True)
class CallerId:
    """A caller id: `"name" <number>`. It is read back as these two, whatever they came from."""

    name: str
    number: str = ""

    def __str__(self) -> str:
        return f'"{self.name}" <{self.number}>'

    def checked(self) -> str:
        """Return it as the header CallerID takes it.

        Raises:
            UnsafeValue: a quote or bracket in it would move the border between name and number.
        """
        if not _NO_NAME.isdisjoint(self.name) or _NUMBER.fullmatch(self.number) is None:
            raise UnsafeValue(f"{str(self)!a} is no caller id")
        return str(self)


def variable(name: str, value: str) -> str:
    """Write a channel variable as the header Variable takes it: an unescaped comma would begin a second one."""
    escaped = value.replace("\\", "\\\\").replace(",", "\\,").replace('"', '\\"')
    return f"{name}={escaped}"


@dataclass(frozen=True, slots=True)
class Action:
    """An action of the manager interface."""

    def headers(self) -> Headers:
        """Return the headers after Action and ActionID; empty ones are not sent."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The action's name."""
        return type(self).__name__

    def wire(self, action_id: str) -> PanoramiskAction:
        """Return the checked action.

        Raises:
            UnsafeValue: a value must not travel.
        """
        fields: dict[str, str | list[str]] = {"Action": self.name, "ActionID": checked("ActionID", action_id)}
        variables = []
        for header, value in self.headers():
            if header == "Variable":
                variables.append(checked(header, value))
            elif value:
                fields[header] = checked(header, value)
        if variables:
            fields["Variable"] = variables
        return PanoramiskAction(fields, as_list=False)


@dataclass(frozen=True, slots=True)
class Challenge(Action):
    """Challenge: what a login by MD5 answers."""

    def headers(self) -> Headers:
        """Return the headers."""
        return (("AuthType", "MD5"),)


@dataclass(frozen=True, slots=True)
class Login(Action):
    """Login; `events` are the classes of events that are wanted.

    With `key`, the answer to this connection's challenge, no secret is sent.
    """

    username: str
    events: str
    secret: str = field(default="", repr=False)
    key: str = field(default="", repr=False)

    def headers(self) -> Headers:
        """Return the headers."""
        proof = (("AuthType", "MD5"), ("Key", self.key)) if self.key else (("Secret", self.secret),)
        return (("Username", self.username), *proof, ("Events", self.events))


@dataclass(frozen=True, slots=True)
class Ping(Action):
    """Ping: is the link alive?"""

    def headers(self) -> Headers:
        """Return no headers."""
        return ()


@dataclass(frozen=True, slots=True)
class Originate(Action):
    """Originate a channel and, answered, let it enter an extension; always asynchronous.

    The answer means "queued"; what becomes of it is the event OriginateResponse. `channel_id` fixes the channel's
    uniqueid: while it lives, a second Originate with the same one fails.
    """

    channel: str
    context: str
    exten: str
    priority: str = "1"
    caller_id: CallerId | None = None
    timeout_ms: int = 30_000
    variables: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    channel_id: str = ""
    other_channel_id: str = ""

    def headers(self) -> Headers:
        """Return the headers."""
        return (
            ("Channel", self.channel),
            ("Context", extension("Context", self.context)),
            ("Exten", extension("Exten", self.exten)),
            ("Priority", self.priority),
            ("CallerID", self.caller_id.checked() if self.caller_id else ""),
            ("Timeout", str(self.timeout_ms)),
            ("Account", self.account),
            ("ChannelId", self.channel_id),
            ("OtherChannelId", self.other_channel_id),
            ("Async", "true"),
            *(("Variable", variable(name, value)) for name, value in self.variables.items()),
        )


@dataclass(frozen=True, slots=True)
class Redirect(Action):
    """Redirect a channel to an extension.

    The answer means "queued" and the target is not looked at: see `Link.extension_exists`.
    """

    channel: str
    context: str
    exten: str
    priority: str = "1"

    def headers(self) -> Headers:
        """Return the headers."""
        return (
            ("Channel", self.channel),
            ("Context", extension("Context", self.context)),
            ("Exten", extension("Exten", self.exten)),
            ("Priority", self.priority),
        )


@dataclass(frozen=True, slots=True)
class Hangup(Action):
    """Hang a channel up, by name; a pattern (`/…/`) is refused."""

    channel: str
    cause: str = ""

    def headers(self) -> Headers:
        """Return the headers."""
        return (("Channel", one_channel(self.channel)), ("Cause", self.cause))


@dataclass(frozen=True, slots=True)
class PlayDtmf(Action):
    """PlayDTMF: press one key on a channel; the answer means "queued"."""

    channel: str
    digit: str
    duration_ms: int | None = None

    @property
    def name(self) -> str:
        """The action's name."""
        return "PlayDTMF"

    def headers(self) -> Headers:
        """Return the headers."""
        duration = "" if self.duration_ms is None else str(self.duration_ms)
        return (("Channel", self.channel), ("Digit", self.digit), ("Duration", duration))


@dataclass(frozen=True, slots=True)
class ControlPlayback(Action):
    """ControlPlayback: `pause` (again: go on) or `restart` what a channel plays; the answer means "queued"."""

    channel: str
    control: str

    def headers(self) -> Headers:
        """Return the headers."""
        return (("Channel", self.channel), ("Control", self.control))


@dataclass(frozen=True, slots=True)
class GetVar(Action):
    """Getvar: read a channel variable."""

    channel: str
    variable: str

    @property
    def name(self) -> str:
        """The action's name."""
        return "Getvar"

    def headers(self) -> Headers:
        """Return the headers."""
        return (("Channel", self.channel), ("Variable", self.variable))


@dataclass(frozen=True, slots=True)
class SetVar(Action):
    """Setvar: set a channel variable."""

    channel: str
    variable: str
    value: str

    @property
    def name(self) -> str:
        """The action's name."""
        return "Setvar"

    def headers(self) -> Headers:
        """Return the headers; the value is one header, so it needs no escape."""
        return (("Channel", self.channel), ("Variable", self.variable), ("Value", self.value))


@dataclass(frozen=True, slots=True)
class ShowDialplan(Action):
    """ShowDialPlan: which lines match an extension, patterns and includes followed."""

    context: str
    exten: str

    @property
    def name(self) -> str:
        """The action's name."""
        return "ShowDialPlan"

    def headers(self) -> Headers:
        """Return the headers."""
        return (("Context", extension("Context", self.context)), ("Extension", extension("Extension", self.exten)))


@dataclass(frozen=True, slots=True)
class CoreShowChannels(Action):
    """CoreShowChannels: every channel."""

    def headers(self) -> Headers:
        """Return no headers."""
        return ()


@dataclass(frozen=True, slots=True)
class ConfbridgeListRooms(Action):
    """ConfbridgeListRooms: every ConfBridge room."""

    def headers(self) -> Headers:
        """Return no headers."""
        return ()


@dataclass(frozen=True, slots=True)
class ConfbridgeList(Action):
    """ConfbridgeList: the members of a ConfBridge room."""

    conference: str

    def headers(self) -> Headers:
        """Return the headers."""
        return (("Conference", self.conference),)


@dataclass(frozen=True, slots=True)
class ConfbridgeKick(Action):
    """ConfbridgeKick: put a member out of a room."""

    conference: str
    channel: str

    def headers(self) -> Headers:
        """Return the headers."""
        return (("Conference", self.conference), ("Channel", self.channel))


@dataclass(frozen=True, slots=True)
class MeetmeList(Action):
    """MeetmeList: the members of every MeetMe room, or of one."""

    conference: str = ""

    def headers(self) -> Headers:
        """Return the headers."""
        return (("Conference", self.conference),)


@dataclass(frozen=True, slots=True)
class ListCommands(Action):
    """ListCommands: the actions that the user may use, a header each."""

    def headers(self) -> Headers:
        """Return no headers."""
        return ()
