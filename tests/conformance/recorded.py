"""Read the recorded cases, watch a database's rows, and compare both readably."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymysql

from telectl.database import DatabaseUrl

HERE = Path(__file__).parent
NOT_RECORDED = {"vicidial_api_urls", "vicidial_urls", "vicidial_webservers", "vicidial_admin_log", "telectl_locks"}
COLUMNS_NOT_RECORDED = {"api_id", "run_time", "webserver", "api_url"}
_MASK = re.compile(r"<(NOW14|NOW|EPOCH|RUNTIME|RANDOM|EPOCH-900|NOW-start_epoch|NOW-time_id)>")
_SHAPES = {
    "NOW": r"(?P<now{n}>\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d)",
    "NOW14": r"(?P<compact{n}>\d{{14}})",
    "EPOCH": r"(?P<epoch{n}>\d{{10}})",
    "EPOCH-900": r"(?P<past{n}>\d{{10}})",
    "RUNTIME": r"\d+(?:\.\d+)?",
    "RANDOM": r"\d+",
    "NOW-start_epoch": r"\d+",
    "NOW-time_id": r"\d+",
}

Row = dict[str, Any]
Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class Case:
    name: str
    call_control: str
    function: str
    method: str
    query: str
    form: str | None
    setup: list[str]
    status: int
    body: str
    row_changes: dict[str, list[dict[str, Any]]]


def cases() -> list[Case]:
    return [Case(**json.loads(line)) for line in (HERE / "cases.jsonl").read_text(encoding="utf-8").splitlines()]


class Watch:
    """The rows of every table, or of some, restored to the seed before each case.

    Rows that a case adds are numbered as after the seed; where that does not matter, `renumber` off is much quicker.
    """

    def __init__(
        self, connection: pymysql.Connection[Any], tables: Sequence[str] = (), *, renumber: bool = True
    ) -> None:
        self._connection = connection
        self._empty = "TRUNCATE" if renumber else "DELETE FROM"
        self._tables = list(tables) or [name for (name,) in self._query("SHOW TABLES")]
        self._keys = {table: self._key(table) for table in self._tables}
        self._seed = self._rows()
        self._present = self._seed

    def restore(self) -> None:
        """Put back every table that differs from the seed, as far as the last look at them told."""
        for table, rows in self._present.items():
            if rows != self._seed[table] or table == "vicidial_api_log":
                self._refill(table, self._seed[table])
        self._present = self._seed

    def execute(self, statements: Sequence[str]) -> None:
        """Run a case's own statements."""
        if not statements:
            return
        try:
            with self._connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            self._present = self._rows()

    def changes(self) -> dict[str, list[dict[str, Any]]]:
        """Return what has changed since the last look, in the form of the recorded cases."""
        before, self._present = self._present, self._rows()
        found = {table: list(self._diff(table, before[table], self._present[table])) for table in self._tables}
        return {table: changes for table, changes in found.items() if changes}

    def _rows(self) -> Rows:
        return {table: list(self._read(table)) for table in self._tables}

    def _diff(self, table: str, before: list[Row], after: list[Row]) -> Iterator[dict[str, Any]]:
        key = self._keys[table]
        if not key:
            yield from ({"op": "insert", "row": row} for row in _without(after, before))
            yield from ({"op": "delete", "row": row} for row in _without(before, after))
            return
        old = {tuple(row[name] for name in key): row for row in before}
        new = {tuple(row[name] for name in key): row for row in after}
        for identity, row in new.items():
            if identity not in old:
                yield {"op": "insert", "row": row}
            elif row != old[identity]:
                changed = {name: [old[identity][name], row[name]] for name in row if row[name] != old[identity][name]}
                yield {"op": "update", "key": dict(zip(key, identity, strict=True)), "changes": changed}
        yield from ({"op": "delete", "row": row} for identity, row in old.items() if identity not in new)

    def _key(self, table: str) -> list[str]:
        with self._connection.cursor(pymysql.cursors.DictCursor) as cursor:
            cursor.execute(f"SHOW INDEX FROM `{table}`")
            indexes: dict[str, list[str]] = {}
            for row in cursor.fetchall():
                if not row["Non_unique"]:
                    indexes.setdefault(row["Key_name"], []).append(row["Column_name"])
        return indexes.get("PRIMARY") or next(iter(indexes.values()), [])

    def _read(self, table: str) -> Iterator[Row]:
        with self._connection.cursor(pymysql.cursors.DictCursor) as cursor:
            cursor.execute(f"SELECT * FROM `{table}`")
            for row in cursor.fetchall():
                yield {name: _plain(value) for name, value in row.items()}

    def _refill(self, table: str, rows: list[Row]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(f"{self._empty} `{table}`")
            for row in rows:
                columns = ", ".join(f"`{name}`" for name in row)
                marks = ", ".join(["%s"] * len(row))
                cursor.execute(f"INSERT INTO `{table}` ({columns}) VALUES ({marks})", list(row.values()))

    def _query(self, text: str) -> tuple[tuple[Any, ...], ...]:
        with self._connection.cursor() as cursor:
            cursor.execute(text)
            return tuple(cursor.fetchall())


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, Decimal)):
        return str(value)
    if isinstance(value, bytes):
        return value.decode()
    return value if value is None or isinstance(value, (int, str)) else str(value)


def _without(rows: list[Row], others: list[Row]) -> list[Row]:
    rest = list(others)
    found = []
    for row in rows:
        if row in rest:
            rest.remove(row)
        else:
            found.append(row)
    return found


@dataclass(frozen=True)
class Moment:
    """When a request ran, to judge the times in its answer and rows."""

    start: float
    end: float

    def fits(self, expected: Any, actual: Any) -> bool:
        if not isinstance(expected, str) or not _MASK.search(expected):
            return expected == actual or str(expected) == str(actual)
        pattern = "".join(self._shape(part, number) for number, part in enumerate(_MASK.split(expected)))
        found = re.fullmatch(pattern, str(actual), re.DOTALL)
        return found is not None and all(self._in_time(name, text) for name, text in found.groupdict().items())

    @staticmethod
    def _shape(part: str, number: int) -> str:
        return _SHAPES[part].format(n=number) if number % 2 else re.escape(part)

    def _in_time(self, name: str, text: str) -> bool:
        if name.startswith("epoch"):
            epoch = float(text)
        elif name.startswith("past"):
            epoch = float(text) + 900
        else:
            shape = "%Y-%m-%d %H:%M:%S" if name.startswith("now") else "%Y%m%d%H%M%S"
            epoch = datetime.strptime(text, shape).replace(tzinfo=UTC).timestamp()
        return int(self.start) - 1 <= epoch <= self.end + 1


def differences(
    expected: dict[str, list[dict[str, Any]]], actual: dict[str, list[dict[str, Any]]], when: Moment
) -> str:
    """Tell in words how the recorded and the actual row changes differ; empty when they agree."""
    lines: list[str] = []
    for table in sorted(expected.keys() | actual.keys()):
        left = list(actual.get(table, []))
        for change in expected.get(table, []):
            match = next((other for other in left if _agrees(change, other, when)), None)
            if match is None:
                lines.append(f"- {table}: {json.dumps(change)}")
            else:
                left.remove(match)
        lines += [f"+ {table}: {json.dumps(change)}" for change in left]
    return "\n".join(lines)


def _agrees(expected: dict[str, Any], actual: dict[str, Any], when: Moment) -> bool:
    if expected["op"] != actual["op"]:
        return False
    if expected["op"] == "update":
        changes = actual["changes"]
        return (
            _same(expected["key"], actual["key"], when)
            and expected["changes"].keys() == changes.keys()
            and all(
                when.fits(old, changes[name][0]) and when.fits(new, changes[name][1])
                for name, (old, new) in expected["changes"].items()
            )
        )
    if "row" not in expected:
        return _same(expected["key"], actual["row"], when)
    return _same(expected["row"], actual["row"], when)


def _same(expected: Row, actual: Row, when: Moment) -> bool:
    return all(
        name in actual and when.fits(value, actual[name])
        for name, value in expected.items()
        if name not in COLUMNS_NOT_RECORDED
    )


def now() -> float:
    return time.time()


def connect(url: str) -> pymysql.Connection[Any]:
    """Open a plain connection, for scripts of statements too."""
    where = DatabaseUrl.parse(url)
    return pymysql.connect(
        host=where.host,
        port=where.port,
        unix_socket=where.unix_socket,
        user=where.user,
        password=where.password,
        database=where.database,
        charset="utf8mb4",
        autocommit=True,
        init_command="SET sql_mode='NO_ENGINE_SUBSTITUTION', time_zone='+00:00'",
        client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS,
    )
