"""The request's journey as real clients make it: encodings, methods, links, languages, proxies."""

from __future__ import annotations

import asyncio
import platform
import socket
from collections.abc import AsyncIterator
from importlib.metadata import version
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from parts import Api, start_plain_api
from yarl import URL

from telectl import __version__

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOGIN = "source=test&user=6666&pass=1234"
PAUSE = f"{LOGIN}&agent_user=1000&function=external_pause&value=PAUSE"
LINK = "<a href=\"javascript:window.opener='x';window.close();\">"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(mariadb: MariaDB) -> AsyncIterator[Api]:
    url = await mariadb.database(demo=True)
    async for running in start_plain_api(url, call_control="vicidial", trusted_proxies=("127.0.0.1",)):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def rows(api: Api) -> AsyncIterator[Rows]:
    found = Rows(api.database_url)
    await found.open()
    yield found
    await found.close()


async def get(api: Api, query: str, path: str = "/agc/api.php", **headers: str) -> str:
    url = URL(f"{str(api.server.make_url('/')).rstrip('/')}{path}?{query}", encoded=True)
    async with api.client.get(
        url, headers={name.replace("_", "-"): text for name, text in headers.items()}
    ) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        return await response.text()


@pytest.mark.parametrize("path", ["/agc/api.php", "//agc/api.php", "/agc//api.php", "///agc///api.php"])
async def test_repeated_slashes_are_one(api: Api, path: str) -> None:
    assert (await get(api, PAUSE, path)).startswith("SUCCESS: external_pause function set - PAUSE|")


async def test_a_post_with_everything_in_the_query_and_an_empty_body(api: Api) -> None:
    url = URL(f"{api.server.make_url('/agc/api.php')}?{PAUSE}", encoded=True)
    async with api.client.post(url, data=b"") as response:
        assert (await response.text()).startswith("SUCCESS: external_pause")


async def test_a_post_with_a_charset(api: Api) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=ISO-8859-1"}
    async with api.client.post(api.server.make_url("/agc/api.php"), data=PAUSE.encode(), headers=headers) as response:
        assert (await response.text()).startswith("SUCCESS: external_pause")


async def test_a_get_with_a_json_type_and_a_json_body(api: Api) -> None:
    assert (await get(api, PAUSE, Content_Type="application/json")).startswith("SUCCESS: external_pause")
    url = URL(f"{api.server.make_url('/agc/api.php')}?{PAUSE}", encoded=True)
    async with api.client.get(url, json={"value": "RESUME", "function": "logout"}) as response:
        assert (await response.text()).startswith("SUCCESS: external_pause function set - PAUSE|")


async def test_http_1_0(api: Api) -> None:
    where = urlsplit(str(api.server.make_url("/")))
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(f"GET /agc/api.php?{PAUSE} HTTP/1.0\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith("HTTP/1.0 200 OK")
    assert "SUCCESS: external_pause function set - PAUSE|" in answer


async def test_an_unknown_function_is_an_empty_answer_after_the_login_and_leaves_no_log(api: Api, rows: Rows) -> None:
    before = await rows.one("SELECT COUNT(*) AS n FROM vicidial_api_log")
    assert await get(api, f"{LOGIN}&function=no_such_function") == ""
    assert await get(api, LOGIN) == ""
    assert await get(api, f"{LOGIN}&function=External_Pause&agent_user=1000&value=PAUSE") == ""  # names have a case
    assert await rows.one("SELECT COUNT(*) AS n FROM vicidial_api_log") == before
    assert await get(api, "source=test&user=6666&pass=no&function=no_such_function") == (
        "ERROR: Invalid Username/Password: |6666||0|1|BAD|\n"
    )


async def test_unknown_parameters_are_ignored(api: Api) -> None:
    for more in ("whatever=1", "%00=%00", "=", "&&", "DB=1", "value[]=RESUME", "whatever", "_=1722&callback=jQuery1"):
        assert (await get(api, f"{PAUSE}&{more}")).startswith("SUCCESS: external_pause function set - PAUSE|")


async def test_empty_optional_parameters_are_as_if_not_sent(api: Api, rows: Rows) -> None:
    await rows.run("DELETE FROM vicidial_manual_dial_queue")
    dial = (
        f"{LOGIN}&agent_user=1000&function=external_dial&value=7275550001&phone_code=1&search=YES&preview=NO&focus=NO"
    )
    empty = "&lead_id=&alt_user=&vendor_id=&dial_prefix=&group_alias=&outbound_cid=&vtiger_callback=&alt_dial="
    answer = await get(api, f"{dial}{empty}&dial_ingroup=&close_window_link=&language=&format=")
    epoch = answer.split("|")[7]
    assert answer == f"SUCCESS: external_dial function set - 7275550001|1000|1|YES|NO|NO||{epoch}||||\n"
    queued = await rows.one("SELECT external_dial FROM vicidial_manual_dial_queue")
    assert queued["external_dial"] == f"7275550001!1!YES!NO!NO!!{epoch}!!!!!!!"
    status = f"{LOGIN}&agent_user=1000&function=external_status&value=A&alt_user="
    answer = await get(api, f"{status}&callback_datetime=&callback_type=&callback_comments=&qm_dispo_code=")
    assert answer == "SUCCESS: external_status function set - A|1000\n"


async def test_the_last_of_a_repeated_parameter_wins_and_the_query_before_the_form(api: Api) -> None:
    query = f"{LOGIN}&agent_user=1001&function=external_hangup&value=2&value=1&agent_user=1000"
    assert await get(api, query) == "SUCCESS: external_hangup function set - 1|1000\n"
    url = URL(f"{api.server.make_url('/agc/api.php')}?value=1", encoded=True)
    form = f"{LOGIN}&agent_user=1000&function=external_hangup&value=2".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with api.client.post(url, data=form, headers=headers) as response:
        assert await response.text() == "SUCCESS: external_hangup function set - 1|1000\n"


@pytest.mark.parametrize("function", ["coffee", "make_coffee", "start_coffee", "brew_coffee"])
async def test_coffee_is_refused_and_logged(api: Api, rows: Rows, function: str) -> None:
    async with api.client.get(f"{api.server.make_url('/agc/api.php')}?function={function}") as response:
        assert response.status == 418
        body = await response.text()
    assert body == f"Coffee: {function}|Error 418 I'm a teapot\n"
    logged = await rows.one("SELECT function, result, data FROM vicidial_api_log ORDER BY api_id DESC LIMIT 1")
    assert logged == {"function": function, "result": "ERROR", "data": body.strip()}


async def test_a_value_is_decoded_once(api: Api) -> None:
    twice = f"{LOGIN}&agent_user=1000&function=external_pause&value=%2550AUSE"
    assert await get(api, twice) == "ERROR: external_pause not valid - 50AUSE|1000\n"


async def test_a_list_whose_leading_blank_was_trimmed_loses_its_first_name(api: Api) -> None:
    query = f"{LOGIN}&agent_user=1000&function=change_ingroups&value=ADD&blended=NO&ingroup_choices=NONE+TEST_IN2+-"
    assert await get(api, query) == "SUCCESS: change_ingroups function set - NO| SALESLINE TEST_IN TEST_IN2 -|1000\n"


async def test_api_user_and_agent_may_be_the_same_account(api: Api) -> None:
    query = f"{LOGIN}&agent_user=6666&function=external_pause&value=PAUSE"
    assert (await get(api, query)).startswith("SUCCESS: external_pause function set - PAUSE|")


async def test_a_post_without_value_has_no_value(api: Api) -> None:
    form = f"{LOGIN}&function=external_hangup&agent_user=1000"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with api.client.post(api.server.make_url("/agc/api.php"), data=form.encode(), headers=headers) as response:
        assert await response.text() == "ERROR: external_hangup not valid - |1000\n"


async def test_the_close_window_link_speaks_two_languages_and_comes_after_the_login_only(api: Api) -> None:
    assert f"{LINK}Close This Window</a>\n" in await get(api, f"{PAUSE}&close_window_link=1")
    assert f"{LINK}Cerrar esta ventana</a>\n" in await get(api, f"{PAUSE}&close_window_link=YES&language=es")
    for query in ("function=version", f"{PAUSE}&close_window_link=0", f"{PAUSE}&close_window_link=-1"):
        assert LINK not in await get(api, query)
    assert LINK not in await get(api, "source=test&user=6666&pass=no&function=external_pause&close_window_link=1")


async def test_where_scripts_may_run_an_echoed_value_is_no_tag(api: Api) -> None:
    query = f"{LOGIN}&function=update_fields&agent_user=6666&comments=<script>x</script>"
    assert "<script>" in await get(api, query)
    with_link = await get(api, f"{query}&close_window_link=1")
    assert "<script>" not in with_link
    assert "&lt;script&gt;" in with_link


async def test_format_debug_is_for_level_9(api: Api, rows: Rows) -> None:
    assert "<!-- telectl " in await get(api, f"{PAUSE}&format=debug")
    await rows.run("UPDATE vicidial_users SET user_level = 8 WHERE user = '6666'")
    assert "<!--" not in await get(api, f"{PAUSE}&format=debug")
    await rows.run("UPDATE vicidial_users SET user_level = 9 WHERE user = '6666'")


async def test_answers_in_the_users_language_keep_their_behaviour(api: Api, rows: Rows) -> None:
    await rows.run("UPDATE system_settings SET enable_languages = '1', language_method = 'MYSQL'")
    await rows.run("UPDATE vicidial_users SET selected_language = 'es' WHERE user = '6666'")
    for english, spanish in (("SUCCESS", "EXITO"), ("VERSION:", "VERSIÓN:"), ("Invalid Source", "Fuente no válida")):
        await rows.run(
            "INSERT INTO vicidial_language_phrases (language_id, english_text, translated_text) VALUES ('es', %s, %s)",
            english,
            spanish,
        )
    try:
        assert (await get(api, PAUSE)).startswith("EXITO: external_pause function set - PAUSE|")
        assert (await get(api, "user=6666&function=version")).startswith("VERSIÓN: ")
        assert await get(api, "user=6666&source=x&function=logout") == "ERROR: Fuente no válida - x\n"
        logged = await rows.one(
            "SELECT result FROM vicidial_api_log WHERE function = 'external_pause' ORDER BY api_id DESC"
        )
        assert logged["result"] == "EXITO"
    finally:
        await rows.run("UPDATE system_settings SET enable_languages = '0'")


async def test_a_trusted_proxy_names_the_client(api: Api, rows: Rows) -> None:
    await get(api, PAUSE, X_Forwarded_For="10.1.2.3, 127.0.0.1")
    assert (await rows.one("SELECT remote_ip FROM vicidial_api_urls ORDER BY api_id DESC"))["remote_ip"] == "10.1.2.3"
    await get(api, PAUSE, X_Forwarded_For="<script>")
    assert (await rows.one("SELECT remote_ip FROM vicidial_api_urls ORDER BY api_id DESC"))["remote_ip"] == "127.0.0.1"


async def test_the_log_has_page_and_server_once(api: Api, rows: Rows) -> None:
    await get(api, PAUSE)
    await get(api, PAUSE)
    entry = await rows.one("SELECT * FROM vicidial_api_log ORDER BY api_id DESC LIMIT 1")
    page = await rows.one("SELECT * FROM vicidial_urls WHERE url_id = %s", entry["api_url"])
    assert page["url"].endswith("/agc/api.php")
    assert len(await rows.all("SELECT * FROM vicidial_urls WHERE url = %s", page["url"])) == 1
    server = await rows.one("SELECT * FROM vicidial_webservers WHERE webserver_id = %s", entry["webserver"])
    assert server["webserver"] == "127.0.0.1"
    assert float(entry["run_time"]) < 5


async def test_the_webserver_lines_are_the_documents(api: Api) -> None:
    lines = (await get(api, f"{LOGIN}&function=webserver")).splitlines()
    facts = dict(line.split(": ", 1) for line in lines[1:])
    assert facts["php version"] == f"telectl {__version__} on Python {platform.python_version()}"
    assert facts["apache version"] == f"aiohttp {version('aiohttp')}"
    assert (facts["apache processes"], facts["post_max_size"]) == ("1", "1048576")
    assert facts["host name"] == socket.gethostname()
    assert lines[0] == "Webserver Data:"
    labels = [line.partition(":")[0] for line in lines[1:]]
    assert labels[:4] == ["set.timezone", "abbr.timezone", "dst.timezone", "uname"]
    assert labels[4:10] == [
        "host name",
        "server name",
        "php version",
        "apache version",
        "apache processes",
        "system loadavg",
    ]
    assert labels[10:] == [
        "disk_free_space",
        "date.timezone",
        "max_execution_time",
        "max_input_time",
        "memory_limit",
        "post_max_size",
        "upload_max_filesize",
        "default_socket_timeout",
    ]


async def test_ten_wrong_passwords_lock_a_user_and_an_address_waits_before_that(mariadb: MariaDB) -> None:
    url = await mariadb.database(demo=True)
    wrong = "source=test&user=6666&pass=wrong&function=logout&agent_user=1000&value=LOGOUT"
    async for guarded in start_plain_api(url, call_control="vicidial", login_failures=5):
        for _ in range(5):
            assert await get(guarded, wrong) == "ERROR: Invalid Username/Password: |6666||0|1|BAD|\n"
        assert await get(guarded, PAUSE) == "ERROR: external_pause error - too many requests - 1000\n"
    await mariadb.sql("UPDATE vicidial_users SET last_login_date = NOW()", url.rpartition("/")[2])
    async for open_one in start_plain_api(url, call_control="vicidial"):
        for _ in range(5):
            await get(open_one, wrong)
        assert await get(open_one, PAUSE) == "ERROR: Invalid Username/Password: |6666||0|1|LOCK|\n"
