"""A telectl as its users start it: `telectl serve`, ended with whoever started it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from lab.process import Process, ProcessError


class TelectlError(ProcessError):
    """It does not start. The text ends with the last line of its log."""


class Telectl(Process):
    """One running telectl; `base` is its address."""

    name = "telectl"
    error = TelectlError
    boot = 20.0
    goodbye = 12.0
    end_signal = "TERM"

    def __init__(self, listen: str, log: Path, settings: Mapping[str, str]) -> None:
        environment = {f"TELECTL_{name}": value for name, value in {"LISTEN": listen, **settings}.items()}
        super().__init__([sys.executable, "-m", "telectl.cli", "serve"], log, environment=environment)
        self.base = f"http://{listen}"

    async def is_ready(self) -> bool:
        """Return whether it says so."""
        return await asyncio.to_thread(ready, self.base)

    def last_words(self, lines: int = 1) -> str:
        """Return the last line of its log."""
        return super().last_words(lines) or "it left no word"


@contextlib.asynccontextmanager
async def serve(listen: str, database_url: str, log: Path, **settings: str) -> AsyncIterator[str]:
    """Run a telectl, wait until it is ready, and yield its address; stop it at the end.

    Args:
        listen: host:port.
        database_url: its database.
        log: where its output goes.
        settings: more of its settings, in the environment's spelling without `TELECTL_`.

    Raises:
        TelectlError: it ended, or is not ready in time.
    """
    telectl = Telectl(listen, log, {"DATABASE_URL": database_url, **settings})
    try:
        await telectl.run()
        yield telectl.base
    finally:
        await telectl.stop()


def ready(base: str) -> bool:
    """Return whether the telectl at an address says that it is ready, with every Asterisk usable."""
    try:
        with urllib.request.urlopen(f"{base}/readyz", timeout=10) as answer:
            told = json.load(answer)
    except (OSError, urllib.error.URLError, ValueError):
        return False
    servers = told.get("asterisk") or {}
    return told.get("status") == "ready" and bool(servers) and all(server["usable"] for server in servers.values())
