"""The rows that end a remote agent's call, in their order (call-control.md section 9)."""

from __future__ import annotations

from dataclasses import dataclass, field

from telectl.calls.hangup.sql import ClosedInbound, ClosedLog
from telectl.database.statements import Select, Write


@dataclass(frozen=True, slots=True)
class RemoteCall:
    """A call of vicidial_auto_calls that ra_call_control may act on."""

    server_ip: str
    campaign_id: str | None
    lead_id: int
    uniqueid: str | None
    callerid: str
    channel: str | None
    call_type: str | None
    phone_number: str | None
    stage: str | None
    """Ends in the seconds that the caller waited, as `CLOSER-6`."""
    queue_position: int | None
    own: int = field(
        metadata={
            "sql": "EXISTS (SELECT 1 FROM vicidial_live_agents AS agents"
            " WHERE agents.user = %(user)s AND agents.callerid = vicidial_auto_calls.callerid)"
        }
    )
    """Whether it is the call of the agent that was named."""


@dataclass(frozen=True, slots=True)
class LoggedCall(ClosedLog):
    """A row of vicidial_log, as it was before the call was closed."""

    user: str | None


@dataclass(frozen=True, slots=True)
class LeadStatus:
    """The disposition of a lead."""

    status: str | None


REMOTE_CALL = Select(
    "a remote agent's call", RemoteCall, "FROM vicidial_auto_calls WHERE callerid = %(call_id)s LIMIT 1"
)
CLAIM_CALL = Write("claim a call", "DELETE FROM vicidial_auto_calls WHERE callerid = %(call_id)s")
CLAIM_OWN_CALL = Write(
    "claim an agent's own call",
    "DELETE FROM vicidial_auto_calls WHERE callerid = %(call_id)s AND EXISTS (SELECT 1"
    " FROM vicidial_live_agents AS agents WHERE agents.user = %(user)s AND agents.callerid = %(call_id)s)",
)
# The start may lie in the future of our clock, and the columns are unsigned: the difference must not go below zero.
CLOSE_INBOUND = Write(
    "close an inbound call's log",
    "UPDATE vicidial_closer_log SET status = %(status)s, end_epoch = %(epoch)s,"
    " length_in_sec = GREATEST(CAST(%(epoch)s AS SIGNED) - CAST(start_epoch AS SIGNED), 0)"
    " WHERE uniqueid = %(uniqueid)s AND lead_id = %(lead_id)s AND campaign_id = %(campaign_id)s"
    " ORDER BY closecallid DESC LIMIT 1",
)
CLOSE_OUTBOUND = Write(
    "close an outbound call's log",
    "UPDATE vicidial_log SET status = %(status)s, end_epoch = %(epoch)s, user = %(user)s,"
    " length_in_sec = GREATEST(CAST(%(epoch)s AS SIGNED) - CAST(start_epoch AS SIGNED), 0)"
    " WHERE uniqueid = %(uniqueid)s AND lead_id = %(lead_id)s LIMIT 1",
)
SET_LEAD_STATUS = Write(
    "set a lead's status", "UPDATE vicidial_list SET status = %(status)s WHERE lead_id = %(lead_id)s"
)
RELEASE_AGENT = Write(
    "release a remote agent",
    "UPDATE vicidial_live_agents SET status = 'READY', random_id = %(random_id)s, last_call_finish = %(now)s,"
    " last_state_change = %(now)s, lead_id = 0, uniqueid = '', callerid = '', channel = ''"
    " WHERE callerid = %(call_id)s",
)
STOP_RINGING = Write(
    "stop ringing for a call",
    "UPDATE vicidial_live_agents SET ring_callerid = '' WHERE ring_callerid = %(call_id)s",
)

# ---- over AMI: what was written before the action is taken back when Asterisk refuses
INBOUND_LOG_OF_CALL = Select(
    "inbound log of a remote agent's call",
    ClosedInbound,
    "FROM vicidial_closer_log WHERE uniqueid = %(uniqueid)s AND lead_id = %(lead_id)s"
    " AND campaign_id = %(campaign_id)s ORDER BY closecallid DESC LIMIT 1",
)
LOG_OF_CALL = Select(
    "log of a remote agent's call",
    LoggedCall,
    "FROM vicidial_log WHERE uniqueid = %(uniqueid)s AND lead_id = %(lead_id)s LIMIT 1",
)
REOPEN_OUTBOUND = Write(
    "take back the end of a remote agent's call",
    "UPDATE vicidial_log SET status = %(status)s, end_epoch = %(end_epoch)s, length_in_sec = %(length_in_sec)s,"
    " user = %(user)s WHERE uniqueid = %(uniqueid)s AND lead_id = %(lead_id)s LIMIT 1",
)
LEAD_STATUS = Select("status of a lead", LeadStatus, "FROM vicidial_list WHERE lead_id = %(lead_id)s")
LEAVE_CALL = Write(
    "take a call from its agent: a remote one is ready for the next, another one's screen still wants the disposition",
    "UPDATE vicidial_live_agents SET random_id = %(random_id)s, last_call_finish = %(now)s,"
    " last_state_change = %(now)s, status = IF(extension LIKE 'R/%%', 'READY', 'PAUSED'),"
    " lead_id = IF(extension LIKE 'R/%%', 0, lead_id), uniqueid = '', callerid = '', channel = ''"
    " WHERE callerid = %(call_id)s",
)
