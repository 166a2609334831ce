"""The demo data: a small installation, for an empty database and for no other.

Its users have a password that everybody knows, and loading it empties the tables that it fills. So it is refused where
a table has a row of somebody else, and its users are let in from this machine only, until their password is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import resources

from telectl.database.connection import Connection
from telectl.database.pool import Database
from telectl.database.statements import Count, Select, Write
from telectl.errors import DatabaseError

PASSWORD = "1234"  # noqa: S105 - everybody knows it
OF_DEMO = f"COALESCE(full_name LIKE 'telectl demo:%%' AND pass = '{PASSWORD}', 0)"
"""Recognises a row of vicidial_users whose password everybody knows."""

_USERS = "(SELECT user FROM vicidial_users WHERE full_name LIKE 'telectl demo:%%')"
_GROUPS = "(SELECT group_id FROM vicidial_inbound_groups WHERE group_name LIKE 'telectl demo:%%')"
_SERVERS = "(SELECT server_ip FROM servers WHERE server_description LIKE 'telectl demo:%%')"
_CAMPAIGNS = "(SELECT campaign_id FROM vicidial_campaigns WHERE campaign_name = 'telectl demo')"
_OF_USER = f"user IN {_USERS}"
MARKS = {
    # people and installation: the mark stands in the row
    "system_settings": "version = 'telectl demo'",
    "vicidial_users": "full_name LIKE 'telectl demo:%%'",
    "vicidial_user_groups": "group_name LIKE 'telectl demo:%%'",
    "servers": "server_description LIKE 'telectl demo:%%'",
    "phones": "fullname LIKE 'telectl demo:%%'",
    "vicidial_campaigns": "campaign_name = 'telectl demo'",
    "vicidial_statuses": "category = 'telectl demo'",
    # AGENTDIRECT comes with the table
    "vicidial_inbound_groups": "group_name LIKE 'telectl demo:%%' OR group_id = 'AGENTDIRECT'",
    "groups_alias": "group_alias_name = 'telectl demo'",
    "vicidial_lists": "list_name LIKE 'telectl demo:%%'",
    "vicidial_list": "owner = 'telectl demo'",
    "vicidial_settings_containers": "container_notes = 'telectl demo'",
    # sessions, rooms and calls: they belong to users, servers, campaigns or in-groups that bear it
    "vicidial_live_agents": _OF_USER,
    "vicidial_live_inbound_agents": _OF_USER,
    "vicidial_session_data": _OF_USER,
    "vicidial_remote_agents": f"user_start IN {_USERS}",
    "vicidial_confbridges": f"server_ip IN {_SERVERS}",
    "parked_channels": f"server_ip IN {_SERVERS}",
    "vicidial_auto_calls": f"campaign_id IN {_CAMPAIGNS} OR campaign_id IN {_GROUPS}",
    "vicidial_log": _OF_USER,
    "vicidial_closer_log": _OF_USER,
    "vicidial_agent_log": _OF_USER,
}
"""How the rows of each table that demo.sql touches are known as the demo's."""
_TOUCHED = re.compile(r"^(?:DELETE FROM|INSERT INTO) (\w+)", re.MULTILINE)


def touched() -> frozenset[str]:
    """Return the tables that loading the demo data empties or fills."""
    return frozenset(_TOUCHED.findall(_script()))


async def require_no_others(database: Database, there: Iterable[str]) -> None:
    """Refuse the demo data where somebody else's rows would be lost.

    Args:
        database: where it is to go.
        there: the tables that exist, in lower case.

    Raises:
        DatabaseError: a table has rows that do not bear the demo's mark; each is named with their number.
    """
    found = []
    for table in sorted(touched() & set(there)):
        others = f"FROM {table} WHERE NOT COALESCE({MARKS[table]}, 0)"
        rows = await database.one(Select(f"others' rows of {table}", Count, others))
        if rows is not None and rows.number:
            found.append(f"{table} ({rows.number})")
    if found:
        raise DatabaseError(
            f"the demo data goes into an empty database only; {database.name} has rows that are not the demo's,"
            f" and they would be lost: {', '.join(found)}"
        )


async def load(connection: Connection) -> None:
    """Empty the demo's tables, and fill them."""
    for number, statement in enumerate(_statements(_script()), start=1):
        await connection.write(Write(f"demo.sql, statement {number}", statement))


def _statements(script: str) -> Iterator[str]:
    """Split a script of ours at the semicolons that end a line."""
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    return (part.strip() for part in re.split(r";\n", "\n".join(lines) + "\n") if part.strip())


def _script() -> str:
    return resources.files("telectl.database.setup").joinpath("demo.sql").read_text(encoding="utf-8")
