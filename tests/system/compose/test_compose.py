"""The containers from outside: who they are, a call through them, one of two copies stopped, what is kept."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientError, ClientSession, ClientTimeout
from containers import OBSERVER, ROOT, Compose
from lab.attached import Attached
from lab.contact_centre import ContactCentre, Line, Rows
from lab.phone import Phone
from lab.until import until
from parts import LOGIN, free_port, hears

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]
SERVICES = ("mariadb", "asterisk", "telectl", "demo")
AGENT, CUSTOMER = 600, 700 + 50


@pytest.fixture(scope="module")
def compose() -> Iterator[Compose]:
    """The project's containers, built under a name of their own, and removed at the end with all they kept."""
    project = f"telectl-test-{os.getpid()}"
    environment = {
        # the private engine has its networks where no real one is (RFC 2544)
        "TELECTL_DEMO_FROM": "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,198.18.0.0/15",
        "TELECTL_PORT": str(free_port()),
        "TELECTL_PROXY_PORT": str(free_port()),
        "ASTERISK_OBSERVER_SECRET": OBSERVER.partition(":")[2],
    }
    compose = Compose(project, environment)
    try:
        compose.run("build", "--quiet", within=1500)
        yield compose
    finally:
        compose.remove()


@pytest.fixture(scope="module")
def running(compose: Compose) -> Compose:
    """All that `docker compose up` starts, healthy."""
    compose.up()
    return compose


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(running: Compose) -> AsyncIterator[ContactCentre]:
    """The same, as phones outside see it."""
    environment = {"LAB_ASTERISK": f"{running.address('asterisk')}:5038", "LAB_ASTERISK_OBSERVER": OBSERVER}
    asterisk = Attached.named(environment)
    assert asterisk is not None
    url = f"mysql://admin:admin@{running.address('mariadb')}:3306/asterisk"
    async with ContactCentre.attach(url, asterisk) as found:
        yield found


async def ask(page: str, agent: str, function: str, value: str) -> str:
    url = f"{page}?{LOGIN}&agent_user={agent}&function={function}&value={value}"
    async with ClientSession(timeout=ClientTimeout(20)) as client, client.get(url) as response:
        text = await response.text()
        return text.strip() if response.status == 200 else f"HTTP {response.status}"


async def talk(centre: ContactCentre, page: str) -> tuple[Line, Phone]:
    """Let an agent and a customer, whose phones are outside the containers, talk through them."""
    agent = await centre.phone("gs102", AGENT, "agent")
    customer = await centre.phone("customer2", CUSTOMER, "customer")
    line = await centre.seat("6666", agent, "9600052", lead_id=1003)
    assert (await ask(page, "6666", "call_agent", "CALL")).startswith("SUCCESS")
    line.agent = await agent.talking(within=10)
    await until(lambda: centre.witness.members(line.room), 10, what="the agent's phone in its room")
    await centre.deliver(line, customer)
    await hears(line.customer, {AGENT})
    await hears(line.agent, {CUSTOMER})
    return line, customer


async def test_nothing_but_telectls_port_is_published_on_loopback(running: Compose) -> None:
    for service in SERVICES:
        bound = {
            (one["HostIp"], one["HostPort"])
            for places in running.inspect(service)["NetworkSettings"]["Ports"].values()
            for one in places or []
        }
        wanted = {("127.0.0.1", running.environment["TELECTL_PORT"])} if service == "telectl" else set()
        assert bound == wanted, service


@pytest.mark.parametrize("service", SERVICES)
async def test_a_container_is_nobody_special_and_has_an_init(running: Compose, service: str) -> None:
    assert running.run("exec", "-T", service, "id", "-u").strip() != "0"
    assert "init" in running.run("exec", "-T", service, "cat", "/proc/1/comm")
    assert running.inspect(service)["HostConfig"]["CapDrop"] == ["ALL"]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_container_has_limits(running: Compose, service: str) -> None:
    host = running.inspect(service)["HostConfig"]
    assert 0 < host["Memory"] == host["MemorySwap"] <= 2**30
    assert (host["NanoCpus"], host["PidsLimit"]) == (10**9, 512)
    assert {limit["Name"]: limit["Hard"] for limit in host["Ulimits"]} == {"core": 0}
    assert host["ReadonlyRootfs"] is (service == "telectl")


@pytest.mark.parametrize("service", SERVICES)
async def test_no_image_keeps_the_building_machines_package_sources(running: Compose, service: str) -> None:
    given = [Path(os.environ[name]) for name in ("BUILD_DEBIAN_MIRROR", "BUILD_PIP_CONF") if os.environ.get(name)]
    places = {word for path in given for word in path.read_text().split() if "://" in word}
    for place in places:
        host = place.split("/")[2].rpartition("@")[2]
        assert host not in running.history(service)
        found = running.run(
            "exec", "-T", service, "sh", "-c", f"grep -rlF '{host}' /etc /opt /usr/local /tmp 2>&1 || true"
        )
        assert [line for line in found.splitlines() if "denied" not in line] == []
    left = running.run("exec", "-T", service, "sh", "-c", "ls /run/secrets 2>/dev/null || true")
    assert left == ""


async def test_the_demo_call_is_heard_in_the_log(running: Compose) -> None:
    page = running.page()

    async def said(words: str) -> bool:
        return words in await asyncio.to_thread(running.logs, "demo")

    await until(lambda: said("customer  hears the agent"), 20, every=0.5)
    assert (await ask(page, "1000", "park_call", "PARK_CUSTOMER")).startswith("SUCCESS")
    await until(lambda: said("customer  hears music on hold"), 20, every=0.5)
    assert (await ask(page, "1000", "park_call", "GRAB_CUSTOMER")).startswith("SUCCESS")
    assert (await ask(page, "1000", "send_dtmf", "7")).startswith("SUCCESS")
    await until(lambda: said("customer  gets digit 7"), 20, every=0.5)


async def test_phones_outside_hear_park_grab_and_digits(running: Compose, centre: ContactCentre) -> None:
    page = running.page()
    line, customer = await talk(centre, page)
    assert await ask(page, "6666", "park_call", "PARK_CUSTOMER") == (
        "SUCCESS: park_call function set - PARK_CUSTOMER|6666"
    )
    await hears(line.customer, set(), music=True)
    await hears(line.agent, set())
    assert (await ask(page, "6666", "park_call", "GRAB_CUSTOMER")).startswith("SUCCESS")
    await hears(line.customer, {AGENT})
    await hears(line.agent, {CUSTOMER})
    assert (await ask(page, "6666", "send_dtmf", "12*3")).startswith("SUCCESS")
    await until(lambda: "".join(digit.key for digit in customer.digits) == "12*3", 10, what=lambda: customer.digits)


class Clients:
    """Requests without pause through the proxy; one that fails is sent again, as a client would."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.sent = 0
        self.again: Counter[str] = Counter()
        self.lost: list[str] = []
        self._going = True

    async def stop(self, *tasks: asyncio.Task[None]) -> None:
        self._going = False
        await asyncio.gather(*tasks)

    async def flags(self) -> None:
        """One agent's flag after the other: each may be sent twice."""
        while self._going:
            await self._succeed("1000", "external_pause", "PAUSE")
            await asyncio.sleep(0.01)

    async def calls(self) -> None:
        """Park, grab, park …"""
        while self._going:
            for value in ("PARK_CUSTOMER", "GRAB_CUSTOMER"):
                await self._succeed("6666", "park_call", value)
                await asyncio.sleep(0.05)

    async def _succeed(self, agent: str, function: str, value: str) -> None:
        self.sent += 1
        for _ in range(4):
            try:
                answer = await ask(self.page, agent, function, value)
            except (ClientError, TimeoutError) as error:
                answer = type(error).__name__
            if answer.startswith("SUCCESS"):
                return
            self.again[answer] += 1
            await asyncio.sleep(1)
        self.lost.append(answer)


async def test_one_of_two_copies_is_stopped_in_mid_use(running: Compose, centre: ContactCentre) -> None:
    await asyncio.to_thread(running.up, "proxy")
    page = running.page("TELECTL_PROXY_PORT")
    await centre.clear()
    line, _ = await talk(centre, page)
    newest = await centre.rows.one("SELECT COALESCE(MAX(api_id), 0) AS id FROM vicidial_api_log")

    clients = Clients(page)
    tasks = [asyncio.create_task(work) for work in (clients.calls(), *(clients.flags() for _ in range(3)))]
    await asyncio.sleep(2)
    for copy in ("telectl", "telectl-two"):
        await asyncio.to_thread(running.run, "stop", copy)
        await asyncio.sleep(1)
        await asyncio.to_thread(running.run, "start", copy)
        await until(lambda copy=copy: asyncio.to_thread(healthy, running, copy), 60, every=0.5)  # type: ignore[misc]
        await asyncio.sleep(3)  # the proxy has seen it, too
    await clients.stop(*tasks)
    sys.stderr.write(f"\nstopped: {clients.sent} requests, sent again: {dict(clients.again)}\n")
    assert clients.lost == []
    assert clients.again == {}  # the proxy had mended all: no client saw anything
    assert clients.sent > 200
    await hears(line.customer, {AGENT})
    await hears(line.agent, {CUSTOMER})
    copies = await centre.rows.all(
        "SELECT webserver, COUNT(*) AS n FROM vicidial_api_log WHERE api_id > %s GROUP BY webserver", newest["id"]
    )
    assert len(copies) >= 2, copies


async def test_one_of_two_copies_is_killed_in_mid_use(running: Compose) -> None:
    await asyncio.to_thread(running.up, "proxy")
    clients = Clients(running.page("TELECTL_PROXY_PORT"))
    tasks = [asyncio.create_task(clients.flags()) for _ in range(4)]
    await asyncio.sleep(1)
    await asyncio.to_thread(running.run, "kill", "telectl-two")
    await asyncio.sleep(3)
    await clients.stop(*tasks)
    sys.stderr.write(f"\nkilled: {clients.sent} requests, sent again: {dict(clients.again)}\n")
    assert clients.lost == []
    assert sum(clients.again.values()) <= 4  # what was on its way, one for each client
    await asyncio.to_thread(running.up, "proxy")


def healthy(compose: Compose, service: str) -> bool:
    return bool(compose.inspect(service)["State"]["Health"]["Status"] == "healthy")


async def test_the_projects_call_tests_run_against_the_container(running: Compose) -> None:
    """Those of park_call here; `make test-calls ASTERISK=host:port` runs all of them."""
    done = subprocess.run(  # noqa: ASYNC221
        [sys.executable, "-m", "pytest", "-q", "tests/integration/calls/test_park.py", "-m", "not own_asterisk"],
        cwd=ROOT,
        env={
            **os.environ,
            "LAB_ASTERISK": f"{running.address('asterisk')}:5038",
            "LAB_ASTERISK_OBSERVER": OBSERVER,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


async def test_down_keeps_the_data_and_down_with_volumes_does_not(running: Compose) -> None:
    async def rows() -> Rows:
        found = Rows(f"mysql://admin:admin@{running.address('mariadb')}:3306/asterisk")
        await found.open()
        return found

    before = await rows()
    await before.run("UPDATE vicidial_list SET comments = 'kept by down' WHERE lead_id = 1003")
    await before.close()
    running.run("down", "--timeout", "5")
    assert running.run("ps", "--all", "--quiet") == ""
    running.up("telectl")
    after = await rows()
    assert await after.one("SELECT comments FROM vicidial_list WHERE lead_id = 1003") == {"comments": "kept by down"}
    await after.close()
    running.run("down", "--volumes", "--timeout", "5")
    assert running.volumes() == []
