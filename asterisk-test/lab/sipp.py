"""SIPp for scripted legs: calls and answers exactly as a scenario file says."""

import asyncio
import contextlib
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from lab.debs import loader, private_packages
from lab.ports import free, free_port
from lab.process import Process
from lab.sip import Address
from lab.until import until

LOCK = Path(__file__).parents[1] / "sipp.lock.json"
SCENARIOS = Path(__file__).parents[1] / "sipp"


class SippError(Exception):
    """A scripted leg did not go as its scenario says. The text is what SIPp complains about."""


def command() -> list[str]:
    """Return how SIPp is run here: this machine's own, or else Debian's, unpacked privately."""
    installed = shutil.which("sipp")
    if installed:
        return [installed]
    root = private_packages("sipp", LOCK)
    return [*loader(root), str(root / "usr/bin/sipp")]


class Sipp(Process):
    """One running SIPp."""

    name = "SIPp"

    def __init__(self, command: Sequence[str], folder: Path, port: int) -> None:
        super().__init__(command, folder / "output", keeps_stdout=False, folder=folder, environment={"TERM": "dumb"})
        self.port = port
        """Where it takes SIP messages."""
        self._errors = folder / "errors"

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls,
        scenario: str,
        server: Address,
        *,
        user: str,
        password: str,
        exten: str = "",
        calls: int = 1,
        pause: int = 100,
        keys: Mapping[str, str] | None = None,
        words: Sequence[str] = (),
    ) -> AsyncIterator[Self]:
        """Run a scenario; end it with the body if it has not ended by itself.

        Args:
            scenario: a file of asterisk-test/sipp, without `.xml`.
            server: where Asterisk listens for SIP.
            user: the account it calls or registers as.
            password: the account's secret.
            exten: what a caller dials.
            calls: how many calls it makes or takes.
            pause: milliseconds: how long a caller talks, or a callee rings.
            keys: values of the scenario's own [words].
            words: how to run SIPp; by default `command()`.
        """
        program = words or await asyncio.to_thread(command)
        with tempfile.TemporaryDirectory(prefix="sipp-") as name:
            folder = Path(name)
            port, media = (free_port(socket.SOCK_DGRAM) for _ in range(2))
            line = [*program, f"{server[0]}:{server[1]}", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-nostdin"]
            line += ["-i", "127.0.0.1", "-p", str(port), "-mp", str(media), "-m", str(calls), "-d", str(pause)]
            line += ["-au", user, "-ap", password, "-key", "user", user, "-trace_err"]
            line += ["-error_file", str(folder / "errors")] + (["-s", exten] if exten else [])
            for key, value in (keys or {}).items():
                line += ["-key", key, value]
            sipp = cls(line, folder, port)
            sipp.launch()
            try:
                yield sipp
            finally:
                sipp.kill()

    async def ready(self, within: float = 5.0) -> None:
        """Wait until it takes messages, or has ended."""
        await until(lambda: not self.pid or not free(self.port, socket.SOCK_DGRAM), within, what="SIPp to listen")

    async def done(self, within: float = 20.0) -> None:
        """Wait until all its calls are over.

        Raises:
            SippError: one did not go as the scenario says, or they are not over in time.
        """
        code = await self.wait(within)
        if code is None:
            raise SippError(f"not over within {within:g} s: {self.complaints()}")
        if code:
            raise SippError(self.complaints() or f"SIPp ended with {code}")

    def complaints(self) -> str:
        """Return what it wrote about errors."""
        files = [self._errors, self._output]
        return "\n".join(file.read_text(errors="replace")[-2000:] for file in files if file.exists())


@contextlib.asynccontextmanager
async def callee(
    scenario: str, server: Address, *, user: str, password: str, calls: int = 1, pause: int = 100
) -> AsyncIterator[Sipp]:
    """Run a scenario that takes calls, registered under an account."""
    async with Sipp.start(scenario, server, user=user, password=password, calls=calls, pause=pause) as sipp:
        await sipp.ready()
        where = {"place": str(sipp.port)}
        async with Sipp.start("register", server, user=user, password=password, keys=where) as registration:
            await registration.done()
        yield sipp
