"""TELECTL_DIALS_PER_USER and TELECTL_DIALS_PER_AGENT: how many calls may be dialled in a minute."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from lab.until import until
from parts import Api, start_plain_api

pytestmark = pytest.mark.asyncio(loop_scope="module")
MOST = 3
FULL = "dialling limit reached"
DIAL = {"search": "NO", "preview": "NO", "focus": "NO", "phone_code": "1"}
REMOTE_CALL = "Y0316001655000402028"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rows(mariadb: MariaDB) -> AsyncIterator[Rows]:
    found = Rows(await mariadb.database(demo=True))
    await found.open()
    yield found
    await found.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_user(rows: Rows) -> AsyncIterator[Api]:
    async for running in start_plain_api(rows.url, call_control="vicidial", dials_per_user=MOST):
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_agent(rows: Rows) -> AsyncIterator[Api]:
    async for running in start_plain_api(rows.url, call_control="vicidial", dials_per_agent=MOST):
        yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def fresh(rows: Rows) -> None:
    """Begin with nothing counted, and not at the end of a minute."""
    await until(lambda: time.time() % 60 < 50, 12)
    await rows.run("DELETE FROM telectl_dials")
    await rows.run("DELETE FROM vicidial_manual_dial_queue")
    await rows.run("UPDATE vicidial_live_agents SET external_transferconf = '', external_timer_action = ''")
    await rows.run(
        "UPDATE vicidial_live_agents SET status = 'PAUSED' WHERE user = '1000'"
    )  # as preview_dial_action asks


async def use_up(rows: Rows, whose: str) -> None:
    """Let a user or agent have had its calls in this minute."""
    await rows.run(
        "INSERT INTO telectl_dials (whose, of_minute, dials) VALUES (%s, UNIX_TIMESTAMP() DIV 60, %s)", whose, MOST
    )


async def answers_of_twenty(*apis: Api) -> list[str]:
    """What twenty dials at once answer."""
    numbers = [f"72755510{number:02d}" for number in range(20)]
    asked = (apis[place % len(apis)].ask("external_dial", value=one, **DIAL) for place, one in enumerate(numbers))
    return list(await asyncio.gather(*asked))


async def test_of_twenty_at_once_as_many_as_allowed_are_dialled(by_user: Api, rows: Rows) -> None:
    answers = await answers_of_twenty(by_user)
    assert sum(answer.startswith("SUCCESS") for answer in answers) == MOST
    assert {answer for answer in answers if not answer.startswith("SUCCESS")} == {
        f"ERROR: external_dial error - {FULL} - 1000|user"
    }
    assert len(await rows.all("SELECT * FROM vicidial_manual_dial_queue")) == MOST


async def test_all_copies_count_together(by_user: Api, rows: Rows) -> None:
    async for copy in start_plain_api(rows.url, call_control="vicidial", dials_per_user=MOST):
        answers = await answers_of_twenty(by_user, copy)
        assert sum(answer.startswith("SUCCESS") for answer in answers) == MOST


@pytest.mark.parametrize(
    "sent",
    [
        {"function": "external_dial", "value": "7275551212", **DIAL},
        {"function": "transfer_conference", "value": "BLIND_TRANSFER", "phone_number": "7275551212"},
        {"function": "transfer_conference", "value": "DIAL_WITH_CUSTOMER", "phone_number": "7275551212"},
        {"function": "transfer_conference", "value": "PARK_CUSTOMER_DIAL", "phone_number": "7275551212"},
        {"function": "set_timer_action", "value": "D1_DIAL", "rank": "15"},
        {"function": "call_agent", "value": "CALL"},
        {"function": "preview_dial_action", "value": "DIALONLY"},
        {
            "function": "ra_call_control",
            "agent": "1028",
            "value": REMOTE_CALL,
            "stage": "EXTENSIONTRANSFER",
            "phone_number": "5557021111",
        },
    ],
)
@pytest.mark.parametrize("kind", ["user", "agent"])
async def test_every_function_that_dials_is_limited_and_changes_nothing_then(
    by_user: Api, by_agent: Api, rows: Rows, kind: str, sent: dict[str, str]
) -> None:
    function, agent = sent["function"], sent.get("agent", "1000")
    await use_up(rows, "user 6666" if kind == "user" else f"agent {agent}")
    watched = "vicidial_live_agents, vicidial_manager, vicidial_auto_calls, vicidial_manual_dial_queue"
    before = await rows.all(f"CHECKSUM TABLE {watched}")
    answer = await (by_user if kind == "user" else by_agent).ask(**sent)
    assert answer == f"ERROR: {function} error - {FULL} - {agent}|{kind}"
    assert await rows.all(f"CHECKSUM TABLE {watched}") == before


async def test_several_phones_at_once_count_each(by_user: Api, rows: Rows) -> None:
    sent = {"value": "DIAL_WITH_CUSTOMER", "phone_number": "7275551212"}
    phones = ",".join(f"72755522{number:02d}" for number in range(MOST))
    answer = await by_user.ask("transfer_conference", multi_dial_phones=phones, **sent)
    assert answer == f"ERROR: transfer_conference error - {FULL} - 1000|user"
    assert await rows.all("SELECT * FROM vicidial_3way_press_multi") == []


@pytest.mark.parametrize(
    ("function", "sent"),
    [
        ("transfer_conference", {"value": "HANGUP_XFER"}),
        ("transfer_conference", {"value": "LOCAL_CLOSER", "ingroup_choices": "SALESLINE"}),
        ("park_call", {"value": "PARK_CUSTOMER"}),
        ("preview_dial_action", {"value": "SKIP"}),
        ("set_timer_action", {"value": "MESSAGE_ONLY", "notes": "x", "rank": "15"}),
    ],
)
async def test_what_dials_nobody_is_not_limited(by_user: Api, rows: Rows, function: str, sent: dict[str, str]) -> None:
    await use_up(rows, "user 6666")
    assert (await by_user.ask(function, **sent)).startswith("SUCCESS")


async def test_another_agent_and_the_next_minute_are_free(by_agent: Api, rows: Rows) -> None:
    await use_up(rows, "agent 6666")
    assert (await by_agent.ask("external_dial", value="7275551212", **DIAL)).startswith("SUCCESS")
    await rows.run("INSERT INTO telectl_dials (whose, of_minute, dials) VALUES ('user x', 1, 1)")
    await rows.run("UPDATE telectl_dials SET of_minute = of_minute - 1, dials = %s", MOST)
    assert (await by_agent.ask("external_dial", value="7275551213", **DIAL)).startswith("SUCCESS")


async def test_a_missing_table_is_said_and_nobody_is_dialled(by_user: Api, rows: Rows) -> None:
    await rows.run("RENAME TABLE telectl_dials TO elsewhere")
    try:
        answer = await by_user.ask("external_dial", value="7275551212", **DIAL)
    finally:
        await rows.run("RENAME TABLE elsewhere TO telectl_dials")
    assert answer == "ERROR: external_dial error - table telectl_dials is not usable - 1000"
    assert await rows.all("SELECT * FROM vicidial_manual_dial_queue") == []
