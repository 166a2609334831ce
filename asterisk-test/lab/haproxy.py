"""A private HAProxy with one of packaging's configurations, on loopback: gone with whoever started it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from lab.debs import loader, private_packages
from lab.until import until

LOCK = Path(__file__).parents[1] / "haproxy.lock.json"


def command() -> list[str]:
    """Return how HAProxy is run here: this machine's own, or else Debian's, unpacked privately."""
    installed = shutil.which("haproxy")
    if installed:
        return [installed]
    root = private_packages("haproxy", LOCK)
    return [*loader(root), str(root / "usr/sbin/haproxy")]


@contextlib.asynccontextmanager
async def haproxy(configuration: str, port: int, servers: Mapping[str, str]) -> AsyncIterator[None]:
    """Run it with a configuration for containers, whose names are led to addresses of this machine.

    Args:
        configuration: the text of a haproxy.cfg.
        port: where it listens on loopback, whatever the configuration says.
        servers: by the configuration's `host:port` of a server: where that is here.
    """
    text = re.sub(r"bind \S+", f"bind 127.0.0.1:{port}", configuration)
    text = re.sub(r"resolvers docker\n(?:    .*\n)+", "", text)  # its nameserver is the container engine's
    text = text.replace("resolvers docker", "").replace("init-addr none", "")
    for there, here in servers.items():
        text = text.replace(f" {there}", f" {here}")
    program = await asyncio.to_thread(command)
    with tempfile.TemporaryDirectory(prefix="haproxy-") as folder:
        process, log = _launch(program, Path(folder), text)

        async def listens() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"HAProxy does not start: {_last_words(log)}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
            return True

        try:
            await until(listens, 15)
            yield
        finally:
            process.kill()
            process.wait()


def _launch(program: list[str], folder: Path, configuration: str) -> tuple[subprocess.Popen[bytes], Path]:
    path, log = folder / "haproxy.cfg", folder / "log"
    path.write_text(configuration)
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *program, "-db", "-f", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return process, log


def _last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-1000:]
