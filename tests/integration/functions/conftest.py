"""A telectl that writes flags, on the demo data, and plain SQL beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import Api, start_plain_api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(mariadb: MariaDB) -> AsyncIterator[Api]:
    url = await mariadb.database(demo=True)
    async for running in start_plain_api(url, call_control="vicidial"):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def rows(api: Api) -> AsyncIterator[Rows]:
    found = Rows(api.database_url)
    await found.open()
    yield found
    await found.close()
