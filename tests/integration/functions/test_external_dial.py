"""external_dial: what the recorded requests do not show."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import as_lab
from lab.until import until
from parts import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS = {"search": "YES", "preview": "NO", "focus": "YES"}
DIAL = {"phone_code": "1", **WORDS}
CANARY = "canary-secret"


@pytest_asyncio.fixture(loop_scope="module")
async def agent(rows: Rows) -> AsyncIterator[Rows]:
    """Agent 1000, paused without a call, in a campaign that dials at once."""
    await rows.run("DELETE FROM vicidial_manual_dial_queue")
    await rows.run("UPDATE vicidial_campaigns SET api_manual_dial = 'STANDARD'")
    await rows.run("UPDATE vicidial_live_agents SET status = 'PAUSED', lead_id = 0, external_dial = ''")
    yield rows
    await rows.run("UPDATE system_settings SET enable_vtiger_integration = '0'")


@pytest_asyncio.fixture(loop_scope="module")
async def vtiger(api: Api, agent: Rows) -> Rows:
    """A vtiger whose activity 123456 is about account 55."""
    where = urlsplit(as_lab(api.database_url))
    await agent.run("DELETE FROM vtiger_seactivityrel")
    await agent.run("DELETE FROM vtiger_account")
    await agent.run("INSERT INTO vtiger_seactivityrel VALUES (55, 123456)")
    await agent.run("INSERT INTO vtiger_account VALUES (55, '(727) 555-7777')")
    await agent.run(
        "UPDATE system_settings SET enable_vtiger_integration = '1', vtiger_server_ip = %s, vtiger_dbname = %s,"
        " vtiger_login = %s, vtiger_pass = %s",
        f"127.0.0.1:{where.port}",
        where.path.strip("/"),
        where.username,
        where.password,
    )
    return agent


async def flag(rows: Rows) -> str:
    found = await rows.one("SELECT external_dial FROM vicidial_live_agents WHERE user = '1000'")
    return str(found["external_dial"])


async def test_a_vtiger_activity_gives_number_and_account(api: Api, vtiger: Rows) -> None:
    answer = await api.ask("external_dial", value="99000123456", vtiger_callback="YES", **DIAL)
    assert answer.startswith("SUCCESS: external_dial function set - 7275557777|1000|1|YES|NO|YES|55|")
    fields = (await flag(vtiger)).split("!")
    assert (fields[0], fields[5], fields[10]) == ("7275557777", "55", "123456")


async def test_a_vtiger_account_without_a_number_dials_nothing(api: Api, vtiger: Rows) -> None:
    await vtiger.run("UPDATE vtiger_account SET phone = NULL")
    answer = await api.ask("external_dial", value="99123456", vtiger_callback="YES", **DIAL)
    assert answer == "ERROR: phone number is not valid - 1000|||"
    assert await flag(vtiger) == ""


async def test_an_activity_whose_account_is_missing_is_dialled_as_it_is(api: Api, vtiger: Rows) -> None:
    await vtiger.run("DELETE FROM vtiger_account")
    answer = await api.ask("external_dial", value="99000123456", vtiger_callback="YES", **DIAL)
    assert answer.startswith("SUCCESS: external_dial function set - 123456|1000|1|YES|NO|YES|55|")
    fields = (await flag(vtiger)).split("!")
    assert (fields[0], fields[5], fields[10]) == ("123456", "55", "123456")


LEADS_NUMBERS = [
    ("", "727-555-1050", "7275551050"),
    ("MAIN", "(727) 555 1050", "7275551050"),
    ("ALT", "727.555-1051", "7275551051"),
    ("ADDR3", "call 7275551052 x9", "72755510529"),
    ("ADDR3", "addr 3", None),
    ("ALT", "none", None),
    ("MAIN", "-1-", None),
    ("ALT", "\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}\N{ARABIC-INDIC DIGIT THREE}", None),
]
"""alt_dial, what the lead has there, and what is dialled."""


@pytest.mark.parametrize(("alt_dial", "kept", "dialled"), LEADS_NUMBERS)
async def test_of_a_leads_number_the_digits_count(
    api: Api, agent: Rows, alt_dial: str, kept: str, dialled: str | None
) -> None:
    column = {"ALT": "alt_phone", "ADDR3": "address3"}.get(alt_dial, "phone_number")
    before = await agent.one(f"SELECT {column} AS kept FROM vicidial_list WHERE lead_id = 1003")
    await agent.run(f"UPDATE vicidial_list SET {column} = %s WHERE lead_id = 1003", kept)
    try:
        answer = await api.ask("external_dial", lead_id="1003", alt_dial=alt_dial, **DIAL)
    finally:
        await agent.run(f"UPDATE vicidial_list SET {column} = %s WHERE lead_id = 1003", before["kept"])
    logged = await agent.one("SELECT value, data FROM vicidial_api_log ORDER BY api_id DESC LIMIT 1")
    if dialled is None:
        digits = "".join(char for char in kept if char in "0123456789")
        assert answer == f"ERROR: phone number is not valid - 1000|{digits}|1003|{alt_dial}"
        assert logged == {"value": digits, "data": f"{digits}|1003|{alt_dial}"}
        assert await flag(agent) == ""
    else:
        assert answer.startswith(f"SUCCESS: external_dial function set - {dialled}|1000|")
        assert logged["value"] == dialled
        assert (await flag(agent)).startswith(f"{dialled}!1!")


@pytest.mark.parametrize(
    "setting",
    [
        "vtiger_server_ip = '127.0.0.1:1'",
        "vtiger_server_ip = '127.0.0.1:70000'",
        "vtiger_server_ip = '::1'",
        "vtiger_server_ip = ''",
        "vtiger_dbname = NULL",
        "vtiger_dbname = 'no_such'",
        f"vtiger_pass = '{CANARY}'",
    ],
)
async def test_a_vtiger_that_cannot_be_asked_is_said_and_gives_nothing_away(
    api: Api, vtiger: Rows, setting: str, caplog: pytest.LogCaptureFixture
) -> None:
    await vtiger.run(f"UPDATE system_settings SET {setting}")
    with caplog.at_level(logging.WARNING):
        answer = await api.ask("external_dial", value="99000123456", vtiger_callback="YES", **DIAL)
    assert answer == "ERROR: external_dial error - vtiger system not available - 1000"
    assert "vtiger" in caplog.text
    assert CANARY not in caplog.text
    assert await flag(vtiger) == ""


async def test_a_vtiger_with_new_credentials_is_asked_with_them(api: Api, vtiger: Rows) -> None:
    right = await vtiger.one("SELECT vtiger_pass FROM system_settings")
    await vtiger.run("UPDATE system_settings SET vtiger_pass = 'wrong'")
    assert "not available" in await api.ask("external_dial", value="99123456", vtiger_callback="YES", **DIAL)
    await vtiger.run("UPDATE system_settings SET vtiger_pass = %s", right["vtiger_pass"])
    assert "SUCCESS" in await api.ask("external_dial", value="99123456", vtiger_callback="YES", **DIAL)


async def test_one_number_asked_for_at_once_is_queued_once(api: Api, agent: Rows) -> None:
    await agent.run("UPDATE vicidial_campaigns SET api_manual_dial = 'QUEUE'")
    for number in range(10):
        value = f"727555120{number}"
        asked = [api.ask("external_dial", value=value, **DIAL) for _ in range(8)]
        answers = sorted(answer.partition(" - ")[0] for answer in await asyncio.gather(*asked))
        refused = "ERROR: phone_number is already in this agents manual dial queue"
        assert answers == [refused] * 7 + ["SUCCESS: external_dial function set"]
    assert len(await agent.all("SELECT * FROM vicidial_manual_dial_queue")) == 10


async def test_the_same_number_may_wait_for_two_agents_and_two_numbers_for_one(api: Api, agent: Rows) -> None:
    await agent.run("UPDATE vicidial_campaigns SET api_manual_dial = 'QUEUE'")
    for number, user in (("7275551212", "1000"), ("7275551212", "6666"), ("7275551213", "1000")):
        assert "SUCCESS" in await api.ask("external_dial", user, value=number, **DIAL)
    assert "SUCCESS" not in await api.ask("external_dial", "6666", value="7275551212", **DIAL)


async def test_a_number_longer_than_its_column_waits_once_too(api: Api, agent: Rows) -> None:
    await agent.run("UPDATE vicidial_campaigns SET api_manual_dial = 'QUEUE'")
    assert "SUCCESS" in await api.ask("external_dial", value="7" * 101, **DIAL)
    assert "already in this agents manual dial queue" in await api.ask("external_dial", value="7" * 101, **DIAL)


async def test_an_agent_that_takes_a_call_in_between_is_not_told_to_dial(api: Api, agent: Rows) -> None:
    held = Rows(api.database_url)
    await held.open()

    async def waits_for_the_campaign() -> bool:
        return any(
            "vicidial_campaigns" in str(row["Info"]) for row in await held.all("SHOW FULL PROCESSLIST") if row["State"]
        )

    try:
        await held.run("LOCK TABLES vicidial_campaigns WRITE")  # read after the agent's row, which is still PAUSED
        asked = asyncio.create_task(api.ask("external_dial", value="7275551212", **DIAL))
        await until(waits_for_the_campaign, 2)
        await agent.run("UPDATE vicidial_live_agents SET status = 'INCALL' WHERE user = '1000'")
        await held.run("UNLOCK TABLES")
        assert await asked == "ERROR: agent_user is not paused - 1000"
    finally:
        await held.close()
    assert await flag(agent) == ""


async def test_refusals_are_translated_and_the_rest_of_the_line_is_not(api: Api, agent: Rows) -> None:
    await agent.run("UPDATE system_settings SET enable_languages = '1', language_method = 'MYSQL'")
    await agent.run("UPDATE vicidial_users SET selected_language = 'es' WHERE user = '6666'")
    for english, spanish in (("ERROR", "FALLO"), ("lead_id is not valid", "lead_id no es valido")):
        await agent.run(
            "INSERT INTO vicidial_language_phrases (language_id, english_text, translated_text) VALUES ('es', %s, %s)",
            english,
            spanish,
        )
    try:
        assert await api.ask("external_dial", lead_id="77", **DIAL) == "FALLO: lead_id no es valido - 1000|77"
    finally:
        await agent.run("UPDATE system_settings SET enable_languages = '0'")
