"""Any request, in both modes: never a 5xx, no statement refused, no changed row that the answer does not report."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import quote_from_bytes

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import Api, start_plain_api
from yarl import URL

from telectl.database.setup.init import initialise
from telectl.functions.registry import FUNCTIONS
from telectl.parameters import CLEANING, clean

pytestmark = pytest.mark.asyncio(loop_scope="module")
BYTES = st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
NAMES = [*sorted(set(CLEANING) - {"function", "user", "pass", "source"}), "DB", "value[]", "x"]
SHIFTING = (b"a\r\nSUCCESS: x - 1", b"207!T!!!-FORCE-!9005551234", b"a|b", b"CAMPAIGN---x")
"""What would begin a second line, or shift the fields of an answer or a flag."""
SENSIBLE = st.sampled_from(
    [b"1000", b"6666", b"1", b"YES", b"NO", b"7275551212", b"DEMO", b"", b"\xff", b"'\"\\;#", *SHIFTING]
)
USUAL: dict[str, list[str]] = {
    "agent_user": ["1000", "6666", "1028"],
    "alt_user": ["CRM1000", ""],
    "stage": ["HANGUP", "EXTENSIONTRANSFER", "INGROUPTRANSFER", "PLAY", "STOP", "PAUSE"],
    "ingroup_choices": [" TEST_IN SALESLINE -", "DEFAULTINGROUP", "SALESLINE", "AGENTDIRECT"],
    "lead_id": ["1002", "1003", "0", "99999999999999999999"],
    "vendor_lead_code": ["VLC1003"],
    "vendor_id": ["207"],
    "callback_datetime": ["2026-12-24 12:00:00"],
    "recipient": ["1000", "AGENTS", "DEMO"],
    "recipient_type": ["USER", "USER_GROUP", "CAMPAIGN", "who"],
    "group_alias": ["DEFAULT"],
    "multi_dial_phones": ["7275551111,7275552222"],
    "date_of_birth": ["1970-01-31", "9999-99-99"],
    **{key: ["YES", "NO"] for key in ("search", "preview", "focus", "blended", "consultative", "tw_check")},
    "phone_number": ["7275551212", "8500", "1000"],
    "rank": ["15", "99999999999999999999"],
}
"""What clients send; `value` gets the words that the registry knows."""
VALUES = ["A", "CALLBK", "BREAK", "12#", "7275551212", "876543", "CRM1000", "one|two"]
CALL_ID, REMOTE = "Y0316001655000402028", "1028"
ASKED = ("agent_user", "value", "stage", "phone_code", "search", "preview", "focus", "blended", "recipient_type")
READS = ("version", "webserver", "webphone_url", "st_get_agent_active_lead", "calls_in_queue_count")
MAY_CHANGE: dict[str, set[str]] = {
    **{name: set() for name in (*READS, "coffee", "make_coffee", "start_coffee", "brew_coffee")},
    "external_dial": {"vicidial_live_agents", "vicidial_manual_dial_queue"},
    "external_add_lead": {"vicidial_list"},
    "change_ingroups": {
        *("vicidial_live_agents", "vicidial_live_inbound_agents", "vicidial_users", "vicidial_admin_log")
    },
    "update_fields": {"vicidial_live_agents", "vicidial_list"},
    "st_login_log": {"vicidial_users"},
    "ra_call_control": {
        *("vicidial_live_agents", "vicidial_list", "vicidial_manager", "vicidial_auto_calls"),
        *("vicidial_closer_log", "vicidial_log"),
    },
    "transfer_conference": {"vicidial_live_agents", "vicidial_3way_press_multi"},
    "call_agent": {"vicidial_manager"},
    "audio_playback": {"vicidial_manager"},
    "force_fronter_audio_stop": {"vicidial_manager"},
    "vm_message": {"vicidial_lead_messages"},
    "send_notification": {"vicidial_agent_notifications"},
}
"""The tables that a SUCCESS of a function reports; of every other function the flags alone."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
FLAGS = {"vicidial_live_agents"}
WATCHED = (
    *("vicidial_live_agents", "vicidial_list", "vicidial_manager", "vicidial_auto_calls", "vicidial_users"),
    *("vicidial_live_inbound_agents", "vicidial_manual_dial_queue", "vicidial_agent_notifications", "vicidial_log"),
    *("vicidial_closer_log", "vicidial_lead_messages", "vicidial_3way_press_multi", "vicidial_admin_log"),
    *("vicidial_campaigns", "vicidial_inbound_groups", "system_settings", "vicidial_session_data", "queue_log"),
)
"""What a function may change, and some that none may; the API log is written whatever the answer."""
STARTS = (
    *(b"SUCCESS: ", b"ERROR: ", b"NOTICE: ", b"VERSION: ", b"Webserver Data:", b"Coffee: ", b"https://"),
    *(b"<!DOCTYPE", b"Invalid recipient_type "),
)


class Refused(logging.Handler):
    """Keeps what telectl logs of statements that the database refused, and of its own defects."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info or "was refused" in text or "log lost" in text:
            self.lines.append(text)


@dataclass
class Watched(Api):
    """A telectl whose rows and refused statements are watched."""

    rows: Rows
    refused: Refused

    async def load(self) -> None:
        """Load the demo data, its Asterisk where nobody listens."""
        await initialise(self.database_url, demo=True)
        await self.rows.run("UPDATE servers SET telnet_port = 1")

    async def tables(self) -> dict[str, int]:
        found = await self.rows.all(f"CHECKSUM TABLE {', '.join(WATCHED)}")
        return {row["Table"].rpartition(".")[2]: row["Checksum"] for row in found}

    async def agents(self) -> dict[str, dict[str, object]]:
        return {row["user"]: row for row in await self.rows.all("SELECT * FROM vicidial_live_agents")}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["vicidial", "direct"])
async def flags(mariadb: MariaDB, request: pytest.FixtureRequest) -> AsyncIterator[Watched]:
    """A telectl in each mode; in direct mode no Asterisk is there, so that no command of a call may leave a trace."""
    url = await mariadb.database(demo=True)
    rows, refused = Rows(url), Refused()
    await rows.open()
    await rows.run("UPDATE servers SET telnet_port = 1")
    logging.getLogger("telectl").addHandler(refused)
    async for running in start_plain_api(url, call_control=request.param):
        yield Watched(running.server, running.client, url, rows, refused)
    logging.getLogger("telectl").removeHandler(refused)
    await rows.close()


@st.composite
def registered(draw: st.DrawFn) -> dict[str, bytes]:
    """Draw a request as the registry describes it: most of its parameters, sensible ones, or any bytes in one."""
    function = draw(st.sampled_from(list(FUNCTIONS.values())))
    own = [parameter.name for parameter in function.parameters]
    sent = {"function": function.name.encode()}
    for name in own:
        usual = sorted(function.words) or VALUES if name == "value" else USUAL.get(name, [])
        if function.name == "ra_call_control" and name in ("value", "agent_user"):
            usual = [CALL_ID if name == "value" else REMOTE]
        asked = name in ASKED or (name != "alt_user" and draw(st.booleans()))
        if asked:
            sent[name] = draw(st.sampled_from([word.encode() for word in usual]) if usual else SENSIBLE)
    one_is_odd: bool = draw(st.booleans())
    if own and one_is_odd:
        sent[draw(st.sampled_from(own))] = draw(SENSIBLE | BYTES)
    return sent


ANYTHING = st.builds(
    lambda function, sent: {"function": function, **sent},
    BYTES | st.sampled_from([name.encode() for name in FUNCTIONS]),
    st.dictionaries(st.sampled_from(NAMES), SENSIBLE | BYTES, max_size=6),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=registered() | ANYTHING, in_form=st.booleans())
async def test_any_request_is_answered_by_the_rules(flags: Watched, sent: dict[str, bytes], in_form: bool) -> None:
    fields = {"source": b"test", "user": b"6666", "pass": b"1234", **sent}
    text = "&".join(f"{key}={quote_from_bytes(value)}" for key, value in fields.items())
    page = str(flags.server.make_url("/agc/api.php"))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = (
        flags.client.post(URL(page), data=text, headers=headers)
        if in_form
        else flags.client.get(URL(f"{page}?{text}", encoded=True))
    )
    tables, agents = await flags.tables(), await flags.agents()
    flags.refused.lines.clear()
    async with request as response:
        body = await response.read()
        assert response.status in (200, 418)
    assert body == b"" or (body.endswith(b"\n") and body.startswith(STARTS))
    assert flags.refused.lines == []
    lines = body.decode().split("\n")
    assert not any(CONTROL.search(line) for line in lines)
    assert sum(line.startswith("SUCCESS: ") for line in lines) <= 1
    now = await flags.tables()
    changed = {table for table in now if now[table] != tables[table]}
    function = clean({"function": fields["function"]}, non_latin=True)["function"]
    last = body.rstrip(b"\n").rpartition(b"\n")[2]
    if not last.startswith(b"SUCCESS: ") and b"changing to nowSUCCESS: " not in last:
        assert changed == set(), "an answer that reports no change"
    assert changed <= MAY_CHANGE.get(function, FLAGS)
    after = await flags.agents()
    told = last.replace(b"!", b"|").replace(b" ", b"|").split(b"|")
    assert [user for user in after if after[user] != agents[user] and user.encode() not in told] == []
    if "vicidial_auto_calls" in changed:  # the only remote call has ended: let there be another
        await flags.load()


async def test_a_huge_parameter_is_answered(flags: Api) -> None:
    answer = await flags.ask("external_hangup", value="1" * 50_000)
    assert answer.startswith("ERROR: external_hangup not valid - 111")


async def test_a_huge_form_is_answered_and_changes_nothing(flags: Api) -> None:
    page = flags.server.make_url("/agc/api.php")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with flags.client.post(page, data=BytesIO(b"value=" + b"1" * 2**21), headers=headers) as response:
        assert response.status == 200
        assert await response.text() == "ERROR: request too large - 1048576 bytes\n"
