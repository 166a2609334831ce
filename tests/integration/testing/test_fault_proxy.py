"""The fault proxy does to a connection what it says, and its tap sees only what was really handed on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from lab.until import until

from telectl.testing import Direction, FaultProxy


@dataclass
class Echo:
    """A server that answers everything with itself, and keeps what it read, connection by connection."""

    port: int = 0
    got: list[bytearray] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    reads: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = bytearray()
        self.got.append(mine)
        try:
            while True:
                await self.reads.wait()
                data = await reader.read(100)
                if not data:
                    break
                mine += data
                writer.write(data)
                await writer.drain()
            self.ends.append("closed")
        except ConnectionError:
            self.ends.append("reset")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@pytest_asyncio.fixture
async def echo() -> AsyncIterator[Echo]:
    running = Echo()
    running.reads.set()
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    yield running
    server.close()
    running.reads.set()
    await until(lambda: len(running.ends) == len(running.got))


@pytest_asyncio.fixture
async def proxy(echo: Echo) -> AsyncIterator[FaultProxy]:
    async with FaultProxy("127.0.0.1", echo.port) as running:
        yield running


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def gets(self, number: int, within: float = 2.0) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(number), within)

    async def gets_nothing(self) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.reader.read(1), 0.2)
            return False
        return True


@contextlib.asynccontextmanager
async def connected(proxy: FaultProxy) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_a_stall_of_the_answers_lets_the_questions_through(echo: Echo, proxy: FaultProxy) -> None:
    async with connected(proxy) as client:
        proxy.stall(Direction.TO_CLIENT)
        client.writer.write(b"done")
        await until(lambda: echo.got and echo.got[0] == b"done")
        assert await client.gets_nothing()
        proxy.flow()
        assert await client.gets(4) == b"done"


async def test_a_stall_of_the_questions_loses_nothing(echo: Echo, proxy: FaultProxy) -> None:
    async with connected(proxy) as client:
        proxy.stall(Direction.TO_SERVER)
        client.writer.write(b"late")
        assert await client.gets_nothing()
        assert not any(echo.got)
        proxy.flow()
        assert await client.gets(4) == b"late"


@pytest.mark.parametrize(("end", "arrives"), [("close", b"held"), ("reset", b"")])
async def test_what_is_held_back_outlives_a_close_and_no_reset(
    echo: Echo, proxy: FaultProxy, end: str, arrives: bytes
) -> None:
    async with connected(proxy) as client:
        proxy.stall(Direction.TO_SERVER)
        client.writer.write(b"held")
        assert await client.gets_nothing()
        if end == "close":
            client.writer.close()
        else:
            FaultProxy.reset_connection(client.writer)
        await asyncio.sleep(0.1)
        proxy.flow()
        await until(lambda: echo.ends)
        assert bytes(echo.got[0]) == arrives


async def test_swallowed_connections_stay_dead_while_new_ones_flow(proxy: FaultProxy) -> None:
    async with connected(proxy) as old, connected(proxy) as new:
        old.writer.write(b"a")
        assert await old.gets(1) == b"a"
        proxy.swallow()
        async with connected(proxy) as later:
            later.writer.write(b"b")
            assert await later.gets(1) == b"b"
        old.writer.write(b"c")
        new.writer.write(b"d")
        assert await old.gets_nothing()
        assert await new.gets_nothing()


async def test_a_delay_makes_every_piece_late(proxy: FaultProxy) -> None:
    async with connected(proxy) as client:
        proxy.delay = 0.1
        started = time.monotonic()
        client.writer.write(b"x")
        assert await client.gets(1) == b"x"
        assert time.monotonic() - started >= 0.2


async def test_single_bytes_arrive_as_they_were_sent(proxy: FaultProxy) -> None:
    proxy.chunk = 1
    async with connected(proxy) as client:
        client.writer.write(bytes(range(256)))
        assert await client.gets(256) == bytes(range(256))


@pytest.mark.parametrize("direction", list(Direction))
async def test_a_connection_ends_in_the_midst_of_what_it_carries(
    echo: Echo, proxy: FaultProxy, direction: Direction
) -> None:
    async with connected(proxy) as client:
        client.writer.write(b"whole")
        assert await client.gets(5) == b"whole"
        proxy.cut_after(3, direction)
        client.writer.write(b"broken")
        assert await asyncio.wait_for(client.reader.read(), 2) == (b"bro" if direction is Direction.TO_CLIENT else b"")
        await until(lambda: echo.ends)
        assert bytes(echo.got[0]) == (b"wholebroken" if direction is Direction.TO_CLIENT else b"wholebro")
    async with connected(proxy) as client:
        client.writer.write(b"again whole")
        assert await client.gets(11) == b"again whole"


async def test_a_reset_is_an_error_at_both_ends(echo: Echo, proxy: FaultProxy) -> None:
    async with connected(proxy) as client:
        client.writer.write(b"x")
        assert await client.gets(1) == b"x"
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            await client.gets(1)
        await until(lambda: echo.ends == ["reset"])


async def test_who_is_refused_may_come_again_to_the_same_port(echo: Echo, proxy: FaultProxy) -> None:
    port = proxy.port
    async with connected(proxy) as client:
        await proxy.refuse()
        assert await asyncio.wait_for(client.reader.read(), 2) == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    await proxy.listen()
    assert proxy.port == port
    async with connected(proxy) as client:
        client.writer.write(b"x")
        assert await client.gets(1) == b"x"
    assert bytes(echo.got[-1]) == b"x"


async def test_the_tap_sees_what_was_handed_on_and_nothing_that_was_held_back(echo: Echo) -> None:
    seen: list[tuple[int, Direction, bytes]] = []
    async with (
        FaultProxy("127.0.0.1", echo.port, tap=lambda *piece: seen.append(piece)) as proxy,
        connected(proxy) as client,
    ):
        client.writer.write(b"one")
        assert await client.gets(3) == b"one"
        proxy.stall(Direction.TO_SERVER)
        client.writer.write(b"two")
        assert await client.gets_nothing()
        assert seen == [(1, Direction.TO_SERVER, b"one"), (1, Direction.TO_CLIENT, b"one")]
        proxy.flow()
        assert await client.gets(3) == b"two"
        proxy.stall(Direction.TO_CLIENT)
        client.writer.write(b"three")
        await until(lambda: seen[-1] == (1, Direction.TO_CLIENT, b"three"))  # said, though not yet heard
        assert await client.gets_nothing()
