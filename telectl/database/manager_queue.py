"""VICIdial's queue of manager actions: the table vicidial_manager."""

from __future__ import annotations

from telectl.database.statements import Insert

LINES = {
    **dict.fromkeys(("cmd_line_b", "cmd_line_c"), 100),
    "cmd_line_d": 200,
    **dict.fromkeys(("cmd_line_e", "cmd_line_f", "cmd_line_g", "cmd_line_h"), 100),
    **dict.fromkeys(("cmd_line_i", "cmd_line_j"), 50),
    "cmd_line_k": 100,
}
"""The columns of an action's headers, and the characters that each keeps."""
COLUMNS = ("uniqueid", "entry_date", "status", "response", "server_ip", "channel", "action", "callerid", *LINES)
QUEUE_ACTION = Insert("queue a manager action", "vicidial_manager", COLUMNS)
