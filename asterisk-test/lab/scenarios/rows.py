"""Rows as a scenario names them: a table, with conditions or without, and what its rows must be."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pymysql import MySQLError

from lab.contact_centre import Rows
from lab.scenarios.expecting import Unmet
from lab.scenarios.facts import Facts, Learnt, in_words
from lab.scenarios.model import NULL, Row

CONCERNED: Mapping[str, str] = {
    "vicidial_live_agents": "user={user}",
    "vicidial_agent_log": "user={user}",
    "vicidial_session_data": "user={user}",
    "phones": "extension=gs101",
    "vicidial_campaigns": "campaign_id=DEMO",
    "vicidial_auto_calls": "lead_id={lead}",
    "vicidial_log": "lead_id={lead}",
    "vicidial_closer_log": "lead_id={lead}",
    "vicidial_list": "lead_id={lead}",
}
"""Which rows of a table are meant when no condition says otherwise; all rows of any other table."""

_CONDITION = re.compile(r"(\w+)=(\{[^}]*\}|\S*)")


async def read(rows: Rows, table: str, facts: Facts) -> list[dict[str, Any]]:
    """Return the rows that `table` or `table column=value ...` means."""
    where, values = _condition(table, facts)
    with _told_of(table):
        return await rows.all(f"SELECT * FROM {_name(table)}{where}", *values)


async def write(rows: Rows, table: str, columns: Row, facts: Facts) -> None:
    """Set columns of the rows that `table` or `table column=value ...` means."""
    where, values = _condition(table, facts)
    sets = ", ".join(f"`{column}` = %s" for column in columns)
    new = [None if value == NULL else facts.text(value) for value in columns.values()]
    with _told_of(table):
        await rows.run(f"UPDATE {_name(table)} SET {sets}{where}", *new, *values)


def compare(
    table: str, expected: tuple[Row, ...], there: list[dict[str, Any]], facts: Facts
) -> tuple[Learnt, list[str]]:
    """Compare all rows; give what they taught, and in words what is different."""
    learnt: dict[str, str] = {}
    left, wrong = list(there), []
    for row in expected:
        fitting = next((one for one in left if facts.match_row(row, one) is not None), None)
        if fitting is None:
            wrong.append(_missing(table, row, left, facts))
            continue
        learnt |= facts.match_row(row, fitting) or {}
        left.remove(fitting)
    if len(there) != len(expected) and not wrong:
        wrong.append(f"{table} has {len(there)} rows, {len(expected)} are expected; too many: {_shown(left)}")
    return learnt, wrong


def _missing(table: str, row: Row, there: list[dict[str, Any]], facts: Facts) -> str:
    """Say what is wrong with the row that comes nearest to the expected one."""
    if not there:
        return f"{table} has no row with {', '.join(f'{key} = {facts.text(row[key])}' for key in row) or 'anything'}"

    def differences(one: dict[str, Any]) -> list[str]:
        return [key for key in row if facts.match_value(row[key], one.get(key)) is None]

    nearest = min(there, key=lambda one: len(differences(one)))
    return f"{table}: " + "; ".join(
        f"{key} is {in_words(nearest[key])!r}, expected {facts.text(row[key])!r}"
        if key in nearest
        else f"there is no column {key}"
        for key in differences(nearest)
    )


def _shown(rows: list[dict[str, Any]]) -> str:
    return "; ".join(", ".join(f"{key} = {value}" for key, value in row.items() if value) for row in rows)


def _condition(table: str, facts: Facts) -> tuple[str, list[str]]:
    name, _, given = table.partition(" ")
    conditions = _CONDITION.findall(given or CONCERNED.get(name, ""))
    columns = " AND ".join(f"`{column}` = %s" for column, _ in conditions)
    return (f" WHERE {columns}" if columns else ""), [facts.text(value) for _, value in conditions]


@contextlib.contextmanager
def _told_of(table: str) -> Iterator[None]:
    try:
        yield
    except MySQLError as error:
        raise Unmet(f"{table}: {error.args[-1]}") from None


def _name(table: str) -> str:
    return f"`{table.partition(' ')[0]}`"
