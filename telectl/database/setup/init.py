"""`telectl db init`: create what is missing, amend telectl's own tables, never alter VICIdial's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import resources

from telectl.database.pool import Database, Timeouts
from telectl.database.setup import demo as demo_data
from telectl.database.setup.own_tables import PREFIX, amendments
from telectl.database.setup.rights import NEEDED, allowed
from telectl.database.statements import Select, Write
from telectl.errors import DatabaseError

_PATIENT = Timeouts(statement=600.0)
"""A large table takes its time to be altered."""
_ROWS = re.compile(r"^INSERT INTO `(\w+)`.*?;$", re.MULTILINE | re.DOTALL)
_CREATE = re.compile(r"^CREATE TABLE IF NOT EXISTS `(\w+)`.*?;$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Table:
    name: str = field(metadata={"sql": "table_name"})


@dataclass(frozen=True, slots=True)
class _User:
    user: str


@dataclass(frozen=True, slots=True)
class _Who:
    name: str = field(metadata={"sql": "CURRENT_USER()"})


WHO = Select("as whom the server knows us", _Who, "")
TABLES = Select("tables", _Table, "FROM information_schema.tables WHERE table_schema = DATABASE()")
ANY_USER = Select("a user", _User, "FROM vicidial_users LIMIT 1")


async def initialise(url: str, *, demo: bool = False, if_empty: bool = False, dry_run: bool = False) -> list[str]:
    """Create missing tables, amend telectl's own, load the demo data if asked; return what was done (or would be).

    Args:
        url: the database, with a user that may create tables.
        demo: load the demo data, too, over those that are there.
        if_empty: load them only where no user is yet, so that what became of them stays.
        dry_run: change nothing.

    Raises:
        DatabaseError: the database cannot be reached, this user may not do what is to be done, or the demo data is
            refused: there are users already.
    """
    database = Database(url, pool=1, timeouts=_PATIENT)
    await database.open()
    try:
        said = await _create_tables(database, dry_run=dry_run)
        said += await _amend_own_tables(database, dry_run=dry_run)
        said = said or ["every table is there"]
        if demo and not (if_empty and await _has_users(database)):
            said.append(await _load_demo(database, dry_run=dry_run))
        return said
    finally:
        await database.close()


async def outdated(database: Database) -> list[str]:
    """Return what `telectl db init` would amend in telectl's own tables.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
    """
    return [amendment.what for amendment in await amendments(database, table_statements())]


def table_statements() -> dict[str, str]:
    """Return the CREATE TABLE statements of schema.sql by table."""
    text = _script("schema.sql")
    return {match[1]: match[0].rstrip(";") for match in _CREATE.finditer(text)}


def first_rows() -> dict[str, str]:
    """Return the INSERT statements of schema.sql by table: what a VICIdial installation brings and telectl needs."""
    return {match[1]: match[0].rstrip(";") for match in _ROWS.finditer(_script("schema.sql"))}


async def _create_tables(database: Database, *, dry_run: bool) -> list[str]:
    """Create what is missing; in a VICIdial's database only telectl's own, for its tables are VICIdial's to create."""
    statements, rows = table_statements(), first_rows()
    known = {name.lower() for name in statements}
    there = {row.name.lower() for row in await database.all(TABLES)}
    of_a_vicidial = any(name.startswith("vicidial_") for name in there - known)
    said = []
    for name, sql in statements.items():
        if name.lower() in there:
            continue
        if of_a_vicidial and not name.startswith(PREFIX):
            if name in NEEDED:
                said.append(
                    f"{name} is missing: it comes with a newer VICIdial; what needs it answers an error till then"
                )
            continue
        await _require(database, sql)
        if not dry_run:
            await database.write(Write(f"create {name}", sql))
            if name in rows:
                await database.write(Write(f"first rows of {name}", rows[name]))
        said.append(f"{'would create' if dry_run else 'created'} {name}")
    return said


async def _amend_own_tables(database: Database, *, dry_run: bool) -> list[str]:
    said = []
    for amendment in await amendments(database, table_statements()):
        await _require(database, amendment.sql)
        if not dry_run:
            await database.write(Write(amendment.what, amendment.sql))
        said.append(f"{'would amend' if dry_run else 'amended'} {amendment.what}")
    return said


async def _require(database: Database, sql: str) -> None:
    """Have the server say whether this user may run a statement.

    Raises:
        DatabaseError: the user may not. Then it sees no table that it has no right on either: what seems to be missing
            may be there.
    """
    async with database.connection() as connection:
        if await allowed(connection, sql):
            return
        who = await connection.one(WHO)
    raise DatabaseError(
        f"user {who.name if who else '?'} may not create or alter tables in {database.name}, and sees only"
        " those that it has rights on: what is missing there cannot be told."
        " Run this as the database's administrator"
    )


async def _has_users(database: Database) -> bool:
    there = {row.name.lower() for row in await database.all(TABLES)}
    return "vicidial_users" in there and await database.one(ANY_USER) is not None


async def _load_demo(database: Database, *, dry_run: bool) -> str:
    await demo_data.require_no_others(database, {row.name.lower() for row in await database.all(TABLES)})
    if dry_run:
        return "would load the demo data"
    async with database.connection() as connection:
        await demo_data.load(connection)
    return "loaded the demo data"


def _script(name: str) -> str:
    return resources.files("telectl.database.setup").joinpath(name).read_text(encoding="utf-8")
