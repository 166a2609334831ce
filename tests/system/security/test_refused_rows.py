"""Requests without a login leave a bounded number of rows a minute; one access line tells of every request."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import LOGIN, Api, start_plain_api
from yarl import URL

from telectl.api.log.refused_rows import RefusedRows

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(mariadb: MariaDB) -> AsyncIterator[Api]:
    url = await mariadb.database(demo=True)
    async for running in start_plain_api(url, call_control="vicidial", refused_log_rows=5):
        yield running


async def get(api: Api, query: str, **headers: str) -> str:
    url = URL(f"{api.server.make_url('/agc/api.php')}?{query}", encoded=True)
    async with api.client.get(
        url, headers={name.replace("_", "-"): text for name, text in headers.items()}
    ) as response:
        return await response.text()


async def test_the_sixth_refused_request_of_a_minute_leaves_no_row_and_a_good_one_does(api: Api) -> None:
    rows = Rows(api.database_url)
    await rows.open()
    wrong = "source=test&user=nobody&pass=wrong&function=logout&agent_user=1000&value=LOGOUT"
    for _ in range(3):
        for query in (wrong, "function=version", "source=x", "function=coffee"):
            await get(api, query)
    assert (await rows.one("SELECT COUNT(*) AS n FROM vicidial_api_log"))["n"] == 5
    assert (await rows.one("SELECT COUNT(*) AS n FROM vicidial_api_urls"))["n"] == 5
    assert (await api.ask("external_pause", value="PAUSE")).startswith("SUCCESS: ")
    assert (await rows.one("SELECT COUNT(*) AS n FROM vicidial_api_log"))["n"] == 6
    await rows.close()


async def test_what_is_left_out_is_told_in_one_line_an_address_when_the_minute_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = RefusedRows(2, minute=0.05)
    assert [rows.allow("192.0.2.1") for _ in range(5)] == [True, True, False, False, False]
    assert [rows.allow("2001:db8::/64") for _ in range(2)] == [True, True]
    await asyncio.sleep(0.2)
    assert caplog.messages == ["3 rows of vicidial_api_log left out: requests without a login from 192.0.2.1"]
    assert rows.allow("192.0.2.1")
    rows.end_minute()


async def test_addresses_without_number_are_counted_together() -> None:
    rows = RefusedRows(1)
    for number in range(10_001):
        rows.allow(f"address {number}")
    assert not rows.allow("one more")
    rows.end_minute()


async def test_every_request_has_one_access_line(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "telectl.api.log.access_log")
    said = (
        (
            f"{LOGIN}&function=external_pause&value=PAUSE&agent_user=1000",
            "external_pause agent=1000 user=6666 result=SUCCESS",
        ),
        (
            f"{LOGIN}&function=external_pause&value=PAUSE&alt_user=CRM1000",
            "external_pause agent=1000 user=6666 result=SUCCESS",
        ),
        ("source=test&user=6666&pass=no&function=logout&agent_user=1000", "logout agent=1000 user=6666 result=ERROR"),
        ("source=test&user=6666&pass=no&function=canary", "- agent=- user=6666 result=ERROR"),
        ("function=version", "version agent=- user=- result=SUCCESS"),
        (f"{LOGIN}", "- agent=- user=6666 result=-"),
        ("&".join(["a=1"] * 1001), "- agent=- user=- result=-"),
    )
    for query, told in said:
        caplog.clear()
        await get(api, query, X_Request_Id="request-1234")
        lines = [record.getMessage() for record in caplog.records if record.name == "telectl.api.log.access_log"]
        assert len(lines) == 1
        assert re.fullmatch(re.escape(f"function={told} status=200 ms=") + r"\d+\.\d from=127\.0\.0\.1", lines[0]), (
            lines
        )


async def test_a_look_at_its_health_has_none(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "telectl.api.log.access_log")
    await api.ready()
    assert [record for record in caplog.records if record.name == "telectl.api.log.access_log"] == []
