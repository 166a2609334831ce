"""`make bench`: requests per second and p99 of flag functions, beside a floor measured in the same run.

The floor is a bare aiohttp handler that runs the least statements for the same effect, through the same driver.
Both servers are processes of their own; one client drives them in turn, CONNECTIONS requests at a time, ROUNDS turns
each, so that whatever else the machine does slows both.
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, TCPConnector
from figures import Figures
from lab.mariadb import MariaDB
from lab.until import until
from yarl import URL

SECONDS = float(os.environ.get("SECONDS_EACH", "4"))
ROUNDS = 4
CONNECTIONS = 20
LOGIN = "source=bench&user=6666&pass=1234"
QUERIES = {
    "version": "function=version",
    "external_pause": f"{LOGIN}&agent_user=1000&function=external_pause&value=PAUSE",
    "external_add_lead": f"{LOGIN}&agent_user=1000&function=external_add_lead&phone_number=7275551212&phone_code=1",
    "update_fields": f"{LOGIN}&agent_user=6666&function=update_fields&city=Tampa&vendor_lead_code=1",
}


@dataclass
class Load:
    """What one function did under load."""

    per_second: float
    p99: float
    """Milliseconds."""


def load(times: list[float]) -> Load:
    """Sum up the requests of SECONDS, by how long each took."""
    ordered = sorted(times)
    return Load(len(times) / SECONDS, ordered[int(0.99 * (len(ordered) - 1))] * 1000)


async def drive(page: str, query: str) -> list[float]:
    """Send requests as fast as they are answered, for one round, and tell how long each took."""
    url, end = URL(f"{page}?{query}", encoded=True), time.monotonic() + SECONDS / ROUNDS
    times: list[float] = []

    async def client(session: ClientSession) -> None:
        while (start := time.monotonic()) < end:
            async with session.get(url) as response:
                text = await response.text()
                if response.status != 200 or text.startswith("ERROR"):  # noqa: PLR2004
                    raise RuntimeError(f"{query}: {text}")
            times.append(time.monotonic() - start)

    async with ClientSession(connector=TCPConnector(limit=CONNECTIONS)) as session:
        await asyncio.gather(*(client(session) for _ in range(CONNECTIONS)))
    return times


@asynccontextmanager
async def server(words: tuple[str, ...], **settings: str) -> AsyncIterator[str]:
    """Run a server process on a free port; give its page."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = {**os.environ, "TELECTL_LISTEN": listen, "TELECTL_LOG_LEVEL": "error", **settings}
    process = await asyncio.create_subprocess_exec(
        "setpriv", "--pdeathsig", "TERM", sys.executable, *words, env=environment
    )
    try:
        async with ClientSession() as session:

            async def up() -> bool:
                try:
                    async with session.get(f"http://{listen}/healthz"):
                        return True
                except OSError:
                    return False

            await until(up, 15)
        yield f"http://{listen}/agc/api.php"
    finally:
        process.terminate()
        await process.wait()


async def main() -> None:
    """Measure telectl and the floor, one function after the other, in turns."""
    async with MariaDB.start() as mariadb:
        settings = {"TELECTL_DATABASE_URL": await mariadb.database(demo=True), "TELECTL_CALL_CONTROL": "vicidial"}
        telectl_words, floor_words = ("-m", "telectl.cli", "serve"), ("bench/floor.py",)
        async with server(telectl_words, **settings) as telectl, server(floor_words, **settings) as floor:
            rows, ratios = [], []
            for name, query in QUERIES.items():
                of_ours: list[float] = []
                of_floor: list[float] = []
                for _ in range(ROUNDS):
                    of_ours += await drive(telectl, query)
                    of_floor += await drive(floor, query)
                ours, least = load(of_ours), load(of_floor)
                ratio = ours.per_second / least.per_second
                ratios.append(ratio)
                cells = (f"{ours.per_second:.0f}", f"{ours.p99:.1f}", f"{least.per_second:.0f}", f"{least.p99:.1f}")
                rows.append((name, *cells, f"{ratio:.2f}"))
    figures = Figures(
        section="flag functions",
        about=f"{CONNECTIONS} requests at a time, one process, {SECONDS:g} s for each",
        columns=("function", "telectl/s", "p99 ms", "floor/s", "p99 ms", "telectl : floor"),
        rows=rows,
        summary=f"telectl does {statistics.mean(ratios):.2f} of the floor's requests, on average.",
    )
    figures.show()
    figures.write()


if __name__ == "__main__":
    asyncio.run(main())
