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


RECIPIENTS = [
    # recipient, type, the answer, and agent_user and value of its log row
    ("0", "USER", "ERROR: Missing recipient or recipient_type - 0|USER", ("0", "USER")),
    ("0", "who", "ERROR: Missing recipient or recipient_type - 0|who", ("0", "who")),
    ("0", "", "ERROR: Missing recipient or recipient_type - 0|", ("0", "")),
    ("", "who", "ERROR: Missing recipient or recipient_type - |who", ("", "who")),
    ("00", "USER", "ERROR: 00 DOES NOT EXIST in vicidial_users - v|00", ("1000", "v")),
    ("agents", "USER_GROUP", "SUCCESS: notification queued - agents|USER_GROUP|", ("agents", "USER_GROUP")),
    ("demo", "CAMPAIGN", "SUCCESS: notification queued - demo|CAMPAIGN|", ("demo", "CAMPAIGN")),
    (
        "admin",
        "USER_GROUP",
        "ERROR: ACCESS TO USER GROUP admin NOT ALLOWED FOR USER 6666 - v|admin",
        ("1000", "v"),
    ),
]


@pytest.mark.parametrize(("recipient", "kind", "answer", "row"), RECIPIENTS)
async def test_whom_it_reaches(  # noqa: PLR0917 - a row of the table
    api: Api, rows: Rows, recipient: str, kind: str, answer: str, row: tuple[str, str]
) -> None:
    await rows.run(
        "UPDATE vicidial_user_groups SET allowed_campaigns = ' DEMO -', admin_viewable_groups = ' AGENTS -'"
        " WHERE user_group = 'ADMIN'"
    )
    try:
        found = await api.ask(
            "send_notification", recipient=recipient, recipient_type=kind, notification_text="x", value="v"
        )
    finally:
        await rows.run(
            "UPDATE vicidial_user_groups SET allowed_campaigns = ' -ALL-CAMPAIGNS- - -',"
            " admin_viewable_groups = ' ---ALL--- ' WHERE user_group = 'ADMIN'"
        )
    assert found.startswith(answer) if answer.endswith("|") and "SUCCESS" in answer else found == answer
    assert await logged(rows) == row


async def test_a_recipient_that_is_named_0_is_looked_up_by_the_type_given(api: Api, rows: Rows) -> None:
    await rows.run("INSERT INTO vicidial_campaigns (campaign_id) VALUES ('0')")
    try:
        for kind, answer in (
            ("CAMPAIGN", "SUCCESS: notification queued - 0|CAMPAIGN|"),
            ("USER", "ERROR: Missing recipient or recipient_type - 0|USER"),
            ("who", "ERROR: Missing recipient or recipient_type - 0|who"),
        ):
            found = await api.ask("send_notification", recipient="0", recipient_type=kind, notification_text="x")
            assert found.startswith(answer)
    finally:
        await rows.run("DELETE FROM vicidial_campaigns WHERE campaign_id = '0'")


ZEROES = [
    ({"notification_text": "x", "text_size": "0", "text_color": "0"}, {"text_size": 12, "text_color": "black"}),
    (
        {"show_confetti": "Y", "duration": "0", "maxParticleCount": "0", "particleSpeed": "0"},
        {"confetti_options": "2,2350,2"},
    ),
    ({"show_confetti": "Y", "duration": "00"}, {"confetti_options": "00,2350,2"}),
    ({"show_confetti": "Y", "notification_text": "0"}, {"notification_text": None}),
]
"""What is sent, and what is stored."""


@pytest.mark.parametrize(("sent", "stored"), ZEROES)
async def test_0_counts_as_missing(api: Api, rows: Rows, sent: dict[str, str], stored: dict[str, object]) -> None:
    answer = await api.ask("send_notification", recipient="1000", recipient_type="USER", notification_date="0", **sent)
    assert answer.startswith("SUCCESS: notification queued - 1000|USER|"), "without a notice of the date"
    row = await rows.one(
        "SELECT * FROM vicidial_agent_notifications WHERE notification_id = %s", answer.rpartition("|")[2]
    )
    assert {name: row[name] or None for name in stored} == stored


async def test_a_text_of_0_alone_is_no_text(api: Api) -> None:
    answer = await api.ask("send_notification", recipient="1000", recipient_type="USER", notification_text="0")
    assert answer == "ERROR: invalid request - 1000|USER"


async def test_its_own_line_break_stays_beside_a_link_and_no_tag_of_the_caller_does(api: Api) -> None:
    answer = await api.ask(
        "send_notification", recipient="1000", recipient_type="who", notification_text="x", close_window_link="1"
    )
    assert answer.startswith("Invalid recipient_type (who), NOTICE: found 1000 as USER<BR>\nSUCCESS: ")
    answer = await api.ask("external_pause", value="PAUSE", close_window_link="1", alt_user="x")
    assert "<a href=" in answer
    answer = await api.ask("audio_playback", stage="%3Cb%3Ebold%3CBR%3E", close_window_link="1", agent="")
    assert answer.startswith("ERROR: audio_playback not valid - |&lt;b&gt;bold&lt;BR&gt;|\n")


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
