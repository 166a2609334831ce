"""A server that does not answer costs one wait; a slow statement and a refusal are no silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from lab.mariadb import MariaDB
from lab.until import until

from telectl.database import Database, Select, Timeouts
from telectl.database.pulse import Pulse
from telectl.errors import DatabaseUnavailable
from telectl.testing import Direction, FaultProxy

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLIENTS = 30
AT_ONCE = 0.3
"""Seconds that are no wait, on a busy machine."""
ONE_WAIT = Timeouts().late + Timeouts().look + 0.5


@dataclass(frozen=True, slots=True)
class Slept:
    slept: int = field(metadata={"sql": "SLEEP(%(seconds)s)"})


SLEEP = Select("sleep", Slept, "")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(mariadb: MariaDB) -> str:
    return await mariadb.database(demo=True)


@pytest_asyncio.fixture(loop_scope="module")
async def proxy(mariadb: MariaDB) -> AsyncIterator[FaultProxy]:
    async with FaultProxy("127.0.0.1", mariadb.port) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def database(url: str, proxy: FaultProxy, mariadb: MariaDB) -> AsyncIterator[Database]:
    running = Database(url.replace(str(mariadb.port), str(proxy.port)))
    await asyncio.gather(*(running.one(SLEEP, seconds=0.05) for _ in range(10)))
    yield running
    await running.close()


async def waited(database: Database) -> float:
    """Ask in vain, and give the seconds that took."""
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        await database.one(SLEEP, seconds=0)
    return time.monotonic() - started


async def works(database: Database) -> bool:
    try:
        await database.one(SLEEP, seconds=0)
    except DatabaseUnavailable:
        return False
    return True


@pytest.mark.parametrize("directions", [(), (Direction.TO_SERVER,), (Direction.TO_CLIENT,)])
async def test_of_thirty_clients_none_waits_longer_than_one(
    database: Database, proxy: FaultProxy, directions: tuple[Direction, ...]
) -> None:
    proxy.stall(*directions)
    assert max(await asyncio.gather(*(waited(database) for _ in range(CLIENTS)))) < ONE_WAIT
    assert max(await asyncio.gather(*(waited(database) for _ in range(CLIENTS)))) < AT_ONCE
    proxy.flow()
    await until(lambda: works(database), 3)
    assert all(await asyncio.gather(*(works(database) for _ in range(CLIENTS))))


async def test_a_frozen_server_costs_one_wait_and_is_back_at_once(url: str, mariadb: MariaDB) -> None:
    database = Database(url)
    assert await works(database)
    mariadb.freeze()
    try:
        assert max(await asyncio.gather(*(waited(database) for _ in range(CLIENTS)))) < ONE_WAIT
        assert await waited(database) < AT_ONCE
    finally:
        mariadb.thaw()
    await until(lambda: works(database), 3)
    await database.close()


async def test_a_slow_statement_is_let_be_and_nobody_else_notices(database: Database) -> None:
    slow = asyncio.create_task(database.one(SLEEP, seconds=2.5))
    while not slow.done():
        assert await works(database)
        await asyncio.sleep(0.05)
    assert await slow == Slept(0)


async def test_connections_that_were_swallowed_are_renewed_after_one_wait(
    database: Database, proxy: FaultProxy
) -> None:
    proxy.swallow()
    assert await waited(database) < ONE_WAIT
    assert all(await asyncio.gather(*(works(database) for _ in range(CLIENTS))))


async def test_a_connection_that_ends_in_the_midst_of_an_answer_is_lost_and_no_defect(
    database: Database, proxy: FaultProxy
) -> None:
    proxy.stall(Direction.TO_CLIENT)
    async with database.connection() as connection:
        asked = asyncio.create_task(connection.one(SLEEP, seconds=0))
        await asyncio.sleep(0.1)
        connection._raw._reader.feed_data(b"\x01\x00\x00\x01")  # noqa: SLF001 - the head of a packet without its body
        database.end_connections()
        with pytest.raises(DatabaseUnavailable):
            await asked
    proxy.flow()
    assert await works(database)


async def test_a_refusal_is_an_answer(database: Database, proxy: FaultProxy) -> None:
    await proxy.refuse()
    assert await waited(database) < AT_ONCE
    await proxy.listen()
    assert await works(database)


class Patient:
    def __init__(self) -> None:
        self.answers = self.ended = self.looks = 0

    async def server_answers(self) -> bool:
        self.looks += 1
        await asyncio.sleep(0)
        return bool(self.answers)

    async def idle_answers(self) -> bool:
        return True

    def end_connections(self) -> None:
        self.ended += 1


async def test_many_doubts_are_one_look_and_the_end_of_silence_is_noticed() -> None:
    patient = Patient()
    pulse = Pulse(patient, "the server")
    for _ in range(10):
        pulse.doubt()
    await until(lambda: pulse.silent_since)
    assert patient.ended == 1
    assert "the server has not answered for" in pulse.words
    patient.answers = 1
    await until(lambda: not pulse.silent_since)
    looks = patient.looks
    pulse.doubt()
    await until(lambda: patient.looks == looks + 1)
    await pulse.close()
    assert patient.ended == 1
