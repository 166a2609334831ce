"""What a server makes of the statements: values stay values, whatever character set and sql_mode it prefers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiomysql
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import LOGIN, start_plain_api
from yarl import URL

from telectl.database import Database, Select
from telectl.errors import DatabaseUnavailable

pytestmark = pytest.mark.asyncio(loop_scope="module")
CHARSETS = ("gbk", "big5", "sjis", "cp932", "gb2312", "euckr", "latin1")
"""In the first four a backslash may be the second byte of a letter, so that the quote behind it ends the text."""


@dataclass(frozen=True, slots=True)
class Echo:
    text: str = field(metadata={"sql": "%(text)s"})
    mode: str = field(metadata={"sql": "@@sql_mode"})


ECHO = Select("echo", Echo, "")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=CHARSETS)
async def server(request: pytest.FixtureRequest) -> AsyncIterator[MariaDB]:
    """A server that has its own mind about how statements are to be read."""
    options = (
        f"--character-set-server={request.param}",
        "--skip-character-set-client-handshake",
        "--sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT",
    )
    async with MariaDB.start(options=options) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(server: MariaDB) -> str:
    return await server.database(demo=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url)
    yield opened
    await opened.close()


LEADING = st.characters(min_codepoint=0x80, exclude_categories=["Cs"])
WITHIN = st.text(st.sampled_from("\\'\"%;-# \0\n\x1a") | LEADING, max_size=12)


@given(text=WITHIN)
@settings(max_examples=400)
async def test_a_text_comes_back_as_it_was(database: Database, text: str) -> None:
    assert await database.one(ECHO, text=text) == Echo(text, "NO_ENGINE_SUBSTITUTION")


async def test_every_letter_before_a_quote_leaves_it_in_the_text(database: Database) -> None:
    letters = [chr(code) for code in range(0x80, 0x10000) if not 0xD800 <= code < 0xE000]
    text = "".join(f"{letter}'{letter}\\" for letter in letters)
    for start in range(0, len(text), 40_000):
        part = text[start : start + 40_000]
        found = await database.one(ECHO, text=part)
        assert found is not None
        assert found.text == part


READS = "', leads.last_name = (SELECT pass FROM vicidial_users WHERE user = 0x36363636) WHERE 1 = 1 -- x"


@pytest.mark.parametrize("letter", ["縗", "ソ", "é", "許", "ｱ", "表", "\\"])
async def test_a_request_reads_and_writes_nothing_but_its_own_row(url: str, letter: str) -> None:
    rows = Rows(url)
    await rows.open()
    others = "SELECT lead_id, comments, last_name FROM vicidial_list WHERE lead_id <> 1002 ORDER BY lead_id"
    before = await rows.all(others)
    sent = {"agent_user": "1000", "function": "update_fields", "comments": f"{letter}{READS}"}
    try:
        async for api in start_plain_api(url, call_control="vicidial"):
            where = URL(str(api.server.make_url("/agc/api.php"))).with_query(LOGIN).update_query(sent)
            async with api.client.get(where) as response:
                assert (await response.text()).startswith("SUCCESS: update_fields lead updated")
        written = await rows.one("SELECT comments, last_name FROM vicidial_list WHERE lead_id = 1002")
        assert written == {"comments": f"{letter}{READS}", "last_name": "Customer"}
        assert await rows.all(others) == before
    finally:
        await rows.close()


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        ("NAMES utf8mb4 COLLATE utf8mb4_general_ci", "NAMES gbk", "reads and writes gbk, gbk, gbk with us"),
        (
            "NAMES utf8mb4 COLLATE utf8mb4_general_ci",
            "NAMES utf8mb4, character_set_client = latin1",
            "latin1, utf8mb4, utf8mb4",
        ),
        ("'NO_ENGINE_SUBSTITUTION'", "'NO_BACKSLASH_ESCAPES'", "keeps NO_BACKSLASH_ESCAPES in our sql_mode"),
    ],
)
async def test_a_session_that_is_not_as_it_was_set_is_refused(
    mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch, ours: str, theirs: str, words: str
) -> None:
    """Something between us and the server, or the server itself, makes something else of it."""
    url = await mariadb.database()
    query = aiomysql.Connection.query

    async def changed(self: Any, sql: str, *rest: Any) -> Any:
        return await query(self, sql.replace(ours, theirs), *rest)

    monkeypatch.setattr(aiomysql.Connection, "query", changed)
    database = Database(url)
    with pytest.raises(DatabaseUnavailable, match=words):
        await database.one(ECHO, text="x")
    await database.close()
