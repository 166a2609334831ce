"""A telectl as its users start it: `telectl serve`, ended with whoever started it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

from lab.until import until

BOOT = 20.0
"""Seconds until it must be ready; one is usual."""
GOODBYE = 12.0
"""Seconds that it may take to end."""


class TelectlError(Exception):
    """It does not start. The text ends with the last line of its log."""


@contextlib.asynccontextmanager
async def serve(listen: str, database_url: str, log: Path, **settings: str) -> AsyncIterator[str]:
    """Run a telectl, wait until it is ready, and give its address.

    Args:
        listen: host:port.
        database_url: its database.
        log: where its output goes.
        settings: more of its settings, in the environment's spelling without `TELECTL_`.

    Raises:
        TelectlError: it ended.
        NotInTimeError: it is not ready in time.
    """
    environment = {"LISTEN": listen, "DATABASE_URL": database_url, **settings}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "telectl.cli", "serve"),
            env={**os.environ, **{f"TELECTL_{name}": value for name, value in environment.items()}},
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    base = f"http://{listen}"

    def there() -> bool:
        if process.returncode is not None:
            raise TelectlError(f"telectl ended: {_last_line(log)}")
        return ready(base)

    try:
        await until(lambda: asyncio.to_thread(there), BOOT, every=0.1, what=f"telectl ready; its log is {log.name}")
        yield base
    finally:
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GOODBYE)


def ready(base: str) -> bool:
    """Tell whether the telectl at an address says that it is ready, with every Asterisk usable."""
    try:
        with urllib.request.urlopen(f"{base}/readyz", timeout=10) as answer:
            told = json.load(answer)
    except (OSError, urllib.error.URLError, ValueError):
        return False
    servers = told.get("asterisk") or {}
    return told.get("status") == "ready" and bool(servers) and all(server["usable"] for server in servers.values())


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it left no word")
