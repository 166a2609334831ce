"""Any text in a row that a call command reads: what reaches Asterisk, the queue of VICIdial's daemon, a flag or an
answer is what a clean row gives, or nothing at all.

A fake Asterisk refuses every Originate and Redirect, so that each command leaves everything as it was.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import Api, start_plain_api

from telectl.testing import FakeAsterisk

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXTENSION = re.compile(r"[\w*#+.-]+")
CONTEXT = re.compile(r"[\w.-]+")
CHANNEL = re.compile(r"(?:[A-Z0-9]+/[\w.+-]+|Local/[\w*#+.-]+@[\w.-]+(?:/n)?|)")
CALLER_ID = re.compile(r'"[^"<>\\]*" <[0-9A-D+*#,]*>|[\w.-]*')
REFUSES = [{"Response": "Error", "Message": "Permission denied"}]
HEADERS = {
    *("Action", "ActionID", "Channel", "Context", "Exten", "Priority", "CallerID", "Timeout", "Account", "Async"),
    *("ChannelId", "OtherChannelId", "Variable"),
}
CALL, REMOTE_CALL = "V1123000000000001002", "Y0316001655000402028"
COLUMNS = {
    "vicidial_auto_calls": ("phone_number", "phone_code", "channel", "campaign_id"),
    "vicidial_list": ("phone_number", "phone_code", "security_phrase", "vendor_lead_code", "alt_phone", "address3"),
    "vicidial_campaigns": ("dial_prefix", "three_way_dial_prefix", "campaign_cid", "park_ext", "manual_dial_timeout"),
    "phones": ("ext_context", "VICIDIAL_park_on_extension", "outbound_cid", "dtmf_send_extension"),
    "servers": ("ext_context",),
    "groups_alias": ("caller_id_number",),
    "vicidial_live_agents": ("conf_exten", "campaign_id"),
    "vicidial_session_data": ("agent_login_call", "webphone_url"),
    "recording_log": ("filename",),
    "live_channels": ("channel",),
}
"""Every column that a dial string, a caller id, a queued action, a flag or an answer may take a text from."""
PLACES = [(table, column) for table, columns in COLUMNS.items() for column in columns]
TEXTS = st.sampled_from(
    [
        *("7@trunkinbound/n", "1*admin*6666*", "8301,1", "${X}", 'Tom "T" <5551>', "5551> <", "7;8", "a|b|c", "/.*/"),
        *("a\r\nAction: Logoff", "a\nSUCCESS: x - 1", "9005551234!44!YES", "A---B", "a\x85SUCCESS: x", "é٣"),
        *("||t|NEW|N|127.0.0.1||Originate|S2611230800009600051|Channel: PJSIP/x|Application: System|Data: x|",),
        *("||t|NEW|N|127.0.0.1||Command|S2611230800009600051|Channel: PJSIP/x\nX: y|||||||||",),
    ]
) | st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"], exclude_characters="\0"), max_size=18)
COMMANDS: tuple[dict[str, str], ...] = (
    {"function": "transfer_conference", "value": "BLIND_TRANSFER", "phone_number": "5557021111"},
    {"function": "transfer_conference", "value": "LEAVE_VM"},
    {"function": "transfer_conference", "value": "LOCAL_CLOSER", "ingroup_choices": "SALESLINE"},
    {"function": "transfer_conference", "value": "DIAL_WITH_CUSTOMER", "phone_number": "5557021111"},
    {
        "function": "transfer_conference",
        "value": "DIAL_WITH_CUSTOMER",
        "phone_number": "5557021111",
        "cid_choice": "CUSTOM_CID",
    },
    {
        "function": "transfer_conference",
        "value": "DIAL_WITH_CUSTOMER",
        "phone_number": "5557021111",
        "group_alias": "DEFAULT",
    },
    {
        "function": "transfer_conference",
        "value": "DIAL_WITH_CUSTOMER",
        "consultative": "YES",
        "ingroup_choices": "SALESLINE",
    },
    {"function": "park_call", "value": "PARK_CUSTOMER"},
    {"function": "call_agent", "value": "CALL"},
    {"function": "send_dtmf", "value": "1"},
    {"function": "audio_playback", "value": "greeting", "stage": "PLAY"},
    {"function": "audio_playback", "stage": "STOP"},
    {"function": "recording", "value": "STATUS"},
    {"function": "webphone_url", "value": "DISPLAY"},
    {
        "function": "external_dial",
        "lead_id": "1002",
        "search": "NO",
        "preview": "NO",
        "focus": "NO",
        "group_alias": "DEFAULT",
    },
    *(
        {
            "function": "external_dial",
            "lead_id": "1002",
            "search": "NO",
            "preview": "NO",
            "focus": "NO",
            "group_alias": "DEFAULT",
            "alt_dial": choice,
        }
        for choice in ("ALT", "ADDR3")
    ),
    {"function": "st_get_agent_active_lead", "value": "CRM1000", "vendor_id": "207"},
    {"function": "ra_call_control", "agent": "1028", "value": REMOTE_CALL, "stage": "HANGUP"},
    {
        "function": "ra_call_control",
        "agent": "1028",
        "value": REMOTE_CALL,
        "stage": "INGROUPTRANSFER",
        "ingroup_choices": "SALESLINE",
    },
)


@dataclass(repr=False)
class Watched(Api):
    """A telectl, what its Asterisk got, and its database."""

    fake: FakeAsterisk
    rows: Rows
    mode: str
    widths: dict[tuple[str, str], int]

    async def restore(self) -> None:
        """Let the tables be as they were."""
        for table in COLUMNS:
            await self.rows.run(f"DELETE FROM {table}")
            await self.rows.run(f"INSERT INTO {table} SELECT * FROM saved_{table}")

    async def run(self, command: dict[str, str]) -> str:
        given_agent = {"agent": "1000", **command}
        return await self.ask(**given_agent)

    def sent(self) -> list[dict[str, str]]:
        return [message for message in self.fake.received if message["Action"] in ("Originate", "Redirect")]


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["direct", "direct, digits to the room", "vicidial"]
)
async def watched(mariadb: MariaDB, request: pytest.FixtureRequest) -> AsyncIterator[Watched]:
    async with FakeAsterisk() as fake:
        fake.join("9600051", "PJSIP/gs101-1", "S2611230800009600051", exten="29600051")
        fake.join("9600051", "PJSIP/customer1-00000001", CALL)
        remote = fake.join("9600099", "PJSIP/customer3-00000003", REMOTE_CALL)
        remote.room, remote.uniqueid, remote.exten = "", "1795449600.28", "gs104"
        for action in ("Originate", "Redirect", "Hangup"):
            fake.answer(action, lambda _: REFUSES)
        rows = Rows(await mariadb.database(demo=True))
        await rows.open()
        await rows.run(
            "INSERT INTO recording_log (recording_id, filename, server_ip, start_time, user)"
            " VALUES (77, 'file', '127.0.0.1', NOW(), '1000')"
        )
        await rows.run("UPDATE vicidial_live_agents SET external_recording = '77' WHERE user = '1000'")
        await rows.run(
            "INSERT INTO live_channels (channel, server_ip, extension)"
            " VALUES ('IAX2/ASTplay-1', '127.0.0.1', '9600051')"
        )
        for table in COLUMNS:
            await rows.run(f"CREATE TABLE saved_{table} AS SELECT * FROM {table}")
        columns = await rows.all(
            "SELECT table_name AS t, column_name AS c, character_maximum_length AS n FROM information_schema.columns"
            " WHERE table_schema = DATABASE()"
        )
        widths = {(column["t"], column["c"]): int(column["n"] or 10) for column in columns}
        mode, _, room = request.param.partition(",")
        ami = {"127.0.0.1": {"port": fake.port, "username": "telectl", "secret": "telectl"}}
        settings = {"ami": ami, "call_control": mode, "dtmf": "room" if room else "parties"}
        # the table servers is empty for a moment while it is restored: nobody is to read it just then
        async for running in start_plain_api(rows.url, **settings, reload_seconds=3600):
            if mode == "direct":
                await running.usable()
            yield Watched(running.server, running.client, running.database_url, fake, rows, mode, widths)
        await rows.close()


def well_formed(message: dict[str, str]) -> None:
    """See that a message is the action that it was meant to be."""
    assert set(message) <= HEADERS
    assert EXTENSION.fullmatch(message["Exten"])
    assert CONTEXT.fullmatch(message["Context"])
    assert CHANNEL.fullmatch(message["Channel"])
    assert CALLER_ID.fullmatch(message.get("CallerID", ""))
    assert message["Priority"] == "1"
    number = message["Channel"].removeprefix("Local/").partition("@")[0]
    for extension in (message["Exten"], number):
        if extension.startswith("990009*"):
            assert extension.count("*") == 8
        elif extension.startswith("90009*") and "LEXTEN" not in extension:
            queued_by_vicidial = message["Exten"] == extension and "ActionID" not in message
            assert extension.count("*") == (9 if "*CXFER*" in extension or queued_by_vicidial else 8)
        elif extension.startswith("8320*"):
            assert extension.count("*") == 4
    if message["Action"] == "Originate" and "_usegroupalias" in message.get("Variable", ""):
        assert message["CallerID"].partition('"')[2].startswith("DC")


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), text=TEXTS, command=st.sampled_from(COMMANDS))
async def test_a_row_never_leaves_as_more_than_it_is(
    watched: Watched, place: tuple[str, str], text: str, command: dict[str, str]
) -> None:
    rows, (table, column) = watched.rows, place
    await rows.run("DELETE FROM telectl_locks")
    await rows.run("DELETE FROM vicidial_manager")
    await rows.run("DELETE FROM vicidial_manual_dial_queue")
    watched.fake.received.clear()
    await rows.run(f"UPDATE {table} SET {column} = LEFT(%s, %s)", text, watched.widths[place])
    try:
        answer = await watched.run(command)
    finally:
        await watched.restore()
    lines = answer.splitlines()
    ways_of_audio = 2 if command["function"] == "audio_playback" else 1
    assert 1 <= len(lines) <= ways_of_audio, answer
    assert "\x85" not in answer
    for message in watched.sent():
        well_formed(message)
    if "value not allowed" in answer:
        assert watched.sent() == []
    for queued in await rows.all("SELECT * FROM vicidial_manager"):
        told = [queued[f"cmd_line_{letter}"] for letter in "bcdefghijk"]
        headers = dict(line.split(": ", 1) for line in told if line)
        assert queued["action"] in ("Originate", "Redirect", "Hangup")
        assert not any(ord(char) < 32 for line in told for char in line)
        if queued["action"] == "Hangup":
            assert list(headers) == ["Channel"]
            assert not headers["Channel"].startswith("/")
        else:
            caller_id = headers.pop("Callerid", None)
            shown = {"CallerID": caller_id} if caller_id else {}
            well_formed(
                {"Action": queued["action"], **headers, **shown}
                | ({"Channel": ""} if queued["action"] == "Redirect" else {})
            )
    for dial in await rows.all("SELECT external_dial FROM vicidial_manual_dial_queue"):
        assert dial["external_dial"].count("!") == 13
        assert dial["external_dial"].split("!")[7:9] == ["", "DEFAULT"]


async def test_a_clean_row_does_leave(watched: Watched) -> None:
    """Else the test above could not fail."""
    if watched.mode == "vicidial":
        return
    for command in COMMANDS[:8]:
        watched.fake.received.clear()
        assert "refused by the telephony server" in await watched.run(command)
        assert len(watched.sent()) == 1
