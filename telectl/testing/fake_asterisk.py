"""A manager interface without an Asterisk: rooms of either engine, the actions telectl uses, and faults on request.

It keeps channels and rooms coherent for Redirect, Hangup and Originate, as far as call control can tell: what is sent
to a room joins it, what is sent anywhere else hears music.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from telectl.testing.loopback import LoopbackServer

Message = dict[str, str]
Answer = Iterable[Message]

_ROOM = re.compile(r"(?:[1-9]?)([89]600\d{3})")
_FUNCTION = re.compile(r"(\w+)\((.*)\)")
_COMPLETE = {
    "CoreShowChannels": "CoreShowChannelsComplete",
    "ConfbridgeListRooms": "ConfbridgeListRoomsComplete",
    "ConfbridgeList": "ConfbridgeListComplete",
    "MeetmeList": "MeetmeListComplete",
    "ShowDialPlan": "ShowDialPlanComplete",
}


@dataclass
class FakeChannel:
    """A channel of the fake."""

    name: str
    uniqueid: str
    caller_id_name: str = ""
    state: str = "Up"
    exten: str = ""
    room: str = ""

    def snapshot(self) -> Message:
        """Return the headers that describe it in every event."""
        return {
            "Channel": self.name,
            "ChannelState": "6",
            "ChannelStateDesc": self.state,
            "CallerIDName": self.caller_id_name or "<unknown>",
            "ConnectedLineName": self.caller_id_name or "<unknown>",
            "Context": "default",
            "Exten": self.exten,
            "Uniqueid": self.uniqueid,
            "Linkedid": self.uniqueid,
        }


@dataclass
class FakeAsterisk(LoopbackServer):
    """The manager interface; `port` is where it listens while the `async with` lasts."""

    username: str = "telectl"
    secret: str = "telectl"  # noqa: S105 - of a fake
    engine: Literal["CONFBRIDGE", "MEETME"] = "CONFBRIDGE"
    extensions: set[str] | None = None
    """What the dialplan has; None for everything."""
    port: int = 0
    received: list[Message] = field(default_factory=list)
    """Every action that came, in order."""
    silent: bool = False
    """It reads and answers nothing more."""
    channels: dict[str, FakeChannel] = field(default_factory=dict)
    offers_challenge: bool = True
    """Whether it takes a login by MD5, as Asterisk does."""

    def __post_init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)
        self._scripts: dict[str, Callable[[Message], Answer]] = {}
        self._challenges: dict[asyncio.StreamWriter, str] = {}

    def answer(self, action: str, script: Callable[[Message], Answer]) -> None:
        """Answer an action with messages of your own; ActionID is added."""
        self._scripts[action] = script

    def got(self, action: str) -> list[Message]:
        """Return every action of a name that came."""
        return [message for message in self.received if message.get("Action") == action]

    def send(self, event: Message) -> None:
        """Send an event to everybody who is logged in."""
        self.send_raw(_encoded(event))

    def send_raw(self, data: bytes) -> None:
        """Send bytes to everybody who is logged in."""
        for writer in self._writers:
            writer.write(data)

    def join(self, room: str, name: str, caller_id_name: str = "", exten: str = "") -> FakeChannel:
        """Put a channel into a room, and tell of it."""
        channel = self.channels.get(name)
        if channel is None:
            channel = FakeChannel(name, f"1795400000.{next(self._numbers)}", caller_id_name)
            self.channels[name] = channel
            self.send({"Event": "Newchannel", **channel.snapshot()})
        self._leave(channel)
        channel.room, channel.exten = room, exten or room
        if self.engine == "CONFBRIDGE":
            self.send({"Event": "ConfbridgeJoin", "Conference": room, **channel.snapshot()})
        else:
            self.send({"Event": "MeetmeJoin", "Meetme": room, "User": "1", **channel.snapshot()})
        return channel

    def hang_up(self, name: str) -> None:
        """End a channel, and tell of it."""
        channel = self.channels.pop(name)
        self._leave(channel)
        self.send({"Event": "Hangup", "Cause": "16", **channel.snapshot()})

    def _leave(self, channel: FakeChannel) -> None:
        if not channel.room:
            return
        room, channel.room = channel.room, ""
        if self.engine == "CONFBRIDGE":
            self.send({"Event": "ConfbridgeLeave", "Conference": room, **channel.snapshot()})
        else:
            self.send({"Event": "MeetmeLeave", "Meetme": room, "User": "1", **channel.snapshot()})

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the actions of a session."""
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        self._writers.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                block = await reader.readuntil(b"\r\n\r\n")
                message = dict(line.split(": ", 1) for line in block.decode().split("\r\n") if ": " in line)
                self.received.append(message)
                if not self.silent:
                    for answer in self._answers(message, writer):
                        writer.write(_encoded({**answer, "ActionID": message.get("ActionID", "")}))
        self._challenges.pop(writer, None)
        await self.end(writer)

    def _answers(self, action: Message, session: asyncio.StreamWriter) -> Answer:
        name = action.get("Action", "")
        script = self._scripts.get(name)
        if script is not None:
            return list(script(action))
        if name == "Challenge":
            return self._challenge(session)
        if name == "Login":
            return self._login(action, session)
        builtin = {
            "Redirect": self._redirect,
            "Hangup": self._hangup,
            "PlayDTMF": self._play_dtmf,
            "Getvar": self._getvar,
        }.get(name)
        if builtin is not None:
            return builtin(action)
        if name in _COMPLETE:
            return self._list(name, action)
        return [{"Response": "Success"}]

    def _challenge(self, session: asyncio.StreamWriter) -> list[Message]:
        if not self.offers_challenge:
            return [{"Response": "Error", "Message": "Invalid/unknown command"}]
        challenge = self._challenges[session] = str(secrets.randbelow(10**9))
        return [{"Response": "Success", "Challenge": challenge}]

    def _login(self, action: Message, session: asyncio.StreamWriter) -> list[Message]:
        if action.get("AuthType") == "MD5":
            challenge = self._challenges.get(session, "")
            wanted = hashlib.md5(f"{challenge}{self.secret}".encode(), usedforsecurity=False).hexdigest()
            proven = bool(challenge) and action.get("Key") == wanted
        else:
            proven = action.get("Secret") == self.secret
        if not proven or action.get("Username") != self.username:
            return [{"Response": "Error", "Message": "Authentication failed"}]
        return [{"Response": "Success", "Message": "Authentication accepted"}, {"Event": "FullyBooted"}]

    def _redirect(self, action: Message) -> list[Message]:
        channel = self.channels.get(action["Channel"])
        if channel is None:
            return [{"Response": "Error", "Message": f"Channel does not exist: {action['Channel']}"}]
        asyncio.get_running_loop().call_soon(self._move, channel, action["Exten"])
        return [{"Response": "Success", "Message": "Redirect successful"}]

    def _move(self, channel: FakeChannel, exten: str) -> None:
        room = _ROOM.fullmatch(exten)
        if room is not None:
            self.join(room[1], channel.name, exten=exten)
            return
        self._leave(channel)
        channel.exten = exten
        self.send({"Event": "MusicOnHoldStart", "Class": "default", **channel.snapshot()})

    def _hangup(self, action: Message) -> list[Message]:
        if action["Channel"] not in self.channels:
            return [{"Response": "Error", "Message": "No such channel"}]
        self.hang_up(action["Channel"])
        return [{"Response": "Success", "Message": "Channel Hungup"}]

    def _getvar(self, action: Message) -> list[Message]:
        channel = self.channels.get(action.get("Channel", ""))
        if channel is None and "Channel" in action:
            return [{"Response": "Error", "Message": "No such channel"}]
        function = _FUNCTION.fullmatch(action["Variable"])
        if function is not None:
            value = self._evaluate(function[1], function[2].split(","))
        else:
            value = {"CONTEXT": "default", "EXTEN": channel.exten if channel else ""}.get(action["Variable"], "")
        return [{"Response": "Success", "Variable": action["Variable"], "Value": value}]

    def _evaluate(self, function: str, arguments: list[str]) -> str:
        """Return what a dialplan function says; of one that is not loaded, nothing."""
        if function == "DIALPLAN_EXISTS":
            return str(int(self.extensions is None or arguments[1] in self.extensions))
        return ""

    def _play_dtmf(self, action: Message) -> list[Message]:
        if action["Channel"] not in self.channels:
            return [{"Response": "Error", "Message": "Channel not found"}]
        return [{"Response": "Success", "Message": "DTMF successfully queued"}]

    def _list(self, name: str, action: Message) -> list[Message]:
        rows = self._rows(name, action)
        if rows is None:
            return [{"Response": "Error", "Message": _NOTHING[name].format(**action)}]
        done = {"Event": _COMPLETE[name], "EventList": "Complete", "ListItems": str(len(rows))}
        return [{"Response": "Success", "EventList": "start", "Message": "will follow"}, *rows, done]

    def _rows(self, name: str, action: Message) -> list[Message] | None:
        """Return the rows of a list; None when Asterisk answers an error instead of an empty one."""
        everybody = self.channels.values()
        if name == "CoreShowChannels":
            return [{"Event": "CoreShowChannel", **channel.snapshot()} for channel in everybody]
        if name == "ShowDialPlan":
            known = self.extensions is None or action["Extension"] in self.extensions
            return [{"Event": "ListDialplan", "Extension": action["Extension"], "Priority": "1"}] if known else None
        if (name == "MeetmeList") != (self.engine == "MEETME"):
            return None
        if name == "ConfbridgeListRooms":
            rooms = dict.fromkeys(channel.room for channel in everybody if channel.room)
            return [{"Event": "ConfbridgeListRooms", "Conference": room} for room in rooms] or None
        wanted = action.get("Conference", "")
        members = [channel for channel in everybody if channel.room and wanted in ("", channel.room)]
        return [{"Event": name, "Conference": member.room, **member.snapshot()} for member in members] or None


_NOTHING = {
    "CoreShowChannels": "",
    "ConfbridgeListRooms": "No active conferences.",
    "ConfbridgeList": "No Conference by that name found.",
    "MeetmeList": "No active conferences.",
    "ShowDialPlan": "Did not find extension {Extension}@{Context}",
}


def _encoded(message: Message) -> bytes:
    return "".join(f"{key}: {value}\r\n" for key, value in message.items()).encode() + b"\r\n"
