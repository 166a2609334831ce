"""How somebody came into a room: the extension, the endpoint, the id of the call (call-control.md section 13.3).

One digit before the room's number tells: agents come by `2`, customers and third parties by none.
"""

from __future__ import annotations

from enum import StrEnum

from telectl.asterisk import Channel
from telectl.calls.session.call_ids import call_id, is_agent_call


class Way(StrEnum):
    """The digit before a room's number by which somebody comes in; customers and third parties come by none."""

    AGENT = "2"
    ADMINISTRATOR = "3"
    MONITOR = "4"
    RECORDER = "5"
    BARGE = "6"
    DIGITS = "7"
    PLAYER = "8"

    def into(self, room: str) -> str:
        """Return the extension."""
        return f"{self}{room}"


_SERVICES = (Way.MONITOR, Way.RECORDER, Way.DIGITS, Way.PLAYER)
_SERVICE_TECHNOLOGIES = ("CBAnn", "CBRec")
_PLAYER_ENDPOINT = "IAX2/ASTplay"
_SERVICE_ENDPOINTS = ("IAX2/ASTblind", _PLAYER_ENDPOINT)


def endpoint(name: str) -> str:
    """Return the endpoint of a channel, everything before the last `-` of its name: the number behind it is its own."""
    return name.rpartition("-")[0]


def is_of(channel: Channel, extension: str | None) -> bool:
    """Return whether a channel is one of this phone's; `extension` is that of an agent's row (`PJSIP/gs101`)."""
    return bool(extension) and endpoint(channel.name) == (extension or "").removesuffix("/n")


def is_recorder(member: Channel, room: str) -> bool:
    """Return whether a member only records the room."""
    entry = Way.RECORDER.into(room)
    return member.name.startswith(f"Local/{entry}@") or member.exten == entry


def is_player(member: Channel, room: str) -> bool:
    """Return whether a member plays a recording, whoever sent it."""
    return endpoint(member.name) == _PLAYER_ENDPOINT or _came_by(member, room, Way.PLAYER)


def is_service(member: Channel, room: str) -> bool:
    """Return whether a member is nobody: it plays, records, presses digits or only listens."""
    technology, _, _ = member.name.partition("/")
    named = technology in _SERVICE_TECHNOLOGIES or endpoint(member.name) in _SERVICE_ENDPOINTS
    return named or is_recorder(member, room) or _came_by(member, room, *_SERVICES)


def is_supervisor(member: Channel, room: str) -> bool:
    """Return whether a member came to the agent and not to the call: it barged in, or came as an administrator."""
    return _came_by(member, room, Way.ADMINISTRATOR, Way.BARGE)


def came_as_agent(member: Channel, room: str) -> bool:
    """Return whether a member came in by the agents' extension, or by a call to an agent's phone."""
    return _came_by(member, room, Way.AGENT) or is_agent_call(call_id(member))


def _came_by(member: Channel, room: str, *ways: Way) -> bool:
    return member.exten in {way.into(room) for way in ways}
