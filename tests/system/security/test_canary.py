"""A password goes nowhere: not into a reply, a log line, a table or a metric."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import Api, start_plain_api
from yarl import URL

pytestmark = pytest.mark.asyncio(loop_scope="module")
CANARY = "canary-4711"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flags(mariadb: MariaDB) -> AsyncIterator[Api]:
    url = await mariadb.database(demo=True)
    async for running in start_plain_api(url, call_control="vicidial"):
        yield running


@pytest.mark.parametrize(
    ("query", "form"),
    [
        (f"source=test&user=6666&pass={CANARY}&function=external_pause&value=PAUSE&agent_user=1000", None),
        (f"source=test&user=nobody&pass={CANARY}&function=external_pause", None),
        (f"source=test&user=6666&p%61ss={CANARY}&function=version", None),
        ("source=test", f"user=6666&pass={CANARY}&function=external_pause&value=PAUSE&agent_user=1000"),
        ("", f"source=test&user=6666&pass={CANARY}&function=webserver"),
        (f"source=test&user=6666&pass={CANARY}&function=external_pause&format=debug&close_window_link=1", None),
        (f"source=t&user=6666&pass={CANARY}&function=external_pause", None),
    ],
)
async def test_the_password_is_nowhere(
    flags: Api, caplog: pytest.LogCaptureFixture, query: str, form: str | None
) -> None:
    caplog.set_level(logging.DEBUG)
    rows = Rows(flags.database_url)
    await rows.open()
    await rows.run("UPDATE vicidial_users SET pass = %s WHERE user = '6666'", CANARY)
    try:
        url = URL(f"{flags.server.make_url('/agc/api.php')}?{query}", encoded=True)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        method = "GET" if form is None else "POST"
        async with flags.client.request(method, url, data=form, headers=headers) as response:
            assert CANARY not in await response.text()
            assert CANARY not in str(response.headers)
        for table in ("vicidial_api_log", "vicidial_api_urls", "vicidial_urls", "vicidial_webservers"):
            assert CANARY not in str(await rows.all(f"SELECT * FROM {table}"))
        assert "pass=***" in str(await rows.all("SELECT url FROM vicidial_api_urls ORDER BY api_id DESC LIMIT 1"))
        assert CANARY not in caplog.text
    finally:
        await rows.close()
