"""The database goes away at the moment an action is sent: what was done is told as done, and its rows follow.

The database is away from the very packet that carries the action to Asterisk, so every row that was to be written
after it is owed. What is owed is paid as soon as the database is back, by whichever copy is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from lab.until import until
from parts import Api, free_port, start_plain_api

from telectl.testing import Direction, FakeAsterisk, FaultProxy

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(90)]
CALL, CUSTOMER = "V1123000000000001002", "PJSIP/customer1-00000001"
PAID_WITHIN = 12.0
"""Seconds after the database is back within which all that was owed is written."""


@dataclass
class Away:
    """A database that goes away with the next packet which carries an action, and what a test looks at."""

    database: FaultProxy
    there: tuple[str, int]
    fake: FakeAsterisk
    rows: Rows
    action: bytes = b""

    def tap(self, _: int, direction: Direction, data: bytes) -> None:
        if self.action and direction is Direction.TO_SERVER and b"Action: " + self.action in data:
            self.action = b""
            self.go()

    def go(self) -> None:
        self.database.lead_to("127.0.0.1", free_port())
        self.database.cut()

    def come_back(self) -> None:
        self.database.lead_to(*self.there)

    async def agent(self) -> dict[str, Any]:
        return await self.rows.one("SELECT * FROM vicidial_live_agents WHERE user = '1000'")

    async def parked(self) -> list[str]:
        return [row["channel"] for row in await self.rows.all("SELECT channel FROM parked_channels")]


@asynccontextmanager
async def scene(mariadb: MariaDB) -> AsyncIterator[tuple[Away, str]]:
    async with AsyncExitStack() as stack:
        url = await mariadb.database(demo=True)
        rows = Rows(url)
        await rows.open()
        stack.push_async_callback(rows.close)
        there = ("127.0.0.1", mariadb.port)
        database = await stack.enter_async_context(FaultProxy(*there))
        fake = await stack.enter_async_context(FakeAsterisk())
        away = Away(database, there, fake, rows)
        fake.join("9600051", "PJSIP/gs101-00000011", "S2611230800009600051", exten="29600051")
        fake.join("9600051", CUSTOMER, CALL)
        yield away, url.replace(str(mariadb.port), str(database.port))


@pytest_asyncio.fixture(loop_scope="module")
async def away(mariadb: MariaDB) -> AsyncIterator[tuple[Away, Api]]:
    async with scene(mariadb) as (there, through), FaultProxy("127.0.0.1", there.fake.port, tap=there.tap) as ami:
        async for api in start_plain_api(through, ami=address(ami.port)):
            await api.usable()
            yield there, api


def address(port: int) -> dict[str, Any]:
    return {"127.0.0.1": {"host": "127.0.0.1", "port": port, "username": "telectl", "secret": "telectl"}}


async def is_free(there: Away) -> bool:
    return str((await there.agent())["callerid"]) == ""


@pytest.mark.parametrize("seconds", [0.5, 8.0])
@pytest.mark.parametrize(
    ("sent", "action"),
    [
        ({"value": "BLIND_TRANSFER", "phone_number": "5557021111"}, b"Redirect"),
        ({"value": "LOCAL_CLOSER", "ingroup_choices": "TEST_IN"}, b"Redirect"),
        ({"value": "HANGUP_BOTH"}, b"Hangup"),
    ],
    ids=["blind transfer", "in-group", "hang up"],
)
async def test_a_customer_who_has_gone_frees_the_agent_whenever_the_database_is_back(
    away: tuple[Away, Api], sent: dict[str, str], action: bytes, seconds: float
) -> None:
    there, api = away
    there.action = action
    answer = await api.ask("transfer_conference", **sent)
    assert answer.startswith("SUCCESS: transfer_conference function set"), answer
    await asyncio.sleep(seconds)
    there.come_back()
    await until(lambda: is_free(there), PAID_WITHIN)
    assert await there.parked() == []


async def test_a_park_is_told_as_done_and_can_be_taken_back(away: tuple[Away, Api]) -> None:
    there, api = away
    there.action = b"Redirect"
    assert await api.ask("park_call", value="PARK_CUSTOMER") == "SUCCESS: park_call function set - PARK_CUSTOMER|1000"
    there.come_back()
    await until(there.parked, PAID_WITHIN)
    grabbed = "SUCCESS: park_call function set - GRAB_CUSTOMER|1000"

    async def taken_back() -> bool:
        return await api.ask("park_call", value="GRAB_CUSTOMER") == grabbed

    await until(taken_back, PAID_WITHIN)
    assert await there.parked() == []


async def test_a_park_that_asterisk_refused_is_undone_when_the_database_is_back(away: tuple[Away, Api]) -> None:
    there, api = away
    there.fake.answer("Redirect", lambda _: [{"Response": "Error", "Message": "Redirect failed"}])
    there.action = b"Redirect"
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("ERROR")
    there.come_back()

    async def undone() -> bool:
        return not await there.parked()

    await until(undone, PAID_WITHIN)
    assert (await there.agent())["callerid"] == CALL


async def test_digits_that_were_pressed_are_told_as_pressed(away: tuple[Away, Api]) -> None:
    there, api = away
    there.action = b"PlayDTMF"
    assert await api.ask("send_dtmf", value="5") == "SUCCESS: send_dtmf function set - 5|1000"
    assert [action["Digit"] for action in there.fake.got("PlayDTMF")] == ["5"]


async def test_what_is_owed_is_finished_before_the_agents_next_command(away: tuple[Away, Api]) -> None:
    """Else a park of the next second pulls the customer, who was transferred, into the music."""
    there, api = away
    there.action = b"Redirect"
    sent = {"value": "BLIND_TRANSFER", "phone_number": "5557021111"}
    await api.ask("transfer_conference", **sent)
    await asyncio.sleep(5.0)  # longer than telectl waits before it looks for itself
    there.come_back()
    moved = len(there.fake.got("Redirect"))

    async def answered() -> str:
        answer = await api.ask("park_call", value="PARK_CUSTOMER")
        return "" if "database" in answer else answer

    assert (await until(answered, PAID_WITHIN)).startswith("ERROR")
    assert len(there.fake.got("Redirect")) == moved
    await until(lambda: is_free(there), PAID_WITHIN)
