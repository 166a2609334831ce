"""The link, against a manager interface that can be told what to do. Each unsafe thing of panoramisk 1.4 is a test."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from lab.until import until

from telectl.asterisk import (
    Address,
    CallerId,
    CoreShowChannels,
    Fleet,
    Hangup,
    Link,
    Originate,
    PlayDtmf,
    Redirect,
    ShowDialplan,
    Timeouts,
)
from telectl.asterisk.connection import LONGEST_LIST
from telectl.asterisk.live_state import MOST_CHANNELS
from telectl.errors import ActionRefused, OutcomeUnknown, ServerUnavailable, UnsafeValue
from telectl.testing import FakeAsterisk, FaultProxy

QUICK = Timeouts(action=0.3, list=0.5, heartbeat=0.2, backoff_first=0.02, backoff_most=0.1, booted=0.2)
REDIRECT = Redirect(channel="PJSIP/a-1", context="default", exten="8301")


@asynccontextmanager
async def linked(port: int, timeouts: Timeouts = QUICK, secret: str = "telectl") -> AsyncIterator[Link]:
    link = Link(Address("10.0.0.1", "127.0.0.1", port, "telectl", secret), timeouts)
    await link.start()
    try:
        yield link
    finally:
        await link.close()


async def usable(link: Link) -> None:
    await until(lambda: link.usable, 5)


async def test_an_unanswered_action_is_not_sent_again_after_a_reconnect() -> None:
    async with FakeAsterisk() as fake, linked(fake.port) as link:
        await usable(link)
        fake.answer("Redirect", lambda _: [])
        asking = asyncio.create_task(link.do(REDIRECT))
        await until(lambda: fake.got("Redirect"))
        fake.drop()
        with pytest.raises(OutcomeUnknown):
            await asking
        await until(lambda: len(fake.got("Login")) == 2)
        await usable(link)
        assert len(fake.got("Redirect")) == 1


async def test_an_action_asked_while_the_link_is_down_is_never_sent() -> None:
    async with FakeAsterisk() as fake, FaultProxy("127.0.0.1", fake.port) as proxy, linked(proxy.port) as link:
        await usable(link)
        proxy.cut()
        await until(lambda: not link.usable, every=0)
        with pytest.raises(ServerUnavailable):
            await link.do(REDIRECT)
        await usable(link)
        assert fake.got("Redirect") == []


async def test_successfully_queued_ends_an_action_with_or_without_async() -> None:
    async with FakeAsterisk() as fake, linked(fake.port) as link:
        await usable(link)
        fake.answer("PlayDTMF", lambda _: [{"Response": "Success", "Message": "DTMF successfully queued"}])
        answer = await link.do(PlayDtmf("PJSIP/a-1", "5"))
        assert answer["Message"] == "DTMF successfully queued"
        fake.answer("Originate", lambda _: [{"Response": "Success", "Message": "Originate successfully queued"}])
        await link.do(Originate("PJSIP/a", "default", "9600051"))
        assert fake.got("Originate")[0]["Async"] == "true"
        assert link.usable


async def test_every_action_has_a_deadline_and_what_comes_too_late_is_dropped() -> None:
    async with FakeAsterisk() as fake, linked(fake.port, Timeouts(action=0.2, heartbeat=60)) as link:
        await usable(link)
        fake.answer("Redirect", lambda _: [])
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown, match="no answer to Redirect within"):
            await link.do(REDIRECT)
        assert time.monotonic() - started < 2
        late = fake.got("Redirect")[0]["ActionID"]
        fake.send({"Response": "Success", "ActionID": late})
        await link.do(CoreShowChannels())
        assert link.usable


async def test_a_half_open_link_is_noticed_by_its_heartbeat() -> None:
    async with FakeAsterisk() as fake, FaultProxy("127.0.0.1", fake.port) as proxy, linked(proxy.port) as link:
        await usable(link)
        proxy.freeze()
        await until(lambda: not link.usable, 3)
        assert "no sign of life" in link.trouble
        proxy.thaw()
        await usable(link)


def test_the_default_heartbeat_notices_within_ten_seconds() -> None:
    default = Timeouts()
    assert default.heartbeat + default.action < 10


@pytest.mark.parametrize(
    "evil", ["a\r\nAction: Logoff", "a\nApplication: System", "a\0b", "a\x1bb", "a\x7fb", "x" * 2000]
)
async def test_a_value_cannot_become_a_second_header_or_action(evil: str) -> None:
    async with FakeAsterisk() as fake, linked(fake.port) as link:
        await usable(link)
        before = len(fake.received)
        for action in (
            Redirect(channel=evil, context="default", exten="1"),
            Redirect(channel="a", context="default", exten=evil),
            Originate("PJSIP/a", "default", "1", caller_id=CallerId(evil, "1")),
            Originate("PJSIP/a", "default", "1", caller_id=CallerId("a", evil)),
            ShowDialplan("default", evil),
            Originate("PJSIP/a", "default", "1", variables={"X": evil}),
            Originate("PJSIP/a", "default", "1", variables={evil: "X"}),
        ):
            with pytest.raises(UnsafeValue):
                await link.do(action)
        with pytest.raises(UnsafeValue):
            await link.do(REDIRECT, action_id=evil)
        assert [message["Action"] for message in fake.received[before:] if message["Action"] != "Ping"] == []


async def test_a_comma_in_a_variable_is_no_second_variable() -> None:
    async with FakeAsterisk() as fake, linked(fake.port) as link:
        await usable(link)
        await link.do(Originate("PJSIP/a", "default", "1", variables={"V1": 'a,V2=b "c" \\d'}))
        assert fake.got("Originate")[0]["Variable"] == r"V1=a\,V2=b \"c\" \\d"


async def test_a_pattern_hangs_nobody_up() -> None:
    async with FakeAsterisk() as fake, linked(fake.port) as link:
        await usable(link)
        with pytest.raises(UnsafeValue):
            await link.do(Hangup("/PJSIP.*/"))
        assert fake.got("Hangup") == []


async def test_a_failure_keeps_its_words() -> None:
    async with FakeAsterisk() as fake, linked(fake.port) as link:
        await usable(link)
        fake.answer("Redirect", lambda _: [{"Response": "Fail", "Message": "words of Asterisk"}])
        with pytest.raises(ActionRefused, match="words of Asterisk"):
            await link.do(REDIRECT)


async def test_an_exception_in_a_listener_is_logged_and_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeAsterisk() as fake, linked(fake.port) as link:
        await usable(link)
        heard: list[str] = []

        def broken(_: object) -> None:
            raise ValueError("a listener's fault")

        link.subscribe(broken)
        end = link.subscribe(lambda event: heard.append(event.name))
        fake.send({"Event": "One"})
        fake.send({"Event": "Two"})
        await until(lambda: heard == ["One", "Two"])
        assert "a listener's fault" in caplog.text
        assert link.usable
        end()
        fake.send({"Event": "Three"})
        await link.do(REDIRECT) if fake.channels else await link.do(CoreShowChannels())
        assert heard == ["One", "Two"]


async def test_a_refused_login_is_said_without_the_secret_and_tried_again_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    timeouts = Timeouts(refused_login=0.3, backoff_first=0.01, backoff_most=0.02)
    async with FakeAsterisk() as fake, linked(fake.port, timeouts, secret="canary-secret") as link:
        await until(lambda: link.trouble.startswith("login refused: Authentication failed"))
        assert not link.usable
        await asyncio.sleep(0.1)
        assert len(fake.got("Login")) == 1
        fake.secret = "canary-secret"
        await usable(link)
    assert "canary-secret" not in caplog.text
    assert "canary-secret" not in repr(link.address)
    assert Timeouts().refused_login == 15


async def test_events_that_bear_a_pending_action_id_reach_listeners() -> None:
    async with FakeAsterisk() as fake, linked(fake.port) as link:
        await usable(link)
        fake.answer(
            "Originate",
            lambda _: [{"Event": "OriginateResponse", "Response": "Failure", "Reason": "0"}, {"Response": "Success"}],
        )
        with link.expect(lambda event: event.name == "OriginateResponse") as outcome:
            await link.do(Originate("PJSIP/a", "default", "1"), action_id="request-7")
            event = await outcome.wait(1)
        assert event is not None
        assert event["Response"] == "Failure"
        assert event["ActionID"].startswith("request-7/")


async def test_an_expectation_ends_with_its_time_or_with_the_link() -> None:
    async with FakeAsterisk() as fake, linked(fake.port) as link:
        await usable(link)
        with link.expect(lambda _: False) as never:
            assert await never.wait(0.05) is None
        with link.expect(lambda _: False) as never:
            waiting = asyncio.create_task(never.wait(10))
            await asyncio.sleep(0.05)
            fake.drop()
            with pytest.raises(OutcomeUnknown):
                await waiting


async def test_everything_pending_fails_once_with_the_first_cause() -> None:
    async with FakeAsterisk() as fake, linked(fake.port, Timeouts(heartbeat=60)) as link:
        await usable(link)
        fake.silent = True
        asking = [asyncio.create_task(link.do(REDIRECT)) for _ in range(5)]
        await until(lambda: len(fake.got("Redirect")) == 5)
        fake.drop()
        causes = {str(error) for error in await asyncio.gather(*asking, return_exceptions=True)}
        assert len(causes) == 1


async def test_who_is_no_asterisk_is_said() -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server, linked(server.sockets[0].getsockname()[1]) as link:
        await until(lambda: "no Asterisk manager interface" in link.trouble)


async def test_a_fleet_follows_the_list_of_servers() -> None:
    async with FakeAsterisk() as one, FakeAsterisk() as two:
        first = Address("10.0.0.1", "127.0.0.1", one.port, "telectl", "telectl")
        fleet = Fleet([first], QUICK)
        await fleet.start()
        await usable(fleet.links["10.0.0.1"])
        kept = fleet.link("10.0.0.1")
        second = Address("10.0.0.2", "127.0.0.1", two.port, "telectl", "telectl")
        await fleet.reconcile([first, second])
        await usable(fleet.links["10.0.0.2"])
        assert fleet.link("10.0.0.1") is kept
        await fleet.reconcile([second])
        with pytest.raises(ServerUnavailable):
            fleet.link("10.0.0.1")
        moved = Address("10.0.0.2", "127.0.0.1", one.port, "telectl", "telectl")
        await fleet.reconcile([moved])
        await usable(fleet.links["10.0.0.2"])
        assert fleet.link("10.0.0.2").address is moved
        await fleet.close()


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("a" * 70 + ".example", 5038), ("a..b", 5038)])
async def test_an_address_that_is_none_is_trouble_and_no_end(host: str, port: int) -> None:
    link = Link(Address("10.0.0.1", host, port, "telectl", "telectl"), QUICK)
    await link.start()
    await until(lambda: link.trouble.startswith(("no address", "no connection")))
    await asyncio.sleep(0.1)
    assert "link to 10.0.0.1" in {task.get_name() for task in asyncio.all_tasks()}
    await link.close()


async def test_a_peer_that_tells_without_end_loses_its_connection() -> None:
    async with FakeAsterisk() as fake, linked(fake.port) as link:
        await usable(link)
        for number in range(MOST_CHANNELS + 1):
            fake.send({"Event": "Newchannel", "Channel": f"PJSIP/a-{number}", "Uniqueid": f"1.{number}"})
        await until(lambda: len(fake.got("Login")) == 2)
        await usable(link)
        assert link.state.size == 0

        row = {"Event": "CoreShowChannel", "Channel": "PJSIP/a-1", "Uniqueid": "1.1", "CallerIDName": "x" * 1000}
        start = {"Response": "Success", "EventList": "start"}
        fake.answer("CoreShowChannels", lambda _: [start, *[row] * (LONGEST_LIST // 1000)])
        with pytest.raises(OutcomeUnknown, match="a list without an end"):
            await link.list(CoreShowChannels())
