"""Rows before, action, confirming event, rows after: the shape of every call command (call-control.md 13.4).

Rows that must be in place before Asterisk acts are written with their inverse at hand. Asterisk refuses: they are
undone. Nobody knows (the link died, no event came): they stay, and are reconciled with the live picture later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from telectl.asterisk import Event, Link, Redirect
from telectl.calls.command import Command
from telectl.calls.failures import CUSTOMER_GONE, NO_EXTENSION, CallFailure
from telectl.database import Database, Insert, Write
from telectl.errors import ActionRefused, OutcomeUnknown

log = logging.getLogger(__name__)

CONFIRM_WITHIN = 3.0
"""Seconds that an accepted action has to show its effect as an event."""
_GONE = ("does not exist", "not up", "no such channel", "channel not found")

Statement = Write | Insert


@dataclass(slots=True)
class Rows:
    """Statements written before an action, each with its inverse."""

    database: Database
    _inverses: list[tuple[Statement, Mapping[str, Any]]] = field(default_factory=list)

    async def write(
        self, statement: Statement, values: Mapping[str, Any], undo: Statement, undo_values: Mapping[str, Any]
    ) -> int:
        """Write one statement, remember its inverse, and give the number of matched rows."""
        written = await self.database.write(statement, **values)
        self._inverses.append((undo, undo_values))
        return written.matched

    async def undo(self) -> None:
        """Write the inverses, last first, whatever else happens to the request."""
        await asyncio.shield(self._undo())

    async def _undo(self) -> None:
        while self._inverses:
            statement, values = self._inverses.pop()
            await self.database.write(statement, **values)


async def require_extension(link: Link, context: str, extension: str) -> None:
    """End the command before anyone is moved, unless the dialplan has the target."""
    if not await link.extension_exists(context, extension):
        raise CallFailure(NO_EXTENSION, f"{extension}@{context} on {link.server_ip}", (extension,))


async def redirect(
    command: Command,
    link: Link,
    action: Redirect,
    rows: Rows,
    confirmed: Callable[[Event], bool],
    *,
    watch: Link | None = None,
) -> None:
    """Redirect a channel and wait for the event that shows it there.

    `watch` is the link where that event comes, when it is another one.

    Raises:
        CallFailure: the channel is gone; the rows are undone.
        ActionRefused: Asterisk refused for another reason; the rows are undone.
        OutcomeUnknown: nobody knows; the rows stay.
    """

    def seen(event: Event) -> bool:
        return confirmed(event) or _hung_up(event, action.channel)

    with (watch or link).expect(seen) as arrival:
        try:
            await link.do(action, action_id=command.request_id)
        except OutcomeUnknown:
            raise
        except ActionRefused as refusal:
            await rows.undo()
            if any(words in str(refusal).lower() for words in _GONE):
                raise CallFailure(CUSTOMER_GONE, f"{action.channel}: {refusal}") from refusal
            raise
        except BaseException:
            await rows.undo()  # nothing was sent
            raise
        event = await arrival.wait(CONFIRM_WITHIN)
    if event is None:
        raise OutcomeUnknown(f"{action.channel} was not seen at {action.exten}@{action.context}")
    if _hung_up(event, action.channel):
        await rows.undo()
        raise CallFailure(CUSTOMER_GONE, f"{action.channel} hung up on the way")


def left_room(member: str) -> Callable[[Event], bool]:
    """Tell the event that a room's member has left it."""
    return lambda event: event.name in ("ConfbridgeLeave", "MeetmeLeave") and event["Channel"] == member


def joined_room(room: str, joins: Callable[[Event], bool]) -> Callable[[Event], bool]:
    """Tell the event that someone has joined a room."""

    def seen(event: Event) -> bool:
        at = {"ConfbridgeJoin": "Conference", "MeetmeJoin": "Meetme"}.get(event.name)
        return at is not None and event[at] == room and joins(event)

    return seen


def arrived_at(channel: str, extension: str) -> Callable[[Event], bool]:
    """Tell the event that a channel which is in no room has reached an extension, or the music there."""

    def seen(event: Event) -> bool:
        if event["Channel"] != channel:
            return False
        return event.name == "MusicOnHoldStart" or (event.name == "Newexten" and event["Extension"] == extension)

    return seen


def _hung_up(event: Event, channel: str) -> bool:
    return event.name == "Hangup" and event["Channel"] == channel
