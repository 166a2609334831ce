"""webphone_url: what the recorded requests do not show."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from lab.contact_centre import Rows
from parts import LOGIN, Api

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = "https://phone.example.com/?a=1&b=\"><script>alert('x')</script>&c=%22"


class Page(HTMLParser):
    """What a browser sees: where it goes by itself, its links, its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, Any]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[Any]:
        return [attributes for name, attributes in self.found if name == tag]


async def set_url(rows: Rows, url: str) -> None:
    await rows.run("UPDATE vicidial_session_data SET webphone_url = %s WHERE user = '1000'", url)


async def test_launch_goes_there_and_offers_a_link(api: Api, rows: Rows) -> None:
    await set_url(rows, HOSTILE)
    page = Page(await api.ask("webphone_url", value="LAUNCH"))
    (refresh,) = [attributes for attributes in page.named("meta") if attributes.get("http-equiv") == "refresh"]
    assert refresh["content"] == f"0; url={HOSTILE}"
    assert page.named("a") == [{"href": HOSTILE}]
    assert page.named("script") == []
    logged = await rows.one("SELECT result, result_reason FROM vicidial_api_log ORDER BY api_id DESC LIMIT 1")
    assert logged == {"result": "NOTICE", "result_reason": "webphone_url active and launched"}


async def test_a_launch_page_runs_no_script(api: Api, rows: Rows) -> None:
    await set_url(rows, HOSTILE)
    where = f"{api.server.make_url('/agc/api.php')}?{LOGIN}&agent_user=1000&function=webphone_url&value=LAUNCH"
    async with api.client.get(where) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("url", ["javascript:alert(1)//", "data:text/html,x", " https://x.example", "//x.example/"])
async def test_launch_goes_to_web_addresses_only(api: Api, rows: Rows, url: str) -> None:
    await set_url(rows, url)
    answer = await api.ask("webphone_url", value="LAUNCH")
    assert answer == "ERROR: webphone_url error - webphone url is no web address - 1000"


async def test_of_several_sessions_the_newest_counts(api: Api, rows: Rows) -> None:
    await rows.run(
        "INSERT INTO vicidial_session_data (session_name, user, server_ip, extension, login_time, webphone_url)"
        " VALUES ('a_newer', '1001', '127.0.0.1', '', '2026-11-02 08:00:00', 'https://newer.example'),"
        " ('b_older', '1001', '127.0.0.1', '', '2026-11-01 08:00:00', 'https://older.example'),"
        " ('c_newest', '1001', '127.0.0.1', '', '2026-11-03 08:00:00', 'https://newest.example')"
    )
    await rows.run("INSERT INTO vicidial_live_agents (user, server_ip, lead_id) VALUES ('1001', '127.0.0.1', 0)")
    assert await api.ask("webphone_url", "1001", value="DISPLAY") == "https://newest.example"
