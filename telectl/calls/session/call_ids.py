"""The ids by which VICIdial follows a call: a channel's caller id name (call-control.md section 1.1)."""

from __future__ import annotations

import re
import secrets

from telectl.asterisk import Channel
from telectl.database import Instant

_ID = re.compile(r"[MVYJ]\d{19}|D[CVO]\d{6}W\d{10}W|S\d{12}\d{7}|ACagcW\S*")
_THIRD_PARTY = re.compile(r"D[CVO]\d{6}W(\d{10})W")
_PAGE = "ACagcW"
_AGENT = re.compile(rf"S\d{{12}}(\d{{7}})|{_PAGE}\S*")


def call_id(channel: Channel) -> str:
    """Return the id that a channel bears: its caller id name up to the first blank, else its connected name."""
    for name in (channel.caller_id_name, channel.connected_name):
        word = name.partition(" ")[0]
        if _ID.fullmatch(word):
            return word
    return ""


def bears(channel: Channel, wanted: str) -> bool:
    """Return whether a channel bears exactly this id, also one of a form we do not know."""
    names = (channel.caller_id_name, channel.connected_name)
    return bool(wanted) and any(name.partition(" ")[0] == wanted for name in names)


def third_party_lead(identity: str) -> int | None:
    """Return the lead in a third party's id, None for any other id."""
    found = _THIRD_PARTY.fullmatch(identity)
    return int(found[1]) if found else None


def is_agent_call(identity: str) -> bool:
    """Return whether an id is that of a call to an agent's own phone."""
    return _AGENT.fullmatch(identity) is not None


def calls_into(channel: Channel, room: str) -> bool:
    """Return whether a channel is of a call to an agent's phone whose id names this room."""
    found = _AGENT.fullmatch(call_id(channel))
    return found is not None and found[1] == room


def is_of_the_page(channel: Channel) -> bool:
    """Return whether a channel is of a call by which the agent's page brings the phone back; its id names no room."""
    return call_id(channel).startswith(_PAGE)


def third_party_call_id(instant: Instant, lead_id: int) -> str:
    """Return the id of a third party's call: `DC`, six digits of the time, and the lead."""
    return f"DC{instant.epoch % 1_000_000:06d}W{lead_id:010d}W"


def third_party_pattern(lead_id: int) -> str:
    """Return what SQL's LIKE finds the third parties of a lead by."""
    return f"DC______W{lead_id:010d}W"


def new_channel_id(instant: Instant) -> str:
    """Return a uniqueid for a channel that we originate, at most 18 characters; no other copy of telectl gives it."""
    return f"{instant.epoch}.{secrets.randbelow(10**6):06d}t"
