"""What each part of a dial string may hold: every Channel, Exten and Context is put together from checked parts.

A part that does not fit ends the command with "value not allowed in a dial string" and the part's name, before anyone
is moved: `@` and `/` in a number would choose the context, `*` in a field of an in-group's extension would shift the
fields behind it. `PARTS` shows all of it at a glance; letters without "A-Z" are those of any alphabet.

| part | comes from |
|---|---|
| number | the request's phone_number |
| dial prefix | vicidial_campaigns.three_way_dial_prefix, dial_prefix |
| phone code | vicidial_auto_calls, vicidial_list |
| number of the call | vicidial_auto_calls, vicidial_list: a caller may send any text |
| in-group, campaign, user | ids of VICIdial's own tables, or the request |
| room, lead, route | vicidial_live_agents, a room's table |
| extension | vicidial_campaigns.park_ext, phones.VICIDIAL_park_on_extension |
| context | phones.ext_context, servers.ext_context, the stored login call |
| phone | vicidial_live_agents.extension, phones.dtmf_send_extension, the stored login call |
| recording | the request's value |
"""

from __future__ import annotations

import re
from enum import Enum

from telectl.calls.failures import CallFailure, Failure
from telectl.database.call_rows import Campaign

_PHONE = r"[A-Za-z0-9]+/[\w.+-]+"
_EXTERNAL_PHONE = r"[Ll]ocal/[A-Za-z0-9*#+._-]+@[\w.-]+(?:/n)?"


class Part(Enum):
    """A part of a dial string: its name in answers, and the pattern that all of it must match."""

    NUMBER = "number", r"[0-9*#]*"
    PREFIX = "dial prefix", r"[A-Za-z0-9*#+._-]*"
    PHONE_CODE = "phone code", r"[0-9X+]*"
    CALL_NUMBER = "number of the call", r"[A-Za-z0-9+._-]*"
    INGROUP = "in-group", r"[\w-]+"
    CAMPAIGN = "campaign", r"[\w-]*"
    USER = "user", r"[\w-]*"
    ROOM = "room", r"[0-9]+"
    ROUTE = "route", r"[0-9*]+"
    EXTENSION = "extension", r"[A-Za-z0-9*#+._-]+"
    CONTEXT = "context", r"[\w.-]+"
    PHONE = "phone", f"{_PHONE}|{_EXTERNAL_PHONE}"
    RECORDING = "recording", r"[\w|-]+"

    def __init__(self, label: str, pattern: str) -> None:
        self.label = label
        self.pattern = re.compile(pattern)


_SHOWN = re.compile(r"\+?[0-9]+")
"""A caller id's number."""


def dialled(part: Part, value: str) -> str:
    """Return the value, which may stand in a dial string as this part.

    Raises:
        CallFailure: it may not; the answer names the part.
    """
    if part.pattern.fullmatch(value) is None:
        raise CallFailure(Failure.NOT_DIALLABLE, f"{part.label} {value!a}", (part.label,))
    return value


def number_shown(chosen: str, campaign: Campaign | None) -> str:
    """Return a number that may be shown to who is called: digits and + only, else the campaign's, else none."""
    numbers = (chosen, (campaign.campaign_cid if campaign else None) or "")
    return next((number for number in numbers if is_shown(number)), "")


def is_shown(number: str) -> bool:
    """Return whether a number may be a caller id."""
    return _SHOWN.fullmatch(number) is not None
