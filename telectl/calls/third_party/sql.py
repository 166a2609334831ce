"""telectl_calls: the third parties that telectl dialled, and what became of them; read by every copy of telectl."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from telectl.database import Select, Write


@dataclass(frozen=True, slots=True)
class ThirdCallRow:
    """A row of telectl_calls. Times are the database's local time; `cause` is a Q.850 hangup cause, 0 for none."""

    call_id: str
    agent: str
    lead_id: int
    campaign_id: str
    """The agent's campaign when it was dialled."""
    server_ip: str
    number: str
    channel_id: str
    """The uniqueid of the near half of its channel."""
    state: str
    end_wanted: int
    """1: telectl was asked to hang it up."""
    dialstatus: str
    cause: int
    cause_text: str
    channel: str
    uniqueid: str
    """Channel and uniqueid of the third party's own leg."""
    started: datetime
    rang: datetime | None
    answered: datetime | None
    ended: datetime | None


THIRD_CALL = Select("third party's call", ThirdCallRow, "FROM telectl_calls WHERE call_id = %(call_id)s")
# IGNORE: the same id exists already when two dials for one lead meet in a second; the row tells by not being written.
START_THIRD_CALL = Write(
    "start a third party's call",
    "INSERT IGNORE INTO telectl_calls"
    " (call_id, agent, lead_id, campaign_id, server_ip, number, channel_id, state, started)"
    " VALUES (%(call_id)s, %(agent)s, %(lead_id)s, %(campaign_id)s, %(server_ip)s, %(number)s, %(channel_id)s,"
    " 'dialing', %(now)s)",
)
FORGET_THIRD_CALL = Write("forget a third party's call", "DELETE FROM telectl_calls WHERE call_id = %(call_id)s")
TELL_THIRD_CALL = Write(
    "tell what became of a third party's call",
    "UPDATE telectl_calls SET state = %(state)s, dialstatus = %(dialstatus)s, cause = %(cause)s,"
    " cause_text = %(cause_text)s, channel = %(channel)s, uniqueid = %(uniqueid)s, rang = %(rang)s,"
    " answered = %(answered)s, ended = %(ended)s WHERE call_id = %(call_id)s",
)
PURGE_THIRD_CALLS = Write(
    "forget third parties' calls of last week",
    "DELETE FROM telectl_calls WHERE started < %(since)s LIMIT 1000",
)

# ---- where VICIdial's own programs write the same
LOG_FAILED_DIAL = Write(
    "log why a dial failed",
    "UPDATE vicidial_dial_log SET uniqueid = %(uniqueid)s, sip_hangup_cause = %(cause)s,"
    " sip_hangup_reason = %(cause_text)s WHERE caller_code = %(call_id)s",
)
LOG_THIRD_LEFT = Write(
    "log that a third party hung up",
    "UPDATE user_call_log SET xfer_hungup = 'XFER_3WAYHangup', xfer_hungup_datetime = %(now)s"
    " WHERE lead_id = %(lead_id)s AND user = %(user)s AND call_type LIKE '%%3WAY%%'"
    " AND call_date > %(since)s ORDER BY user_call_log_id DESC LIMIT 1",
)
