"""Where a run happens: a real Asterisk with phones, a real MariaDB, two copies of `telectl serve` behind proxies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from lab.ami import Ami, Event
from lab.asterisk import Asterisk
from lab.contact_centre import SERVER_IP, ContactCentre, HangupLog
from lab.mariadb import MariaDB
from lab.until import until
from parts import free_port

from ledger.copies import Copy
from ledger.patient_rows import PatientRows
from ledger.recorder import (
    ActionTap,
    Witness,
    event_recorder,
    note_lags,
    read_log,
    read_tables,
    watch_tables,
)
from ledger.records import Happened, Ledger, Ready
from ledger.schedule import COPIES
from ledger.seats import Agent, prepare, seat
from telectl.testing import FaultProxy

_SURVIVES = ("--innodb-flush-log-at-trx-commit=2", "--max-connections=300")
"""What was committed outlives the server's process, so that a lost row is nobody's fault but telectl's."""
_PROBE_EVERY = 0.2


@dataclass
class Stage:
    """Everything that is there during a run."""

    ledger: Ledger
    asterisk: Asterisk
    mariadb: MariaDB
    centre: ContactCentre
    rows: PatientRows
    witness: Witness
    copies: dict[str, Copy]
    agents: list[Agent] = field(default_factory=list)
    lives: int = 1
    """Counts Asterisk's lives: a call of an earlier one is nobody's fault."""
    active: list[Happened] = field(default_factory=list)
    """The faults that are there now."""
    quiet_since: float = 0.0
    """When the last fault ended."""
    over: bool = False

    async def rejoin(self) -> None:
        """Look at an Asterisk that has begun a new life, and register the phones there."""
        self.lives += 1
        self.witness = await self.centre.stack.enter_async_context(_witness(self.asterisk))
        _listen(self.witness, self.centre, self.ledger)
        self.centre.witness = self.witness
        for phone in self.centre.phones.values():
            for call in phone.calls:
                call.close()
            phone.calls.clear()
            await phone.register()

    async def whole(self, within: float = 20.0) -> None:
        """Wait until every copy says that it is ready."""
        async with ClientSession(timeout=ClientTimeout(2)) as client:

            async def all_ready() -> bool:
                return all([await _is_ready(client, copy) for copy in self.copies.values()])

            await until(all_ready, within, every=0.1, what="every copy ready")


@asynccontextmanager
async def staged(ledger: Ledger, agents: int) -> AsyncIterator[Stage]:
    """Set everything up, with so many agents (six at most), and take it down."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ledger-")))
        asterisk = await stack.enter_async_context(Asterisk.start())
        mariadb = await stack.enter_async_context(MariaDB.start(strict=False, options=_SURVIVES))
        rows = PatientRows(await mariadb.database(demo=True))
        await rows.open()
        stack.push_async_callback(rows.close)
        await prepare(rows, asterisk)
        await watch_tables(rows)
        witness = await stack.enter_async_context(_witness(asterisk))
        centre = ContactCentre(asterisk, rows.url, rows, witness, HangupLog(rows), stack)
        _listen(witness, centre, ledger)
        stack.push_async_callback(centre.hangups.settle)
        stage = Stage(ledger, asterisk, mariadb, centre, rows, witness, {})
        for name in COPIES:
            stage.copies[name] = await _copy(stage, name, folder)
        for number in range(agents):
            stage.agents.append(await seat(centre, number))
        for copy in stage.copies.values():
            await copy.start()
            stack.push_async_callback(copy.kill)
        await stage.whole()
        for work in (note_lags(ledger), _probe(stage)):
            _in_background(stack, work)
        try:
            yield stage
        finally:
            await _gather(stage)


async def _gather(stage: Stage) -> None:
    """Take the ledger in once everything has ended."""
    ledger = stage.ledger
    for copy in stage.copies.values():
        ledger.stops.append(await copy.stop())
    await stage.centre.hangups.settle()
    await read_tables(stage.rows, ledger)
    for copy in stage.copies.values():
        read_log(copy.log, ledger)
    for phone in stage.centre.phones.values():
        ledger.digits[phone.user] = len(phone.digits)


async def _copy(stage: Stage, name: str, folder: Path) -> Copy:
    """Put a proxy before each server, and give a copy that knows only these; it is not started yet."""
    stack, asterisk, mariadb, url = stage.centre.stack, stage.asterisk, stage.mariadb, stage.rows.url
    tap = ActionTap(stage.ledger, name)
    ami = await stack.enter_async_context(FaultProxy(asterisk.host, asterisk.ami_port, tap=tap))
    database = await stack.enter_async_context(FaultProxy("127.0.0.1", mariadb.port, tap=lambda *_: None))
    port = free_port()
    settings = {
        "listen": f"127.0.0.1:{port}",
        "database_url": url.replace(f":{mariadb.port}/", f":{database.port}/"),
        "ami": json.dumps({SERVER_IP: {"host": "127.0.0.1", "port": ami.port}}),
        "login_failures": "0",
        "refused_log_rows": "0",
        "log_format": "json",
    }
    return Copy(name, port, ami, database, folder / f"{name}.log", settings)


def _witness(asterisk: Asterisk) -> contextlib.AbstractAsyncContextManager[Witness]:
    return Witness.connect(asterisk.ami_port, *asterisk.observer, host=asterisk.host)


def _listen(witness: Ami, centre: ContactCentre, ledger: Ledger) -> None:
    record = event_recorder(ledger)

    def take(event: Event) -> None:
        record(event)
        centre.hangups(event)

    witness.on_event(take)


def _in_background(stack: AsyncExitStack, work: Any) -> None:
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


async def _probe(stage: Stage) -> None:
    """Ask every copy again and again whether it is ready; a copy that does not answer does not hold up the others."""

    async def one(copy: Copy) -> None:
        async with ClientSession(timeout=ClientTimeout(1.0)) as client:
            while True:
                stage.ledger.ready.append(await _ready(client, copy))
                await asyncio.sleep(_PROBE_EVERY)

    await asyncio.gather(*(one(copy) for copy in stage.copies.values()))


async def _ready(client: ClientSession, copy: Copy) -> Ready:
    try:
        async with client.get(f"{copy.base}/readyz") as response:
            found = await response.json()
    except (ClientError, OSError, TimeoutError):
        return Ready(time.monotonic(), copy.name, database=False, asterisk=False)
    asterisk = found.get("asterisk") or {}
    usable = bool(asterisk) and all(server["usable"] for server in asterisk.values())
    return Ready(time.monotonic(), copy.name, database=bool(found["database"]["usable"]), asterisk=usable)


async def _is_ready(client: ClientSession, copy: Copy) -> bool:
    found = await _ready(client, copy)
    return found.database and found.asterisk
