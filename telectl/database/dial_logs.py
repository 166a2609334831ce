"""The rows of a third party's dial (call-control.md section 7.4), each found again by the call's id to take it back."""

from __future__ import annotations

from telectl.database import Insert, Write

LOG_DIAL = Insert(
    "log a dial",
    "vicidial_dial_log",
    ("caller_code", "lead_id", "server_ip", "call_date", "extension", "channel", "timeout", "outbound_cid", "context"),
)
LOG_CALLER_ID = Insert(
    "log the caller id of a dial",
    "vicidial_dial_cid_log",
    ("caller_code", "call_date", "call_type", "call_alt", "outbound_cid", "outbound_cid_type"),
)
LOG_AGENT_DIAL = Insert(
    "log an agent's dial", "vicidial_user_dial_log", ("caller_code", "user", "call_date", "call_type", "notes")
)
LOG_SESSION = Insert(
    "log the session of a three-way call",
    "vicidial_sessions_recent",
    ("lead_id", "server_ip", "call_date", "user", "campaign_id", "conf_exten", "call_type"),
)
LOG_AGENT_CALL = Insert(
    "log an agent's call",
    "user_call_log",
    (
        *("user", "call_date", "call_type", "server_ip", "phone_number", "number_dialed", "lead_id", "callerid"),
        *("group_alias_id", "preset_name", "campaign_id", "customer_hungup"),
    ),
)

UNLOG_DIAL = Write("take a dial's log back", "DELETE FROM vicidial_dial_log WHERE caller_code = %(caller_code)s")
UNLOG_CALLER_ID = Write(
    "take a dial's caller id back", "DELETE FROM vicidial_dial_cid_log WHERE caller_code = %(caller_code)s"
)
UNLOG_AGENT_DIAL = Write(
    "take an agent's dial back",
    "DELETE FROM vicidial_user_dial_log WHERE caller_code = %(caller_code)s AND user = %(user)s",
)
UNLOG_SESSION = Write(
    "take a three-way session back",
    "DELETE FROM vicidial_sessions_recent WHERE lead_id = %(lead_id)s AND user = %(user)s"
    " AND call_date = %(call_date)s AND call_type = 'X'",
)
UNLOG_AGENT_CALL = Write(
    "take an agent's call back",
    "DELETE FROM user_call_log WHERE user = %(user)s AND lead_id = %(lead_id)s AND call_date = %(call_date)s"
    " AND call_type = %(call_type)s",
)
