"""Who may read what became of a third party's call."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import Api, start_plain_api

pytestmark = pytest.mark.asyncio(loop_scope="module")
CALL = "DC120000W0000001002W"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(mariadb: MariaDB) -> AsyncIterator[Api]:
    url = await mariadb.database(demo=True)
    async for running in start_plain_api(url, call_control="vicidial"):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def rows(api: Api) -> AsyncIterator[Rows]:
    found = Rows(api.database_url)
    await found.open()
    await found.run(
        "REPLACE INTO telectl_calls (call_id, agent, lead_id, campaign_id, server_ip, number, started)"
        " VALUES (%s, '1000', 1002, 'DEMO', '127.0.0.1', '5557021111', NOW())",
        CALL,
    )
    yield found
    await found.run("UPDATE system_settings SET vdc_agent_api_active = '1'")
    await found.run("UPDATE vicidial_users SET api_allowed_functions = ' ALL_FUNCTIONS ' WHERE user = '6666'")
    await found.run(
        "UPDATE vicidial_user_groups SET allowed_campaigns = ' -ALL-CAMPAIGNS- - -' WHERE user_group = 'ADMIN'"
    )
    await found.close()


async def test_the_switch_of_the_api_holds(api: Api, rows: Rows) -> None:
    assert (await api.state(CALL))["number"] == "5557021111"
    await rows.run("UPDATE system_settings SET vdc_agent_api_active = '0'")
    assert await api.state(CALL) == {"code": 403, "error": "the API is not active"}


@pytest.mark.parametrize(
    ("functions", "code"),
    [(" call_state ", 200), (" logout call_state ", 200), (" ALL_FUNCTIONS ", 200), (" logout ", 403), ("", 403)],
)
async def test_the_users_functions_hold(api: Api, rows: Rows, functions: str, code: int) -> None:
    await rows.run("UPDATE vicidial_users SET api_allowed_functions = %s WHERE user = '6666'", functions)
    told = await api.state(CALL)
    assert told["code"] == code
    assert ("number" in told) is (code == 200)


@pytest.mark.parametrize(
    ("campaigns", "code"),
    [
        (" -ALL-CAMPAIGNS- - -", 200),
        (" DEMO -", 200),
        (" OTHER DEMO -", 200),
        (" DEMO2 -", 404),
        (" -", 404),
        (None, 404),
    ],
)
async def test_the_groups_campaigns_hold(api: Api, rows: Rows, campaigns: str | None, code: int) -> None:
    await rows.run("UPDATE vicidial_user_groups SET allowed_campaigns = %s WHERE user_group = 'ADMIN'", campaigns)
    told = await api.state(CALL)
    assert told["code"] == code
    if code == 404:
        assert told == await api.state("DC000000W0000000000W")  # as if there were none


async def test_a_call_whose_campaign_nobody_noted_is_for_those_who_see_all(api: Api, rows: Rows) -> None:
    await rows.run("UPDATE telectl_calls SET campaign_id = ''")
    assert (await api.state(CALL))["code"] == 200
    await rows.run("UPDATE vicidial_user_groups SET allowed_campaigns = ' DEMO  -' WHERE user_group = 'ADMIN'")
    assert (await api.state(CALL))["code"] == 404


async def test_a_user_without_a_group_sees_nothing(api: Api, rows: Rows) -> None:
    await rows.run("UPDATE vicidial_users SET user_group = 'GONE' WHERE user = '6666'")
    try:
        assert (await api.state(CALL))["code"] == 404
    finally:
        await rows.run("UPDATE vicidial_users SET user_group = 'ADMIN' WHERE user = '6666'")
