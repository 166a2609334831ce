"""Whether a conference lets somebody in: asked each time, for no event tells that one was locked.

| what | asked by |
|---|---|
| locked, number of members | CONFBRIDGE_INFO, MEETME_INFO |
| most members | the bridge profile that a member's ConfBridge was called with, read in confbridge.conf by AST_CONFIG |
| whether who comes by an extension is an administrator, whom locks and limits let pass | the user profile there |

Where a function's module is not loaded (func_config), or what it asks for is not to be seen, nothing forbids.
"""

from __future__ import annotations

from dataclasses import dataclass

from telectl.asterisk.actions import ShowDialplan
from telectl.asterisk.dialplan import evaluate
from telectl.asterisk.link import Link
from telectl.errors import ActionRefused, OutcomeUnknown, ServerUnavailable, UnsafeValue

_CONFBRIDGE = "ConfBridge"
_FILE = "confbridge.conf"
_DEFAULT_BRIDGE, _DEFAULT_USER = "default_bridge", "default_user"
_YES = frozenset({"yes", "true", "y", "t", "1", "on"})
"""What Asterisk's configuration takes for yes."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Whom a conference lets in."""

    locked: bool = False
    members: int = 0
    most: int = 0
    """How many may be in it; 0 for any number."""

    def has_place(self, leaving: int = 0) -> bool:
        """Return whether one more fits in, once so many have left."""
        return not self.most or self.members - leaving < self.most


async def admission(link: Link, room: str) -> Admission:
    """Return whom a conference lets in; one that does not exist yet lets everybody in.

    Raises:
        ServerUnavailable: no answer came.
    """
    members = _number(await evaluate(link, "CONFBRIDGE_INFO", "parties", room))
    if not members:
        known = len(link.state.room(room))
        return Admission(bool(known) and await evaluate(link, "MEETME_INFO", "lock", room) == "1", known)
    locked = await evaluate(link, "CONFBRIDGE_INFO", "locked", room) == "1"
    return Admission(locked, members, await _most_members(link, room))


async def enters_as_administrator(link: Link, context: str, exten: str) -> bool | None:
    """Return whether an extension leads into a conference as its administrator; None where that is not to be seen.

    Raises:
        ServerUnavailable: no answer came.
    """
    try:
        rows = await link.list(ShowDialplan(context, exten))
    except ActionRefused:
        return None
    except OutcomeUnknown as error:
        raise ServerUnavailable(str(error)) from error
    arguments = next((row["AppData"].split(",") for row in rows if row["Application"] == _CONFBRIDGE), None)
    if arguments is None:
        return None
    return (await _configured(link, _profile(arguments, 2, _DEFAULT_USER), "admin")).lower() in _YES


async def _most_members(link: Link, room: str) -> int:
    for member in link.state.room(room):
        try:
            called_with = await evaluate(link, "CHANNEL", "appdata", channel=member.name)
        except ActionRefused:
            continue  # it has left meanwhile
        if called_with.partition(",")[0] == room:
            profile = _profile(called_with.split(","), 1, _DEFAULT_BRIDGE)
            return _number(await _configured(link, profile, "max_members"))
    return 0


async def _configured(link: Link, profile: str, option: str) -> str:
    """Return what a profile says of an option; of a line that it repeats, or has from a template, the last counts."""
    try:
        return await evaluate(link, "AST_CONFIG", _FILE, profile, option, "-1")
    except UnsafeValue:
        return ""


def _profile(arguments: list[str], place: int, default: str) -> str:
    return (arguments[place].strip() if len(arguments) > place else "") or default


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
