from ipaddress import ip_network
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from telectl.api.middlewares import CALLER, remote_address
from telectl.auth.caller import Caller, read_address

READ = {
    "192.0.2.1": "192.0.2.1",
    " 192.0.2.1 ": "192.0.2.1",
    "192.0.2.1:4711": "192.0.2.1",
    '"192.0.2.1:4711"': "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "::FFFF:C000:0201": "192.0.2.1",
    "[::ffff:192.0.2.1]:443": "192.0.2.1",
    "2001:DB8::0001": "2001:db8::1",
    "[2001:db8::1]": "2001:db8::1",
    '"[2001:db8::1]:443"': "2001:db8::1",
    "fe80::1%eth0": "fe80::1",
    "::1": "::1",
}
UNREADABLE = (
    "",
    "unknown",
    "_hidden",
    "example.com",
    "192.0.2",
    "192.0.2.1.",
    "192.0.2.01",
    "192.0.2.1:",
    "1",
    "[]",
    "::g",
)


@pytest.mark.parametrize("text", READ)
def test_an_address_is_read_however_it_is_written(text: str) -> None:
    assert str(read_address(text)) == READ[text]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_address_is_none(text: str) -> None:
    assert read_address(text) is None


def test_what_counts_as_one_site() -> None:
    assert Caller("192.0.2.1").site == "192.0.2.1"
    assert Caller("2001:db8::1").site == Caller("2001:db8::ffff:2").site == "2001:db8::/64"
    assert Caller("2001:db8:0:1::1").site != Caller("2001:db8::1").site
    assert Caller("192.0.2.1", readable=False).site not in ("192.0.2.1", Caller("192.0.2.2", readable=False).site)


@pytest.mark.parametrize(
    ("peer", "hops", "caller"),
    [
        ("192.0.2.9", None, Caller("192.0.2.9")),
        ("192.0.2.9", "10.0.0.1", Caller("192.0.2.9")),  # no trusted proxy: its word is nothing
        ("::ffff:192.0.2.9", None, Caller("192.0.2.9")),
        ("127.0.0.1", None, Caller("127.0.0.1")),
        ("127.0.0.1", "", Caller("127.0.0.1")),
        ("127.0.0.1", "10.0.0.1", Caller("10.0.0.1")),
        ("::ffff:127.0.0.1", "10.0.0.1", Caller("10.0.0.1")),
        ("127.0.0.1", "6.6.6.6, 10.0.0.1:80, 172.16.0.7", Caller("10.0.0.1")),
        ("127.0.0.1", "6.6.6.6, ::ffff:172.16.0.8, 172.16.0.7", Caller("6.6.6.6")),
        ("127.0.0.1", "127.0.0.2, 127.0.0.3", Caller("127.0.0.2")),
        ("127.0.0.1", "6.6.6.6, unknown", Caller("127.0.0.1", readable=False)),
        ("127.0.0.1", "unknown, 172.16.0.7", Caller("172.16.0.7", readable=False)),
        ("127.0.0.1", "unknown, 10.0.0.1", Caller("10.0.0.1")),
        ("@", None, Caller("@", readable=False)),
    ],
)
async def test_the_client_is_found_behind_trusted_proxies(peer: str, hops: str | None, caller: Caller) -> None:
    transport = Mock()
    transport.get_extra_info = {"peername": (peer, 4711)}.get
    headers = {} if hops is None else {"X-Forwarded-For": hops}
    request = make_mocked_request("GET", "/", headers=headers, transport=transport)
    proxies = (ip_network("127.0.0.0/8"), ip_network("::ffff:172.16.0.0/108"))

    async def handler(given: web.Request) -> web.Response:
        assert given[CALLER] == caller
        return web.Response()

    await remote_address(proxies)(request, handler)
