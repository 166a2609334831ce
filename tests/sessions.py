"""An agent's session made by hand: a live state that is told events, and the rows that a command would have read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import count
from typing import Any, TypeVar, cast

from telectl.asterisk import Address, Link, Message, Timeouts
from telectl.calls.session.session import Session
from telectl.database.agents import LiveAgent
from telectl.database.call_rows import AutoCall, Campaign, ParkedChannel, Phone, Server

T = TypeVar("T")
ROOM = "9600051"
LEAD = 1002
CALL = "V1123000000000001002"
"""The id of the customer's call."""
THIRD = f"DC449600W{LEAD:010d}W"
"""An id of a third party's call for the same lead."""
AGENT_CALL = f"S261123080000{ROOM}"


def row(kind: type[T], **columns: object) -> T:
    """Return a row whose other columns are empty."""
    names = (column.name for column in fields(cast("Any", kind)))
    return kind(**{**dict.fromkeys(names, ""), **columns})


@dataclass
class Told:
    """One Asterisk's live state, from events as Asterisk sends them."""

    server_ip: str = "10.0.0.1"
    link: Link = field(init=False)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.link = Link(Address(self.server_ip, "127.0.0.1", 5038, "telectl", "telectl"), Timeouts())

    def tell(self, event: str, **headers: str) -> None:
        """Let an event happen, for the live state and for whoever listens."""
        self.link._take(Message({"Event": event, **headers}))  # noqa: SLF001 - the reader's way in

    def channel(
        self, name: str, caller: str = "", *, room: str = "", linked: str = "", uniqueid: str = "", **headers: str
    ) -> str:
        """Let a channel appear, in a room if one is given, and return its name; headers are those of Newchannel."""
        uniqueid = uniqueid or f"{self.server_ip}.{next(self.numbers)}"
        told = {
            "Channel": name,
            "Uniqueid": uniqueid,
            "Linkedid": linked or uniqueid,
            "ChannelStateDesc": "Up",
            "CallerIDName": caller,
            **headers,
        }
        self.tell("Newchannel", **told)
        if room:
            self.tell("ConfbridgeJoin", Conference=room, **told)
        return name

    def bridge(self, *names: str) -> None:
        """Let channels be bridged with each other."""
        bridge = f"bridge {next(self.numbers)}"
        for name in names:
            channel = self.link.state.channel(name)
            assert channel is not None
            self.tell("BridgeEnter", Channel=name, Uniqueid=channel.uniqueid, BridgeUniqueid=bridge, **_kept(channel))

    def pair(
        self, near: str, far: str, caller: str = "", *, member: int = 1, room: str = ROOM, linked: str = ""
    ) -> str:
        """Let a Local pair bring somebody into a room, `far` at its other end; return the name of the member."""
        linked = linked or f"call {next(self.numbers)}"
        name, other = f"Local/{near};{member}", f"Local/{near};{3 - member}"
        self.channel(name, caller, room=room, linked=linked)
        self.channel(other, caller, linked=linked)
        self.channel(far, linked=linked)
        self.bridge(other, far)
        return name


def _kept(channel: Any) -> dict[str, str]:
    return {
        "Linkedid": channel.linkedid,
        "ChannelStateDesc": channel.state,
        "CallerIDName": channel.caller_id_name,
        "ConnectedLineName": channel.connected_name,
        "Exten": channel.exten,
    }


def session(
    here: Told,
    customers: Told | None = None,
    *,
    call: AutoCall | None = None,
    parked: ParkedChannel | None = None,
    campaign: Campaign | None = None,
    phone: Phone | None = None,
    server: Server | None = None,
    third_calls: Mapping[str, str] | None = None,
    **agent: Any,
) -> Session:
    """Return the session of agent 1000, whose phone is PJSIP/gs101 and whose call is CALL; `agent` are its columns."""
    columns = {"user": "1000", "server_ip": here.server_ip, "conf_exten": ROOM, "lead_id": LEAD, "callerid": CALL}
    live = row(LiveAgent, **{**columns, "extension": "PJSIP/gs101", **agent})
    return Session(
        live,
        server or Server(here.server_ip, "default", "CONFBRIDGE"),
        campaign,
        phone,
        call,
        parked,
        here.link,
        (customers or here).link,
        third_calls or {},
    )
