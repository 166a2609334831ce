"""Play recordings into an agent's room (call-control.md section 11), over AMI or through VICIdial's manager daemon.

`47378216<room>` is the way of a player into a room, `473782158521111` plays the recording that its caller's name
names. One Local pair joins the two, so its name tells whose room it plays in, whoever started it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from telectl.asterisk import CallerId, Channel, ControlPlayback, Event, GetVar, Link, Originate
from telectl.calls.command import CommandContext
from telectl.calls.dial_parts import Part, dialled
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.manager_queue import queue_row
from telectl.calls.saga.confirm import ConfirmedActions, is_gone, is_response, joined_room, require_extension
from telectl.calls.session.admission import require_place_in
from telectl.calls.session.call_ids import new_channel_id
from telectl.calls.session.entries import Way, is_player
from telectl.database import Database, Select
from telectl.database.manager_queue import QUEUE_ACTION
from telectl.described_enum import DescribedEnum
from telectl.errors import ActionRefused, OutcomeUnknown

_INTO_ROOM = "47378216"
_PLAYS = "473782158521111"
_DIGITS = frozenset("0123456789")
_TO_PLAYER, _PRESSES = "473782148521111", "473782138521111"


class Playback(DescribedEnum):
    """What audio_playback's stage asks for."""

    PLAY = "PLAY", "play the recording that value names"
    STOP = "STOP", "end what plays"
    PAUSE = "PAUSE", "hold it"
    RESUME = "RESUME", "let it go on"
    RESTART = "RESTART", "begin it again"


_CONTROLS = {Playback.PAUSE: "pause", Playback.RESUME: "pause", Playback.RESTART: "restart"}
_KEYS = {Playback.PAUSE: ("PLAYPA", "3"), Playback.RESUME: ("PLAYPA", "3"), Playback.RESTART: ("PLAYRS", "4")}
"""The first letters of the queued action's id, and the key that the daemon's call presses."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where it is played."""

    number: str
    server_ip: str
    context: str


class Player(Protocol):
    """What plays into one room."""

    async def playing(self) -> bool:
        """Return whether something plays there."""

    async def play(self, recording: str) -> None:
        """Play a recording."""

    async def stop(self) -> None:
        """End what plays."""

    async def control(self, what: Playback) -> None:
        """Hold what plays, let it go on, or begin it again."""


class DirectPlayer:
    """Plays over AMI. Every method raises CallFailure or AsteriskError with what the caller is told."""

    def __init__(self, link: Link, room: Room, command: CommandContext, actions: ConfirmedActions) -> None:
        self._link = link
        self._actions = actions
        self._room = room
        self._command = command

    async def playing(self) -> bool:
        """Return whether something plays in the room, or is on its way there."""
        return is_playing(self._link, self._room.number)

    async def play(self, recording: str) -> None:
        """Originate the player; return once it is in the room, and stays."""
        link, room = self._link, self._room
        if not link.state.room(room.number):
            raise CallFailure(Failure.SESSION_EMPTY)
        way = f"{_INTO_ROOM}{room.number}"
        for extension in (way, _PLAYS):
            await require_extension(link, room.context, extension)
        await require_place_in(link, room.number, room.context, Way.PLAYER.into(room.number))
        channel_id = new_channel_id(self._command.instant)
        originate = Originate(
            channel=f"Local/{way}@{room.context}",
            context=room.context,
            exten=_PLAYS,
            caller_id=CallerId(dialled(Part.RECORDING, recording), _PLAYS),
            channel_id=channel_id,
        )

        def plays(event: Event) -> bool:
            member = link.state.channel(event["Channel"])
            return member is not None and is_player(member, room.number)

        joined = joined_room(room.number, plays)

        def failed(event: Event) -> bool:
            if is_response(event, self._command):
                return event["Response"] == "Failure"
            return event.name == "Hangup" and event["Uniqueid"] == channel_id

        def seen(event: Event) -> bool:
            return joined(event) or failed(event)

        event = await self._actions.send(self._command, link, originate, seen)
        if event is None:
            raise OutcomeUnknown(f"no player in room {room.number} yet")
        if failed(event) or not await self._actions.stays_up(link, event["Channel"]):
            raise CallFailure(Failure.NOT_PLAYED, recording, (recording,))

    async def stop(self) -> None:
        """Hang the player up: the Local pair ends all of it."""
        ending = self._near_half() or self._member()
        if ending is None or not await self._actions.hang_up(self._command, self._link, ending.name):
            raise CallFailure(Failure.PLAYER_GONE)

    async def control(self, what: Playback) -> None:
        """Control the half of the Local pair that plays; Asterisk takes the order or refuses it."""
        for half in self._halves():
            try:
                running = await self._link.do(GetVar(half.name, "CHANNEL(appname)"))
                if running["Value"] == "ControlPlayback":
                    action = ControlPlayback(half.name, _CONTROLS[what])
                    await self._link.do(action, action_id=self._command.request_id)
                    return
            except ActionRefused as refusal:
                if not is_gone(refusal):
                    raise
        raise CallFailure(Failure.NO_CONTROL)

    def _halves(self) -> list[Channel]:
        start = f"Local/{_INTO_ROOM}{self._room.number}@"
        return [channel for channel in self._link.state.channels() if channel.name.startswith(start)]

    def _near_half(self) -> Channel | None:
        return next((half for half in self._halves() if half.name.endswith(";1")), None)

    def _member(self) -> Channel | None:
        """Return the room's member that plays, also one that another program sent there."""
        room = self._room.number
        return next((member for member in self._link.state.room(room) if is_player(member, room)), None)


def is_playing(link: Link, room: str) -> bool:
    """Return whether something plays in a room, or is on its way there."""
    start = f"Local/{_INTO_ROOM}{room}@"
    on_its_way = any(channel.name.startswith(start) for channel in link.state.channels())
    return on_its_way or any(is_player(member, room) for member in link.state.room(room))


@dataclass(frozen=True, slots=True)
class _SeenPlayer:
    """The channel that plays into a room, as VICIdial's updater saw it."""

    channel: str


PLAYER = Select(
    "player in a room",
    _SeenPlayer,
    "FROM live_channels WHERE extension = %(room)s AND server_ip = %(server_ip)s"
    " AND channel LIKE 'IAX2/ASTplay%%' LIMIT 1",
)


class QueuedPlayer:
    """Leaves it to VICIdial's manager daemon: what plays is what VICIdial's updater saw."""

    def __init__(self, database: Database, room: Room, command: CommandContext) -> None:
        self._database = database
        self._room = room
        self._command = command
        self._channel = ""

    async def playing(self) -> bool:
        """Look the player up."""
        seen = await self._database.one(PLAYER, room=self._room.number, server_ip=self._room.server_ip)
        self._channel = seen.channel if seen else ""
        return seen is not None

    async def play(self, recording: str) -> None:
        """Queue the player's call."""
        way = f"Local/{_INTO_ROOM}{self._room.number}"
        caller_id = CallerId(dialled(Part.RECORDING, recording), _PLAYS)
        await self._originate(recording, way, _PLAYS, caller_id.checked())

    async def stop(self) -> None:
        """Queue the end of the player that was looked up."""
        await self._queue("Hangup", f"PLAYHU{self._command.instant.compact}", (("Channel", self._channel),))

    async def control(self, what: Playback) -> None:
        """Queue a call that presses a key on the player that was looked up."""
        letters, key = _KEYS[what]
        digits = "".join(char for char in self._channel.partition("ASTplay")[2] if char in _DIGITS)
        name = f"{letters}{self._command.instant.compact}"
        await self._originate(name, f"Local/{_TO_PLAYER}{digits}", _PRESSES, key)

    async def _originate(self, name: str, channel: str, exten: str, caller_id: str) -> None:
        context = self._room.context
        place = (("Channel", f"{channel}@{context}"), ("Context", context), ("Exten", exten), ("Priority", "1"))
        await self._queue("Originate", name, (*place, ("CallerID", caller_id)))

    async def _queue(self, action: str, name: str, headers: tuple[tuple[str, str], ...]) -> None:
        row = queue_row(self._command.instant, self._room.server_ip, action, name, headers)
        await self._database.write(QUEUE_ACTION, **row)
