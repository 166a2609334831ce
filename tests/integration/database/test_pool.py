"""The pool: bounded waits, no connection used twice, none lost; and the clock, the address, the tables."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from lab.mariadb import MariaDB, as_lab

from telectl.database import Clock, Database, DatabaseUrl, Select, Timeouts, Write
from telectl.errors import DatabaseUnavailable, SettingsError, StatementFailed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Number:
    number: int = field(metadata={"sql": "%(number)s + 0"})


@dataclass(frozen=True, slots=True)
class Slept:
    slept: int = field(metadata={"sql": "SLEEP(%(seconds)s)"})


ECHO = Select("echo", Number, "")
SLEEP = Select("sleep", Slept, "")
SAME = Write("same", "UPDATE vicidial_users SET user_level = user_level WHERE user = %(user)s")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[MariaDB]:
    async with MariaDB.start() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(server: MariaDB) -> str:
    return await server.database(demo=True)


@pytest_asyncio.fixture(loop_scope="module")
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url, pool=3, timeouts=Timeouts(acquire=5, statement=1))
    yield opened
    await opened.close()


async def test_a_storm_of_cancellations_loses_no_connection_and_mixes_no_answers(database: Database) -> None:
    async def ask(number: int) -> None:
        found = await database.one(ECHO, number=number)
        assert found is not None
        assert found.number == number

    tasks = [asyncio.create_task(ask(number)) for number in range(600)]
    dice = random.Random(7)
    for task in dice.sample(tasks, 300):
        asyncio.get_running_loop().call_later(dice.random() * 0.2, task.cancel)
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(one) for one in done} <= {type(None), asyncio.CancelledError}
    await asyncio.gather(*(ask(number) for number in range(30)))


async def test_a_slow_statement_ends_at_its_deadline_and_its_connection_with_it(database: Database) -> None:
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable, match="no answer to 'sleep' within"):
        await database.one(SLEEP, seconds=5)
    assert time.monotonic() - started < 4
    assert await database.one(ECHO, number=1) == Number(1)


async def test_a_busy_pool_is_said(url: str) -> None:
    small = Database(url, pool=1, timeouts=Timeouts(acquire=0.1, statement=5))
    holding = asyncio.create_task(small.one(SLEEP, seconds=1))
    await asyncio.sleep(0.2)
    with pytest.raises(DatabaseUnavailable, match="all connections are busy"):
        await small.one(ECHO, number=1)
    await holding
    await small.close()


async def test_a_killed_idle_connection_is_replaced(database: Database, server: MariaDB) -> None:
    await database.one(ECHO, number=1)
    await server.sql(
        "SET @kill = (SELECT GROUP_CONCAT(CONCAT('KILL ', id) SEPARATOR ';') FROM information_schema.processlist"
        " WHERE command = 'Sleep' AND id <> CONNECTION_ID() LIMIT 1)"
    )
    await asyncio.sleep(0.1)
    assert await database.one(ECHO, number=2) == Number(2)


async def test_matched_rows_count_whether_they_change_or_not(database: Database) -> None:
    assert (await database.write(SAME, user="1000")).matched == 1
    assert (await database.write(SAME, user="nobody")).matched == 0


async def test_a_refused_statement_is_named_without_its_values(database: Database) -> None:
    bad = Write("bad one", "UPDATE telectl_locks SET nothing = %(a)s")
    with pytest.raises(StatementFailed, match="'bad one' was refused: error 1054") as error:
        await database.write(bad, a="canary")
    assert "canary" not in str(error.value)
    assert await database.one(ECHO, number=3) == Number(3)


@pytest.mark.parametrize("text", ["it's", 'a"b', "back\\slash", "semi;colon", "%(number)s", "ünï", "\0"])
async def test_values_are_values(database: Database, text: str) -> None:
    @dataclass(frozen=True, slots=True)
    class Echo:
        text: str = field(metadata={"sql": "%(text)s"})

    assert await database.one(Select("text", Echo, ""), text=text) == Echo(text)


async def test_the_clock_is_the_databases_and_costs_no_statement(url: str) -> None:
    database = Database(url, zone=ZoneInfo("Asia/Tokyo"))
    clock = Clock(database, ZoneInfo("Asia/Tokyo"))
    now = await clock.now()
    await database.close()
    assert abs(now.epoch - time.time()) < 5
    again = await clock.now()  # the database is closed, and not needed
    assert again.epoch - now.epoch < 5
    assert len(now.text) == 19
    assert now.compact == now.text.replace("-", "").replace(" ", "").replace(":", "")


async def test_nobody_listening_and_wrong_passwords_are_said_without_the_password(server: MariaDB) -> None:
    for address, words in (
        ("mysql://u:canary@127.0.0.1:1/x", "127.0.0.1:1"),
        (f"mysql://telectl:canary@127.0.0.1:{server.port}/x", "is wrong"),
        (as_lab(server.url("nothing")), "no database nothing"),
        (server.url("nothing"), "user telectl may not use database nothing"),
    ):
        database = Database(address)
        with pytest.raises(DatabaseUnavailable, match=words) as error:
            await database.one(ECHO, number=1)
        assert "canary" not in str(error.value)


@given(st.text(max_size=30), st.text(max_size=30))
async def test_any_user_and_password_survive_the_address(user: str, password: str) -> None:
    parsed = DatabaseUrl.parse(f"mysql://{quote(user, safe='')}:{quote(password, safe='')}@h:1/d")
    assert (parsed.user, parsed.password, parsed.host, parsed.port) == (user, password, "h", 1)
    assert "password" not in repr(parsed)


@pytest.mark.parametrize(
    "text", ["", "x", "postgres://u@h/d", "mysql://u:canary@h", "mysql://u@h:x/d", "mysql://h/d?a=1"]
)
async def test_no_address_is_one_line(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        DatabaseUrl.parse(text)
    assert "canary" not in str(error.value)
