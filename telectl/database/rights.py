"""Which rights telectl needs on which table, and which of them its database user lacks."""

from __future__ import annotations

from dataclasses import dataclass, field

from telectl.database.init import table_statements
from telectl.database.pool import Database
from telectl.database.statements import Select

READ = ("SELECT",)
CHANGE = ("SELECT", "UPDATE")
ADD = ("SELECT", "INSERT")
ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")

NEEDED = {
    "system_settings": READ,
    "servers": READ,
    "phones": READ,
    "vicidial_users": CHANGE,
    "vicidial_user_groups": READ,
    "vicidial_campaigns": READ,
    "vicidial_inbound_groups": READ,
    "vicidial_statuses": READ,
    "vicidial_session_data": CHANGE,
    "vicidial_live_agents": CHANGE,
    "vicidial_auto_calls": ALL,
    "vicidial_manager": ADD,
    "vicidial_list": ("SELECT", "INSERT", "UPDATE"),
    "vicidial_confbridges": CHANGE,
    "vicidial_conferences": CHANGE,
    "vicidial_manual_dial_queue": ADD,
    "vicidial_live_inbound_agents": ALL,
    "vicidial_admin_log": ADD,
    "vicidial_agent_notifications": ADD,
    "vicidial_lead_messages": ADD,
    "vicidial_3way_press_multi": ("SELECT", "INSERT", "UPDATE"),
    "vicidial_log": CHANGE,
    "vicidial_closer_log": CHANGE,
    "parked_channels": ALL,
    "parked_channels_recent": ("SELECT", "INSERT", "DELETE"),
    "park_log": ALL,
    "vicidial_user_dial_log": ("SELECT", "INSERT", "DELETE"),
    "vicidial_api_log": ADD,
    "vicidial_api_urls": ADD,
    "vicidial_webservers": ("SELECT", "INSERT", "UPDATE"),
    "vicidial_urls": ("SELECT", "INSERT", "UPDATE"),
    "vicidial_log_extended": ("SELECT", "INSERT", "UPDATE"),
    "vicidial_agent_log": CHANGE,
    "recording_log": CHANGE,
    "vicidial_long_extensions": ("INSERT", "DELETE", "SELECT"),
    "vicidial_dial_log": ALL,
    "vicidial_dial_cid_log": ("SELECT", "INSERT", "DELETE"),
    "vicidial_sessions_recent": ("SELECT", "INSERT", "DELETE"),
    "user_call_log": ALL,
    "telectl_locks": ALL,
    "telectl_calls": ALL,
}
"""A table that is not listed is read only: its functions say what they need when they are called."""


@dataclass(frozen=True, slots=True)
class _Name:
    name: str = field(metadata={"sql": "LOWER(table_name)"})


@dataclass(frozen=True, slots=True)
class _Right:
    right: str = field(metadata={"sql": "UPPER(privilege_type)"})


@dataclass(frozen=True, slots=True)
class _TableRight:
    table: str = field(metadata={"sql": "LOWER(table_name)"})
    right: str = field(metadata={"sql": "UPPER(privilege_type)"})


_GRANTEE = "grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')"
TABLES = Select("visible tables", _Name, "FROM information_schema.tables WHERE table_schema = DATABASE()")
GLOBAL = Select("rights on everything", _Right, f"FROM information_schema.user_privileges WHERE {_GRANTEE}")
SCHEMA = Select(
    "rights on the database",
    _Right,
    "FROM information_schema.schema_privileges"
    f" WHERE {_GRANTEE} AND DATABASE() LIKE REPLACE(table_schema, '\\\\_', '_')",
)
TABLE = Select(
    "rights on tables",
    _TableRight,
    f"FROM information_schema.table_privileges WHERE {_GRANTEE} AND table_schema = DATABASE()",
)


async def missing_rights(database: Database) -> list[str]:
    """Tell what is missing, a phrase each: `table x is missing`, `no UPDATE on y`.

    A table that the user may not read at all is not visible, and so counts as missing.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
    """
    visible = {row.name for row in await database.all(TABLES)}
    everywhere = {row.right for row in [*await database.all(GLOBAL), *await database.all(SCHEMA)]}
    by_table: dict[str, set[str]] = {}
    for row in await database.all(TABLE):
        by_table.setdefault(row.table, set()).add(row.right)
    said = [f"table {table} is missing" for table in table_statements() if table.lower() not in visible]
    for table, rights in NEEDED.items():
        lacking = [right for right in rights if right not in everywhere | by_table.get(table, set())]
        if table in visible and lacking:
            said.append(f"no {', '.join(lacking)} on {table}")
    return said
