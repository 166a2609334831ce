"""What a function costs on the wire, and what two requests at once do to each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import Api, start_plain_api

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cached(mariadb: MariaDB) -> AsyncIterator[Api]:
    """A telectl as it runs: with its ordinary cache."""
    url = await mariadb.database(demo=True)
    async for running in start_plain_api(url, call_control="vicidial", cache_seconds=60):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def rows(cached: Api) -> AsyncIterator[Rows]:
    found = Rows(cached.database_url)
    await found.open()
    yield found
    await found.close()


FLAGS = (
    ("external_pause", {"value": "PAUSE"}),
    ("external_hangup", {"value": "1"}),
    ("external_status", {"value": "A"}),
    ("logout", {"value": "LOGOUT"}),
    ("send_dtmf", {"value": "12"}),
    ("park_call", {"value": "PARK_CUSTOMER"}),
    ("set_timer_action", {"value": "NONE"}),
    ("refresh_panel", {"formreload": "1"}),
)


@pytest.mark.parametrize(("function", "parameters"), FLAGS, ids=[name for name, _ in FLAGS])
async def test_a_flag_function_takes_three_statements(
    cached: Api, rows: Rows, function: str, parameters: dict[str, str]
) -> None:
    async def questions() -> int:
        found = await rows.one("SHOW GLOBAL STATUS LIKE 'Questions'")
        return int(found["Value"])

    assert (await cached.ask(function, **parameters)).startswith("SUCCESS")  # fills the caches
    before = await questions()
    assert (await cached.ask(function, **parameters)).startswith("SUCCESS")
    assert await questions() - before - 1 <= 3  # the one is our own question


COSTS = {
    "pause_code": (3, "1000", {"value": "BREAK"}),
    "external_status": (4, "1000", {"value": "CALLBK", "callback_datetime": "2026-12-24+12:00:00"}),
    "recording": (4, "1000", {"value": "START"}),
    "update_fields": (4, "1000", {"city": "Tampa"}),
    "vm_message": (4, "1000", {"value": "one"}),
    "calls_in_queue_count": (5, "1000", {"value": "DISPLAY"}),
    "preview_dial_action": (4, "1000", {"value": "SKIP"}),
    "external_add_lead": (4, "1000", {"value": "7275551212", "phone_code": "1"}),
    "switch_lead": (5, "1000", {"lead_id": "1003"}),
    "transfer_conference": (4, "1000", {"value": "HANGUP_XFER"}),
}
"""What a function costs on the wire that reads more than its flag, or in a less ordinary case."""


@pytest.mark.parametrize("function", COSTS)
async def test_what_reads_more_costs_what_it_reads(cached: Api, rows: Rows, function: str) -> None:
    most, agent, parameters = COSTS[function]
    await rows.run(
        "UPDATE vicidial_live_agents SET status = 'PAUSED', callerid = 'Y1123000000000001002' WHERE user = '1000'"
    )

    async def questions() -> int:
        return int((await rows.one("SHOW GLOBAL STATUS LIKE 'Questions'"))["Value"])

    assert (await cached.ask(function, agent, **parameters)).startswith("SUCCESS")  # fills the caches
    before = await questions()
    assert (await cached.ask(function, agent, **parameters)).startswith("SUCCESS")
    assert await questions() - before - 1 == most


async def test_requests_for_one_agent_at_once_are_all_answered_and_one_of_them_holds(cached: Api, rows: Rows) -> None:
    values = ["PAUSE", "LOGOUT"] * 20
    functions = {"PAUSE": "external_pause", "LOGOUT": "logout"}
    answers = await asyncio.gather(*(cached.ask(functions[value], value=value) for value in values))
    assert all(answer.startswith("SUCCESS") for answer in answers)
    flag = (await rows.one("SELECT external_pause FROM vicidial_live_agents WHERE user = '1000'"))["external_pause"]
    assert flag == "LOGOUT" or flag.startswith("PAUSE!")
    logged = await rows.one(
        "SELECT COUNT(*) AS n FROM vicidial_api_log WHERE function = 'logout' AND result = 'SUCCESS'"
    )
    assert logged["n"] >= 20


async def test_of_two_requests_for_one_remote_call_one_finds_it(cached: Api, rows: Rows) -> None:
    asks = (cached.ask("ra_call_control", agent="1028", value="Y0316001655000402028", stage="HANGUP") for _ in range(5))
    answers = sorted(await asyncio.gather(*asks))
    assert answers[:4] == ["ERROR: no active call found - Y0316001655000402028"] * 4
    assert answers[4] == "SUCCESS: ra_call_control hungup - 1028|Y0316001655000402028|HANGUP"
    queued = await rows.all("SELECT * FROM vicidial_manager WHERE action = 'Hangup'")
    assert len(queued) == 1


async def test_another_agents_call_is_no_call(cached: Api) -> None:
    answer = await cached.ask("ra_call_control", agent="1000", value="Y1123000000000001003", stage="HANGUP")
    assert answer == "ERROR: no active call found - Y1123000000000001003"
