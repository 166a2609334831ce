"""A telectl in front of a fake Asterisk, where agent 1000 talks to a customer; nothing is awaited for long."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import Api, start_plain_api

from telectl.calls.timing import Timing
from telectl.testing import FakeAsterisk

CALL = "V1123000000000001002"


@pytest_asyncio.fixture(loop_scope="module", params=["CONFBRIDGE", "MEETME"])
async def fake(request: pytest.FixtureRequest) -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk(engine=request.param) as asterisk:
        asterisk.join("9600051", "PJSIP/gs101-1", "S2611230800009600051", exten="29600051")
        asterisk.join("9600051", "PJSIP/customer1-00000001", CALL)
        yield asterisk


@pytest_asyncio.fixture(loop_scope="module")
async def rows(mariadb: MariaDB) -> AsyncIterator[Rows]:
    found = Rows(await mariadb.database(demo=True))
    await found.open()
    yield found
    await found.close()


@pytest.fixture
def timing() -> Timing:
    return Timing(confirm=0.2, still_moving=0.2)


@pytest_asyncio.fixture(loop_scope="module")
async def api(fake: FakeAsterisk, rows: Rows, timing: Timing) -> AsyncIterator[Api]:
    await rows.run("UPDATE servers SET conf_engine = %s", fake.engine)
    ami = {"127.0.0.1": {"port": fake.port, "username": "telectl", "secret": "telectl"}}
    async for running in start_plain_api(rows.url, timing, ami=ami):
        await running.usable()
        yield running
