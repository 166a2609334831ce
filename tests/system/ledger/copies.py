"""The copies of telectl: processes that know Asterisk and the database only by their own proxies."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from parts import telectl_environment

from telectl.testing import FaultProxy

_STOPS_WITHIN = 20.0
"""Seconds after which a copy that does not end is killed."""


@dataclass
class Copy:
    """One telectl, as a process, with a proxy to each of its servers."""

    name: str
    port: int
    ami: FaultProxy
    database: FaultProxy
    log: Path
    settings: dict[str, str]
    process: asyncio.subprocess.Process | None = None

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def lives(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.returncode is None

    async def start(self) -> None:
        """Start its process, and return at once."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "telectl.cli", "serve"),
                env=telectl_environment(**self.settings),
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )

    def send(self, number: signal.Signals) -> None:
        """Send its process a signal."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)

    async def kill(self) -> None:
        """End it at once."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            await self.process.wait()

    async def stop(self) -> float:
        """End it in peace, and return how many seconds that took."""
        started = time.monotonic()
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        if self.process is not None:
            try:
                async with asyncio.timeout(_STOPS_WITHIN):
                    await self.process.wait()
            except TimeoutError:
                await self.kill()
        return time.monotonic() - started
