"""Statements of transfers: flags, leads, long extensions, and the rooms to leave to (call-control.md section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field

from telectl.database import Insert, Select, Write

# ---- extensions longer than Asterisk keeps
STORE_EXTENSION = Insert("store a long extension", "vicidial_long_extensions", ("extension", "call_date", "source"))
DROP_EXTENSION = Write("drop a long extension", "DELETE FROM vicidial_long_extensions WHERE le_id = %(le_id)s")

# ---- rooms, in the table of the server's conference engine


@dataclass(frozen=True, slots=True)
class Room:
    """A free room of a server."""

    number: str = field(metadata={"sql": "CAST(conf_exten AS CHAR)"})


@dataclass(frozen=True, slots=True)
class RoomStatements:
    """The statements of one table of rooms."""

    free: Select[Room]
    reserve: Write
    give_back: Write
    leave: Write


def _rooms(table: str) -> RoomStatements:
    at = "server_ip = %(server_ip)s AND conf_exten = %(room)s"
    return RoomStatements(
        free=Select(
            f"free rooms of {table}",
            Room,
            f"FROM {table} WHERE server_ip = %(server_ip)s AND conf_exten <> %(room)s"
            " AND (extension IS NULL OR extension = '') ORDER BY conf_exten LIMIT 20",
        ),
        reserve=Write(
            f"reserve a room of {table}",
            f"UPDATE {table} SET extension = %(owner)s, leave_3way = '0' WHERE {at}"
            " AND (extension IS NULL OR extension = '')",
        ),
        give_back=Write(
            f"give a room of {table} back", f"UPDATE {table} SET extension = '' WHERE {at} AND extension = %(owner)s"
        ),
        leave=Write(
            f"leave a room of {table} to those in it",
            f"UPDATE {table} SET extension = %(owner)s, leave_3way = '1', leave_3way_datetime = %(now)s WHERE {at}",
        ),
    )


ROOMS = {"CONFBRIDGE": _rooms("vicidial_confbridges"), "MEETME": _rooms("vicidial_conferences")}
MOVE_AGENT = Write(
    "move an agent to another room",
    "UPDATE vicidial_live_agents SET conf_exten = %(room)s WHERE user = %(user)s AND server_ip = %(server_ip)s",
)
MOVE_SESSION = Write(
    "move an agent's session to another room",
    "UPDATE vicidial_session_data SET conf_exten = %(room)s WHERE user = %(user)s AND server_ip = %(server_ip)s",
)
