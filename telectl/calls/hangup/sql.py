"""Statements of the end of an agent's call (call-control.md sections 7.3 and 8).

`length` is what the log says a call lasted, in seconds; the columns are unsigned, and a start may lie in the future of
our clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from telectl.database import Select, Write

_MOST = 65_000
"""Seconds; the columns of vicidial_agent_log are small."""


def _since(column: str) -> str:
    since = f"CAST(%(epoch)s AS SIGNED) - CAST(COALESCE({column}, %(epoch)s) AS SIGNED)"
    return f"LEAST(GREATEST({since}, 0), {_MOST})"


_LENGTH = "GREATEST(CAST(%(epoch)s AS SIGNED) - CAST(start_epoch AS SIGNED), 0)"
_TERM = "IF(term_reason = 'CALLER', term_reason, 'AGENT')"
_DISPO = "IF(status = 'INCALL', 'DISPO', status)"


@dataclass(frozen=True, slots=True)
class ClosedLog:
    """What a row of vicidial_log or vicidial_closer_log said before it was closed."""

    status: str | None
    end_epoch: int | None
    length_in_sec: int | None


@dataclass(frozen=True, slots=True)
class ClosedInbound(ClosedLog):
    """A row of vicidial_closer_log."""

    closecallid: int


INBOUND_LOG = Select(
    "newest inbound log of a lead",
    ClosedInbound,
    "FROM vicidial_closer_log WHERE lead_id = %(lead_id)s AND call_date > %(since)s ORDER BY closecallid DESC LIMIT 1",
)
OUTBOUND_LOG = Select(
    "log of a call", ClosedLog, "FROM vicidial_log WHERE uniqueid = %(uniqueid)s AND lead_id = %(lead_id)s LIMIT 1"
)
TRANSFER_INBOUND = Write(
    "log the transfer of an inbound call",
    f"UPDATE vicidial_closer_log SET status = 'XFER', end_epoch = %(epoch)s, length_in_sec = {_LENGTH}"
    " WHERE closecallid = %(closecallid)s",
)
UNTRANSFER_INBOUND = Write(
    "take back the log of an inbound call's transfer",
    "UPDATE vicidial_closer_log SET status = %(status)s, end_epoch = %(end_epoch)s, length_in_sec = %(length_in_sec)s"
    " WHERE closecallid = %(closecallid)s",
)
TRANSFER_OUTBOUND = Write(
    "log the transfer of a call",
    f"UPDATE vicidial_log SET status = 'XFER', end_epoch = %(epoch)s, length_in_sec = {_LENGTH}"
    " WHERE uniqueid = %(uniqueid)s AND lead_id = %(lead_id)s",
)
UNTRANSFER_OUTBOUND = Write(
    "take back the log of a call's transfer",
    "UPDATE vicidial_log SET status = %(status)s, end_epoch = %(end_epoch)s, length_in_sec = %(length_in_sec)s"
    " WHERE uniqueid = %(uniqueid)s AND lead_id = %(lead_id)s",
)
END_INBOUND = Write(
    "end an agent's inbound call in its log",
    f"UPDATE vicidial_closer_log SET end_epoch = %(epoch)s, length_in_sec = {_LENGTH}, term_reason = {_TERM},"
    f" status = {_DISPO} WHERE lead_id = %(lead_id)s AND user = %(user)s"
    " AND call_date > %(since)s ORDER BY closecallid DESC LIMIT 1",
)
END_OUTBOUND = Write(
    "end an agent's call in its log",
    f"UPDATE vicidial_log SET end_epoch = %(epoch)s, length_in_sec = {_LENGTH}, term_reason = {_TERM},"
    f" status = {_DISPO} WHERE uniqueid = %(uniqueid)s AND lead_id = %(lead_id)s",
)
LOG_EXTENDED = Write(
    "log a call's id",
    "INSERT INTO vicidial_log_extended (uniqueid, server_ip, call_date, lead_id, caller_code)"
    " VALUES (%(uniqueid)s, %(server_ip)s, %(now)s, %(lead_id)s, %(call_id)s)"
    " ON DUPLICATE KEY UPDATE server_ip = VALUES(server_ip), call_date = VALUES(call_date),"
    " lead_id = VALUES(lead_id), caller_code = VALUES(caller_code)",
)
END_CALL = Write(
    "end the call of an agent that calls were dialled for",
    "DELETE FROM vicidial_auto_calls WHERE callerid = %(call_id)s AND lead_id = %(lead_id)s",
)
END_MANUAL_CALLS = Write(
    "end the calls that an agent dialled by hand",
    "DELETE FROM vicidial_auto_calls WHERE lead_id = %(lead_id)s AND callerid LIKE 'M%%'",
)
RELEASE = Write(
    "release an agent from its call; the lead stays until the disposition",
    "UPDATE vicidial_live_agents SET status = 'PAUSED', uniqueid = 0, callerid = '', channel = '',"
    " call_server_ip = '', comments = '', last_call_finish = %(now)s, last_state_change = %(now)s,"
    " last_inbound_call_finish = IF(%(inbound)s, %(now)s, last_inbound_call_finish), preview_lead_id = 0,"
    " external_transferconf = '', external_park = ''"
    " WHERE user = %(user)s AND server_ip = %(server_ip)s AND callerid = %(call_id)s",
)
END_TALK = Write(
    "end the talk in an agent's log",
    "UPDATE vicidial_agent_log SET dispo_epoch = %(epoch)s, uniqueid = %(uniqueid)s,"
    f" talk_sec = {_since('talk_epoch')}, dead_sec = IF(dead_epoch > 0, {_since('dead_epoch')}, dead_sec)"
    " WHERE agent_log_id = %(agent_log_id)s AND user = %(user)s",
)
END_RECORDINGS = Write(
    "end the recordings of an agent's call",
    "UPDATE recording_log SET end_time = %(now)s, end_epoch = %(epoch)s,"
    " length_in_sec = GREATEST(CAST(%(epoch)s AS SIGNED) - CAST(start_epoch AS SIGNED), 0),"
    " length_in_min = GREATEST(CAST(%(epoch)s AS SIGNED) - CAST(start_epoch AS SIGNED), 0) / 60"
    " WHERE user = %(user)s AND lead_id = %(lead_id)s AND end_epoch IS NULL"
    " AND start_time > %(since)s",
)
WANT_END = Write(
    "tell that the end of a third party's call is wanted",
    "UPDATE telectl_calls SET end_wanted = 1 WHERE lead_id = %(lead_id)s AND agent = %(agent)s AND ended IS NULL",
)
CLEAR_TRANSFER_FLAG = Write(
    "clear the transfer flag",
    "UPDATE vicidial_live_agents SET external_transferconf = '' WHERE user = %(user)s AND external_transferconf <> ''",
)
