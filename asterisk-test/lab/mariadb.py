"""A private, real MariaDB on a free loopback port: ready within two seconds, gone with whoever started it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import itertools
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Self

import pymysql
from pymysql.constants import CLIENT

from lab.debs import CACHE, loader, private_packages
from lab.fetch import PackagesError
from lab.ports import free_port
from lab.process import Process, ProcessError

PACKAGE = "mariadb-server-core"
LOCK = Path(__file__).parents[1] / "mariadb.lock.json"
PREFIX = "mariadb-lab-"
USER, PASSWORD = "lab", "lab"
"""Who makes databases and rows: may do everything."""
TELECTL, TELECTL_PASSWORD = "telectl", "telectl"
"""telectl's own user: may do what telectl needs, in the databases that are made here, and nothing else."""
_PLACES = ("/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "/usr/sbin/mysqld")
# A test's data need not survive a power cut.
_QUICK = (
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=OFF",
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=8M",
    "--key-buffer-size=8M",
    "--aria-pagecache-buffer-size=8M",
    "--skip-name-resolve",
    "--max-connections=300",
)
_database_numbers = itertools.count(1)


_QUICK_MYSQL = (
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=32M",
    "--skip-name-resolve",
    "--mysqlx=OFF",
    "--secure-file-priv=NULL",
)


class MariaDBError(ProcessError):
    """MariaDB cannot be had or does not start. The text is for a person."""


class MariaDB(Process):
    """One running MariaDB. Use `async with MariaDB.start() as mariadb:`."""

    name = "MariaDB"
    error = MariaDBError
    goodbye = 5.0

    def __init__(self, program: list[str], folder: Path, port: int, options: Sequence[str]) -> None:
        self.folder, self.port = folder, port
        self.socket = folder / "s"
        self._is_mysql = _is_mysql(program)
        command = [*program, "--no-defaults", *_share(program), f"--datadir={folder / 'data'}"]
        command += [f"--socket={self.socket}", f"--tmpdir={_temporary(folder)}", f"--pid-file={folder / 'pid'}"]
        command += [f"--port={port}", "--bind-address=127.0.0.1"]
        command += [*_as_root(), *(_QUICK_MYSQL if self._is_mysql else _QUICK), *options]
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
        template = await asyncio.to_thread(_template, words, say)
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
        """Make a new database, with telectl's schema and perhaps its demo data, and give its address for telectl."""
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


def chosen_server(say: Callable[[str], None] = lambda _text: None) -> list[str]:
    """Return the server that `LAB_DATABASE` names (a lock file of this folder, `mariadb-11.8`, `mysql`), else any."""
    name = os.environ.get("LAB_DATABASE", "")
    return private_server(say, name) if name else find_server(say)


def find_server(say: Callable[[str], None] = lambda _text: None) -> list[str]:
    """Return the words that start mariadbd: the machine's own, or one that is fetched.

    Debian's mariadb-server-core starts no service, so with root or sudo it is installed; else it is unpacked
    privately.

    Raises:
        MariaDBError: neither works; one line that names the package.
    """
    found = _installed()
    if not found and _may_install():
        say(f"installing Debian's package {PACKAGE}")
        _install()
        found = _installed()
    if found:
        return [found]
    if LOCK.exists():
        with contextlib.suppress(PackagesError):
            return private_server(say)
    raise MariaDBError(f"MariaDB's server is missing: install Debian's package {PACKAGE}")


def private_server(say: Callable[[str], None] = lambda _text: None, name: str = "mariadb") -> list[str]:
    """Return the words that start a server which is unpacked in this checkout, and touches nothing else."""
    root = private_packages(name, LOCK.with_name(f"{name}.lock.json"), say=say)
    program = "mysqld" if name.startswith("mysql") else "mariadbd"
    return [*loader(root), str(root / "usr/sbin" / program)]


def _installed() -> str:
    return next((place for place in _PLACES if os.access(place, os.X_OK)), "") or shutil.which("mariadbd") or ""


def _sudo() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def _may_install() -> bool:
    if not shutil.which("apt-get"):
        return False
    return subprocess.run([*_sudo(), "true"], capture_output=True, check=False).returncode == 0 if _sudo() else True


def _install() -> None:
    """Install the package, one run at a time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".apt.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = [*_sudo(), "apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "-qq"]
        install += ["--no-install-recommends", PACKAGE, "mariadb-client-core"]
        update = [*_sudo(), "apt-get", "-o", "DPkg::Lock::Timeout=300", "update", "-qq"]
        for command in (install, update, install):
            done = subprocess.run(command, env=environment, capture_output=True, check=False)
            if done.returncode == 0 and command is install:
                return


def _template(program: list[str], say: Callable[[str], None]) -> Path:
    """Return a data folder to copy, made once for this server."""
    version = subprocess.run([*program, "--version"], capture_output=True, text=True, check=False).stdout
    key = hashlib.sha256(f"{version}{USER}{PASSWORD}{TELECTL}{TELECTL_PASSWORD}3".encode()).hexdigest()[:12]
    folder = CACHE / f"mariadb-data-{key}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".mariadb-data.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.exists():
            say("making MariaDB's first data folder")
            with tempfile.TemporaryDirectory(prefix=".mariadb-data-", dir=CACHE) as scratch:
                _bootstrap(program, Path(scratch) / "data")
                (Path(scratch) / "data").rename(folder)
    return folder


def _bootstrap(program: list[str], data: Path) -> None:
    """Make the system tables, the lab's user, and telectl's, which may do nothing yet."""
    if _is_mysql(program):
        _bootstrap_mysql(program, data)
        return
    data.mkdir()
    share = _share_folder(program)
    scripts = ["mysql_system_tables.sql", "mysql_system_tables_data.sql", "fill_help_tables.sql"]
    scripts = [
        name.replace("mysql_", "mariadb_") if (share / name.replace("mysql_", "mariadb_")).exists() else name
        for name in scripts[:2]
    ]
    text = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\n"
    text += "\n".join((share / name).read_text() for name in scripts)
    text += (
        f"\nFLUSH PRIVILEGES;\nCREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
        f"CREATE USER {USER}@'localhost' IDENTIFIED BY '{PASSWORD}';\n"
        f"GRANT ALL ON *.* TO {USER}@'127.0.0.1' WITH GRANT OPTION;\n"
        f"GRANT ALL ON *.* TO {USER}@'localhost' WITH GRANT OPTION;\n"
        f"CREATE USER {TELECTL}@'%' IDENTIFIED BY '{TELECTL_PASSWORD}';\n"
    )
    made = subprocess.run(
        [
            *(*program, "--no-defaults", *_share(program), "--bootstrap"),
            *(f"--datadir={data}", f"--tmpdir={data}", *_as_root(), *_QUICK[:5]),
        ],
        input=text.encode(),
        capture_output=True,
        check=False,
    )
    if made.returncode:
        raise MariaDBError(f"MariaDB cannot make its system tables: {made.stderr.decode(errors='replace')[-400:]}")


def _bootstrap_mysql(program: list[str], data: Path) -> None:
    """The same for MySQL: its system tables, then the users from a file at the next start."""
    script = data.with_name("user.sql")
    script.write_text(
        # one account for socket and TCP: what the socket lets in first, TCP then knows without TLS
        f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}';\n"
        f"GRANT ALL ON *.* TO {USER}@'%' WITH GRANT OPTION;\n"
        f"CREATE USER {TELECTL}@'%' IDENTIFIED BY '{TELECTL_PASSWORD}';\nSHUTDOWN;\n"
    )
    quiet = [*program, "--no-defaults", *_share(program), f"--datadir={data}", f"--tmpdir={_temporary(data.parent)}"]
    quiet += [*_as_root(), *_QUICK_MYSQL]
    socket_path = data.with_name("s")
    for words in (
        [*quiet, "--initialize-insecure"],
        [*quiet, "--skip-networking", f"--socket={socket_path}", f"--init-file={script}"],
    ):
        made = subprocess.run(words, capture_output=True, check=False)
        if made.returncode:
            raise MariaDBError(f"MySQL cannot make its system tables: {made.stderr.decode(errors='replace')[-400:]}")


def _temporary(folder: Path) -> Path:
    """Return a server's own place for temporary tables: at its start it deletes those of others in the same folder."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    return folder / "tmp"


def _is_mysql(program: list[str]) -> bool:
    return Path(program[-1]).name == "mysqld" and "mysql-" in program[-1]


def _share_folder(program: list[str]) -> Path:
    """Return the folder with the server's own scripts and messages: beside its program, wherever that was unpacked."""
    usr = Path(program[-1]).parents[1]
    return next((path for name in ("mysql", "mariadb") if (path := usr / "share" / name).exists()), usr / "share/mysql")


def _share(program: list[str]) -> list[str]:
    """Return where its messages are, as options: a server that a loader starts does not find them itself."""
    return [
        f"--lc-messages-dir={_share_folder(program)}",
        f"--character-sets-dir={_share_folder(program) / 'charsets'}",
    ]


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []
