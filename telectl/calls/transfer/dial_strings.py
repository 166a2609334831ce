"""Where calls are sent: dial strings, in-group and voicemail extensions, caller ids (call-control.md sections 7.3-7.8).

| what | extension |
|---|---|
| a number | `<prefix><phone code><number>`, a number of seven digits or fewer as it is |
| an in-group | `990009*<group>**<lead>**<phone>*<user>*<agent>*` |
| the same, of a remote agent's call | `90009*<group>**<lead>**<phone>*<user>*<agent>*` |
| an in-group's agent, consulted | `90009*<group>*CXFER*<lead>**<phone>*<user>*<agent>*<seconds>*` |
| the answering machine's message | `8320*<campaign>*<phone code>*<phone>*<lead>` |
"""

from __future__ import annotations

from telectl.asterisk import CallerId, Link
from telectl.calls.dial_parts import Part, dialled, number_shown
from telectl.calls.saga.confirm import is_kept, kept_of, require_extension
from telectl.calls.saga.row_changes import RowChanges
from telectl.calls.session.admission import require_place_at
from telectl.calls.session.session import Session
from telectl.calls.transfer.command import TransferCommand
from telectl.calls.transfer.sql import DROP_EXTENSION, STORE_EXTENSION
from telectl.database import Database, Instant
from telectl.database.call_rows import AutoCall, Campaign
from telectl.database.leads import Lead

_DIALLED_AS_IT_IS = 7
"""Digits up to which a number is an extension of the house."""
_NO_PREFIX = "X"
_LEAST_CALLER_ID = 4
_ENTER, _LOOP, _MESSAGE = "990009", "90009", "8320"
_LOOKED_UP = (f"{_ENTER}*", f"{_LOOP}*")
"""How extensions begin whose AGI looks a long one up by its id in vicidial_long_extensions; no others do."""


def number_to_dial(command: TransferCommand, campaign: Campaign | None, lead: Lead | None) -> str:
    """Return the extension that dials `phone_number`: with prefix and phone code, unless it is short or overridden."""
    number = dialled(Part.NUMBER, command.phone_number)
    override = command.dial_override == "YES" and not (campaign and campaign.manual_dial_override_field == "DISABLED")
    if override or len(number) <= _DIALLED_AS_IT_IS:
        return number
    prefix = (campaign.three_way_dial_prefix or campaign.dial_prefix or "") if campaign else ""
    prefix = "" if _NO_PREFIX in prefix.upper() else dialled(Part.PREFIX, prefix)
    omit_code = campaign is not None and campaign.omit_phone_code == "Y"
    code = "" if omit_code else dialled(Part.PHONE_CODE, (lead.phone_code if lead else None) or "")
    return f"{prefix}{code}{number}"


def ingroup_extension(command: TransferCommand, session: Session, lead: Lead | None) -> str:
    """Return the extension that queues the customer in an in-group."""
    return f"{_ENTER}{_to_ingroup(command, session, lead)}"


def remote_extension(ingroup: str, lead_id: int, phone: str, agent: str, wanted: str) -> str:
    """Return the extension that queues a remote agent's call in an in-group; `wanted` is the agent of AGENTDIRECT."""
    return f"{_LOOP}{_ingroup_fields(ingroup, lead_id, phone, agent, wanted)}"


def consultation_extension(command: TransferCommand, session: Session, lead: Lead | None, instant: Instant) -> str:
    """Return the extension that calls an in-group's agent while the customer stays with ours."""
    seconds = talk_seconds(session.call, instant)
    return f"{_LOOP}{_to_ingroup(command, session, lead, 'CXFER')}{seconds}*"


def message_extension(session: Session, lead: Lead | None) -> str:
    """Return the extension that plays the campaign's message for answering machines."""
    agent = session.agent
    code = (session.call.phone_code if session.call else None) or (lead.phone_code if lead else None) or "1"
    campaign, number = dialled(Part.CAMPAIGN, agent.campaign_id or ""), _number_of_call(session.call, lead)
    return f"{_MESSAGE}*{campaign}*{dialled(Part.PHONE_CODE, code)}*{number}*{agent.lead_id}"


async def require_target(link: Link, context: str, extension: str, channel: str = "") -> None:
    """End the command before anyone is moved, unless the dialplan has the target and Asterisk can be told all of it.

    `channel` is the one that is to go there; empty for a call that does not exist yet.

    Raises:
        CallFailure: there is no such extension, it is longer than Asterisk keeps and nothing would look it up, or it
            leads into a room that lets nobody in.
    """
    kept = kept_of(extension) if extension.startswith(_LOOKED_UP) else extension
    await require_extension(link, context, kept, channel)
    await require_place_at(link, context, kept)


async def shortened(extension: str, changes: RowChanges, instant: Instant) -> str:
    """Return a target that Asterisk keeps whole: a longer one is stored, and named by its id.

    Raises:
        DatabaseError: it could not be stored.
    """
    if is_kept(extension):
        return extension
    le_id = await _store(changes.database, extension, instant)
    changes.remember(DROP_EXTENSION, {"le_id": le_id})
    return f"{extension.partition('*')[0]}**LEXTEN*{le_id}"


def caller_id(call_id: str, command: TransferCommand, session: Session, lead: Lead | None) -> CallerId:
    """Return what a third party sees: the number of the alias, else the one that the request or the campaign chooses.

    Its name is exactly the id of the call, by which the call is found again.
    """
    campaign = session.campaign
    if len(command.caller_id) >= _LEAST_CALLER_ID:
        return CallerId(call_id, number_shown(command.caller_id, campaign))
    asked = command.cid_choice or ""
    choice = asked if len(asked) >= _LEAST_CALLER_ID else (campaign.three_way_call_cid if campaign else None) or ""
    chosen = {
        "AGENT_PHONE": session.phone.outbound_cid if session.phone else None,
        "CUSTOMER": lead.phone_number if lead else None,
        "CUSTOM_CID": lead.security_phrase if lead else None,
    }.get(choice) or ""
    return CallerId(call_id, number_shown(chosen if len(chosen) >= _LEAST_CALLER_ID else "", campaign))


def talk_seconds(call: AutoCall | None, instant: Instant) -> int:
    """Return how long a call has lasted, in seconds."""
    return instant.seconds_since(call.call_time) if call and call.call_time else 0


def _to_ingroup(command: TransferCommand, session: Session, lead: Lead | None, marker: str = "") -> str:
    agent, number = session.agent, _number_of_call(session.call, lead)
    return _ingroup_fields(command.ingroup, agent.lead_id, number, agent.user, command.phone_number, marker=marker)


def _ingroup_fields(ingroup: str, lead_id: int, number: str, agent: str, wanted: str, *, marker: str = "") -> str:
    """Return the fields of an in-group's extension, an asterisk around each; none of them may hold one."""
    group, number = dialled(Part.INGROUP, ingroup), dialled(Part.CALL_NUMBER, number)
    return f"*{group}*{marker}*{lead_id}**{number}*{dialled(Part.USER, agent)}*{dialled(Part.USER, wanted)}*"


def _number_of_call(call: AutoCall | None, lead: Lead | None) -> str:
    """Return the number that was dialled for this call, or that called."""
    number = (call.phone_number if call else None) or (lead.phone_number if lead else None) or ""
    return dialled(Part.CALL_NUMBER, number)


async def _store(database: Database, extension: str, instant: Instant) -> int:
    written = await database.write(STORE_EXTENSION, extension=extension, call_date=instant.local, source="telectl")
    return written.last_id
