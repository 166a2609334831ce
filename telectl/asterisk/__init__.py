"""Asterisk over its Manager Interface (AMI): protocol, one link, the fleet of links, typed actions, the live state.

Knows neither VICIdial nor HTTP. Built on panoramisk 1.4, whose unsafe parts are replaced here; each has a test.
"""

from telectl.asterisk.actions import (
    Action,
    ConfbridgeList,
    ConfbridgeListRooms,
    ControlPlayback,
    CoreShowChannels,
    GetVar,
    Hangup,
    ListCommands,
    MeetmeList,
    Originate,
    Ping,
    PlayDtmf,
    Redirect,
    ShowDialplan,
)
from telectl.asterisk.address import Address, Timeouts
from telectl.asterisk.dialplan import evaluate, extension_exists
from telectl.asterisk.fleet import Fleet
from telectl.asterisk.link import Link
from telectl.asterisk.live_state import Channel, LiveState
from telectl.asterisk.messages import Event, Message, Response
from telectl.asterisk.rooms import Admission, admission, enters_as_administrator
from telectl.asterisk.values import CallerId

__all__ = [
    "Action",
    "Address",
    "Admission",
    "CallerId",
    "Channel",
    "ConfbridgeList",
    "ConfbridgeListRooms",
    "ControlPlayback",
    "CoreShowChannels",
    "Event",
    "Fleet",
    "GetVar",
    "Hangup",
    "Link",
    "ListCommands",
    "LiveState",
    "MeetmeList",
    "Message",
    "Originate",
    "Ping",
    "PlayDtmf",
    "Redirect",
    "Response",
    "ShowDialplan",
    "Timeouts",
    "admission",
    "enters_as_administrator",
    "evaluate",
    "extension_exists",
]
