"""Whether a conference lets somebody in, asked before anyone is moved or dialled (call-control.md section 13.4).

Who is sent into a locked or full conference is hung up by the dialplan.
"""

from __future__ import annotations

from telectl.asterisk import Link, admission, enters_as_administrator
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.session.entries import Way
from telectl.calls.session.session import Session


async def require_place(session: Session, way: str = "", *, leaving: int = 0) -> None:
    """End the command unless the agent's room lets somebody in who comes by an extension; else by the room's own.

    `leaving` is how many members the command takes out of the room before.

    Raises:
        CallFailure: it is locked, or full.
        ServerUnavailable: no answer came.
    """
    await require_place_in(session.link, session.room, session.context, way or session.room, leaving=leaving)


async def require_place_in(link: Link, room: str, context: str, way: str, *, leaving: int = 0) -> None:
    """End the command unless a room lets somebody in; the errors are those of `require_place`."""
    asked = await admission(link, room)
    if asked.has_place(leaving) and not asked.locked:
        return
    administrator = await enters_as_administrator(link, context, way)
    if administrator or (administrator is None and way == Way.AGENT.into(room)):
        return
    detail = f"room {room} of {link.server_ip} has {asked.members} members"
    raise CallFailure(Failure.ROOM_LOCKED if asked.locked else Failure.ROOM_FULL, detail, (room,))


async def require_place_at(link: Link, context: str, extension: str) -> None:
    """End the command where an extension leads into a room in use that does not let in: another agent's, say."""
    room = next((room for room in link.state.rooms() if extension in _ways_into(room)), None)
    if room is not None:
        await require_place_in(link, room, context, extension)


def _ways_into(room: str) -> set[str]:
    return {room, *(f"{digit}{room}" for digit in "123456789")}
