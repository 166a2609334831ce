"""telectl's own tables (telectl_*), compared with what schema.sql says of them.

There is no version number to be wrong: columns and keys that are missing are added, text columns that are too short
are made longer, and nothing is ever taken away. So a run may be repeated, or go on where another was cut off, and an
older telectl still works on what a newer one has amended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from telectl.database.pool import Database
from telectl.database.statements import Select

PREFIX = "telectl_"
_COLUMN = re.compile(r"^  `(\w+)` (.+?),?$", re.MULTILINE)
_KEY = re.compile(r"^  ((?:UNIQUE )?KEY `(\w+)` .+?),?$", re.MULTILINE)
_TEXT = re.compile(r"varchar\((\d+)\)")


@dataclass(frozen=True, slots=True)
class Amendment:
    """One change of a table: in words, and as a statement."""

    what: str
    sql: str


@dataclass(frozen=True, slots=True)
class _Column:
    table: str = field(metadata={"sql": "table_name"})
    name: str = field(metadata={"sql": "column_name"})
    length: int | None = field(metadata={"sql": "character_maximum_length"})


@dataclass(frozen=True, slots=True)
class _Key:
    table: str = field(metadata={"sql": "table_name"})
    name: str = field(metadata={"sql": "index_name"})


_OWN = f"WHERE table_schema = DATABASE() AND table_name LIKE '{PREFIX.replace('_', '!_')}%%' ESCAPE '!'"
COLUMNS = Select("columns of telectl's tables", _Column, f"FROM information_schema.columns {_OWN}")
KEYS = Select("keys of telectl's tables", _Key, f"FROM information_schema.statistics {_OWN}")


async def amendments(database: Database, wanted: dict[str, str]) -> list[Amendment]:
    """Return what must be done to telectl's tables that exist, in an order that works.

    Args:
        database: the one that has them.
        wanted: the CREATE TABLE statement of each table.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
    """
    columns: dict[str, dict[str, int | None]] = {}
    for column in await database.all(COLUMNS):
        columns.setdefault(column.table.lower(), {})[column.name.lower()] = column.length
    keys = {(key.table.lower(), key.name.lower()) for key in await database.all(KEYS)}
    found: list[Amendment] = []
    for table, sql in wanted.items():
        if table in columns:
            found += _columns(table, sql, columns[table])
            found += [
                Amendment(f"{table}: key {name}", f"ALTER TABLE `{table}` ADD {definition}")
                for definition, name in _KEY.findall(sql)
                if (table, name) not in keys
            ]
    return found


def _columns(table: str, sql: str, there: dict[str, int | None]) -> Iterator[Amendment]:
    for name, definition in _COLUMN.findall(sql):
        text = _TEXT.match(definition)
        if name not in there:
            yield Amendment(f"{table}: column {name}", f"ALTER TABLE `{table}` ADD COLUMN `{name}` {definition}")
        elif text and (there[name] or 0) < int(text[1]):
            what = f"{table}: column {name}, now {text[1]} characters"
            yield Amendment(what, f"ALTER TABLE `{table}` MODIFY COLUMN `{name}` {definition}")
