"""The private MariaDB: quick, alone, and gone with its parent."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pymysql
import pytest
from lab import mariadb_server
from lab.contact_centre import Rows
from lab.mariadb import MariaDB, as_lab
from lab.until import until

from telectl.database import Database, DatabaseUrl
from telectl.database.lookups import SYSTEM_SETTINGS


async def test_it_starts_answers_and_leaves_nothing() -> None:
    async with MariaDB.start() as server:
        url = await server.database(demo=True)
        database = Database(url)
        settings = await database.one(SYSTEM_SETTINGS)
        await database.close()
        assert settings is not None
        assert settings.vdc_agent_api_active == "1"
        pid, folder = server.pid, server.folder
    assert not _runs(pid)
    assert not folder.exists()


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_two_at_once_do_not_meet() -> None:
    async with MariaDB.start() as one, MariaDB.start() as two:
        assert one.port != two.port
        await one.sql("CREATE DATABASE only_here")
        with pytest.raises(pymysql.err.OperationalError):
            await two.sql("DROP DATABASE only_here")


async def test_its_temporary_tables_are_in_its_own_folder() -> None:
    """A starting server deletes the temporary tables of whoever shares the folder with it."""
    async with MariaDB.start() as server:
        rows = Rows(as_lab(await server.database()))
        await rows.open()
        found = await rows.one("SELECT @@tmpdir AS place")
        await rows.close()
        assert found["place"] == str(server.folder / "tmp")


async def test_its_data_survive_a_kill() -> None:
    async with MariaDB.start() as server:
        await server.sql(
            "CREATE DATABASE kept; CREATE TABLE kept.t (a INT) ENGINE=InnoDB; INSERT INTO kept.t VALUES (7)"
        )
        await asyncio.sleep(1.1)  # innodb_flush_log_at_trx_commit=0 writes once a second
        server.kill()
        assert server.pid == 0
        await server.run()
        await server.sql("SELECT a FROM kept.t")


async def test_it_dies_with_its_parent() -> None:
    code = (
        "import asyncio, os, sys\nfrom lab.mariadb import MariaDB\n"
        "async def main():\n async with MariaDB.start() as s:\n  print(s.pid, flush=True)\n  os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    await parent.wait()

    def gone() -> bool:
        status = Path(f"/proc/{pid}/status")
        return not status.exists() or "State:\tZ" in status.read_text()

    await until(gone)


async def test_a_privately_unpacked_server_does_the_same() -> None:
    program = await asyncio.to_thread(mariadb_server.private_server)
    async with MariaDB.start(program=program) as server:
        url = DatabaseUrl.parse(await server.database())
        await server.sql("SELECT COUNT(*) FROM vicidial_users", url.database)


def test_without_any_way_to_have_it_one_line_names_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mariadb_server, "_installed", lambda: "")
    monkeypatch.setattr(mariadb_server, "_may_install", lambda: False)
    monkeypatch.setattr(mariadb_server, "LOCK", tmp_path / "none")
    with pytest.raises(mariadb_server.MariaDBError) as error:
        mariadb_server.find_server()
    assert str(error.value) == "MariaDB's server is missing: install Debian's package mariadb-server-core"
