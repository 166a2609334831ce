"""Memory, processors, files: the unit and the containers set limits, and a telectl lives within them."""

from __future__ import annotations

import asyncio
import re
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession
from lab.mariadb import MariaDB
from lab.until import until
from parts import LOGIN, free_port, telectl_environment

from telectl.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).parents[3]
FORM = "application/x-www-form-urlencoded"
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


def size(text: str) -> int:
    """Bytes of `768M` or `1g`."""
    found = re.fullmatch(r"(\d+)([KMG]?)", text.upper())
    assert found, text
    return int(found[1]) * UNITS[found[2]]


def unit() -> dict[str, list[str]]:
    """The directives of the unit, each with its values."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "packaging/telectl.service").read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def service(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][name])


async def test_the_unit_bounds_what_the_process_may_take_and_do() -> None:
    directives = unit()
    assert size(directives["MemoryHigh"][0]) < size(directives["MemoryMax"][0]) <= 2 * UNITS["G"]
    wanted = {
        "MemorySwapMax": "0",
        "CPUQuota": "200%",
        "TasksMax": "512",
        "LimitNOFILE": "65536",
        "LimitCORE": "0",
        "Restart": "on-failure",
        "RestartPreventExitStatus": "2",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "PrivateDevices": "yes",
        "PrivateUsers": "yes",
        "MemoryDenyWriteExecute": "yes",
        "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
        "RestrictNamespaces": "yes",
        "SystemCallArchitectures": "native",
        "UMask": "0077",
    }
    assert {name: directives.get(name) for name in wanted} == {name: [value] for name, value in wanted.items()}
    assert directives["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]


@pytest.mark.parametrize("name", list(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]))
async def test_every_container_has_limits(name: str) -> None:
    has = service(name)
    assert size(has["mem_limit"]) <= UNITS["G"]
    assert has["memswap_limit"] == has["mem_limit"]  # so there is no swap
    assert (has["cpus"], has["pids_limit"], has["ulimits"]) == (1, 512, {"core": 0})
    assert (has["cap_drop"], has["security_opt"]) == (["ALL"], ["no-new-privileges:true"])


async def test_a_copy_in_a_container_has_the_units_memory_and_writes_nowhere() -> None:
    for name in ("telectl", "telectl-two"):
        assert size(service(name)["mem_limit"]) == size(unit()["MemoryMax"][0])
        assert service(name)["read_only"] is True


@asynccontextmanager
async def limited(database_url: str, memory: int) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """A telectl whose address space is as small as the memory that the unit lets it have, which is stricter."""
    listen, directives = f"127.0.0.1:{free_port()}", unit()
    files = min(int(directives["LimitNOFILE"][0]), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    process = await asyncio.create_subprocess_exec(
        *("prlimit", f"--as={memory}", f"--nofile={files}", "--core=0"),
        *(sys.executable, "-m", "telectl.cli", "serve"),
        env=telectl_environment(listen=listen, database_url=database_url, call_control="vicidial", login_failures="0"),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    while b"telectl answers" not in (line := await process.stderr.readline()):
        assert line, await process.wait()
    output = asyncio.create_task(process.stderr.read())
    try:
        yield f"http://{listen}", process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        output.cancel()


def peak(process: asyncio.subprocess.Process) -> int:
    """Most memory that it ever had at once, in bytes."""
    text = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    assert found
    return int(found[1]) * 1024


async def test_it_serves_within_the_units_limits_whatever_is_asked_at_once(mariadb: MariaDB) -> None:
    url = await mariadb.database(demo=True)
    pause = f"/agc/api.php?{LOGIN}&agent_user=1000&function=external_pause&value=PAUSE"
    largest = b"&".join(b"x%d=%s" % (number, b"y" * 990) for number in range(1000))[: 2**20 - 1000]
    async with limited(url, size(unit()["MemoryMax"][0])) as (base, process), ClientSession() as client:

        async def ask(path: str, body: bytes | None = None) -> str:
            headers = {"Content-Type": FORM}
            method = "GET" if body is None else "POST"
            async with client.request(method, base + path, data=body, headers=headers) as response:
                return await response.text()

        async def paused() -> bool:
            return (await ask(pause)).startswith("SUCCESS: external_pause")

        assert await paused()
        for _ in range(4):
            await asyncio.gather(
                *(ask("/agc/api.php", f"{LOGIN}&function=version&".encode() + largest) for _ in range(25)),
                *(ask(pause.replace("user=6666", f"user=nobody{number}")) for number in range(25)),
                *(ask(f"{pause}&notes={'z' * 60_000}") for _ in range(25)),
            )
        await until(paused, 10)
        assert process.returncode is None
        assert peak(process) < size(unit()["MemoryHigh"][0])


async def test_as_many_large_bodies_as_connections_fit_in_and_a_small_request_passes(mariadb: MariaDB) -> None:
    """Nobody of them has logged in, and all end at the same time."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    connections = Settings.model_fields["connections"].default - 10
    head = f"POST /agc/api.php HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: {2**20}\r\n\r\n"
    url = await mariadb.database(demo=True)
    async with limited(url, size(unit()["MemoryMax"][0])) as (base, process), ClientSession() as client:
        host, _, port = base.removeprefix("http://").partition(":")

        async def post() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(head.encode() + b"function=version&x=".ljust(2**20 - 1, b"y"))
            return reader, writer

        posts = await asyncio.gather(*(post() for _ in range(connections)))
        try:
            async with client.get(f"{base}/agc/api.php?function=version") as response:
                assert (await response.text()).startswith("VERSION: ")
            for _, writer in posts:
                writer.write(b"z")
            answers = await asyncio.gather(*(reader.readline() for reader, _ in posts))
            assert {answer.split(b" ", 1)[1] for answer in answers} <= {b"200 OK\r\n", b"503 Service Unavailable\r\n"}
            assert peak(process) < size(unit()["MemoryHigh"][0]) / 2
        finally:
            for _, writer in posts:
                writer.close()


async def test_of_requests_in_a_row_only_as_many_are_read_as_a_small_buffer_holds(mariadb: MariaDB) -> None:
    """Nobody of them has logged in: each sends a megabyte of queries without waiting for an answer."""
    connections = 300
    query = f"{LOGIN}&function=external_pause&comments=".encode() + b"%41" * 19_000
    row = b"GET /agc/api.php?" + query + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    url = await mariadb.database(demo=True)
    async with limited(url, size(unit()["MemoryMax"][0])) as (base, process):
        host, _, port = base.removeprefix("http://").partition(":")
        before = peak(process)

        async def send() -> asyncio.StreamWriter:
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(row * 17)
            return writer

        writers: list[asyncio.StreamWriter] = []
        mariadb.freeze()  # nobody is answered, so all wait
        try:
            writers += await asyncio.gather(*(send() for _ in range(connections)))
            grown, more = 0, peak(process) - before
            while more > grown:
                await asyncio.sleep(1)
                grown, more = more, peak(process) - before
            assert grown < connections * 5 * len(row)
        finally:
            mariadb.thaw()
            for writer in writers:
                writer.transport.abort()


async def test_the_limit_is_one(mariadb: MariaDB) -> None:
    """With less than it needs it does not start, so the test above would notice."""
    with pytest.raises(AssertionError):
        async with limited(await mariadb.database(), 40 * 2**20):
            pass
