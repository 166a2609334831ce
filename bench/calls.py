"""`make bench`: from an HTTP request's first byte to the effect on Asterisk, for every call command.

Beside each, in the same run and in turn with it: a raw manager client that does the same action and nothing else, no
rows, no checks, no confirmation. Effect: the first event on an independent manager connection that shows the new
place or the end, or the INVITE or the RTP digit at a phone. Accepted: Asterisk's `Response: Success` to telectl's last
action, seen on the wire. Answer: the HTTP response. One monotonic clock; telectl runs beside it as `telectl serve`.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession
from commands import COMMANDS, Command
from figures import Figures
from lab.ami import Ami
from lab.asterisk import Asterisk
from lab.contact_centre import ContactCentre, Line
from lab.mariadb import MariaDB
from lab.ports import free_port
from lab.telectl_process import serve
from rich.console import Console
from stage import LEAD, REMOTE_LEAD, ROOM, Stage
from tap import Tap

ROUNDS = int(os.environ.get("ROUNDS", "30"))
ONLY = os.environ.get("ONLY", "")
LOGIN = "source=bench&user=6666&pass=1234"
AIM_P50, AIM_P99 = 5.0, 20.0
"""Milliseconds over the raw client."""


@dataclass
class Times:
    """One command's times in milliseconds."""

    accepted: list[float] = field(default_factory=list)
    effect: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)


@dataclass
class Bench:
    """What the measurements need."""

    stage: Stage
    tap: Tap
    client: ClientSession
    base: str
    number: int = 0

    async def measure(self, command: Command) -> Times:
        """Measure telectl and the raw client in turn, ROUNDS times."""
        times = Times()
        for _ in range(ROUNDS):
            await self._telectl(command, times)
            await self.stage.set(*command.who)
            start = time.monotonic()
            await command.raw(self.stage)
            times.raw.append((await command.effect(self.stage, start) - start) * 1000)
        return times

    async def _telectl(self, command: Command, times: Times) -> None:
        stage = self.stage
        await stage.set(*command.who)
        self.number += 1
        request_id = f"bench-{self.number:06d}"
        query = command.query.format(call=stage.remote.call_id)
        start = time.monotonic()
        async with self.client.get(
            f"{self.base}/agc/api.php?{LOGIN}&{query}", headers={"X-Request-Id": request_id}
        ) as response:
            text = await response.text()
        times.answer.append((time.monotonic() - start) * 1000)
        if not text.startswith("SUCCESS"):
            raise RuntimeError(f"{query}: {text}")
        times.effect.append((await command.effect(stage, start) - start) * 1000)
        times.accepted.append((self.tap.last_answer(request_id) - start) * 1000)


async def main() -> None:
    """Start a contact centre, measure, print, write."""
    async with (
        AsyncExitStack() as stack,
        MariaDB.start() as mariadb,
        Asterisk.start() as asterisk,
        ContactCentre.start(mariadb, asterisk) as centre,
        Tap(asterisk.ami_port).open() as tap,
        Ami.connect(asterisk.ami_port, *asterisk.manager) as raw,
    ):
        await raw.do("Events", EventMask="off")
        await centre.rows.run("UPDATE servers SET telnet_port = %s", tap.port)
        for user, tone in (("gs101", 400), ("gs102", 450), ("gs104", 550), ("customer1", 500), ("customer2", 600)):
            await centre.phone(user, tone)
        stage = Stage(centre, raw, Line("1000", ROOM, LEAD), Line("1028", "", REMOTE_LEAD))
        console = Console()
        measured: dict[str, Times] = {}
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        listen, log = f"127.0.0.1:{free_port()}", Path(folder) / "telectl.log"
        async with (
            serve(listen, centre.database_url, log, LOG_LEVEL="error") as base,
            ClientSession() as client,
        ):
            bench = Bench(stage, tap, client, base)
            chosen = [command for command in COMMANDS if ONLY in command.name]
            for command in chosen:
                with console.status(command.name):
                    measured[command.name] = await bench.measure(command)
        told = figures(measured)
        told.show()
        if not ONLY:
            told.write()


def figures(measured: dict[str, Times]) -> Figures:
    """Return the figures, p50 and p99, in milliseconds."""
    rows = []
    for name, times in measured.items():
        effect, raw = _percentiles(times.effect), _percentiles(times.raw)
        over = (effect[0] - raw[0], effect[1] - raw[1])
        met = over[0] <= AIM_P50 and over[1] <= AIM_P99
        pairs = (_percentiles(times.accepted), effect, raw, over, _percentiles(times.answer))
        cells = [_cell(pair) for pair in pairs]
        cells[3] += " ✓" if met else " ✗"
        rows.append((name, *cells))
    return Figures(
        section="call commands",
        about=f"milliseconds from the HTTP request's first byte, p50 / p99 of {ROUNDS} rounds",
        columns=("command", "accepted", "effect", "raw client", "effect over raw", "answer"),
        rows=rows,
        summary=f"✓: at most {AIM_P50:g} / {AIM_P99:g} ms over a raw manager client that does the same action.",
    )


def _cell(pair: tuple[float, float]) -> str:
    return f"{pair[0]:.1f} / {pair[1]:.1f}"


def _percentiles(times: list[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]


if __name__ == "__main__":
    asyncio.run(main())
