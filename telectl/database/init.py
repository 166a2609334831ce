"""`telectl db init`: create the tables that are missing; what exists is never altered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import resources

from telectl.database.pool import Database
from telectl.database.statements import Select, Write
from telectl.errors import DatabaseError

_CREATE = re.compile(r"^CREATE TABLE IF NOT EXISTS `(\w+)`.*?;$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Table:
    name: str = field(metadata={"sql": "table_name"})


@dataclass(frozen=True, slots=True)
class _User:
    user: str


TABLES = Select("tables", _Table, "FROM information_schema.tables WHERE table_schema = DATABASE()")
OTHER_USER = Select(
    "a user that is not the demo's", _User, "FROM vicidial_users WHERE user NOT LIKE '1___' AND user <> '6666' LIMIT 1"
)
DEMO_USER = Select("the demo's API user", _User, "FROM vicidial_users WHERE user = '6666' LIMIT 1")


async def initialise(url: str, *, demo: bool = False, dry_run: bool = False) -> list[str]:
    """Create missing tables, load the demo data if asked, and tell what was done (or would be).

    Raises:
        DatabaseError: the database cannot be reached, or the demo data is refused: there are users already.
    """
    database = Database(url, pool=1)
    await database.open()
    try:
        said = await _create_tables(database, dry_run=dry_run)
        if demo:
            said.append(await _load_demo(database, dry_run=dry_run))
        return said
    finally:
        await database.close()


def table_statements() -> dict[str, str]:
    """Give the CREATE TABLE statements of schema.sql by table."""
    text = _script("schema.sql")
    return {match[1]: match[0].rstrip(";") for match in _CREATE.finditer(text)}


async def _create_tables(database: Database, *, dry_run: bool) -> list[str]:
    there = {row.name.lower() for row in await database.all(TABLES)}
    missing = {name: sql for name, sql in table_statements().items() if name.lower() not in there}
    async with database.connection() as connection:
        for name, sql in missing.items():
            if not dry_run:
                await connection.write(Write(f"create {name}", sql))
    verb = "would create" if dry_run else "created"
    return [f"{verb} {name}" for name in missing] or ["every table is there"]


async def _load_demo(database: Database, *, dry_run: bool) -> str:
    if dry_run:
        return "would load the demo data"
    if await database.one(OTHER_USER) is not None:
        raise DatabaseError("the demo data goes into an empty installation only: vicidial_users has users of its own")
    async with database.connection() as connection:
        for number, statement in enumerate(_statements(_script("demo.sql")), start=1):
            await connection.write(Write(f"demo.sql, statement {number}", statement))
    return "loaded the demo data"


def _statements(script: str) -> list[str]:
    """Split a script of ours at the semicolons that end a line."""
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    return [part.strip() for part in re.split(r";\n", "\n".join(lines) + "\n") if part.strip()]


def _script(name: str) -> str:
    return resources.files("telectl.database").joinpath(name).read_text(encoding="utf-8")
