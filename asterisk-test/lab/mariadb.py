"""A private, real MariaDB on a free loopback port: ready within two seconds, gone with whoever started it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Self

import pymysql
from pymysql.constants import CLIENT

from lab.mariadb_server import (
    PASSWORD,
    TELECTL,
    TELECTL_PASSWORD,
    USER,
    MariaDBError,
    chosen_server,
    data_folder,
    is_mysql,
    server_words,
)
from lab.ports import free_port
from lab.process import Process

PREFIX = "mariadb-lab-"
_database_numbers = itertools.count(1)


class MariaDB(Process):
    """One running MariaDB. Use `async with MariaDB.start() as mariadb:`."""

    name = "MariaDB"
    error = MariaDBError
    goodbye = 5.0

    def __init__(self, program: list[str], folder: Path, port: int, options: Sequence[str]) -> None:
        self.folder, self.port = folder, port
        self.socket = folder / "s"
        self._is_mysql = is_mysql(program)
        command = [*server_words(program, folder), f"--socket={self.socket}", f"--pid-file={folder / 'pid'}"]
        command += [f"--port={port}", "--bind-address=127.0.0.1", *options]
        super().__init__(command, folder / "log")

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls,
        folder: Path | None = None,
        port: int | None = None,
        *,
        strict: bool = True,
        options: Sequence[str] = (),
        program: list[str] | None = None,
        say: Callable[[str], None] = lambda _text: None,
    ) -> AsyncIterator[Self]:
        """Start a MariaDB and stop it at the end; it dies with the calling process too, however that dies.

        Args:
            folder: where it keeps its data, afterwards too; by default a temporary folder of its own.
            port: a certain port; by default a free one.
            strict: the server's own default; without, as lax as VICIdial's.
            options: more options of mariadbd.
            program: the words that start mariadbd; by default what find_server gives.
            say: told, in a few words, what takes time.

        Raises:
            MariaDBError: it cannot be had or does not start.
        """
        words: list[str] = program if program is not None else await asyncio.to_thread(chosen_server, say)
        template = await asyncio.to_thread(data_folder, words, say)
        home = Path(tempfile.mkdtemp(prefix=PREFIX)) if folder is None else folder
        mode = () if strict else ("--sql-mode=NO_ENGINE_SUBSTITUTION",)
        try:
            if not (home / "data").exists():
                home.mkdir(parents=True, exist_ok=True)
                await asyncio.to_thread(shutil.copytree, template, home / "data")
            server = cls(words, home.resolve(), port or free_port(), (*mode, *options))
            try:
                await server.run()
                yield server
            finally:
                await server.stop()
        finally:
            if folder is None:
                shutil.rmtree(home, ignore_errors=True)

    def url(self, database: str) -> str:
        """Return the address of a database for telectl."""
        # MySQL's passwords go over a socket or TLS only
        tail = f"?unix_socket={self.socket}" if self._is_mysql else ""
        return f"mysql://{TELECTL}:{TELECTL_PASSWORD}@127.0.0.1:{self.port}/{database}{tail}"

    async def is_ready(self) -> bool:
        """Return whether it answers."""
        if not self._listens():
            return False
        await asyncio.to_thread(self.execute, "SELECT 1")
        return True

    async def database(self, *, schema: bool = True, demo: bool = False, name: str | None = None) -> str:
        """Make a new database, with telectl's schema and perhaps its demo data, and return its address for telectl."""
        name = name or f"t{os.getpid()}_{next(_database_numbers)}_{secrets.token_hex(2)}"
        await asyncio.to_thread(self.execute, f"CREATE DATABASE `{name}` CHARACTER SET utf8 COLLATE utf8_unicode_ci")
        if schema or demo:
            from telectl.database.setup.init import initialise  # noqa: PLC0415 - the lab starts without telectl, too
            from telectl.database.setup.rights import grant  # noqa: PLC0415

            await initialise(as_lab(self.url(name)), demo=demo)
            await grant(as_lab(self.url(name)), TELECTL, "%")
        return self.url(name)

    async def sql(self, script: str, database: str = "mysql") -> None:
        """Run a script of statements."""
        await asyncio.to_thread(self.execute, script, database)

    def execute(self, script: str, database: str = "mysql") -> None:
        """Run a script of statements, in the caller's thread."""
        connection: Any = pymysql.connect(
            unix_socket=str(self.socket),
            user=USER,
            password=PASSWORD,
            database=database,
            charset="utf8mb4",
            autocommit=True,
            client_flag=CLIENT.MULTI_STATEMENTS,
        )
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(script)
            while cursor.nextset():
                pass

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
            except OSError:
                return False
        return True


def as_lab(url: str) -> str:
    """Return a database's address for the lab's user, who prepares what telectl may not."""
    return url.replace(f"//{TELECTL}:{TELECTL_PASSWORD}@", f"//{USER}:{PASSWORD}@")
