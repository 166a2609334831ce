"""The databases that are out there: strict or lax, old timestamps, latin1 or utf8mb4, columns we do not know."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from urllib.parse import quote

import pymysql
import pytest
from document import EXAMPLES
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import start_plain_api
from yarl import URL

VARIANTS = {
    "strict, explicit timestamps": ("--explicit-defaults-for-timestamp=ON", "--sql-mode=TRADITIONAL"),
    "lax, implicit timestamps": ("--explicit-defaults-for-timestamp=OFF", "--sql-mode=NO_ENGINE_SUBSTITUTION"),
    "no backslash escapes": ("--sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES", "--explicit-defaults-for-timestamp=OFF"),
}
BY_THE_RULES = ("not paused", "stop recording error", "already in this agents manual dial queue")
"""What the demo's agents, in a call and asked one thing after the other, are told rightly."""
CHARSETS = ("latin1", "utf8mb4")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Rows]:
    rows = Rows(url)
    await rows.open()
    try:
        yield rows
    finally:
        await rows.close()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("charset", CHARSETS)
async def test_the_documents_examples_run(variant: str, charset: str) -> None:
    async with MariaDB.start(options=VARIANTS[variant]) as server, AsyncExitStack() as stack:
        url = await server.database(demo=True)
        rows = await stack.enter_async_context(opened(url))
        tables = [next(iter(row.values())) for row in await rows.all("SHOW TABLES")]
        for table in tables:
            with suppress(pymysql.err.Warning):  # an index of MyISAM is cut to 1000 bytes
                await rows.run(f"ALTER TABLE `{table}` CONVERT TO CHARACTER SET {charset}")
            await rows.run(
                f"ALTER TABLE `{table}` ADD telectl_knows_nothing_of VARCHAR(9) NULL,"
                " ADD this_one_either INT NOT NULL DEFAULT 7"
            )
        async for api in start_plain_api(url, call_control="vicidial"):
            failed = []
            for path in EXAMPLES:
                await asyncio.sleep(0)
                page = URL(f"{str(api.server.make_url('/')).rstrip('/')}{path}", encoded=True)
                async with api.client.get(page) as response:
                    answer = await response.text()
                if answer.startswith("ERROR") and not any(words in answer for words in BY_THE_RULES):
                    failed.append((path, answer))
            assert failed == []
        stored = await rows.one("SELECT comments FROM vicidial_list WHERE lead_id = 1003")
        assert stored is not None


UNKNOWN_LETTERS = ("\u0416", "\U00020000")
"""What latin1 and utf8 of three bytes cannot hold."""


@pytest.mark.parametrize("letter", UNKNOWN_LETTERS)
@pytest.mark.parametrize("charset", ["latin1", "utf8"])
async def test_a_letter_that_a_column_cannot_hold_equals_no_row(mariadb: MariaDB, charset: str, letter: str) -> None:
    async with AsyncExitStack() as stack:
        url = await mariadb.database(demo=True)
        rows = await stack.enter_async_context(opened(url))
        for table in [next(iter(row.values())) for row in await rows.all("SHOW TABLES")]:
            with suppress(pymysql.err.Warning):
                await rows.run(f"ALTER TABLE `{table}` CONVERT TO CHARACTER SET {charset}")
        odd = quote(letter)
        async for api in start_plain_api(url, call_control="vicidial"):
            nobody = f"ERROR: agent_user is not logged in - {letter}"
            assert await api.ask("external_pause", odd, value="PAUSE") == nobody
            assert await api.ask("recording", odd, value="START") == nobody
            assert await api.ask("logout", alt_user=odd * 2, value="LOGOUT") == f"ERROR: no user found - {letter * 2}"
            assert await api.ask("external_status", value=odd) == f"ERROR: external_status not valid - {letter}|1000"
            answer = await api.ask("change_ingroups", value="ADD", blended="NO", ingroup_choices=f"+{odd}{odd}+-")
            assert answer == f"ERROR: ingroup does not exist - {letter * 2}| {letter * 2} -"
            answer = await api.ask("external_add_lead", value="7275551234", phone_code="1", first_name=f"A{odd}")
            assert answer.startswith("SUCCESS: lead added - 7275551234|DEMO|998|")
            page = URL(f"{api.server.make_url('/agc/api.php')}?source=test&user={odd}{odd}&pass=1234", encoded=True)
            async with api.client.get(page) as response:
                refused = f"ERROR: Invalid Username/Password: |{letter * 2}||0|0|BAD|\n"
                assert await response.text() == refused


@pytest.mark.parametrize("charset", CHARSETS)
async def test_letters_quotes_and_backslashes_are_stored_as_sent(charset: str) -> None:
    async with MariaDB.start(options=VARIANTS["no backslash escapes"]) as server, AsyncExitStack() as stack:
        url = await server.database(demo=True)
        rows = await stack.enter_async_context(opened(url))
        await rows.run(f"ALTER TABLE vicidial_list CONVERT TO CHARACTER SET {charset}")
        text = 'it\'s "quoted" \\ back Müller <b>'
        async for api in start_plain_api(url, call_control="vicidial"):
            query = "source=test&user=6666&pass=1234&function=update_fields&agent_user=6666&comments="
            page = URL(f"{api.server.make_url('/agc/api.php')}?{query}{quote(text)}", encoded=True)
            async with api.client.get(page) as response:
                assert (await response.text()).startswith("SUCCESS: update_fields lead updated")
        assert (await rows.one("SELECT comments FROM vicidial_list WHERE lead_id = 1003"))["comments"] == text
