"""The API document of 2012-09-13: every EXAMPLE URL runs as it stands, every RESPONSES line is given."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from document import EXAMPLES
from document_lines import LINES, REPLACED, SESSION, Line
from lab.contact_centre import Rows
from lab.mariadb import MariaDB, as_lab
from newer_lines import NEWER_LINES
from parts import LOGIN, Api, start_plain_api
from yarl import URL

from telectl.database import DatabaseUrl
from telectl.database.setup.demo import touched
from telectl.database.setup.init import initialise

pytestmark = pytest.mark.asyncio(loop_scope="module")
ALL = [(function, one) for function, lines in LINES.items() for one in lines]
NEWER = [(function, one) for function, lines in NEWER_LINES.items() for one in lines]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(mariadb: MariaDB) -> AsyncIterator[Api]:
    url = await mariadb.database(demo=True)
    async for running in start_plain_api(url, call_control="vicidial"):
        yield running


async def get(api: Api, path: str) -> str:
    url = URL(f"{str(api.server.make_url('/')).rstrip('/')}{path}", encoded=True)
    async with api.client.get(url) as response:
        assert response.status == 200
        return await response.text()


@pytest_asyncio.fixture(loop_scope="module")
async def rows(api: Api) -> AsyncIterator[Rows]:
    """The demo data as they are loaded first."""
    found = Rows(api.database_url)
    await found.open()
    await _restore(found, api.database_url)
    yield found
    await found.close()


async def _restore(rows: Rows, url: str) -> None:
    columns = {row["Field"] for row in await rows.all("SHOW COLUMNS FROM vicidial_list")}
    if "owner_gone" in columns:
        await rows.run("ALTER TABLE vicidial_list CHANGE owner_gone owner VARCHAR(20) DEFAULT ''")
    for table in ("vicidial_manual_dial_queue", "vicidial_campaign_dnc", "recording_log", "vicidial_3way_press_live"):
        await rows.run(f"DELETE FROM {table}")
    for table in sorted(touched()):
        await rows.run(f"DELETE FROM {table}")  # an example may have written a row that is nobody's demo
    await initialise(as_lab(url), demo=True)


@pytest.mark.parametrize("path", EXAMPLES)
async def test_every_example_url_runs_as_it_stands(api: Api, rows: Rows, path: str) -> None:
    answer = await get(api, path)
    refused = {  # the demo's agents are in a call, with nothing recorded: these two say so
        "value=RESUME": "ERROR: external_pause agent is not paused - RESUME|1000\n",
        "function=recording&value=STOP": f"ERROR: stop recording error - 1000|||||{SESSION}\n",
        "function=recording&value=STATUS": f"NOTICE: not recording - 1000|||||{SESSION}\n",
    }
    for part, words in refused.items():
        if path.endswith(part):
            assert answer == words
            return
    assert answer.startswith(("SUCCESS: ", "VERSION: ", "Webserver Data:", "https://", "<!DOCTYPE html>"))
    assert rows is not None


async def test_the_opening_recipe_pauses_hangs_up_and_dispositions(api: Api, rows: Rows) -> None:
    for path in EXAMPLES[:3]:
        assert (await get(api, path)).startswith("SUCCESS: ")
    agent = await rows.one("SELECT * FROM vicidial_live_agents WHERE user = '1000'")
    assert agent["external_pause"].startswith("PAUSE!")
    assert (agent["external_hangup"], agent["external_status"]) == ("1", "A")


@pytest.mark.parametrize(("function", "documented"), ALL, ids=[f"{name}: {one.document}" for name, one in ALL])
async def test_every_documented_line(api: Api, rows: Rows, function: str, documented: Line) -> None:
    answer = await _brought_about(documented, api, rows)
    assert _fixed_text(answer) == _fixed_text(documented.document)
    if documented.document not in REPLACED:
        assert answer.count("|") == documented.document.count("|")
    assert f"function={function}" in documented.query


@pytest.mark.parametrize(("function", "newer"), NEWER, ids=[f"{name}: {one.document}" for name, one in NEWER])
async def test_every_newer_line(api: Api, rows: Rows, function: str, newer: Line) -> None:
    await _brought_about(newer, api, rows)
    assert f"function={function}" in newer.query


async def _brought_about(wanted: Line, api: Api, rows: Rows) -> str:
    """Do what a line needs, ask, and see that it is the answer."""
    where = DatabaseUrl.parse(as_lab(api.database_url))  # vtiger has a user of its own
    for sql in wanted.before:
        here = sql.format(host=f"{where.host}:{where.port}", database=where.database)
        if "vtiger" in here:
            here += f", vtiger_login = '{where.user}', vtiger_pass = '{where.password}'"
        await rows.run(here)
    answer = await get(api, f"/agc/api.php?{LOGIN}&{wanted.query}")
    shape = re.escape(wanted.answer)
    for mask, pattern in (("<T>", r"\d{10}"), ("<N>", r"\d+"), ("<V>", r"[^|]+"), ("<DATE>", r"[0-9-]{10} [0-9:]{8}")):
        shape = shape.replace(mask, pattern)
    assert re.fullmatch(shape + "\n", answer), f"\n- {wanted.answer}\n+ {answer}"
    return answer


def _fixed_text(line: str) -> str:
    """Return what never changes of a line: its words before the fields, or the labels of version's."""
    if line.startswith("VERSION"):
        return "|".join(field.partition(": ")[0] for field in line.split("|"))
    return line.partition(" - ")[0]


async def test_no_documented_line_is_without_a_row() -> None:
    assert len(ALL) == 107
    assert len({(function, one.document) for function, one in ALL}) == 107
