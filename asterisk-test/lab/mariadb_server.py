"""The server that the lab runs: this machine's MariaDB, or one that is fetched; its options and first data folder."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from lab.debs import CACHE, loader, private_packages
from lab.fetch import PackagesError
from lab.process import ProcessError

PACKAGE = "mariadb-server-core"
LOCK = Path(__file__).parents[1] / "mariadb.lock.json"
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


def data_folder(program: list[str], say: Callable[[str], None]) -> Path:
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
    if is_mysql(program):
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
    quiet = server_words(program, data.parent)
    socket_path = data.with_name("s")
    for words in (
        [*quiet, "--initialize-insecure"],
        [*quiet, "--skip-networking", f"--socket={socket_path}", f"--init-file={script}"],
    ):
        made = subprocess.run(words, capture_output=True, check=False)
        if made.returncode:
            raise MariaDBError(f"MySQL cannot make its system tables: {made.stderr.decode(errors='replace')[-400:]}")


def server_words(program: list[str], folder: Path) -> list[str]:
    """Return how a server is started whose data is in a folder's `data`."""
    return [
        *(*program, "--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={_temporary(folder)}"),
        *(*_share(program), *_as_root(), *(_QUICK_MYSQL if is_mysql(program) else _QUICK)),
    ]


def _temporary(folder: Path) -> Path:
    """Return a server's own place for temporary tables: at its start it deletes those of others in the same folder."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    return folder / "tmp"


def is_mysql(program: list[str]) -> bool:
    """Return whether a server is MySQL, unpacked from its own packages."""
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
