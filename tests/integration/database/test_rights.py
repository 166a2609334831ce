"""telectl's database user has exactly the rights that its statements need, and the tests run as that user."""

from __future__ import annotations

import gc
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest
from lab.contact_centre import Rows
from lab.mariadb import MariaDB, as_lab

import telectl
from telectl.database import Database, DatabaseUrl, Insert, Select, Write
from telectl.database.leads import LEAD_FIELDS, update_lead_on_screen
from telectl.database.setup.rights import NEEDED, grant_script, grants, missing_rights
from telectl.errors import SettingsError, StatementFailed

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).parents[3]
ELSEWHERE = {"queue_log", "vtiger_account", "vtiger_seactivityrel"}
"""Tables of other programs, in databases with users of their own (system_settings names them)."""
READS = re.compile(r"\b(?:FROM|JOIN)\s+`?(?!DUAL\b)(\w+)`?(?!\.)\b", re.IGNORECASE)


def statements() -> list[str]:
    """Every statement of telectl: those that its modules hold, and the one that is put together by need."""
    for module in pkgutil.walk_packages(telectl.__path__, "telectl."):
        import_module(module.name)
    held = [found.sql for found in gc.get_objects() if isinstance(found, (Select, Write, Insert))]
    return [*held, update_lead_on_screen(LEAD_FIELDS).sql]


def touched(sql: str) -> set[tuple[str, str]]:
    """The pairs of table and right that a statement needs."""
    needs = {(table, "SELECT") for table in READS.findall(sql) if table != "information_schema"}
    if found := re.match(r"DELETE FROM (\w+)", sql):
        needs.add((found[1], "DELETE"))
    if found := re.match(r"UPDATE (\w+)(?: AS \w+ LEFT JOIN (\w+) AS .+?)? SET", sql):  # each has a WHERE, which reads
        needs |= {(table, right) for table in found.groups() if table for right in ("UPDATE", "SELECT")}
    if found := re.match(r"INSERT (?:IGNORE )?INTO `?(\w+)`?", sql):
        needs.add((found[1], "INSERT"))
        if " ON DUPLICATE KEY UPDATE " in sql:  # SELECT even for VALUES(column), says MariaDB
            needs |= {(found[1], "UPDATE"), (found[1], "SELECT")}
    return needs


async def test_the_table_of_rights_is_what_the_statements_touch() -> None:
    derived: dict[str, set[str]] = {}
    for sql in statements():
        for table, right in touched(sql):
            if table not in ELSEWHERE:
                derived.setdefault(table, set()).add(right)
    assert {table: set(rights) for table, rights in NEEDED.items()} == derived


async def test_a_statement_of_an_unknown_shape_is_not_overlooked() -> None:
    shapes = ("SELECT ", "UPDATE ", "DELETE FROM ", "INSERT INTO ", "INSERT IGNORE INTO ")
    assert [sql for sql in statements() if not sql.startswith(shapes)] == []


async def test_the_tests_own_user_has_these_rights_and_no_other(mariadb: MariaDB) -> None:
    url = await mariadb.database()
    database = Database(url)
    assert await missing_rights(database) == []
    with pytest.raises(StatementFailed):
        await database.write(Write("not ours", "DELETE FROM vicidial_users WHERE user = 'x'"))
    with pytest.raises(StatementFailed):
        await database.write(Write("not ours", "CREATE TABLE telectl_other (a INT)"))
    await database.close()
    rows = Rows(url)
    await rows.open()
    granted = await rows.all(
        "SELECT table_name AS name, GROUP_CONCAT(privilege_type) AS rights FROM information_schema.table_privileges"
        " WHERE table_schema = %s AND grantee LIKE '%%telectl%%' GROUP BY table_name",
        DatabaseUrl.parse(url).database,
    )
    await rows.close()
    assert {row["name"]: set(row["rights"].split(",")) for row in granted} == {
        table: set(rights) for table, rights in NEEDED.items()
    }


async def test_one_right_less_is_found(mariadb: MariaDB) -> None:
    url = await mariadb.database()
    name = DatabaseUrl.parse(url).database
    await mariadb.sql(
        f"REVOKE DELETE ON `{name}`.park_log FROM telectl@'%'; REVOKE ALL ON `{name}`.phones FROM telectl@'%'"
    )
    database = Database(url)
    assert await missing_rights(database) == [
        "table phones is missing, or nothing on it is granted",
        "no DELETE on park_log",
    ]
    await database.close()


async def test_rights_by_a_role_are_rights(mariadb: MariaDB) -> None:
    url = await mariadb.database()
    name = DatabaseUrl.parse(url).database
    role = f"role_{name}"
    rights = "".join(
        f"GRANT {', '.join(rights)} ON `{name}`.`{table}` TO {role};"
        for table, rights in NEEDED.items()
        if table != "park_log"
    )
    await mariadb.sql(
        f"CREATE ROLE {role}; {rights} GRANT SELECT, INSERT, UPDATE ON `{name}`.park_log TO {role};"
        f"CREATE USER member@'%' IDENTIFIED BY 'x'; GRANT {role} TO member@'%'; SET DEFAULT ROLE {role} FOR member@'%'"
    )
    database = Database(url.replace("//telectl:telectl@", "//member:x@"))
    assert await missing_rights(database) == ["no DELETE on park_log"]
    await database.close()
    await mariadb.sql(f"GRANT DELETE ON `{name}`.* TO {role}")
    assert await missing_rights(database) == []
    await database.close()


async def test_a_look_at_rights_changes_nothing(mariadb: MariaDB) -> None:
    url = await mariadb.database(demo=True)
    database = Database(url)
    rows = Rows(url)
    await rows.open()

    async def checksums() -> list[dict[str, object]]:
        return await rows.all(f"CHECKSUM TABLE {', '.join(f'`{table}`' for table in NEEDED)}")

    before = await checksums()
    assert await missing_rights(database) == []
    assert await checksums() == before
    await rows.close()
    await database.close()


async def test_the_script_in_packaging_is_current() -> None:
    assert (ROOT / "packaging/grants.sql").read_text() == grant_script("asterisk", "telectl", "localhost")


async def test_the_script_runs_as_it_is_printed(mariadb: MariaDB) -> None:
    url = await mariadb.database()
    name = DatabaseUrl.parse(url).database
    await mariadb.sql(f"CREATE USER printed@'%' IDENTIFIED BY 'x'; {grant_script(name, 'printed', '%')}")
    database = Database(url.replace("//telectl:telectl@", "//printed:x@"))
    assert await missing_rights(database) == []
    await database.close()


@pytest.mark.parametrize("name", ["a'b", "a\\b", "", "a`b", "a\nb"])
async def test_a_name_that_would_end_its_quotes_is_refused(name: str) -> None:
    with pytest.raises(SettingsError):
        grants("asterisk", name, "localhost")
    with pytest.raises(SettingsError):
        grants(name, "telectl", "localhost")


async def test_the_lab_prepares_what_telectl_may_not(mariadb: MariaDB) -> None:
    url = await mariadb.database()
    database = Database(as_lab(url))
    await database.write(Write("prepare", "DELETE FROM vicidial_users WHERE user = 'x'"))
    await database.close()
