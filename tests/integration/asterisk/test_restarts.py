"""An Asterisk that is restarted is usable again as soon as it is up, whatever it answered meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

import pytest
import pytest_asyncio
from lab.ami import ManagerError
from lab.asterisk import Asterisk
from lab.until import until

from telectl.asterisk import Address, Link, Timeouts
from telectl.testing import FakeAsterisk

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.own_asterisk, pytest.mark.timeout(120)]
SOON = 3.0
"""Seconds: the longest pause between two attempts, and the time that a login and the lists take."""


@pytest_asyncio.fixture(loop_scope="module")
async def link(asterisk: Asterisk) -> AsyncIterator[Link]:
    running = Link(Address("127.0.0.1", asterisk.host, asterisk.ami_port, *asterisk.manager), Timeouts())
    await running.start()
    await until(lambda: running.usable, 10)
    yield running
    await running.close()


async def restarted(asterisk: Asterisk, words: str) -> None:
    """Give a command that restarts it, and wait until it is up again."""
    async with asterisk.witness() as witness:
        with contextlib.suppress(ManagerError):
            await witness.command(words)
        await until(witness._task.done, 10)  # noqa: SLF001 - its connection has ended

    async def is_up() -> bool:
        try:
            async with asterisk.witness() as ami:
                await ami.event("FullyBooted", within=5)
        except Exception:  # noqa: BLE001 - not yet, in whichever way
            return False
        return True

    await until(is_up, 30, every=0.05)


@pytest.mark.parametrize("words", ["core restart now"] * 4 + ["core restart gracefully"])
async def test_it_is_usable_again_soon_after_it_is_up(link: Link, asterisk: Asterisk, words: str) -> None:
    await restarted(asterisk, words)
    started = time.monotonic()
    await until(lambda: link.usable, 20, every=0.01, what=lambda: link.trouble)
    assert time.monotonic() - started < SOON
    await asyncio.sleep(0.2)
    assert link.usable


@asynccontextmanager
async def linked(fake: FakeAsterisk) -> AsyncIterator[Link]:
    running = Link(Address("127.0.0.1", "127.0.0.1", fake.port, fake.username, fake.secret), Timeouts())
    await running.start()
    yield running
    await running.close()


def refuses(times: int, words: str, then: list[dict[str, str]]) -> Callable[[dict[str, str]], list[dict[str, str]]]:
    """Answer an error so many times, then this."""
    left = count(times, -1)
    return lambda _: [{"Response": "Error", "Message": words}] if next(left) > 0 else then


async def test_a_list_that_is_refused_while_it_starts_is_asked_for_again_soon() -> None:
    async with FakeAsterisk() as fake, linked(fake) as link:
        await until(lambda: link.usable, 5)
        done = {"Event": "CoreShowChannelsComplete", "EventList": "Complete", "ListItems": "0"}
        listed = [{"Response": "Success", "EventList": "start"}, done]
        fake.answer("CoreShowChannels", refuses(2, "Invalid/unknown command", listed))
        fake.drop()
        await until(lambda: link.trouble.startswith("CoreShowChannels was refused"), 5)
        started = time.monotonic()
        await until(lambda: link.usable, 20)
        assert time.monotonic() - started < SOON


async def test_a_login_that_had_worked_is_tried_again_soon_when_it_is_refused() -> None:
    async with FakeAsterisk(offers_challenge=False) as fake, linked(fake) as link:
        await until(lambda: link.usable, 5)
        accepted = [{"Response": "Success", "Message": "Authentication accepted"}, {"Event": "FullyBooted"}]
        fake.answer("Login", refuses(2, "Authentication failed", accepted))
        fake.drop()
        await until(lambda: link.trouble == "login refused: Authentication failed", 5)
        started = time.monotonic()
        await until(lambda: link.usable, 20)
        assert time.monotonic() - started < SOON


async def test_a_storm_of_events_before_the_answer_to_a_ping_is_a_sign_of_life() -> None:
    timeouts = Timeouts(heartbeat=0.05, action=0.3)
    storm = [{"Event": "Newexten", "Channel": "PJSIP/x-1", "Uniqueid": "1.1"}] * 3000

    async with FakeAsterisk() as fake:
        link = Link(Address("127.0.0.1", "127.0.0.1", fake.port, fake.username, fake.secret), timeouts)
        link.subscribe(lambda _: time.sleep(0.0005))  # as much as an event costs on a busy machine
        await link.start()
        await until(lambda: link.usable, 5)
        fake.answer("Ping", lambda _: [*storm, {"Response": "Success", "Ping": "Pong"}])
        pings = len(fake.got("Ping"))
        await until(lambda: len(fake.got("Ping")) > pings + 2, 30)
        assert link.usable
        assert len(fake.got("Login")) == 1
        fake.silent = True  # and silence is none
        await until(lambda: not link.usable, 30)
        await link.close()
