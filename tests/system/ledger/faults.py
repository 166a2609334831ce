"""The faults: what each does to servers and copies, how it is undone, and the one that makes all of them happen."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import Iterable

import aiomysql
from lab.mariadb import as_lab
from lab.until import until

from ledger.copies import Copy
from ledger.kinds import Do, Kind
from ledger.link_faults import LINK_FAULTS
from ledger.records import Happened
from ledger.schedule import Fault, Plan
from ledger.stage import Stage
from telectl.database import DatabaseUrl


async def rage(stage: Stage, faults: Iterable[Fault]) -> None:
    """Bring the faults about when their time comes, and undo them; return after the last one's end."""
    running: list[asyncio.Task[None]] = []
    for fault in faults:
        await asyncio.sleep(max(0.0, stage.ledger.began + fault.at - time.monotonic()))
        running.append(asyncio.create_task(_happen(stage, fault)))
    await asyncio.gather(*running)


async def _happen(stage: Stage, fault: Fault) -> None:
    kind = KINDS[fault.kind]
    happened = Happened(fault, time.monotonic(), alone=not stage.active)
    for other in stage.active:
        other.alone = False
    stage.active.append(happened)
    stage.ledger.happened.append(happened)
    try:
        await kind.begin(stage, fault)
        await asyncio.sleep(max(0.0, happened.began + fault.seconds - time.monotonic()))
        await kind.end(stage, fault)
    finally:
        happened.ended = stage.quiet_since = time.monotonic()
        stage.active.remove(happened)


def _copies(stage: Stage, fault: Fault) -> list[Copy]:
    return [stage.copies[name] for name in fault.copies]


async def _freeze_asterisk(stage: Stage, fault: Fault) -> None:
    del fault
    stage.asterisk.freeze()


async def _thaw_asterisk(stage: Stage, fault: Fault) -> None:
    del fault
    stage.asterisk.thaw()


async def _kill_asterisk(stage: Stage, fault: Fault) -> None:
    del fault
    stage.lives += 1
    await asyncio.to_thread(stage.asterisk.kill)


async def _start_asterisk(stage: Stage, fault: Fault) -> None:
    del fault
    await stage.asterisk.restart()
    await stage.rejoin()


async def _restart_now(stage: Stage, fault: Fault) -> None:
    """As an administrator does it on Asterisk's console."""
    del fault
    stage.lives += 1
    words = [str(stage.asterisk.program), "-C", str(stage.asterisk.folder / "etc/asterisk.conf")]
    await asyncio.to_thread(subprocess.run, [*words, "-rx", "core restart now"], capture_output=True, check=False)


async def _wait_for_asterisk(stage: Stage, fault: Fault) -> None:
    """Wait until it has gone, and is back by itself."""
    del fault
    end = time.monotonic() + 30
    await until(lambda: not stage.witness.lives, 30)
    while time.monotonic() < end:
        try:
            async with stage.asterisk.witness() as ami:
                await ami.event("FullyBooted", within=5)
            break
        except Exception:  # noqa: BLE001 - it is not there yet, in whichever way
            await asyncio.sleep(0.05)
    await stage.rejoin()


async def _freeze_database(stage: Stage, fault: Fault) -> None:
    del fault
    stage.mariadb.freeze()


async def _thaw_database(stage: Stage, fault: Fault) -> None:
    del fault
    stage.mariadb.thaw()


async def _kill_database(stage: Stage, fault: Fault) -> None:
    del fault
    await asyncio.to_thread(stage.mariadb.kill)


async def _stop_database(stage: Stage, fault: Fault) -> None:
    del fault
    await stage.mariadb.stop()


async def _start_database(stage: Stage, fault: Fault) -> None:
    del fault
    await stage.mariadb.restart()


_LOCKERS: dict[float, aiomysql.Connection] = {}


async def _lock_log(stage: Stage, fault: Fault) -> None:
    where = DatabaseUrl.parse(as_lab(stage.rows.url))
    connection = await aiomysql.connect(
        host=where.host, port=where.port, user=where.user, password=where.password, db=where.database
    )
    await connection.query("LOCK TABLES vicidial_api_log WRITE")
    _LOCKERS[fault.at] = connection


async def _unlock_log(stage: Stage, fault: Fault) -> None:
    del stage
    _LOCKERS.pop(fault.at).close()


async def _kill_copy(stage: Stage, fault: Fault) -> None:
    for copy in _copies(stage, fault):
        await copy.kill()


async def _start_copy(stage: Stage, fault: Fault) -> None:
    for copy in _copies(stage, fault):
        if not copy.lives:
            await copy.start()


async def _stop_copy(stage: Stage, fault: Fault) -> None:
    for copy in _copies(stage, fault):
        if copy.lives:
            stage.ledger.stops.append(await copy.stop())


async def _freeze_copy(stage: Stage, fault: Fault) -> None:
    for copy in _copies(stage, fault):
        copy.send(signal.SIGSTOP)


async def _thaw_copy(stage: Stage, fault: Fault) -> None:
    for copy in _copies(stage, fault):
        copy.send(signal.SIGCONT)


def _server(name: str, what: str, seconds: tuple[float, float], begin: Do, end: Do) -> Kind:
    return Kind(Plan(name, seconds, "server"), what, begin, end)


def _copy(name: str, what: str, seconds: tuple[float, float], begin: Do, end: Do) -> Kind:
    return Kind(Plan(name, seconds, "copy"), what, begin, end)


_ALL = (
    *LINK_FAULTS,
    _server("Asterisk frozen", "SIGSTOP, then SIGCONT", (0.5, 6.0), _freeze_asterisk, _thaw_asterisk),
    _server("Asterisk killed", "SIGKILL, then started again", (0.2, 3.0), _kill_asterisk, _start_asterisk),
    _server("Asterisk: core restart now", "on its console", (0.0, 0.0), _restart_now, _wait_for_asterisk),
    _server("database frozen", "SIGSTOP, then SIGCONT", (0.5, 8.0), _freeze_database, _thaw_database),
    _server("database killed", "SIGKILL, then started again", (0.2, 4.0), _kill_database, _start_database),
    _server("database restarted", "SIGTERM, then started again", (0.2, 3.0), _stop_database, _start_database),
    _server("API log locked", "another program has locked vicidial_api_log", (0.5, 5.0), _lock_log, _unlock_log),
    _copy("telectl killed", "SIGKILL, then started again", (0.2, 3.0), _kill_copy, _start_copy),
    _copy("telectl frozen", "SIGSTOP, then SIGCONT", (0.5, 8.0), _freeze_copy, _thaw_copy),
    _copy("telectl restarted", "SIGTERM, then started again", (0.0, 1.0), _stop_copy, _start_copy),
)
KINDS = {kind.name: kind for kind in _ALL}
PLANS = tuple(kind.plan for kind in _ALL)
SHORT = tuple(
    Plan(plan.name, (plan.seconds[0], min(plan.seconds[1], 1.5)), plan.hits)
    for plan in PLANS
    if plan.name
    in {
        "AMI: cut",
        "AMI: cut in a question",
        "AMI: stall of answers",
        "database: cut in an answer",
        "database: stall",
        "Asterisk frozen",
        "database killed",
        "telectl killed",
        "telectl restarted",
    }
)
"""For the short form: one of each sort, none of them long."""
