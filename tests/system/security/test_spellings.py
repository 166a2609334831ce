"""A password in any spelling: not in the logged url, not in a row, not in the process log."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import pytest
import pytest_asyncio
from costs import FORM, MULTIPART, part, request
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import Api, start_plain_api
from raw import asked

pytestmark = pytest.mark.asyncio(loop_scope="module")
CANARY = "canary4711"
REST = "source=test&user=6666&function=external_pause&value=PAUSE&agent_user=1000"
NAMES = (
    *("pass", "PASS", "Pass", "p%61ss", "%70%61%73%73", "+pass", "%20pass", "pass%00", "pass%00x", "pass[]", "pass[0]"),
    *("pass[a][b]", "pass%5B%5D", "pass+", "pass.", "p%2561ss", "%2570ass", "password", "passwd", "passphrase", "pwd"),
    *("PWD", "user_pass", "api_pass", "amp;pass", "secret", "token", "key", "auth", "pass%3D", "x%26pass", "%3Fpass"),
    *("pass%0d%0a", "pass%09", "%EF%BB%BFpass", "p\xc3\xa4ss", "pa%ss", "credential", "Authorization", "api_key"),
)
"""Of a parameter whose value is the password."""
VALUES = (
    *("6666;pass={0}", "6666;PASS={0};x=1", "6666%26pass%3D{0}", "6666%2526pass%253D{0}", "6666%252526pass%25253D{0}"),
    *("6666&amp;pass={0}", "6666?pass={0}", "6666%3Fpass={0}", "6666,pwd:{0}", "6666|password={0}", "6666 pass={0}"),
    *('{{"pass":"{0}"}}', '{{"password": "{0}"}}', "<pass>{0}</pass>", "<password type='x'>{0}", "6666%3Bpass%3D{0}"),
    *("pass:{0}", "pass%3A{0}", "user_pass%20=%20{0}", "secret={0}"),
)
"""Of a parameter in whose value the password stands."""
BODIES = (
    *('{{"user":"6666","pass":"{0}"}}', '{{"user":"6666","pass":"a={0}&b={0}"}}', "<r><pass>{0}</pass></r>"),
    *("<pass value='{0}'/>", "{0}", "{0}=", "={0}", "user=6666\npass={0}", "user=6666;pass={0}", "user:6666,pass:{0}"),
    *("user=6666\r\npass: {0}", '[{{"pass":"{0}"}}]', "pass%3D{0}", "--x\r\n\r\n{0}", "pass\t={0}", "#pass={0}"),
)
"""Sent as a form."""


def spellings() -> Iterator[bytes]:
    page = "/agc/api.php?"
    for name in NAMES:
        yield request(f"{page}{REST}&{name}={CANARY}".encode("latin-1"))
        yield request(page.encode(), f"{REST}&{name}={CANARY}".encode("latin-1"), FORM)
        yield request(f"{page}{REST}".encode(), part(name.encode("latin-1"), CANARY.encode()) + b"--b--", MULTIPART)
    for value in VALUES:
        hidden = value.format(CANARY)
        for name in ("user", "value", "agent_user", "source", "function", "comments", "stage"):
            sent = f"{REST}&{name}="
            yield request(f"{page}{sent}{quote(hidden, safe='%&;=?,|:{}<>')}".encode())
            yield request(page.encode(), f"{sent}{hidden}".encode(), FORM)
            yield request(f"{page}{REST}".encode(), part(name.encode(), hidden.encode()) + b"--b--", MULTIPART)
    for quote_ in ('"', "'", ""):
        swallowed = f"6666\r\n--other\r\nContent-Disposition: form-data; name={quote_}pass{quote_}\r\n\r\n{CANARY}"
        parts = part(b"source", b"test") + part(b"user", swallowed.encode())
        yield request(f"{page}function=external_pause".encode(), parts + b"--b--", MULTIPART)
    for body in BODIES:
        yield request(f"{page}{REST}".encode(), body.format(CANARY).encode(), FORM)
        yield request(page.encode(), body.format(CANARY).encode(), FORM)
        yield request(page.encode(), f"{REST}&{body.format(CANARY)}".encode(), FORM)
    yield request(f"{page}{REST}#pass={CANARY}".encode())
    yield request(f"http://6666:{CANARY}@host{page}{REST}".encode())
    yield request(f"{page}{REST}".encode(), headers={"Authorization": f"Basic {CANARY}", "Cookie": f"pass={CANARY}"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(mariadb: MariaDB) -> AsyncIterator[Api]:
    async for running in start_plain_api(await mariadb.database(demo=True), call_control="vicidial"):
        yield running


async def test_no_spelling_of_a_password_is_logged(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rows = Rows(api.database_url)
    await rows.open()
    sent = list(spellings())
    assert len(sent) > 500
    for one in sent:
        status, _ = await asked(api.server.port, one)
        assert status in (200, 400, 404)
    for table in ("vicidial_api_log", "vicidial_api_urls", "vicidial_urls", "vicidial_users"):
        for row in await rows.all(f"SELECT * FROM {table}"):
            assert CANARY not in str(row), row
    assert CANARY not in caplog.text
    urls = [row["url"] for row in await rows.all("SELECT url FROM vicidial_api_urls")]
    assert sum("function=external_pause" in url for url in urls) > 100  # what tells an operator something is there
    await rows.close()


async def test_the_logged_url_is_at_most_4_kb_long(api: Api) -> None:
    rows = Rows(api.database_url)
    await rows.open()
    page = f"/agc/api.php?{REST}&pass=1234&comments={'x' * 60_000}".encode()
    await asked(api.server.port, request(page))
    await asked(api.server.port, request(page, b"user=" + b"6" * 2**19 + b"&comments=" + b"x" * 2**18, FORM))
    widest = "SELECT MAX(LENGTH(url)) AS url FROM vicidial_api_urls"
    assert (await rows.one(widest))["url"] == 4096
    widest = "SELECT MAX(LENGTH(data)) AS data, MAX(LENGTH(user)) AS user FROM vicidial_api_log"
    assert (await rows.one(widest))["data"] <= 4096
    await rows.close()
