from ipaddress import ip_network
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from telectl.api.middlewares import CALLER, remote_address
from telectl.auth.caller import Caller


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
