"""Few large requests at a time: small ones pass, a large one waits, and comes again if it waited too long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from lab.until import until

from telectl.api.edge.large_bodies import BUSY, LARGE, room_for_large_requests
from telectl.api.middlewares import remote_address

LOCAL = ip_network("127.0.0.1")
Client = TestClient[web.Request, web.Application]


class Hall:
    """A server whose answers come when the doors open."""

    def __init__(self) -> None:
        self.inside = 0
        self.doors = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.inside += 1
        await self.doors.wait()
        return web.Response(text=str(len(await request.read())))


@asynccontextmanager
async def hall(longest_wait: float, of_site: int = 2) -> AsyncIterator[tuple[Hall, Client]]:
    """Run a hall with two places, behind a proxy that is believed."""
    found = Hall()
    app = web.Application(middlewares=[remote_address((LOCAL,)), room_for_large_requests(2, longest_wait, of_site)])
    app.router.add_route("*", "/", found.answer)
    async with TestClient(TestServer(app)) as client:
        yield found, client


async def sent(client: Client, size: int, *, chunked: bool = False, site: str = "192.0.2.1") -> tuple[int, str]:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * size

    data, headers = pieces() if chunked else b"x" * size, {"X-Forwarded-For": site}
    async with client.post("/", data=data, headers=headers) as response:
        return response.status, await response.text()


async def test_two_large_ones_at_a_time_and_any_number_of_small_ones() -> None:
    async with hall(30) as (found, client):
        large = [asyncio.create_task(sent(client, LARGE + number, chunked=number == 1)) for number in range(4)]
        await until(lambda: found.inside == 2)
        small = [asyncio.create_task(sent(client, LARGE - 1)) for _ in range(20)]
        await until(lambda: found.inside == 22)
        found.doors.set()
        assert sorted(await asyncio.gather(*large)) == [(200, str(LARGE + number)) for number in range(4)]
        assert await asyncio.gather(*small) == [(200, str(LARGE - 1))] * 20


async def test_who_waits_too_long_is_told_to_come_again_and_leaves_no_trace() -> None:
    async with hall(0.1) as (found, client):
        large = [asyncio.create_task(sent(client, LARGE)) for _ in range(2)]
        await until(lambda: found.inside == 2)
        assert await sent(client, LARGE) == (503, BUSY)
        found.doors.set()
        assert await asyncio.gather(*large) == [(200, str(LARGE))] * 2
        for _ in range(5):  # more than there are places
            assert await sent(client, LARGE) == (200, str(LARGE))


async def test_a_client_that_goes_leaves_its_room() -> None:
    async with hall(30) as (found, client):
        large = [asyncio.create_task(sent(client, LARGE)) for _ in range(3)]
        await until(lambda: found.inside == 2)
        large[2].cancel()
        await asyncio.gather(large[2], return_exceptions=True)
        found.doors.set()
        assert await asyncio.gather(*large[:2]) == [(200, str(LARGE))] * 2
        assert await sent(client, LARGE) == (200, str(LARGE))


async def test_one_site_holds_its_own_places_only() -> None:
    async with hall(30, of_site=1) as (found, client):
        first = asyncio.create_task(sent(client, LARGE))
        second = asyncio.create_task(sent(client, LARGE))
        await until(lambda: found.inside == 1)
        other = asyncio.create_task(sent(client, LARGE, site="192.0.2.2"))
        await until(lambda: found.inside == 2)
        assert not second.done()
        found.doors.set()
        for request in (first, second, other):
            assert await request == (200, str(LARGE))
