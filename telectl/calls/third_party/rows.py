"""The rows of a third party's dial, each with its inverse (call-control.md section 7.4)."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.asterisk import Originate
from telectl.calls.command import CommandContext
from telectl.calls.saga.concurrency import gather_all
from telectl.calls.saga.row_changes import RowChanges
from telectl.calls.session.parties import find_parties
from telectl.calls.session.session import Session
from telectl.calls.transfer.command import TransferCommand
from telectl.database.dial_logs import (
    LOG_AGENT_CALL,
    LOG_AGENT_DIAL,
    LOG_CALLER_ID,
    LOG_DIAL,
    LOG_SESSION,
    UNLOG_AGENT_CALL,
    UNLOG_AGENT_DIAL,
    UNLOG_CALLER_ID,
    UNLOG_DIAL,
    UNLOG_SESSION,
)


@dataclass(frozen=True, slots=True)
class Dial:
    """A dial about to be sent."""

    call_id: str
    originate: Originate

    @property
    def caller_number(self) -> str:
        """The number that the third party sees, as long as the logs keep it."""
        return self.originate.caller_id.number[:20] if self.originate.caller_id else ""


async def write_dial(
    changes: RowChanges, session: Session, transfer: TransferCommand, dial: Dial, command: CommandContext
) -> None:
    """Write what VICIdial's five logs of a dial tell."""
    agent, now, originate = session.agent, command.instant.local, dial.originate
    kind = "XFER_OVERRIDE" if transfer.dial_override == "YES" else "XFER_3WAY"
    code = {"caller_code": dial.call_id}
    by_agent = {"user": agent.user, "lead_id": agent.lead_id, "call_date": now}
    place = {"server_ip": agent.server_ip, "campaign_id": agent.campaign_id}

    channel = {
        "lead_id": agent.lead_id,
        "server_ip": agent.server_ip,
        "extension": session.room,
        "channel": originate.channel[:100],
        "timeout": 0,
        "outbound_cid": str(originate.caller_id or "")[:100],
        "context": session.context,
    }
    number = {"call_type": "MANUAL", "call_alt": kind, "outbound_cid": dial.caller_number, "outbound_cid_type": "AGENT"}
    whose = {**code, "user": agent.user}
    three_way = {"conf_exten": session.room, "call_type": "X"}
    call = {
        "call_type": kind,
        "phone_number": session.room,
        "number_dialed": originate.channel[:30],
        "callerid": dial.caller_number,
        "group_alias_id": transfer.group_alias if transfer.caller_id else "",
        "preset_name": "",
        "customer_hungup": "" if find_parties(session).customer else "BEFORE_CALL",
    }
    await gather_all(
        changes.write_undoable(LOG_DIAL, {**code, **channel, "call_date": now}, UNLOG_DIAL, code),
        changes.write_undoable(LOG_CALLER_ID, {**code, **number, "call_date": now}, UNLOG_CALLER_ID, code),
        changes.write_undoable(
            LOG_AGENT_DIAL, {**whose, "call_date": now, "call_type": "DC", "notes": ""}, UNLOG_AGENT_DIAL, whose
        ),
        changes.write_undoable(LOG_SESSION, {**by_agent, **place, **three_way}, UNLOG_SESSION, by_agent),
        changes.write_undoable(
            LOG_AGENT_CALL, {**by_agent, **place, **call}, UNLOG_AGENT_CALL, {**by_agent, "call_type": kind}
        ),
    )
