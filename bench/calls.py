"""`make bench`: from an HTTP request's first byte to Asterisk's answer, and to the effect, for each call command.

Accepted: the manager response `Success` to telectl's action, seen on the wire by a proxy in front of Asterisk.
Effect: the first event on an independent manager connection that shows the new place, or the INVITE or the RTP digit
at the phone. Answer: the HTTP response. One process, one monotonic clock; telectl runs beside it as `telectl serve`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession
from lab.asterisk import Asterisk
from lab.contact_centre import ContactCentre, Line
from lab.mariadb import MariaDB
from lab.until import until
from rich.console import Console
from rich.table import Table

ROUNDS = int(os.environ.get("ROUNDS", "40"))
LOGIN = "source=bench&user=6666&pass=1234&agent_user=1000"


class Tap:
    """A proxy in front of the manager interface that notes when each action was answered."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.answered: dict[str, float] = {}
        self._target = port

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Tap]:
        """Listen on a free port."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(self._pass(reader, there_writer), self._watch(there_reader, writer))

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
        sink.close()

    async def _watch(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        tail = b""
        while data := await source.read(65536):
            at = time.monotonic()
            sink.write(data)
            *frames, tail = (tail + data).split(b"\r\n\r\n")
            for frame in frames:
                lines = frame.decode("utf-8", "replace").split("\r\n")
                if "Response: Success" in lines and not any(line.startswith("Event:") for line in lines):
                    for line in lines:
                        if line.startswith("ActionID: "):
                            self.answered[line.removeprefix("ActionID: ")] = at
        sink.close()

    def last_answer(self, request_id: str) -> float:
        """Give when the last action of a request was answered: the one that does the work."""
        return max(at for action, at in self.answered.items() if action.startswith(f"{request_id}/"))


@dataclass
class Measured:
    """One command's times in milliseconds."""

    name: str
    accepted: list[float] = field(default_factory=list)
    effect: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)


@dataclass
class Bench:
    """What the measurements need."""

    centre: ContactCentre
    line: Line
    tap: Tap
    client: ClientSession
    base: str
    number: int = 0

    async def ask(self, into: Measured, query: str, effect: Callable[[float], Awaitable[float]]) -> None:
        """Send one request and note its three times."""
        self.number += 1
        request_id = f"bench-{self.number:06d}"
        start = time.monotonic()
        async with self.client.get(
            f"{self.base}/agc/api.php?{LOGIN}&{query}", headers={"X-Request-Id": request_id}
        ) as response:
            text = await response.text()
        end = time.monotonic()
        if not text.startswith("SUCCESS"):
            raise RuntimeError(f"{query}: {text}")
        into.answer.append((end - start) * 1000)
        into.effect.append((await effect(start) - start) * 1000)
        into.accepted.append((self.tap.last_answer(request_id) - start) * 1000)


async def measure(bench: Bench) -> list[Measured]:  # noqa: C901 - four small closures
    """Measure every command, ROUNDS times."""
    centre, line = bench.centre, bench.line
    park, grab = Measured("park_call PARK_CUSTOMER"), Measured("park_call GRAB_CUSTOMER")
    digits, call = Measured("send_dtmf (one digit)"), Measured("call_agent")
    customer, agent = centre.phones["customer1"], centre.phones["gs101"]

    async def left(start: float) -> float:
        return (await centre.witness.event("ConfbridgeLeave", since=start, Channel=line.channel)).at

    async def joined(start: float) -> float:
        return (await centre.witness.event("ConfbridgeJoin", since=start, Channel=line.channel)).at

    async def heard(start: float) -> float:
        return (await until(lambda: [digit for digit in customer.digits if digit.at >= start]))[0].at

    async def invited(start: float) -> float:
        def invites() -> list[float]:
            return [event.at for event in agent.events if event.kind == "invite" and event.at >= start]

        return (await until(invites))[0]

    async def agent_left() -> bool:
        return not await agent_in_room()

    async def agent_in_room() -> bool:
        return any(name.startswith("PJSIP/gs101-") for name in await centre.witness.members(line.room))

    for _ in range(ROUNDS):
        await bench.ask(park, "function=park_call&value=PARK_CUSTOMER", left)
        await bench.ask(grab, "function=park_call&value=GRAB_CUSTOMER", joined)
        await bench.ask(digits, "function=send_dtmf&value=5", heard)
        await asyncio.sleep(0.2)
    for _ in range(ROUNDS // 2):
        if agent.current is not None:
            await agent.current.hangup()
        await until(agent_left)
        await centre.rows.run("UPDATE telectl_locks SET last_done = 0")  # else a call within three seconds is the same
        await bench.ask(call, "function=call_agent&value=CALL", invited)
        await until(agent_in_room)
    return [park, grab, digits, call]


@asynccontextmanager
async def served(database_url: str) -> AsyncIterator[str]:
    """Run `telectl serve` on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = {**os.environ, "TELECTL_LISTEN": listen, "TELECTL_DATABASE_URL": database_url}
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "telectl.cli", "serve"),
        env={**environment, "TELECTL_LOG_LEVEL": "error"},
    )
    try:
        async with ClientSession() as client:

            async def ready() -> bool:
                try:
                    async with client.get(f"http://{listen}/readyz") as response:
                        return response.ok
                except OSError:
                    return False

            await until(ready, 15)
        yield f"http://{listen}"
    finally:
        process.terminate()
        await process.wait()


async def main() -> None:
    """Start a contact centre, measure, print."""
    async with (
        MariaDB.start() as mariadb,
        Asterisk.start() as asterisk,
        ContactCentre.start(mariadb, asterisk) as centre,
        Tap(asterisk.ami_port).open() as tap,
    ):
        await centre.rows.run("UPDATE servers SET telnet_port = %s", tap.port)
        async with served(centre.database_url) as base, ClientSession() as client:
            agent = await centre.phone("gs101", 400, "agent")
            customer = await centre.phone("customer1", 500, "customer")
            line = await centre.seat("1000", agent, "9600051", lead_id=1002)
            line.agent = await centre.call_into_room(agent, line.room, '"S2611230800009600051" <0>', prefix="2")
            await centre.deliver(line, customer)
            show(await measure(Bench(centre, line, tap, client, base)))


def show(measured: list[Measured]) -> None:
    """Print the table."""
    table = Table(title=f"from the HTTP request's first byte, milliseconds ({ROUNDS} rounds)")
    table.add_column("command")
    for what in ("accepted", "effect", "answer"):
        table.add_column(f"{what} p50", justify="right")
        table.add_column("p99", justify="right")
    for one in measured:
        cells = [f"{value:.1f}" for times in (one.accepted, one.effect, one.answer) for value in _percentiles(times)]
        table.add_row(one.name, *cells)
    Console(width=110).print(table)


def _percentiles(times: list[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]


if __name__ == "__main__":
    asyncio.run(main())
