"""The telectl under attack: a process of its own with a probe and little memory, its database, its fake Asterisk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import struct
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from random import Random
from typing import Literal

from aiohttp import ClientError, ClientSession
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from lab.until import until
from parts import free_port

from fuzz import ami_bytes, probe
from fuzz.inputs import AMI_SECRET, API_USER, CANARY
from telectl.testing import FakeAsterisk

Mode = Literal["vicidial", "direct"]
MODES: tuple[Mode, ...] = ("vicidial", "direct")
MEBIBYTES = 2048
"""Addresses, most of them reserved and never used; what is used is watched by the judge."""
_KEPT = "fuzz_kept_"
_RESTORED = (
    *("vicidial_live_agents", "vicidial_list", "vicidial_manager", "vicidial_auto_calls", "vicidial_users"),
    *("vicidial_live_inbound_agents", "vicidial_manual_dial_queue", "vicidial_agent_notifications", "parked_channels"),
    *("vicidial_session_data", "vicidial_confbridges", "vicidial_campaigns", "system_settings"),
)
"""What requests change and later ones need."""
_IN_ROOM = (
    ("9600051", "PJSIP/gs101-00000011", "S2611230800009600051"),
    ("9600051", "PJSIP/customer1-00000001", "V1123000000000001002"),
    ("9600052", "PJSIP/gs102-00000012", "S2611230800009600052"),
    ("9600052", "PJSIP/customer2-00000002", "Y1123000000000001003"),
)


@dataclass
class Served:
    """A running telectl and everything that is looked at from outside."""

    mode: Mode
    port: int
    process: asyncio.subprocess.Process
    rows: Rows
    asterisk: FakeAsterisk
    log: Path
    shared: mmap

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def hold(self) -> float:
        """Return the longest hold of its loop since the last question, in seconds."""
        found = probe.longest(self.shared)
        struct.pack_into("d", self.shared, 0, 0.0)
        return found

    def resident(self) -> int:
        """Return the bytes of memory that it uses; 0 when it has ended."""
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0
        return pages * resource.getpagesize()

    def logged(self) -> bytes:
        """Return what it logged since the last question."""
        text = self.log.read_bytes()
        os.truncate(self.log, 0)
        return text

    async def page(self, path: str) -> bytes:
        """Return one of its pages with its headers; empty when nobody answers."""
        try:
            async with ClientSession() as client, client.get(f"{self.base}{path}") as response:
                return str(response.headers).encode() + await response.read()
        except (ClientError, OSError):
            return b""

    async def restore(self) -> None:
        """Put rows and channels back as they were."""
        for table in _RESTORED:
            await self.rows.run(f"DELETE FROM {table}")
            await self.rows.run(f"INSERT INTO {table} SELECT * FROM {_KEPT}{table}")
        await self.rows.run("DELETE FROM telectl_locks")
        if self.mode == "direct":
            self.asterisk.received.clear()
            for name in list(self.asterisk.channels):
                self.asterisk.hang_up(name)
            for room, name, caller in _IN_ROOM:
                self.asterisk.join(room, name, caller)

    @contextlib.asynccontextmanager
    async def noise(self, random: Random) -> AsyncIterator[None]:
        """Let the Asterisk tell of things that do not happen, while the body runs."""
        telling = asyncio.create_task(self._tell(random))
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self, random: Random) -> None:
        while self.mode == "direct":
            names = [name.encode() for name in self.asterisk.channels]
            ids = [channel.uniqueid.encode() for channel in self.asterisk.channels.values()]
            ids += [
                asked["ChannelId"].encode() for asked in self.asterisk.got("Originate")[-3:] if "ChannelId" in asked
            ]
            self.asterisk.send_raw(ami_bytes.event(random, names, ids))
            await asyncio.sleep(0.05)

    async def tables(self) -> AsyncIterator[tuple[str, bytes]]:
        """Return the text of every table, page by page, but for the columns whose purpose is a password."""
        found = await self.rows.all(
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()"
        )
        for table in sorted(row["name"] for row in found):
            if table.startswith(_KEPT):
                continue
            at = 0
            while rows := await self.rows.all(f"SELECT * FROM `{table}` LIMIT 5000 OFFSET {at}"):
                at += len(rows)
                for row in rows:
                    for column in ("pass", "ASTmgrSECRET"):
                        row.pop(column, None)
                yield table, repr(rows).encode("utf-8", "replace")


@contextlib.asynccontextmanager
async def served(mariadb: MariaDB, mode: Mode) -> AsyncIterator[Served]:
    """Run one, ready and with the demo data, and end it."""
    url = await mariadb.database(demo=True)
    rows = Rows(url)
    await rows.open()
    await rows.run("UPDATE vicidial_users SET pass = %s WHERE user = %s", CANARY.decode(), API_USER.decode())
    for table in _RESTORED:
        await rows.run(f"CREATE TABLE {_KEPT}{table} AS SELECT * FROM {table}")
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        async with FakeAsterisk(secret=AMI_SECRET.decode()) as asterisk:
            await rows.run("UPDATE servers SET telnet_port = %s, ASTmgrSECRET = %s", asterisk.port, AMI_SECRET.decode())
            port = free_port()
            settings = {
                "listen": f"127.0.0.1:{port}",
                "database_url": url,
                "call_control": mode,
                "log_level": "debug",
                "trusted_proxies": "127.0.0.1",
                "demo_from": "0.0.0.0/0, ::/0",
            }
            environment = {name: value for name, value in os.environ.items() if not name.startswith("TELECTL_")}
            log, shared = Path(folder) / "log", Path(folder) / "probe"
            memory = probe.shared_file(shared)
            with log.open("ab") as output:
                process = await asyncio.create_subprocess_exec(
                    *("setpriv", "--pdeathsig", "KILL", sys.executable, "-P", probe.__file__),
                    *(str(shared), str(MEBIBYTES), "serve"),
                    env=environment | {f"TELECTL_{name.upper()}": value for name, value in settings.items()},
                    stdout=output,
                    stderr=asyncio.subprocess.STDOUT,
                )
            running = Served(mode, port, process, rows, asterisk, log, memory)
            try:
                await running.restore()
                await until(
                    lambda: _ready(running), 20, every=0.1, what=lambda: log.read_text(errors="replace")[-2000:]
                )
                running.hold()
                yield running
            finally:
                if process.returncode is None:
                    process.terminate()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(process.wait(), 12)
                if process.returncode is None:
                    process.kill()
                    await process.wait()
                await rows.close()


async def _ready(running: Served) -> bool:
    return b'"status": "ready"' in await running.page("/readyz")
