"""telectl_dials: how many calls were asked for by each API user, and for each agent, in this minute."""

from __future__ import annotations

from telectl.database.statements import Write

COUNT_DIALS = Write(
    "count dials",
    "INSERT INTO telectl_dials (whose, of_minute, dials) VALUES (%(whose)s, %(minute)s, %(more)s)"
    " ON DUPLICATE KEY UPDATE dials = LAST_INSERT_ID(IF(of_minute = %(minute)s, dials, 0) + %(more)s),"
    " of_minute = %(minute)s",
)
"""`Written.last_id` is the minute's number so far, those asked for now included; 0 stands for the first ones ever."""
