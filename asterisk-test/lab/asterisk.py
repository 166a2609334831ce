"""A private, real Asterisk 22 on free loopback ports: ready within two seconds, gone with whoever started it."""

import asyncio
import contextlib
import fcntl
import secrets
import shutil
import signal
import socket
import subprocess
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

LOCK = Path(__file__).parents[1] / "asterisk.lock.json"
PREFIX = "asterisk-lab-"
BOOT = 30.0
"""Seconds until it must be ready; a quarter of a second is usual."""
OLD_ENOUGH = 60.0
"""A folder without an owner is swept away when it is older than this (seconds)."""


class AsteriskError(Exception):
    """Asterisk does not start or does not stop. The text ends with the last lines of its log."""


class Asterisk:
    """One running Asterisk. Use `async with Asterisk.start() as asterisk:`."""

    host = "127.0.0.1"

    def __init__(self, program: Path, folder: Path, ports: Ports, who: Secrets) -> None:
        self.folder = folder
        self.ami_port, self.sip_port = ports.ami, ports.sip
        self.manager, self.observer, self.phone_secret = who
        self.log = folder / "log/full"
        self.program = program
        """Runs Asterisk's own program: `program -C folder/etc/asterisk.conf -rx "core show channels"`."""
        self._process: subprocess.Popen[bytes] | None = None

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
    def pid(self) -> int:
        """The process id; 0 while it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    @property
    def sip(self) -> tuple[str, int]:
        """Where phones register."""
        return self.host, self.sip_port

    def witness(self) -> "contextlib.AbstractAsyncContextManager[Ami]":
        """Return a manager connection that sees everything, to be used in `async with`."""
        return Ami.connect(self.ami_port, *self.observer, host=self.host)

    async def manager_user(self, name: str, *, read: str, write: str, lines: Sequence[str] = ()) -> Account:
        """Make a manager user with these rights, and give its account; one of this name is replaced.

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

    async def run(self) -> None:
        """Start it and wait until it is fully booted.

        Raises:
            AsteriskError: it ended, or is not ready in time.
        """
        self._launch()
        end = time.monotonic() + BOOT
        while time.monotonic() < end:
            if not self.pid:
                raise AsteriskError(f"Asterisk ended while it started:\n{self.last_words()}")
            try:
                async with self.witness() as ami:
                    await ami.event("FullyBooted", within=BOOT)
                if free(self.sip_port, socket.SOCK_DGRAM):
                    raise AsteriskError(f"Asterisk does not listen for SIP:\n{self.last_words()}")
            except (OSError, ManagerError):
                await asyncio.sleep(0.01)
            else:
                return
        raise AsteriskError(f"Asterisk is not ready after {BOOT:g} s:\n{self.last_words()}")

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Stop its clock: connections stay open and nothing is answered."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    async def restart(self) -> None:
        """Stop it, if it still runs, and start it again on the same ports, with the same folder."""
        await self.stop()
        await self.run()

    async def stop(self) -> None:
        """End it in peace; by force when it takes more than three seconds."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        self.thaw()
        try:
            await asyncio.to_thread(self._process.wait, 3.0)
        except subprocess.TimeoutExpired:
            self.kill()

    def last_words(self, lines: int = 20) -> str:
        """Return the end of its log."""
        texts = [path.read_text(errors="replace") for path in (self.folder / "log/console", self.log) if path.exists()]
        return "\n".join("".join(texts).splitlines()[-lines:])

    def _launch(self) -> None:
        """Start the process, tied to this one by the kernel."""
        words = ["setpriv", "--pdeathsig", "KILL", str(self.program)]
        words += ["-C", str(self.folder / "etc/asterisk.conf"), "-f", "-n"]
        with (self.folder / "log/console").open("wb") as console:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we stop it ourselves
            )

    def _send(self, number: signal.Signals) -> None:
        if self.pid and self._process:
            self._process.send_signal(number)


@contextlib.contextmanager
def _home(folder: Path | None) -> Iterator[Path]:
    """Give a folder for an instance: the one that is wanted, or a temporary one that is removed at the end."""
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
