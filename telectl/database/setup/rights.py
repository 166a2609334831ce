"""Which rights telectl needs on which table: the GRANT script, and what its database user lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from telectl.database.connection import Connection
from telectl.database.pool import Database
from telectl.database.statements import Select, Write
from telectl.errors import SettingsError, StatementFailed

READ = ("SELECT",)
CHANGE = ("SELECT", "UPDATE")
ADD = ("INSERT",)
KEEP = ("SELECT", "INSERT", "UPDATE")
COME_AND_GO = ("SELECT", "INSERT", "DELETE")
ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")

NEEDED = {
    # installation and people
    "system_settings": READ,
    "servers": READ,
    "phones": READ,
    "vicidial_users": CHANGE,
    "vicidial_user_groups": READ,
    "vicidial_campaigns": READ,
    "vicidial_inbound_groups": READ,
    "vicidial_inbound_group_agents": READ,
    "vicidial_statuses": READ,
    "vicidial_campaign_statuses": READ,
    "vicidial_settings_containers": READ,
    "vicidial_ip_list_entries": READ,
    "vicidial_language_phrases": READ,
    "vicidial_dnc": READ,
    "vicidial_campaign_dnc": READ,
    "groups_alias": READ,
    # agents, their sessions and rooms
    "vicidial_live_agents": CHANGE,
    "vicidial_live_inbound_agents": ALL,
    "vicidial_session_data": CHANGE,
    "vicidial_sessions_recent": COME_AND_GO,
    "vicidial_confbridges": CHANGE,
    "vicidial_conferences": CHANGE,
    "web_client_sessions": READ,
    "live_channels": READ,
    "live_sip_channels": READ,
    # calls and leads
    "vicidial_list": KEEP,
    "vicidial_auto_calls": ALL,
    "vicidial_manual_dial_queue": ("SELECT", "INSERT"),
    "vicidial_manager": ADD,
    "vicidial_long_extensions": COME_AND_GO,
    "vicidial_3way_press_live": READ,
    "vicidial_3way_press_multi": KEEP,
    "vicidial_email_list": READ,
    "parked_channels": COME_AND_GO,
    "parked_channels_recent": COME_AND_GO,
    "vicidial_agent_notifications": ADD,
    "vicidial_lead_messages": ADD,
    # logs
    "park_log": ALL,
    "user_call_log": ALL,
    "vicidial_log": CHANGE,
    "vicidial_closer_log": CHANGE,
    "vicidial_log_extended": KEEP,
    "vicidial_agent_log": CHANGE,
    "recording_log": CHANGE,
    "vicidial_dial_log": ALL,
    "vicidial_dial_cid_log": COME_AND_GO,
    "vicidial_user_dial_log": COME_AND_GO,
    "vicidial_admin_log": ADD,
    "vicidial_ajax_log": ADD,
    # the API's own log
    "vicidial_api_log": ("SELECT", "INSERT"),
    "vicidial_api_urls": ("SELECT", "INSERT"),
    "vicidial_webservers": KEEP,
    "vicidial_urls": KEEP,
    # telectl's
    "telectl_locks": KEEP,
    "telectl_calls": ALL,
    "telectl_dials": KEEP,
    "telectl_requests": ALL,
}
"""Every table that a statement of ours touches, and nothing beyond what the statements need."""

_UNQUOTABLE = re.compile(r"[`'\\\x00-\x1f]|^$")


_LOOKS = {
    "SELECT": "SELECT * FROM `{table}`",
    "INSERT": "INSERT INTO `{table}` () VALUES ()",
    "UPDATE": "UPDATE `{table}` SET `{column}` = ?",
    "DELETE": "DELETE FROM `{table}`",
}
"""A statement for each right, which the server is asked about and which is never run."""


@dataclass(frozen=True, slots=True)
class _Visible:
    table: str = field(metadata={"sql": "LOWER(table_name)"})
    name: str = field(metadata={"sql": "MIN(table_name)"})
    column: str = field(metadata={"sql": "MIN(column_name)"})


VISIBLE = Select(
    "visible tables and a column of each",
    _Visible,
    "FROM information_schema.columns"
    " WHERE table_schema = DATABASE() AND COALESCE(generation_expression, '') = '' GROUP BY 1",
)


def grants(database: str, user: str, host: str) -> Iterator[str]:
    """Return the statements, one per table, that let a database user do what telectl does.

    Raises:
        SettingsError: a name that cannot be quoted.
    """
    for what, name in (("database", database), ("user", user), ("host", host)):
        if _UNQUOTABLE.search(name):
            raise SettingsError(f"the {what}'s name must not be empty or have quotes, backslashes, control characters")
    return (
        f"GRANT {', '.join(rights)} ON `{database}`.`{table}` TO '{user}'@'{host}'" for table, rights in NEEDED.items()
    )


def grant_script(database: str, user: str, host: str) -> str:
    """Return the same as a script for an administrator."""
    statements = "".join(f"{statement};\n" for statement in grants(database, user, host))
    return (
        f"-- The rights that telectl needs in the database {database}, and no more; printed by `telectl db grants`.\n"
        f"-- Run it after `telectl db init`, as an administrator, when the user is there:\n"
        f"--   CREATE USER '{user}'@'{host}' IDENTIFIED BY 'a password of yours';\n"
        "-- A table that is missing in an older VICIdial stops the script; mariadb --force goes on behind it.\n"
        f"{statements}"
    )


async def grant(administrator: str, user: str, host: str) -> int:
    """Grant an existing user what telectl needs, and return the number of tables.

    Args:
        administrator: the database's address, with a user that may grant.
        user: whom to grant it.
        host: where that user comes from, `%` for everywhere.

    Raises:
        DatabaseError: the database cannot be reached, or refuses.
    """
    database = Database(administrator, pool=1)
    try:
        async with database.connection() as connection:
            for statement in grants(database.name, user, host):
                await connection.write(Write(statement.partition(" TO ")[0], statement))
    finally:
        await database.close()
    return len(NEEDED)


async def missing_rights(database: Database) -> list[str]:
    """Return what is missing, a phrase each: `table x is missing …`, `no UPDATE on y`.

    A table on which the user may do nothing at all is not visible, so the two cannot be told apart.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
    """
    visible = {row.table: row for row in await database.all(VISIBLE)}
    said = [f"table {table} is missing, or nothing on it is granted" for table in NEEDED if table not in visible]
    async with database.connection() as connection:
        for table, rights in NEEDED.items():
            if (row := visible.get(table)) is None:
                continue
            looks = {right: _LOOKS[right].format(table=row.name, column=row.column) for right in rights}
            lacking = [right for right, sql in looks.items() if not await allowed(connection, sql)]
            if lacking:
                said.append(f"no {', '.join(lacking)} on {table}")
    return said


async def allowed(connection: Connection, sql: str) -> bool:
    """Return whether the user may run a statement, without running it: only the server knows, for there are roles.

    Raises:
        DatabaseUnavailable: the database cannot be reached, or is in trouble.
    """
    try:
        await connection.write(Write("look at a statement", "PREPARE telectl_look FROM %(sql)s"), sql=sql)
    except StatementFailed:
        return False
    await connection.write(Write("forget it", "DEALLOCATE PREPARE telectl_look"))
    return True
