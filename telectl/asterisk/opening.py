"""From an open connection to a loaded live state, and the watch over it from then on."""

from __future__ import annotations

import asyncio

from telectl.asterisk.actions import Action, ConfbridgeList, ConfbridgeListRooms, CoreShowChannels, MeetmeList, Ping
from telectl.asterisk.connection import Connection
from telectl.asterisk.messages import Event
from telectl.errors import ActionRefused, AsteriskError, OutcomeUnknown, ServerUnavailable


async def load(connection: Connection) -> None:
    """Ask for all channels and rooms: their rows are events, and come to the live state in the stream's order.

    Raises:
        AsteriskError: the list of channels was refused, a list was not answered, or the connection ended.
    """
    try:
        await connection.listing(CoreShowChannels())
    except ActionRefused as refusal:  # while it starts, Asterisk lets in before it knows all actions
        raise ServerUnavailable(f"CoreShowChannels was refused: {refusal}") from refusal
    for room in await _rows_or_none(connection, ConfbridgeListRooms()):
        await _rows_or_none(connection, ConfbridgeList(room["Conference"]))
    await _rows_or_none(connection, MeetmeList())
    connection.require()  # the bytes of its end may have come behind those of the last row


async def watch(connection: Connection, every: float) -> None:
    """Ping every so many seconds, and return when the connection has ended.

    A Ping that is not answered in time ends it, unless anything was read since: the answer may wait behind what has not
    been read yet, of a storm of events, or because this process was held up.
    """
    ended = asyncio.ensure_future(connection.ended.wait())
    while True:
        await asyncio.wait({ended}, timeout=every)
        if ended.done():
            return
        heard = connection.heard
        try:
            await connection.ask(Ping())
        except AsteriskError as error:
            await asyncio.sleep(0)  # what has come meanwhile is read before it is judged
            if isinstance(error, OutcomeUnknown) and connection.heard > heard and not connection.cause:
                continue
            connection.fail(f"no sign of life: {error}")


async def _rows_or_none(connection: Connection, action: Action) -> list[Event]:
    """Return the rows of what may not be there: no room, no such module."""
    try:
        return await connection.listing(action)
    except ActionRefused:
        return []
