"""The log's value: as it was sent until the function has the request, then what the function makes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from parts import Api
from yarl import URL

pytestmark = pytest.mark.asyncio(loop_scope="module")
GOOD = "source=test&user=6666&pass=1234"
SHORT_SOURCE = "source=t&user=6666&pass=1234"
BAD_LOGIN = "source=test&user=6666&pass=wrong"
NOBODY = "source=test&user=nobody&pass=wrong"
SENT = {
    "external_dial": ("call-727_A", "727"),
    "preview_dial_action": ("now-SKIP_2", "SKIP2"),
    "change_ingroups": ("now-ADD_2", "ADD"),
    "send_dtmf": ("x_1*%23", "x_1*#"),
    "external_pause": ("PA-USE", "PA-USE"),
}
"""By function: a value, and what the function keeps of it."""


@pytest_asyncio.fixture(loop_scope="module")
async def kept(rows: Rows) -> AsyncIterator[Rows]:
    yield rows
    await rows.run("UPDATE vicidial_users SET failed_login_count = 0 WHERE user = '6666'")
    await rows.run("UPDATE system_settings SET vdc_agent_api_active = '1'")


async def logged(api: Api, rows: Rows, query: str) -> dict[str, str]:
    url = URL(f"{api.server.make_url('/agc/api.php')}?{query}", encoded=True)
    async with api.client.get(url) as response:
        assert (await response.text()).startswith("ERROR: ")
    return dict(await rows.one("SELECT agent_user, value FROM vicidial_api_log ORDER BY api_id DESC LIMIT 1"))


@pytest.mark.parametrize("function", SENT)
@pytest.mark.parametrize("login", [SHORT_SOURCE, BAD_LOGIN, NOBODY])
async def test_a_request_that_is_turned_away_is_logged_as_sent(api: Api, kept: Rows, function: str, login: str) -> None:
    value = SENT[function][0].replace("%23", "#")
    found = await logged(api, kept, f"{login}&agent_user=1000&function={function}&value={SENT[function][0]}")
    assert found == {"agent_user": "1000", "value": value}


@pytest.mark.parametrize("function", SENT)
async def test_while_the_api_is_off_too(api: Api, kept: Rows, function: str) -> None:
    await kept.run("UPDATE system_settings SET vdc_agent_api_active = '0'")
    value = SENT[function][0].replace("%23", "#")
    found = await logged(api, kept, f"{GOOD}&agent_user=1000&function={function}&value={SENT[function][0]}")
    assert found == {"agent_user": "1000", "value": value}


@pytest.mark.parametrize("function", SENT)
async def test_a_functions_own_refusal_has_what_it_made_of_the_value(api: Api, kept: Rows, function: str) -> None:
    sent, value = SENT[function]
    found = await logged(api, kept, f"{GOOD}&agent_user=1000&function={function}&value={sent}")
    assert found == {"agent_user": "1000", "value": value}


async def test_a_lead_id_of_any_length_is_compared_as_a_number(api: Api, kept: Rows) -> None:
    await kept.run("UPDATE vicidial_live_agents SET lead_id = 1002 WHERE user = '1000'")
    wrong = "ERROR: current call does not match lead_id submitted - 1000"
    assert await api.ask("vm_message", value="one", lead_id="9" * 5000) == wrong
    assert await api.ask("vm_message", value="one", lead_id="0") == wrong
    answer = await api.ask("vm_message", value="one", lead_id="0" * 100 + "1002")
    assert answer.startswith("SUCCESS: vm_message function set - 1000|000")
