"""Statements of parking: parked_channels, parked_channels_recent and park_log (call-control.md section 6).

Each row that is written before Asterisk acts has an inverse, for the case that Asterisk refuses.
"""

from __future__ import annotations

from telectl.database import Insert, Write

PARK_CHANNEL = Insert(
    "park a channel",
    "parked_channels",
    ("channel", "server_ip", "channel_group", "extension", "parked_by", "parked_time"),
)
UNPARK_CHANNEL = Write(
    "unpark a channel", "DELETE FROM parked_channels WHERE server_ip = %(server_ip)s AND channel = %(channel)s"
)
REMEMBER_PARKED = Insert(
    "remember a parked channel",
    "parked_channels_recent",
    ("server_ip", "channel", "channel_group", "park_end_time"),
)
FORGET_PARKED = Write(
    "forget a remembered channel",
    "DELETE FROM parked_channels_recent WHERE server_ip = %(server_ip)s AND channel = %(channel)s"
    " AND channel_group = %(channel_group)s AND park_end_time = %(park_end_time)s",
)
LOG_PARK = Insert(
    "log a park",
    "park_log",
    (
        "uniqueid",
        "status",
        "channel",
        "channel_group",
        "server_ip",
        "parked_time",
        "parked_sec",
        "extension",
        "user",
        "lead_id",
        "campaign_id",
    ),
)
UNLOG_PARK = Write(
    "take back the log of a park",
    "DELETE FROM park_log WHERE uniqueid = %(uniqueid)s AND server_ip = %(server_ip)s"
    " AND extension = %(extension)s AND parked_time = %(parked_time)s AND status = %(status)s",
)
LOG_GRAB = Write(
    "log a grab",
    "UPDATE park_log SET status = %(status)s, grab_time = %(now)s,"
    " parked_sec = %(parked_sec)s"
    " WHERE uniqueid = %(uniqueid)s AND server_ip = %(server_ip)s AND extension = %(extension)s"
    " AND grab_time IS NULL AND hangup_time IS NULL ORDER BY parked_time DESC LIMIT 1",
)
UNLOG_GRAB = Write(
    "take back the log of a grab",
    "UPDATE park_log SET status = %(status)s, grab_time = NULL, parked_sec = 0"
    " WHERE uniqueid = %(uniqueid)s AND server_ip = %(server_ip)s AND extension = %(extension)s"
    " AND grab_time = %(now)s ORDER BY parked_time DESC LIMIT 1",
)
LOG_LOST = Write(
    "log the end of a parked call",
    "UPDATE park_log SET status = 'HUNGUP', hangup_time = %(now)s,"
    " parked_sec = %(parked_sec)s"
    " WHERE uniqueid = %(uniqueid)s AND server_ip = %(server_ip)s AND extension = %(extension)s"
    " AND grab_time IS NULL AND hangup_time IS NULL ORDER BY parked_time DESC LIMIT 1",
)
CLEAR_PARK_FLAG = Write(
    "clear the park flag",
    "UPDATE vicidial_live_agents SET external_park = '' WHERE user = %(user)s AND external_park <> ''",
)
