import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from yarl import URL

from telectl.api.php_request import PhpRequest, read_php_request


async def wire_of(
    query: str, body: bytes | None = None, content_type: str = "application/x-www-form-urlencoded"
) -> PhpRequest:
    seen: list[PhpRequest] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append(await read_php_request(request))
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/", handle)
    async with TestServer(app) as server, ClientSession() as client:
        url = URL(f"{server.make_url('/')}?{query}", encoded=True)
        headers = {"Content-Type": content_type} if body is not None else {}
        async with client.request("GET" if body is None else "POST", url, data=body, headers=headers) as response:
            assert response.status == 200
    return seen[0]


async def test_plus_and_percent_are_decoded_and_the_last_of_a_name_wins() -> None:
    wire = await wire_of("a=1+2%2B3&b=x&a=%FFz&c")
    assert wire.values == {"a": b"\xffz", "b": b"x", "c": b""}


async def test_the_query_wins_over_the_form() -> None:
    wire = await wire_of("value=PAUSE", b"value=RESUME&agent_user=1000")
    assert wire.values == {"value": b"PAUSE", "agent_user": b"1000"}


async def test_arrays_are_ignored() -> None:
    assert (await wire_of("value[]=1&value%5B%5D=2&user=x")).values == {"user": b"x"}


async def test_a_multipart_form_is_a_form() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="value"\r\n\r\nPAUSE\r\n--b--\r\n'
    assert (await wire_of("user=x", body, "multipart/form-data; boundary=b")).values["value"] == b"PAUSE"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data"])
async def test_other_bodies_are_ignored(content_type: str) -> None:
    assert (await wire_of("user=x", b'{"value": "PAUSE"}', content_type)).values == {"user": b"x"}


async def test_the_charset_of_a_form_does_not_matter() -> None:
    wire = await wire_of("", b"value=1", "application/x-www-form-urlencoded; charset=ISO-8859-1")
    assert wire.values == {"value": b"1"}


async def test_names_are_spelt_as_php_spells_them() -> None:
    wire = await wire_of("agent.user=1&+alt+user=2&phone[number=3&value%00x=4&value[a]b=5&=6&[]=7")
    assert wire.values == {"agent_user": b"1", "alt_user": b"2", "phone_number": b"3", "value": b"4"}


async def test_the_query_ends_where_a_fragment_begins() -> None:
    assert (await wire_of("value=1%23#2&user=x")).values == {"value": b"1#"}


async def test_the_log_has_every_known_field_once_and_no_password() -> None:
    wire = await wire_of("user=6666&pass=canary&x=1", b"value=a%27b&PASS=canary&x_pass=canary")
    assert wire.logged == "user=6666&pass=***&GET-AND-POST=Y&value=ab"
    assert (await wire_of("", b"user=6666&pass=canary")).logged == "user=6666&pass=***"
    assert (await wire_of("value=a%2Bb")).logged == "value=a%2Bb"
