"""A contact centre on real parts, one per file of tests, and a telectl in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from lab.asterisk import Asterisk
from lab.contact_centre import ContactCentre, Line
from lab.mariadb import MariaDB
from lab.phone import Phone
from lab.until import until
from yarl import URL

from telectl.app import FLEET, build_app
from telectl.settings import load

LOGIN = "source=test&user=6666&pass=1234"
AGENT, CUSTOMER = 400, 500
"""The voices of agent and customer, in Hz."""


@dataclass
class Api:
    """A telectl and a client of it."""

    server: TestServer
    client: ClientSession

    async def ask(self, function: str, agent: str = "1000", **parameters: str) -> str:
        sent = "".join(f"&{name}={value}" for name, value in parameters.items())
        query = f"{LOGIN}&function={function}&agent_user={agent}{sent}"
        url = URL(f"{self.server.make_url('/agc/api.php')}?{query}", encoded=True)
        async with self.client.get(url) as response:
            assert response.status == 200
            return (await response.text()).removesuffix("\n")

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


async def start_api(centre: ContactCentre, **settings: Any) -> AsyncIterator[Api]:
    wired = load(
        **{
            "listen": "127.0.0.1:0",
            "database_url": centre.database_url,
            "cache_seconds": 0,
            "login_failures": 0,
            "reload_seconds": 1,
            **settings,
        }
    )
    app = build_app(wired)
    async with TestServer(app) as server, ClientSession() as client:
        api = Api(server, client)
        if wired.call_control != "vicidial":
            await api.usable()
        assert app[FLEET] is not None
        yield api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mariadb() -> AsyncIterator[MariaDB]:
    async with MariaDB.start() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asterisk() -> AsyncIterator[Asterisk]:
    async with Asterisk.start() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(mariadb: MariaDB, asterisk: Asterisk) -> AsyncIterator[ContactCentre]:
    async with ContactCentre.start(mariadb, asterisk) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(centre: ContactCentre) -> AsyncIterator[Api]:
    async for running in start_api(centre):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(centre: ContactCentre) -> AsyncIterator[Desk]:
    """Agent 1000 with its phone in room 9600051, and a customer's phone that is on no call yet."""
    agent = await centre.phone("gs101", AGENT, "agent")
    customer = await centre.phone("customer1", CUSTOMER, "customer")
    line = await centre.seat("1000", agent, "9600051", lead_id=1002)
    line.agent = await centre.call_into_room(agent, line.room, '"S2611230800009600051" <0>', prefix="2")
    yield Desk(centre, line, agent, customer)
    for phone in (agent, customer):
        phone.auto_answer, phone.refuse, phone.answer_after = True, 0, 0.0
        for call in phone.calls:
            if not call.ended:
                await call.hangup()
        phone.digits.clear()
    await until(lambda: empty(centre, line.room), 5)
    await centre.hangups.settle()
    await centre.rows.run("DELETE FROM parked_channels")
    await centre.rows.run("DELETE FROM park_log")
    await centre.rows.run("DELETE FROM parked_channels_recent")


@pytest_asyncio.fixture(loop_scope="module")
async def call(desk: Desk) -> Desk:
    """The desk, with the customer's call in the agent's room."""
    await desk.centre.deliver(desk.line, desk.customer)
    return desk


async def empty(centre: ContactCentre, room: str) -> bool:
    return not await centre.witness.members(room)
