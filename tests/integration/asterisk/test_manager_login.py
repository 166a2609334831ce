"""The manager login: the secret does not travel where the server offers a challenge."""

from __future__ import annotations

import pytest
from lab.asterisk import Asterisk
from lab.until import until

from telectl.asterisk import Address, Link, PlayDtmf, Timeouts
from telectl.errors import ActionRefused
from telectl.testing import FakeAsterisk, FaultProxy

SECRET = "canary-4711"
QUICK = Timeouts(refused_login=0.2, booted=0.2, backoff_first=0.02, backoff_most=0.1)


def address(port: int, secret: str = SECRET) -> Address:
    return Address("10.0.0.1", "127.0.0.1", port, "telectl", secret)


@pytest.mark.parametrize("offers", [True, False])
async def test_a_challenge_is_taken_where_it_is_offered_on_the_link_and_beside_it(offers: bool) -> None:
    async with (
        FakeAsterisk(secret=SECRET, offers_challenge=offers) as fake,
        FaultProxy("127.0.0.1", fake.port) as proxy,
    ):
        fake.join("9600051", "PJSIP/a-1")
        link = Link(address(proxy.port), QUICK)
        await link.start()
        await until(lambda: link.usable, 5)
        await link.do_on_side_connection(PlayDtmf("PJSIP/a-1", "5"))
        await link.close()
        assert len(fake.got("Login")) == 2
        assert [message.get("Secret") for message in fake.got("Login")] == [None if offers else SECRET] * 2
        assert (SECRET.encode() in proxy.sent) is not offers


async def test_a_server_that_offered_a_challenge_and_refused_the_answer_does_not_get_the_secret() -> None:
    async with FakeAsterisk(secret="another") as fake, FaultProxy("127.0.0.1", fake.port) as proxy:
        link = Link(address(proxy.port), QUICK)
        await link.start()
        await until(lambda: link.trouble.startswith("login refused: Authentication failed"))
        await until(lambda: len(fake.got("Login")) > 1, 5)
        await link.close()
        assert SECRET.encode() not in proxy.sent


async def test_a_challenge_is_good_for_its_own_connection_only() -> None:
    async with FakeAsterisk(secret=SECRET) as fake:
        fake.answer("Challenge", lambda _: [{"Response": "Success", "Challenge": "123"}])
        link = Link(address(fake.port), QUICK)
        await link.start()
        await until(lambda: link.trouble.startswith("login refused"))
        await link.close()


async def test_a_real_asterisk_never_gets_the_secret(asterisk: Asterisk) -> None:
    name, secret = asterisk.manager
    async with FaultProxy(asterisk.host, asterisk.ami_port) as proxy:
        link = Link(Address("10.0.0.1", "127.0.0.1", proxy.port, name, secret), Timeouts())
        await link.start()
        await until(lambda: link.usable, 5)
        with pytest.raises(ActionRefused):
            await link.do_on_side_connection(PlayDtmf("PJSIP/nobody-1", "5"))
        await link.close()
        assert proxy.sent.count(b"Action: Login") == 2
        assert proxy.sent.count(b"AuthType: MD5") == 4
        assert secret.encode() not in proxy.sent
