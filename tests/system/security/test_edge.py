"""What a connection may send, and what becomes of one that sends something else, or nothing."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from costs import FORM, MULTIPART, form, part, query, request
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from lab.until import until
from parts import Api, start_plain_api
from raw import asked, talk
from yarl import URL

from telectl.calls.timing import Timing

pytestmark = pytest.mark.asyncio(loop_scope="module")
CANARY = "canary-4711"
LOGIN = b"source=test&user=6666&pass=1234"
HELLO = b"GET /agc/api.php?function=version HTTP/1.1\r\nHost: x\r\n"
PAUSE = b"/agc/api.php?" + LOGIN + b"&function=external_pause&value=PAUSE&agent_user=1000"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(mariadb: MariaDB) -> AsyncIterator[Api]:
    url = await mariadb.database(demo=True)
    await mariadb.sql("UPDATE system_settings SET use_non_latin = '1'", url.rpartition("/")[2])
    limits: dict[str, Any] = {"head_seconds": 0.6, "body_seconds": 0.6, "idle_seconds": 1.0, "connections": 20}
    async for running in start_plain_api(url, call_control="vicidial", **limits):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def rows(api: Api) -> AsyncIterator[Rows]:
    found = Rows(api.database_url)
    await found.open()
    yield found
    await found.close()


async def comments(rows: Rows) -> str:
    return str((await rows.one("SELECT comments FROM vicidial_list WHERE lead_id = 1002"))["comments"])


def update(comments: bytes) -> bytes:
    return b"/agc/api.php?" + LOGIN + b"&function=update_fields&agent_user=6666&comments=" + comments


async def test_raw_letters_in_a_query_mean_what_apache_makes_of_them(api: Api, rows: Rows) -> None:
    lead = (await rows.one("SELECT lead_id FROM vicidial_live_agents WHERE user = '6666'"))["lead_id"]
    for raw, kept in (
        (b"se\xc3\xb1or", "señor"),
        (b"se\xf1or", "se\N{REPLACEMENT CHARACTER}or"),
        (b"<\"'>\\^`{|}", "<\"'>\\^`{|}"),
    ):
        status, body = await asked(api.server.port, request(update(raw)))
        assert (status, body[:8]) == (200, "SUCCESS:"), body
        found = await rows.one("SELECT comments FROM vicidial_list WHERE lead_id = %s", lead)
        assert found["comments"] == kept


async def test_raw_letters_are_read_in_any_piece_of_a_request_and_in_each_of_a_row_of_requests(api: Api) -> None:
    page = PAUSE.replace(b"PAUSE", b"PA\xc3\xb1USE")
    one = request(page).replace(b"Connection: close\r\n", b"")
    reader, writer = await asyncio.open_connection("127.0.0.1", api.server.port)
    for byte in one:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    writer.write(one + form(b"a=\xff", FORM).replace(b"Connection: close\r\n", b"") + request(page))
    answers = (await reader.read()).decode().split("HTTP/1.1 ")[1:]
    writer.close()
    await writer.wait_closed()
    assert [answer[:3] for answer in answers] == ["200"] * 4
    assert sum("ERROR: external_pause not valid - PAñUSE|1000\n" in answer for answer in answers) == 3


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /agc/api.php?pass=%b\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /agc/api.php?pass=%b&a b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /agc/api.php?pass=%b HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /agc/api.php?pass=%b\r\nHost: x\r\n\r\n",
        b"GET /agc/api.php?pass=%b HTTP/2.0\r\nHost: x\r\n\r\n",
        b"GET /agc/api.php?pass=%b %b\r\nHost: x\r\n\r\n",
        b"%b /agc/api.php HTTP/1.1\r\nHost: x\r\n\r\n",
        b"%b\r\n\r\n",
        b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://[%b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /agc/api.php?pass=%b HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-%b\xff: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %b\0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: %b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nExpect: %b\xff\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"0" * 5000 + b"1\r\n\r\n%b",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n%b",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n%b",
        b"POST /agc/api.php HTTP/1.1\r\nHost: x\r\nContent-Type: "
        + FORM.encode()
        + b"\r\nTransfer-Encoding: chunked\r\n\r\n%b\r\n",
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03%b\r\n\r\n",
        b"GET /agc/api.php?pass=%b HTTP/1.1\nHost: x\n\n",
    ],
)
async def test_what_is_no_http_gets_a_fixed_text_and_one_log_line_without_it(
    api: Api, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    answer = (await asyncio.to_thread(talk, api.server.port or 0, sent.replace(b"%b", CANARY.encode()))).decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert int(head.split()[1]) in (200, 400, 417)
    assert body.startswith("ERROR: request not readable")
    assert "Server: telectl\r\n" in head + "\r\n"
    assert CANARY not in answer
    assert CANARY not in caplog.text
    assert "Traceback" not in caplog.text
    refused = [line for line in caplog.messages if "request not readable" in line]
    assert len(refused) == 1


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (
            form(gzip.compress(b"value=1"), FORM, {"Content-Encoding": "gzip"}),
            "request not readable - Content-Encoding",
        ),
        (form(b"junk", FORM, {"Content-Encoding": "br"}), "request not readable - Content-Encoding"),
        (
            form(b"", FORM, {"Transfer-Encoding": "gzip, chunked"}) + b"0\r\n\r\n",
            "request not readable - Transfer-Encoding",
        ),
        (query(b"value=" + b"1" * 2**16), "request too large - 65536 bytes of query"),
        (query(b"&".join([b"a=1"] * 1000)), "request too large - 1000 parameters"),
        (form(b"&".join([b"a=1"] * 1000)), "request too large - 1000 parameters"),
        (form(part(b"a") * 201 + b"--b--", MULTIPART), "request too large - 200 parts, 8192 bytes of headers each"),
        (form(part(b"a" * 2000) + b"--b--", MULTIPART), "request too large - 200 parts, 8192 bytes of headers each"),
        (form(b"--b\r\nno header\r\n\r\n", MULTIPART), "request not readable - multipart/form-data"),
        (form(b"x" * (2**20 + 1)), "request too large - 1048576 bytes"),
        (request(PAUSE, headers={"Cookie": "a" * 20_000}), "request too large - 16384 bytes of a header"),
        (
            request(PAUSE, headers={f"X-{n}": "a" * 10_000 for n in range(12)}),
            "request too large - 98304 bytes of headers",
        ),
        (request(b"/" * 3000 + PAUSE), "request too large - 2048 bytes of path"),
    ],
)
async def test_what_is_too_much_packed_or_broken_is_one_line_with_status_200(api: Api, sent: bytes, text: str) -> None:
    assert await asked(api.server.port, sent) == (200, f"ERROR: {text}\n")


@pytest.mark.parametrize(
    "sent",
    [
        form(b"value=PAUSE&agent_user=1000", FORM, {"Content-Encoding": "identity"}),
        form(part(b"value", b"PAUSE") + part(b"agent_user", b"1000") + b"--b--", MULTIPART),
        form(part(b"value", b"PAUSE") + part(b"agent_user", b"1000"), MULTIPART),
        form(b"preamble\r\n" + part(b"value", b"PAUSE") + b"--b--", 'multipart/form-data; charset=x\xff; boundary="b"'),
        form(b"5\r\nvalue\r\n6\r\n=PAUSE\r\n0\r\n\r\n", FORM, {"Transfer-Encoding": "chunked"}),
    ],
)
async def test_forms_that_real_clients_send_are_read(api: Api, sent: bytes) -> None:
    sent = sent.replace(
        b"source=test&user=6666&pass=wrong&function=logout&value=LOGOUT&agent_user=1000",
        LOGIN + b"&function=external_pause&agent_user=1000",
    )
    status, body = await asked(api.server.port, sent)
    assert (status, body[:45]) == (200, "SUCCESS: external_pause function set - PAUSE|"), body


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", ""),
        (b"GET /agc", "ERROR: request not complete - 0.6 seconds\n"),
        (HELLO, "ERROR: request not complete - 0.6 seconds\n"),
        (HELLO + b"X: ", "ERROR: request not complete - 0.6 seconds\n"),
        (form(b"value=1")[:-3], "ERROR: request not complete - 0.6 seconds\n"),
        (
            form(b"5\r\nvalue\r\n", FORM, {"Transfer-Encoding": "chunked"}),
            "ERROR: request not complete - 0.6 seconds\n",
        ),
        (HELLO + b"\r\n", "VERSION: "),
    ],
)
async def test_what_does_not_come_is_not_waited_for(api: Api, sent: bytes, answer: str) -> None:
    started = time.monotonic()
    got = (await asyncio.to_thread(talk, api.server.port or 0, sent)).decode()
    assert got.partition("\r\n\r\n")[2].startswith(answer)
    assert time.monotonic() - started < 10  # talk() ends when the connection does


async def test_a_head_that_drips_is_not_waited_for_either(api: Api) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.server.port)
    writer.write(HELLO)

    async def drip() -> None:
        while True:
            writer.write(b"X: y\r\n")
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    answer = await asyncio.wait_for(reader.read(), 10)
    dripping.cancel()
    writer.close()
    assert answer.startswith(b"HTTP/1.0 408 ")


async def test_an_answer_that_nobody_takes_ends_the_connection(api: Api) -> None:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", api.server.port))
        echoed = b"/agc/api.php?" + LOGIN + b"&function=vm_message&agent_user=1000"
        client.sendall(request(echoed, b"value=" + b"1" * (2**20 - 100), FORM).replace(b"Connection: close\r\n", b""))
        await until(lambda: open_connections(api) == 1, 5, what="its connection")
        await until(lambda: open_connections(api) == 0, 10, what="no connection")


def open_connections(api: Api) -> int:
    assert api.server.runner is not None
    assert api.server.runner.server is not None
    return len(api.server.runner.server.connections)


async def test_a_client_that_ends_its_half_of_the_connection_gets_its_answers(api: Api) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.server.port)
    writer.write((HELLO + b"\r\n") * 2)
    writer.write_eof()
    assert (await reader.read()).count(b"\r\n\r\nVERSION: ") == 2
    writer.close()
    await writer.wait_closed()
    reader, writer = await asyncio.open_connection("127.0.0.1", api.server.port)
    writer.write(HELLO)  # and no more: there is nothing to answer
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    await until(lambda: open_connections(api) == 0, 5, what="no connection")


async def test_a_client_that_is_gone_when_it_is_refused_leaves_no_traceback(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    for steps in range(20):  # of the loop that both share, between request and end
        with socket.create_connection(("127.0.0.1", api.server.port or 0)) as connection:
            connection.sendall(b"no request\r\n\r\n")
            for _ in range(steps):
                await asyncio.sleep(0)
    await until(lambda: open_connections(api) == 0, 5, what="no connection")
    assert "Traceback" not in caplog.text


async def test_when_all_connections_are_taken_a_client_is_told_so(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    await until(lambda: open_connections(api) == 0, 5, what="no connection")
    with ExitStack() as stack:
        for _ in range(20):
            taken = stack.enter_context(socket.create_connection(("127.0.0.1", api.server.port or 0)))
            taken.sendall(HELLO)
        await until(lambda: open_connections(api) == 20, 5, what="all connections")
        for _ in range(3):
            status, body = await asked(api.server.port, request(PAUSE))
            assert (status, body) == (503, "ERROR: server is busy - too many connections\n")
    assert sum("TELECTL_CONNECTIONS" in line for line in caplog.messages) <= 1
    await until(lambda: open_connections(api) == 0, 5, what="no connection")
    assert (await asked(api.server.port, request(PAUSE)))[1].startswith("SUCCESS: ")


@pytest.mark.parametrize(
    "path",
    [
        *("/agc/./api.php", "/./agc//./api.php", "/agc/../agc/api.php", "/x/../agc/api.php", "/../agc/api.php"),
        *("/agc/%2e/api.php", "/agc/x/%2E%2E/api.php", "/agc/%61pi.php", "//agc/api.php/"),
    ],
)
async def test_a_path_is_what_apache_resolves_it_to(api: Api, path: str) -> None:
    status, body = await asked(api.server.port, request(path.encode() + PAUSE.removeprefix(b"/agc/api.php")))
    assert (status, body[:8]) == (200, "SUCCESS:")


@pytest.mark.parametrize("path", ["/", "/agc", "/agc/api.php5", "/agc/api/php", "/agc/api.php/../x", "/AGC/api.php"])
async def test_another_path_is_not_found(api: Api, path: str) -> None:
    assert await asked(api.server.port, request(path.encode())) == (404, "404: Not Found")


async def test_head_is_answered_like_get_without_its_body_and_options_with_204(api: Api, rows: Rows) -> None:
    page = URL(f"{api.server.make_url('/')}"[:-1] + PAUSE.decode(), encoded=True)
    before = await rows.one("SELECT COUNT(*) AS n FROM vicidial_api_log")
    async with api.client.head(page) as response:
        assert (response.status, await response.read()) == (200, b"")
        assert int(response.headers["Content-Length"]) > 40
    after = await rows.one("SELECT COUNT(*) AS n FROM vicidial_api_log")
    assert after["n"] == before["n"] + 1
    async with api.client.options(page) as response:
        assert (response.status, await response.read()) == (204, b"")
        assert response.headers["Allow"] == "GET, HEAD, POST, OPTIONS"
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/agc/api.php?function=version", "/healthz", "/readyz", "/nowhere", "/calls/x"])
async def test_every_answer_bears_the_same_headers(api: Api, path: str) -> None:
    async with ClientSession() as client, client.get(api.server.make_url(path)) as response:
        assert response.headers["Server"] == "telectl"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_nothing_in_an_answer_may_run_load_submit_or_stand_in_a_frame(api: Api) -> None:
    for more, sandbox in (("", "sandbox"), ("&close_window_link=1", "sandbox allow-scripts")):
        url = URL(f"{api.server.make_url('/')}"[:-1] + PAUSE.decode() + more, encoded=True)
        async with api.client.get(url) as response:
            policy = response.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)
        assert policy[-1] == sandbox
        assert ("script-src 'unsafe-inline'" in policy) is bool(more)


async def test_the_web_phones_page_may_refresh_and_stand_in_a_crms_frame(api: Api, rows: Rows) -> None:
    await rows.run(
        "INSERT INTO vicidial_session_data (session_name, user, campaign_id, server_ip, conf_exten, extension,"
        " login_time, webphone_url) VALUES ('s', '1000', 'DEMO', '127.0.0.1', '1', 'x', NOW(), 'https://phone.test/')"
    )
    page = LOGIN.decode() + "&function=webphone_url&value=LAUNCH&agent_user=1000"
    async with api.client.get(URL(f"{api.server.make_url('/agc/api.php')}?{page}", encoded=True)) as response:
        assert 'content="0; url=https://phone.test/"' in await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "script-src" not in policy
    assert "frame-ancestors" not in policy
    assert quote("'none'") not in policy


async def test_reading_the_body_is_part_of_the_deadline(mariadb: MariaDB) -> None:
    url = await mariadb.database(demo=True)
    async for quick in start_plain_api(url, Timing(request=0.2), call_control="vicidial"):
        reader, writer = await asyncio.open_connection("127.0.0.1", quick.server.port)
        sent = request(PAUSE, b"a=1", FORM)
        writer.write(sent[:-1])
        await asyncio.sleep(0.5)
        writer.write(sent[-1:])
        answer = await reader.read()
        writer.close()
        assert answer.endswith(b"ERROR: external_pause error - outcome unknown - 1000\n")
