"""A program that the lab runs: started, awaited, frozen, ended; gone with whoever started it."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar


class ProcessError(Exception):
    """A program does not start. The text is for a person, and ends with its last words."""


class Process:
    """One program. It is started by `run`, or by `launch` where nobody waits for it.

    The kernel ties it to the thread that starts it, so start it from one that lives as long, as the main thread does.
    """

    name: ClassVar[str]
    error: ClassVar[type[Exception]] = ProcessError
    boot: ClassVar[float] = 30.0
    """Seconds until it must be ready."""
    goodbye: ClassVar[float] = 3.0
    """Seconds that it may take to end in peace."""
    end_signal: ClassVar[str] = "KILL"
    """What the kernel sends it when we die."""

    def __init__(
        self,
        command: Sequence[str],
        output: Path,
        *,
        keeps_stdout: bool = True,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = ["setpriv", "--pdeathsig", self.end_signal, *command]
        self._output, self._keeps_stdout = output, keeps_stdout
        self._folder = folder
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; 0 while it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    def launch(self) -> None:
        """Start it, and return at once."""
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output if self._keeps_stdout else subprocess.DEVNULL,
                stderr=output,
                cwd=self._folder,
                env=self._environment,
                start_new_session=True,  # Ctrl-C is for us; we stop it ourselves
            )

    async def run(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            Exception: of the type `error`: it ended, or is not ready in time.
        """
        self.launch()
        end = time.monotonic() + self.boot
        while time.monotonic() < end:
            if not self.pid:
                raise self.error(f"{self.name} ended while it started:\n{self.last_words()}")
            if await self.is_ready():
                return
            await asyncio.sleep(0.02)
        raise self.error(f"{self.name} is not ready after {self.boot:g} s:\n{self.last_words()}")

    async def is_ready(self) -> bool:
        """Return whether it does its work; asked again and again while it starts."""
        raise NotImplementedError

    async def wait(self, within: float) -> int | None:
        """Return its exit code, None when it has not ended within so many seconds."""
        if self._process is None:
            return None
        try:
            return await asyncio.to_thread(self._process.wait, within)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Stop its clock: connections stay open and nothing is answered."""
        self._send(signal.SIGSTOP)
        if self.pid:  # until the last of its threads stands still
            os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    async def stop(self) -> None:
        """End it in peace; by force when it takes longer than `goodbye`."""
        if self.pid:
            self._send(signal.SIGTERM)
            self.thaw()
            if await self.wait(self.goodbye) is None:
                self.kill()

    async def restart(self) -> None:
        """Stop it, if it still runs, and start it again as it was."""
        await self.stop()
        await self.run()

    def last_words(self, lines: int = 20) -> str:
        """Return the end of what it wrote."""
        text = self._output.read_text(errors="replace") if self._output.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _send(self, number: signal.Signals) -> None:
        if self.pid and self._process:
            self._process.send_signal(number)
