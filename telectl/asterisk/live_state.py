"""The live state of one server: its channels, and who is in which room.

Loaded by the list actions after the login and kept by events. The rows of a list arrive in the same stream as the
events, and Asterisk writes each in the order it happened; so both are applied alike, as they come, and a load that
races with calls ends right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from telectl.asterisk.messages import Message

MOST_CHANNELS = 5_000
"""A peer that tells of more at once is broken: no Asterisk carries as many, and each costs memory."""
_UNKNOWN = ("<unknown>", "<null>")
_LONGEST = 256
"""Characters of a field that are kept; Asterisk's own limits are lower."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, as its last event described it; what Asterisk does not know is empty."""

    name: str
    uniqueid: str
    linkedid: str = ""
    state: str = ""
    """ChannelStateDesc: Down, Ring, Ringing, Up …"""
    caller_id_name: str = ""
    connected_name: str = ""
    exten: str = ""
    bridge_id: str = ""


class LiveState:
    """Channels by name and uniqueid, rooms by number."""

    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {}
        self._names: dict[str, str] = {}
        self._rooms: dict[str, dict[str, None]] = {}
        self._room_of: dict[str, str] = {}
        self._bridges: dict[str, set[str]] = {}

    @property
    def size(self) -> int:
        """How many channels it holds; everything else in it is of them."""
        return len(self._channels)

    def channel(self, name: str) -> Channel | None:
        """Return a channel by its name."""
        return self._channels.get(name)

    def by_uniqueid(self, uniqueid: str) -> Channel | None:
        """Return a channel by its uniqueid."""
        name = self._names.get(uniqueid)
        return self._channels.get(name) if name else None

    def channels(self) -> Iterable[Channel]:
        """Return all channels, the oldest first."""
        return self._channels.values()

    def rooms(self) -> list[str]:
        """Return the rooms that have members."""
        return list(self._rooms)

    def room(self, number: str) -> tuple[Channel, ...]:
        """Return the members of a room in the order in which they joined."""
        members = self._rooms.get(number, {})
        return tuple(channel for name in members if (channel := self._channels.get(name)))

    def room_of(self, name: str) -> str:
        """Return the room that a channel is in, empty for none."""
        return self._room_of.get(name, "")

    def bridge_peers(self, name: str) -> tuple[Channel, ...]:
        """Return the other channels of the bridge that a channel is in."""
        channel = self._channels.get(name)
        if channel is None or not channel.bridge_id:
            return ()
        peers = self._bridges.get(channel.bridge_id, set()) - {name}
        return tuple(found for peer in sorted(peers) if (found := self._channels.get(peer)))

    def local_other_half(self, name: str) -> Channel | None:
        """Return the other half of a Local channel."""
        halves = {"1": "2", "2": "1"}
        stem, _, half = name.rpartition(";")
        return self._channels.get(f"{stem};{halves[half]}") if stem and half in halves else None

    def forget(self) -> None:
        """Begin anew: the connection is gone, and what we knew may be wrong."""
        for known in (self._channels, self._names, self._rooms, self._room_of, self._bridges):
            known.clear()

    def apply(self, event: Message) -> None:
        """Take an event or a list's row."""
        match event.name:
            case "Newchannel" | "CoreShowChannel":
                self._appear(event)
            case "Hangup":
                self._hangup(event)
            case "Rename":
                self._rename(event)
            case "BridgeEnter":
                self._enter_bridge(event)
            case "BridgeLeave":
                self._exit_bridge(event)
            case "ConfbridgeJoin" | "ConfbridgeList" | "MeetmeJoin" | "MeetmeList":
                self._join(event)
            case "ConfbridgeLeave" | "MeetmeLeave":
                self._leave(event)
            case "ConfbridgeEnd" | "MeetmeEnd":
                self._end_room(event)
            case _:
                if "ChannelStateDesc" in event:
                    self._update(event)

    def _of(self, event: Message) -> Channel | None:
        """Return the channel that an event is of; an earlier one may have had the same name."""
        channel = self._channels.get(event["Channel"])
        return channel if channel is not None and channel.uniqueid == _short(event, "Uniqueid") else None

    def _appear(self, event: Message) -> None:
        channel = _described(event, _short(event, "BridgeId"))
        if channel.name == event["Channel"] and channel.name and channel.uniqueid:
            self._store(channel)

    def _update(self, event: Message) -> None:
        known = self._of(event)
        if known is not None:
            self._store(_described(event, known.bridge_id))

    def _store(self, channel: Channel) -> None:
        """Keep a channel; what had its name or its uniqueid before is gone, though nobody said so."""
        old = self._channels.get(channel.name)
        if old is not None and old.uniqueid != channel.uniqueid:
            self._remove(old)
            old = None
        namesake = self.by_uniqueid(channel.uniqueid)
        if namesake is not None and namesake.name != channel.name:
            self._remove(namesake)
        self._channels[channel.name] = channel
        self._names[channel.uniqueid] = channel.name
        if old is not None and old.bridge_id != channel.bridge_id:
            self._leave_bridge(old)
        if channel.bridge_id:
            self._bridges.setdefault(channel.bridge_id, set()).add(channel.name)

    def _leave_bridge(self, channel: Channel) -> None:
        members = self._bridges.get(channel.bridge_id)
        if members is not None:
            members.discard(channel.name)
            if not members:
                del self._bridges[channel.bridge_id]

    def _hangup(self, event: Message) -> None:
        channel = self._of(event)
        if channel is not None:
            self._remove(channel)

    def _remove(self, channel: Channel) -> None:
        self._leave_room(channel.name)
        self._leave_bridge(channel)
        del self._channels[channel.name]
        del self._names[channel.uniqueid]

    def _rename(self, event: Message) -> None:
        channel, name = self._of(event), _short(event, "Newname")
        if channel is None or name in ("", channel.name):
            return
        room = self._room_of.get(channel.name, "")
        members = list(self._rooms.get(room, {}))
        self._remove(channel)
        self._store(replace(channel, name=name))
        if room:  # the new name takes the old one's place in the order of joining
            renamed = (name if member == channel.name else member for member in members)
            self._rooms[room] = dict.fromkeys(renamed)
            self._room_of[name] = room

    def _enter_bridge(self, event: Message) -> None:
        self._update(event)
        self._in_bridge(event["Channel"], _short(event, "BridgeUniqueid"))

    def _exit_bridge(self, event: Message) -> None:
        self._update(event)
        known = self._channels.get(event["Channel"])
        if known is not None and known.bridge_id == _short(event, "BridgeUniqueid"):
            self._in_bridge(known.name, "")

    def _in_bridge(self, name: str, bridge_id: str) -> None:
        known = self._channels.get(name)
        if known is not None:
            self._store(replace(known, bridge_id=bridge_id))

    def _join(self, event: Message) -> None:
        self._update(event)
        if event["Channel"] in self._channels:
            self._join_room(_room(event), event["Channel"])

    def _join_room(self, room: str, name: str) -> None:
        if room and self._room_of.get(name) != room:
            self._leave_room(name)
            self._rooms.setdefault(room, {})[name] = None
            self._room_of[name] = room

    def _leave(self, event: Message) -> None:
        self._update(event)
        if self._room_of.get(event["Channel"]) == _room(event):
            self._leave_room(event["Channel"])

    def _leave_room(self, name: str) -> None:
        room = self._room_of.pop(name, "")
        members = self._rooms.get(room)
        if members is not None:
            members.pop(name, None)
            if not members:
                del self._rooms[room]

    def _end_room(self, event: Message) -> None:
        for name in list(self._rooms.get(_room(event), {})):
            self._leave_room(name)


def _short(event: Message, header: str) -> str:
    return event[header][:_LONGEST]


def _room(event: Message) -> str:
    return _short(event, "Conference") or _short(event, "Meetme")


def _described(event: Message, bridge_id: str) -> Channel:
    def known(header: str) -> str:
        value = _short(event, header)
        return "" if value in _UNKNOWN else value

    return Channel(
        name=_short(event, "Channel"),
        uniqueid=_short(event, "Uniqueid"),
        linkedid=_short(event, "Linkedid"),
        state=_short(event, "ChannelStateDesc"),
        caller_id_name=known("CallerIDName"),
        connected_name=known("ConnectedLineName"),
        exten=_short(event, "Exten"),
        bridge_id=bridge_id,
    )
