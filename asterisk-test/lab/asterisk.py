"""A private, real Asterisk 22 on free loopback ports: ready within two seconds, gone with whoever started it."""

import asyncio
import contextlib
import fcntl
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from lab import configuration
from lab.ami import Ami, ManagerError
from lab.configuration import Account, Secrets
from lab.debs import private_packages
from lab.ports import Ports, free, reserve
from lab.process import Process, ProcessError

LOCK = Path(__file__).parents[1] / "asterisk.lock.json"
PREFIX = "asterisk-lab-"
OLD_ENOUGH = 60.0
"""A folder without an owner is swept away when it is older than this (seconds)."""


class AsteriskError(ProcessError):
    """Asterisk does not start or does not stop. The text ends with the last lines of its log."""


class Asterisk(Process):
    """One running Asterisk. Use `async with Asterisk.start() as asterisk:`."""

    name = "Asterisk"
    error = AsteriskError
    host = "127.0.0.1"

    def __init__(self, program: Path, folder: Path, ports: Ports, who: Secrets) -> None:
        command = [str(program), "-C", str(folder / "etc/asterisk.conf"), "-f", "-n"]
        super().__init__(command, folder / "log/console")
        self.folder = folder
        self.ami_port, self.sip_port = ports.ami, ports.sip
        self.manager, self.observer, self.phone_secret = who
        self.log = folder / "log/full"
        self.program = program
        """Runs Asterisk's own program: `program -C folder/etc/asterisk.conf -rx "core show channels"`."""

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls,
        folder: Path | None = None,
        ami_port: int | None = None,
        sip_port: int | None = None,
        *,
        say: Callable[[str], None] = lambda _text: None,
    ) -> AsyncIterator[Self]:
        """Start an Asterisk and stop it at the end; it dies with the calling process too, however that dies.

        Start it from a thread that lives as long as it is needed, which the main thread does: the kernel ties
        the two together.

        Args:
            folder: where it keeps its files, afterwards too; by default a temporary folder of its own.
            ami_port: a certain TCP port for the manager interface; by default a free one.
            sip_port: a certain UDP port for SIP; by default a free one.
            say: told, in a few words, what takes time on the first run (from another thread).

        Raises:
            PackagesError: the packages cannot be fetched or checked.
            PortError: a wanted port is in use.
            AsteriskError: it does not start.
        """
        root = await asyncio.to_thread(private_packages, "asterisk", LOCK, say=say)
        with contextlib.ExitStack() as stack:
            ports = stack.enter_context(reserve(ami_port, sip_port))
            home = stack.enter_context(_home(folder))
            # the column servers.ASTmgrSECRET holds 20 characters
            manager, observer = (Account(name, secrets.token_hex(8)) for name in ("telectl", "observer"))
            who = Secrets(manager, observer, secrets.token_hex(6))
            asterisk = cls(configuration.write(root, home, ports, who), home, ports, who)
            try:
                await asterisk.run()
                yield asterisk
            finally:
                asterisk.kill()  # a kept folder holds nothing that a peaceful end would save; this takes 10 ms

    @property
    def sip(self) -> tuple[str, int]:
        """Where phones register."""
        return self.host, self.sip_port

    def witness(self) -> "contextlib.AbstractAsyncContextManager[Ami]":
        """Return a manager connection that sees everything, to be used in `async with`."""
        return Ami.connect(self.ami_port, *self.observer, host=self.host)

    async def manager_user(self, name: str, *, read: str, write: str, lines: Sequence[str] = ()) -> Account:
        """Make a manager user with these rights, and return its account; one of this name is replaced.

        `lines` are more of its lines in manager.conf, event filters say.
        """
        account = Account(name, secrets.token_hex(8))
        text = [f"[{name}]", f"secret = {account.secret}", f"read = {read}", f"write = {write}", *lines]
        users = self.folder / "etc/manager.d"
        users.mkdir(exist_ok=True)
        (users / f"{name}.conf").write_text("\n".join(text) + "\n")
        await self.reload("manager")
        return account

    async def reload(self, module: str) -> None:
        """Let a module read its configuration again."""
        async with self.witness() as ami:
            await ami.command(f"{module} reload")

    async def console(self, line: str) -> str:
        """Type a line at its console and return what it prints; for what ends manager sessions (`core restart now`)."""
        words = (str(self.program), "-C", str(self.folder / "etc/asterisk.conf"), "-rx", line)
        typing = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        printed, _ = await typing.communicate()
        return printed.decode(errors="replace")

    async def is_ready(self) -> bool:
        """Return whether it is fully booted, and listens for SIP."""
        try:
            async with self.witness() as ami:
                await ami.event("FullyBooted", within=self.boot)
        except (OSError, ManagerError):
            return False
        if free(self.sip_port, socket.SOCK_DGRAM):
            raise AsteriskError(f"Asterisk does not listen for SIP:\n{self.last_words()}")
        return True

    def last_words(self, lines: int = 20) -> str:
        """Return the end of its log, behind what it wrote before it had one."""
        log = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(f"{super().last_words(lines)}\n{log}".splitlines()[-lines:])


@contextlib.contextmanager
def _home(folder: Path | None) -> Iterator[Path]:
    """Yield a folder for an instance: the one that is wanted, or a temporary one that is removed at the end."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _owned(folder) as ours:
            if not ours:
                raise AsteriskError(f"another Asterisk runs in {folder.name}")
            yield folder.resolve()
        return
    _sweep()
    path = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    try:
        with _owned(path):
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _owned(folder: Path) -> Iterator[bool]:
    """Mark a folder as in use while the body runs; the kernel removes the mark when we die."""
    with (folder / ".owner").open("w") as owner:
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _sweep() -> None:
    """Remove temporary folders whose runs were killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > OLD_ENOUGH:
                with _owned(path) as ours:
                    if ours:
                        shutil.rmtree(path, ignore_errors=True)
