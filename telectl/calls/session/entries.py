"""How somebody came into a room: the extension, the endpoint, the id of the call (call-control.md section 13.3).

One digit before the room's number tells: agents come by `2`, customers and third parties by none.
"""

from __future__ import annotations

from telectl.asterisk import Channel
from telectl.calls.session.call_ids import call_id, is_agent_call

AGENT, RECORDER, DIGIT_SENDER, PLAYER = "2", "5", "7", "8"
_SUPERVISORS = ("3", "6")
_SERVICES = ("4", RECORDER, DIGIT_SENDER, PLAYER)
_SERVICE_TECHNOLOGIES = ("CBAnn", "CBRec")
_SERVICE_ENDPOINTS = ("IAX2/ASTblind", "IAX2/ASTplay")


def endpoint(name: str) -> str:
    """Return the endpoint of a channel, everything before the last `-` of its name: the number behind it is its own."""
    return name.rpartition("-")[0]


def is_of(channel: Channel, extension: str | None) -> bool:
    """Return whether a channel is one of this phone's; `extension` is that of an agent's row (`PJSIP/gs101`)."""
    return bool(extension) and endpoint(channel.name) == (extension or "").removesuffix("/n")


def is_recorder(member: Channel, room: str) -> bool:
    """Return whether a member only records the room."""
    entry = f"{RECORDER}{room}"
    return member.name.startswith(f"Local/{entry}@") or member.exten == entry


def is_service(member: Channel, room: str) -> bool:
    """Return whether a member is nobody: it plays, records, presses digits or only listens."""
    technology, _, _ = member.name.partition("/")
    named = technology in _SERVICE_TECHNOLOGIES or endpoint(member.name) in _SERVICE_ENDPOINTS
    return named or is_recorder(member, room) or _came_by(member, _SERVICES, room)


def is_supervisor(member: Channel, room: str) -> bool:
    """Return whether a member came to the agent and not to the call: it barged in, or came as an administrator."""
    return _came_by(member, _SUPERVISORS, room)


def came_as_agent(member: Channel, room: str) -> bool:
    """Return whether a member came in by the agents' extension, or by a call to an agent's phone."""
    return _came_by(member, (AGENT,), room) or is_agent_call(call_id(member))


def _came_by(member: Channel, prefixes: tuple[str, ...], room: str) -> bool:
    return member.exten in {f"{prefix}{room}" for prefix in prefixes}
