"""send_notification: what the recorded requests do not show."""

from __future__ import annotations

import pytest
from lab.contact_centre import Rows
from parts import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def logged(rows: Rows) -> tuple[str, str]:
    row = await rows.one("SELECT agent_user, value FROM vicidial_api_log ORDER BY api_id DESC LIMIT 1")
    return row["agent_user"], row["value"]


async def test_texts_are_stored_as_sent(api: Api, rows: Rows) -> None:
    text = "it%27s+%22so%22+%5C+%3Cb%3E+%E2%82%AC"
    answer = await api.ask("send_notification", recipient="1000", recipient_type="USER", notification_text=text)
    number = answer.rpartition("|")[2]
    assert answer == f"SUCCESS: notification queued - 1000|USER|{number}"
    row = await rows.one("SELECT * FROM vicidial_agent_notifications WHERE notification_id = %s", number)
    assert row["notification_text"] == 'it\'s "so" \\ <b> €'


async def test_a_recipient_that_does_not_exist_is_answered_with_the_value_sent(api: Api, rows: Rows) -> None:
    sent = {"recipient": "NOPE", "recipient_type": "CAMPAIGN", "notification_text": "x", "value": "seven"}
    answer = await api.ask("send_notification", agent="1000", **sent)
    assert answer == "ERROR: NOPE DOES NOT EXIST in vicidial_campaigns - seven|NOPE"
    assert await logged(rows) == ("1000", "seven")


async def test_a_group_sees_its_own_campaigns_only(api: Api, rows: Rows) -> None:
    await rows.run("UPDATE vicidial_user_groups SET allowed_campaigns = ' DEMO2 XDEMO -' WHERE user_group = 'ADMIN'")
    try:
        answer = await api.ask(
            "send_notification", recipient="DEMO", recipient_type="CAMPAIGN", notification_text="x", value="v"
        )
        assert answer == "ERROR: ACCESS TO CAMPAIGN DEMO NOT ALLOWED FOR USER 6666 ( DEMO2 XDEMO -) - v|DEMO"
    finally:
        await rows.run("UPDATE vicidial_user_groups SET allowed_campaigns = ' -ALL-CAMPAIGNS- - -'")


async def test_text_and_confetti_together(api: Api, rows: Rows) -> None:
    answer = await api.ask(
        "send_notification",
        recipient="AGENTS",
        recipient_type="USER_GROUP",
        notification_text="x",
        show_confetti="Y",
        particleSpeed="9",
        text_color="00FF00",
    )
    row = await rows.one(
        "SELECT * FROM vicidial_agent_notifications WHERE notification_id = %s", answer.rpartition("|")[2]
    )
    assert (row["confetti_options"], row["text_color"], row["show_confetti"]) == ("2,2350,9", "#00FF00", "Y")


async def test_translated_answers_queue_all_the_same(api: Api, rows: Rows) -> None:
    await rows.run("UPDATE system_settings SET enable_languages = '1', language_method = 'MYSQL'")
    await rows.run("UPDATE vicidial_users SET selected_language = 'es' WHERE user = '6666'")
    for english, spanish in (("SUCCESS", "EXITO"), ("NOTICE", "AVISO"), ("notification queued", "en cola")):
        await rows.run(
            "INSERT INTO vicidial_language_phrases (language_id, english_text, translated_text) VALUES ('es', %s, %s)",
            english,
            spanish,
        )
    try:
        answer = await api.ask("send_notification", recipient="1000", recipient_type="who", notification_text="x")
        first, last = answer.splitlines()
        assert first == "Invalid recipient_type (who), AVISO: found 1000 as USER<BR>"
        assert last.startswith("EXITO: en cola - 1000|USER|")
    finally:
        await rows.run("UPDATE system_settings SET enable_languages = '0'")
