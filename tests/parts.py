"""What tests hold in their hands: a telectl to ask, and a desk with an agent and a customer."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientConnectionError, ClientSession, web
from aiohttp.test_utils import TestServer
from lab.contact_centre import SERVER_IP, ContactCentre, Line, Rows
from lab.mariadb import as_lab
from lab.phone import Call, Phone
from lab.until import until
from yarl import URL

from telectl.api.edge.connections import EdgeRunner, Limits
from telectl.app import build_app
from telectl.calls.timing import Timing
from telectl.serve import limits
from telectl.settings import Settings, load

LOGIN = "source=test&user=6666&pass=1234"
AGENT, CUSTOMER, THIRD = 400, 500, 600
"""The voices of agent, customer and third party, in Hz."""
NUMBER = "5557021111"
"""Rings the third party's phone."""


class EdgeServer(TestServer):
    """aiohttp's test server with the edge of `telectl serve`."""

    def __init__(self, app: web.Application, edge: Limits) -> None:
        super().__init__(app)
        self._edge = edge

    async def _make_runner(self, **_: Any) -> EdgeRunner:
        return EdgeRunner(self.app, self._edge)


def telectl_server(wired: Settings, timing: Timing | None = None) -> TestServer:
    """A telectl in this process, as `telectl serve` runs it."""
    return EdgeServer(build_app(wired, timing), limits(wired))


@dataclass
class Api:
    """A telectl and a client of it."""

    server: TestServer
    client: ClientSession
    database_url: str

    async def ask(self, function: str, agent: str = "1000", **parameters: str) -> str:
        sent = "".join(f"&{name}={value}" for name, value in parameters.items())
        query = f"{LOGIN}&function={function}&agent_user={agent}{sent}"
        url = URL(f"{self.server.make_url('/agc/api.php')}?{query}", encoded=True)
        async with self.client.get(url) as response:
            assert response.status == 200
            return (await response.text()).removesuffix("\n")

    async def state(self, call_id: str) -> dict[str, Any]:
        """What became of a third party's call."""
        url = f"{self.server.make_url('/calls/')}{call_id}?{LOGIN}"
        async with self.client.get(url) as response:
            return {"code": response.status, **(await response.json())}

    async def ready(self) -> dict[str, Any]:
        async with self.client.get(self.server.make_url("/readyz")) as response:
            return {"code": response.status, **(await response.json())}

    async def usable(self, within: float = 15) -> None:
        async def all_usable() -> bool:
            found = await self.ready()
            return bool(found["asterisk"]) and all(server["usable"] for server in found["asterisk"].values())

        await until(all_usable, within, what="every Asterisk usable")


@dataclass
class Desk:
    """An agent in its session, with its phone in the room, and perhaps a customer."""

    centre: ContactCentre
    line: Line
    phone: Phone
    customer: Phone

    @property
    def room(self) -> str:
        return self.line.room

    async def flags(self) -> dict[str, Any]:
        return await self.centre.rows.one("SELECT * FROM vicidial_live_agents WHERE user = %s", self.line.user)


async def start_plain_api(database_url: str, timing: Timing | None = None, **settings: Any) -> AsyncIterator[Api]:
    """Run a telectl on a database; nothing is cached, nobody is throttled."""
    wired = load(
        **{
            "listen": "127.0.0.1:0",
            "database_url": database_url,
            "cache_seconds": 0,
            "login_failures": 0,
            "refused_log_rows": 0,
            "reload_seconds": 1,
            **settings,
        }
    )
    server = telectl_server(wired, timing)
    await server.start_server()
    try:
        async with ClientSession() as client:
            yield Api(server, client, database_url)
    finally:
        await server.close()


async def start_api(centre: ContactCentre, **settings: Any) -> AsyncIterator[Api]:
    """Run a telectl in front of a contact centre, with its Asterisk usable."""
    ami = {SERVER_IP: {"host": centre.asterisk.host}}
    async for api in start_plain_api(centre.database_url, **{"ami": ami, **settings}):
        if settings.get("call_control") != "vicidial":
            await api.usable()
        yield api


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def telectl_environment(**settings: str) -> dict[str, str]:
    """This process's environment with these settings of telectl and no others."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TELECTL_")}
    return environment | {f"TELECTL_{name.upper()}": value for name, value in settings.items()}


async def telectl_process(*words: str, **settings: str) -> asyncio.subprocess.Process:
    """Start the command `telectl`, with these settings and no others."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "telectl.cli", *words),
        env=telectl_environment(**settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@dataclass
class Served:
    """`telectl serve` as a process."""

    process: asyncio.subprocess.Process
    base: str

    async def log(self) -> str:
        assert self.process.stderr is not None
        return (await self.process.stderr.read()).decode()


@asynccontextmanager
async def served(database_url: str, **settings: str) -> AsyncIterator[Served]:
    """Run `telectl serve` until it answers, with these settings and no others."""
    listen = f"127.0.0.1:{free_port()}"
    settings = {"listen": listen, "database_url": database_url, "call_control": "vicidial", **settings}
    process = await telectl_process("serve", **settings)
    try:

        async def answers() -> bool:
            async with ClientSession() as client:
                try:
                    async with client.get(f"http://{listen}/healthz") as response:
                        return response.status == 200
                except ClientConnectionError:
                    return False

        await until(answers, 15)
        yield Served(process, f"http://{listen}")
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def let_pass(rows: Rows, seconds: float = 3.0) -> None:
    """Let the last command of every agent lie further back, as if the test had slept."""
    await rows.run("UPDATE telectl_locks SET last_done = last_done - %s", seconds)


async def hears(call: Call | None, wanted: set[int], *, music: bool = False) -> None:
    """Wait until a call hears exactly these voices (Hz), and the music or not."""
    assert call is not None

    async def now() -> bool:
        heard = await call.hears(0.3)
        return heard.tones == frozenset(wanted) and heard.music is music

    await until(now, 5, what=lambda: f"{sorted(wanted)} Hz, music {music}; there is {call.hearing}")


@asynccontextmanager
async def living_screen(desk: Desk) -> AsyncIterator[None]:
    """Let the agent's VICIdial screen show signs of life."""
    rows, user = desk.centre.rows, desk.line.user
    await rows.run(
        "INSERT INTO web_client_sessions (extension, server_ip, program, start_time, session_name)"
        " VALUES (%s, '127.0.0.1', 'vicidial', NOW(), 'screen')",
        desk.phone.user,
    )

    async def blink() -> None:
        while True:
            await rows.run("UPDATE vicidial_live_agents SET random_id = random_id + 1 WHERE user = %s", user)
            await asyncio.sleep(0.3)

    screen = asyncio.create_task(blink())
    try:
        yield
    finally:
        screen.cancel()
        await asyncio.gather(screen, return_exceptions=True)
        await rows.run("DELETE FROM web_client_sessions")
        await rows.run("UPDATE vicidial_live_agents SET external_park = '' WHERE user = %s", user)


async def dial_third(api: Api, number: str = NUMBER, **more: str) -> str:
    """Dial a third party and give its call's id."""
    answer = await api.ask("transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number=number, **more)
    assert answer.startswith("SUCCESS"), answer
    return answer.split("|")[-2]


async def switch_on_queuemetrics(rows: Rows) -> None:
    """Let telectl tell QueueMetrics, in a fresh database of its own."""
    if await rows.all("SHOW DATABASES LIKE 'queuemetrics'"):
        await rows.run("DROP DATABASE queuemetrics")
    await rows.run("CREATE DATABASE queuemetrics")
    await rows.run("CREATE TABLE queuemetrics.queue_log LIKE queue_log")
    where = URL(as_lab(rows.url))
    await rows.run(
        "UPDATE system_settings SET enable_queuemetrics_logging = '1', queuemetrics_server_ip = %s,"
        " queuemetrics_dbname = 'queuemetrics', queuemetrics_login = %s, queuemetrics_pass = %s,"
        " queuemetrics_log_id = 'lab'",
        f"127.0.0.1:{where.port}",
        where.user,
        where.password,
    )
