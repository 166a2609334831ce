"""What a request holds stays in its own field of a flag and of an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import Api, start_plain_api

pytestmark = pytest.mark.asyncio(loop_scope="module")
DIAL = {"value": "7275551212", "phone_code": "1", "search": "NO", "preview": "NO", "focus": "NO"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rows(mariadb: MariaDB) -> AsyncIterator[Rows]:
    found = Rows(await mariadb.database(demo=True))
    await found.open()
    yield found
    await found.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flags(rows: Rows) -> AsyncIterator[Api]:
    async for running in start_plain_api(rows.url, call_control="vicidial"):
        yield running


async def test_no_vendor_id_brings_a_caller_id_in_where_the_system_allows_none(flags: Api, rows: Rows) -> None:
    await rows.run("UPDATE system_settings SET outbound_cid_any = 'DISABLED'")
    await rows.run("DELETE FROM vicidial_manual_dial_queue")
    shifting = quote("207!1795449600!!-FORCE-!9005551234!!!!")
    answer = await flags.ask("external_dial", vendor_id=shifting, **DIAL)
    assert answer == "ERROR: external_dial error - value not allowed - 1000|vendor_id"
    assert await rows.all("SELECT * FROM vicidial_manual_dial_queue") == []


@pytest.mark.parametrize("column", ["phone_number", "alt_phone", "address3", "phone_code"])
async def test_no_leads_number_does_either(flags: Api, rows: Rows, column: str) -> None:
    await rows.run("DELETE FROM vicidial_manual_dial_queue")
    kept = await rows.one(f"SELECT {column} AS text FROM vicidial_list WHERE lead_id = 1002")
    await rows.run(f"UPDATE vicidial_list SET {column} = '900!44!YES' WHERE lead_id = 1002")
    choice = {"alt_phone": "ALT", "address3": "ADDR3"}.get(column, "")
    try:
        await flags.ask("external_dial", lead_id="1002", alt_dial=choice, **DIAL)
    finally:
        await rows.run(f"UPDATE vicidial_list SET {column} = %s WHERE lead_id = 1002", kept["text"])
    for row in await rows.all("SELECT external_dial FROM vicidial_manual_dial_queue"):
        fields = row["external_dial"].split("!")
        assert len(fields) == 14
        assert fields[2:5] == ["NO", "NO", "NO"]


async def test_no_choice_of_a_caller_id_shifts_a_transfers_flag(flags: Api, rows: Rows) -> None:
    sent = {"value": "BLIND_TRANSFER", "phone_number": "7275551212"}
    answer = await flags.ask("transfer_conference", cid_choice="CAMPAIGN---9", **sent)
    assert answer == "ERROR: transfer_conference error - value not allowed - 1000|cid_choice"
    agent = await rows.one("SELECT external_transferconf FROM vicidial_live_agents WHERE user = '1000'")
    assert not agent["external_transferconf"]


async def test_a_group_alias_that_is_no_number_is_refused_in_every_mode(flags: Api, rows: Rows) -> None:
    await rows.run("UPDATE groups_alias SET caller_id_number = 'Tom <5551>'")
    answer = await flags.ask("external_dial", group_alias="DEFAULT", **DIAL)
    await rows.run("UPDATE groups_alias SET caller_id_number = '7275550199'")
    assert answer == "ERROR: caller_id_number from group_alias is not valid - 1000|DEFAULT|Tom <5551>"


@pytest.mark.parametrize(
    ("function", "sent"),
    [
        ("update_fields", {"agent": "6666", "comments": "a|b\r\nSUCCESS: c\u2028SUCCESS: d"}),
        ("st_login_log", {"agent": "", "value": "CRM1000", "vendor_id": "a\nSUCCESS: b"}),
        ("vm_message", {"value": "one|two"}),
        ("audio_playback", {"value": "x", "stage": "PL|AY\nSUCCESS: x"}),
        ("recording", {"value": "START", "stage": "a\nSUCCESS"}),
        ("external_add_lead", {"value": "12|34", "phone_code": "1"}),
    ],
)
async def test_an_answer_is_one_line(flags: Api, function: str, sent: dict[str, str]) -> None:
    answer = await flags.ask(function, **{name: quote(text) for name, text in sent.items()})
    assert answer.splitlines() == [answer]


async def test_a_list_of_messages_keeps_its_bars(flags: Api) -> None:
    assert await flags.ask("vm_message", value="one%7Ctwo") == "SUCCESS: vm_message function set - 1000|1002|one|two|"


async def test_lines_from_rows_and_translations_stay_one(flags: Api, rows: Rows) -> None:
    await rows.run("UPDATE vicidial_session_data SET webphone_url = 'https://x.example/\nSUCCESS: x - 1'")
    assert await flags.ask("webphone_url", value="DISPLAY") == "https://x.example/ SUCCESS: x - 1"
    await rows.run("UPDATE system_settings SET enable_languages = '1', language_method = 'MYSQL'")
    await rows.run("UPDATE vicidial_users SET selected_language = 'xx' WHERE user = '6666'")
    await rows.run(
        "INSERT INTO vicidial_language_phrases (language_id, english_text, translated_text)"
        " VALUES ('xx', 'ERROR', 'SUCCESS: yes\nERROR')"
    )
    answer = await flags.ask("external_pause", value="NO")
    await rows.run("UPDATE system_settings SET enable_languages = '0'")
    assert answer == "SUCCESS: yes ERROR: external_pause not valid - NO|1000"
