"""Any bytes in any parameter give a clean answer: never a 5xx, never a second line that nobody wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
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

from telectl.functions.registry import FUNCTIONS
from telectl.parameters import CLEANING

pytestmark = pytest.mark.asyncio(loop_scope="module")
BYTES = st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
NAMES = st.sampled_from([*sorted(set(CLEANING) - {"function", "user", "pass", "source"}), "DB", "value[]", "x"])
SENSIBLE = st.sampled_from([b"1000", b"6666", b"PAUSE", b"1", b"START", b"STATUS", b"PARK_CUSTOMER", b"CALL", b"YES"])


WATCHED = (
    *("vicidial_live_agents", "vicidial_list", "vicidial_manager", "vicidial_auto_calls", "vicidial_users"),
    *("vicidial_live_inbound_agents", "vicidial_manual_dial_queue", "vicidial_agent_notifications", "vicidial_log"),
    *("vicidial_closer_log", "vicidial_lead_messages", "vicidial_3way_press_multi", "vicidial_admin_log"),
)
"""What a function may change; the API log is written whatever the answer."""


class Watched(Api):
    """A telectl whose rows are watched."""

    rows: Rows

    async def changed(self) -> dict[str, int]:
        found = await self.rows.all(f"CHECKSUM TABLE {', '.join(WATCHED)}")
        return {row["Table"]: row["Checksum"] for row in found}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flags(mariadb: MariaDB) -> AsyncIterator[Watched]:
    url = await mariadb.database(demo=True)
    rows = Rows(url)
    await rows.open()
    async for running in start_plain_api(url, call_control="vicidial"):
        watched = Watched(running.server, running.client, url)
        watched.rows = rows
        yield watched
    await rows.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    function=st.sampled_from(sorted(FUNCTIONS)) | BYTES,
    sent=st.dictionaries(NAMES, SENSIBLE | BYTES, max_size=6),
    in_form=st.sampled_from([0, 1]),
)
async def test_any_bytes_are_answered_by_the_rules(
    flags: Watched, function: str | bytes, sent: dict[str, bytes], in_form: int
) -> None:
    name = function.encode() if isinstance(function, str) else function
    fields = {"source": b"test", "user": b"6666", "pass": b"1234", "function": name, **sent}
    text = "&".join(f"{key}={quote_from_bytes(value)}" for key, value in fields.items())
    page = str(flags.server.make_url("/agc/api.php"))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = (
        flags.client.post(URL(page), data=text, headers=headers)
        if in_form
        else flags.client.get(URL(f"{page}?{text}", encoded=True))
    )
    before = await flags.changed()
    async with request as response:
        body = await response.read()
        assert response.status in (200, 418)
        assert b"internal error" not in body
        assert body == b"" or body.endswith(b"\n")
        if body.startswith((b"ERROR", b"Inval")) or not body:
            assert await flags.changed() == before, "an error that changed rows"
        assert body[:5] in (
            b"",
            b"SUCCE",
            b"ERROR",
            b"NOTIC",
            b"VERSI",
            b"Webse",
            b"Coffe",
            b"https",
            b"<!DOC",
            b"Inval",
        )


async def test_a_huge_parameter_is_answered(flags: Api) -> None:
    answer = await flags.ask("external_hangup", value="1" * 50_000)
    assert answer.startswith("ERROR: external_hangup not valid - 111")


async def test_a_huge_form_is_answered_and_changes_nothing(flags: Api) -> None:
    page = flags.server.make_url("/agc/api.php")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with flags.client.post(page, data=BytesIO(b"value=" + b"1" * 2**21), headers=headers) as response:
        assert response.status == 200
        assert await response.text() == "ERROR: request too large - 1048576 bytes\n"
