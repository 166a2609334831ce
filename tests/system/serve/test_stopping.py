"""A server that stops under load answers every request that reached it, or none of its bytes were sent.

ROLLING_REQUESTS=10000 makes the rolling restart longer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from lab.haproxy import haproxy
from lab.mariadb import MariaDB
from lab.until import until
from parts import free_port, telectl_process

from telectl.testing import FakeAsterisk

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(90)]
LOGIN = {"source": "test", "user": "6666", "pass": "1234", "agent_user": "1000"}
PAUSE = {**LOGIN, "function": "external_pause", "value": "PAUSE"}
CONFIGURATION = Path(__file__).parents[3] / "packaging/haproxy.cfg"
ROLLING_REQUESTS = int(os.environ.get("ROLLING_REQUESTS") or "2000")
CLIENTS = 12


@dataclass
class Telectl:
    """A `telectl serve`."""

    process: asyncio.subprocess.Process
    port: int

    async def state(self) -> str:
        """What /readyz says; empty when nobody answers."""
        try:
            async with (
                ClientSession() as client,
                client.get(f"http://127.0.0.1:{self.port}/readyz") as response,
            ):
                return str((await response.json())["status"])
        except OSError:
            return ""

    async def ready(self) -> None:
        async def is_ready() -> bool:
            return await self.state() == "ready"

        await until(is_ready, 20)

    async def ends(self) -> float:
        """Wait for its end, and give the seconds that took."""
        started = time.monotonic()
        assert await asyncio.wait_for(self.process.wait(), 20) == 0
        return time.monotonic() - started

    def children(self) -> list[int]:
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(word) for word in text.split()]


@asynccontextmanager
async def served(url: str, listen_port: str = "", **settings: str) -> AsyncIterator[Telectl]:
    port = int(listen_port or free_port())
    wanted = {"database_url": url, "call_control": "vicidial", "login_failures": "0", **settings}
    process = await telectl_process("serve", listen=f"127.0.0.1:{port}", **wanted)
    drained = asyncio.create_task(process.communicate())
    try:
        telectl = Telectl(process, port)
        await telectl.ready()
        yield telectl
    finally:
        if process.returncode is None:
            process.kill()
        await drained


@dataclass
class Load:
    """Clients that ask one request after the other, and know what of each reached the server."""

    port: int
    kept: bool
    told: Counter[str] = field(default_factory=Counter)
    over: bool = False
    most: int = 10**9

    @property
    def answered(self) -> int:
        return self.told["200"]

    async def run(self) -> None:
        await asyncio.gather(*(self._client() for _ in range(CLIENTS)))

    async def _client(self) -> None:
        while not self.over and sum(self.told.values()) < self.most:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except ConnectionRefusedError:
                self.told["refused"] += 1  # nothing was sent
                await asyncio.sleep(0.02)
                continue
            except ConnectionResetError:
                self.told["reset while connecting"] += 1
                continue
            with contextlib.suppress(OSError):
                goes_on = True
                while goes_on:
                    goes_on = await self._asks(reader, writer) and self.kept and not self.over
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _asks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Ask once; tell whether the connection may be used again."""
        if reader.at_eof() or sum(self.told.values()) >= self.most:
            return False
        body = urlencode(PAUSE)
        head = f"POST /agc/api.php HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        writer.write((head + body).encode())
        try:
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
            length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            text = await asyncio.wait_for(reader.readexactly(int(length.split(b":")[1])), 20)
        except (OSError, asyncio.IncompleteReadError):
            self.told["cut"] += 1
            return False
        status = answer.split(b" ", 2)[1].decode()
        self.told[status if status != "200" or text.startswith(b"SUCCESS") else text.decode()] += 1
        return b"connection: close" not in answer.lower()


@asynccontextmanager
async def loaded(port: int, *, kept: bool, most: int = 10**9) -> AsyncIterator[Load]:
    load = Load(port, kept, most=most)
    running = asyncio.create_task(load.run())
    try:
        await until(lambda: load.answered > 50, 20)
        yield load
    finally:
        load.over = True
        await running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(mariadb: MariaDB) -> str:
    return await mariadb.database(demo=True)


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "fresh"])
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("grace", ["0", "1"])
async def test_no_request_is_cut_at_sigterm(url: str, workers: str, grace: str, *, kept: bool) -> None:
    async with served(url, workers=workers, grace_seconds=grace) as telectl, loaded(telectl.port, kept=kept) as load:
        telectl.process.send_signal(signal.SIGTERM)
        await telectl.ends()
        await asyncio.sleep(0.05)
    assert set(load.told) <= {"200", "503", "refused"}, load.told


async def test_while_it_leaves_all_is_answered_and_the_balancer_is_told(url: str) -> None:
    async with served(url, grace_seconds="3") as telectl, ClientSession() as client:
        base = f"http://127.0.0.1:{telectl.port}"
        async with client.post(f"{base}/agc/api.php", data=PAUSE) as response:
            assert "Connection" not in response.headers
        telectl.process.send_signal(signal.SIGTERM)

        async def stopping() -> bool:
            return await telectl.state() == "stopping"

        await until(stopping)
        async with client.post(f"{base}/agc/api.php", data=PAUSE) as response:
            assert (await response.text()).startswith("SUCCESS: external_pause function set")
            assert response.headers["Connection"] == "close"
        async with client.get(f"{base}/healthz") as response:
            assert response.status == 200
        telectl.process.send_signal(signal.SIGTERM)  # a second one: no grace
        await telectl.ends()


async def test_what_comes_after_the_door_is_closed_is_told_so(url: str, mariadb: MariaDB) -> None:
    """A client that kept its connection through the grace time gets 503; one whose request runs gets its answer."""
    async with served(url, grace_seconds="0", cache_seconds="0") as telectl:
        reader, writer = await asyncio.open_connection("127.0.0.1", telectl.port)
        async with ClientSession() as client:
            mariadb.freeze()
            try:
                running = asyncio.create_task(_text(client, telectl.port))
                await asyncio.sleep(0.3)
                telectl.process.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.3)
                writer.write(b"GET /agc/api.php?function=version HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = await asyncio.wait_for(reader.read(), 5)
            finally:
                mariadb.thaw()
            assert answer.startswith(b"HTTP/1.1 503")
            assert b"ERROR: server is shutting down" in answer
            assert b"Connection: close" in answer
            assert (await running).startswith("SUCCESS: external_pause function set")
        writer.close()
        await telectl.ends()


async def _text(client: ClientSession, port: int) -> str:
    async with client.post(f"http://127.0.0.1:{port}/agc/api.php", data=PAUSE) as response:
        return await response.text()


@pytest.mark.parametrize("grace", ["0", "2"])
async def test_it_ends_in_time_with_digits_and_a_slow_request(url: str, mariadb: MariaDB, grace: str) -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.join("9600051", "PJSIP/gs101-00000011", "S2611230800009600051")
        asterisk.join("9600051", "PJSIP/customer1-00000001", "V1123000000000001002")
        ami = json.dumps({"127.0.0.1": {"host": "127.0.0.1", "port": asterisk.port, "secret": "telectl"}})
        settings = {"call_control": "direct", "ami": ami, "grace_seconds": grace}
        async with served(url, **settings) as telectl, ClientSession() as client:
            digits = {**LOGIN, "function": "send_dtmf", "value": "1" * 100}
            async with client.post(f"http://127.0.0.1:{telectl.port}/agc/api.php", data=digits) as response:
                assert (await response.text()).startswith("SUCCESS")
            mariadb.freeze()
            try:
                slow = asyncio.create_task(_text(client, telectl.port))
                await asyncio.sleep(0.3)
                telectl.process.send_signal(signal.SIGTERM)
                assert await telectl.ends() < 10
            finally:
                mariadb.thaw()
            assert (await slow).startswith(("ERROR: system error", "SUCCESS"))


async def test_workers_end_with_the_process_that_started_them(url: str) -> None:
    async with served(url, workers="2") as telectl:
        workers = telectl.children()
        assert len(workers) == 2
        telectl.process.kill()
        await telectl.process.wait()
        await until(lambda: not any(_lives(worker) for worker in workers), 10)
        async with served(url, str(telectl.port)):
            pass  # the port is free


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_a_worker_that_dies_is_replaced_and_costs_no_request_of_the_others(url: str) -> None:
    async with served(url, workers="2") as telectl:
        first = telectl.children()
        os.kill(first[0], signal.SIGKILL)
        await until(lambda: len(telectl.children()) == 2 and telectl.children() != first, 10)
        await telectl.ready()
        telectl.process.send_signal(signal.SIGTERM)
        await telectl.ends()


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "fresh"])
async def test_a_rolling_restart_behind_the_balancer_loses_no_request(url: str, *, kept: bool) -> None:
    ports, address = (free_port(), free_port()), free_port()
    servers = {"telectl:8080": f"127.0.0.1:{ports[0]}", "telectl-two:8080": f"127.0.0.1:{ports[1]}"}
    async with contextlib.AsyncExitStack() as stack:
        copies = [await stack.enter_async_context(served(url, str(port))) for port in ports]
        await stack.enter_async_context(haproxy(CONFIGURATION.read_text(), address, servers))
        load = await stack.enter_async_context(loaded(address, kept=kept, most=ROLLING_REQUESTS))
        for number, copy in enumerate(copies):
            copy.process.send_signal(signal.SIGTERM)
            await copy.ends()
            copies[number] = await stack.enter_async_context(served(url, str(ports[number])))
            await asyncio.sleep(2.5)  # the balancer has seen it
        await until(lambda: sum(load.told.values()) >= ROLLING_REQUESTS, 60)
    assert set(load.told) == {"200"}, load.told
