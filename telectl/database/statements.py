"""Statements: each has a name, bound values `%(name)s`, and for a Select a row class that lists its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any, Generic, TypeVar, cast

Row_co = TypeVar("Row_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Select(Generic[Row_co]):
    """A query whose columns are the fields of a dataclass.

    A field's name is its column, or `field(metadata={"sql": "<expression>"})`; `tail` is everything from FROM on.
    """

    name: str
    row: type[Row_co]
    tail: str
    sql: str = field(init=False)

    def __post_init__(self) -> None:
        listed = ", ".join(_expression(column) for column in fields(cast("Any", self.row)))
        object.__setattr__(self, "sql", f"SELECT {listed} {self.tail}")


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are: the row class of a Select that counts."""

    number: int = field(metadata={"sql": "COUNT(*)"})


@dataclass(frozen=True, slots=True)
class Write:
    """An UPDATE, DELETE or INSERT … SELECT, written out."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Insert:
    """A row into a table, its columns named: a table may have more than we know of."""

    name: str
    table: str
    columns: Sequence[str]
    on_duplicate: str = ""
    sql: str = field(init=False)

    def __post_init__(self) -> None:
        columns = ", ".join(f"`{column}`" for column in self.columns)
        values = ", ".join(f"%({column})s" for column in self.columns)
        text = f"INSERT INTO `{self.table}` ({columns}) VALUES ({values})"
        if self.on_duplicate:
            text += f" ON DUPLICATE KEY UPDATE {self.on_duplicate}"
        object.__setattr__(self, "sql", text)


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did: rows it matched (not: changed), and the last AUTO_INCREMENT value it made."""

    matched: int
    last_id: int


def _expression(column: Field[Any]) -> str:
    return str(column.metadata.get("sql", f"`{column.name}`"))
