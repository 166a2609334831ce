"""Who gets an event: those who await one, and those who want all."""

from __future__ import annotations

import asyncio
import time

import pytest

from telectl.asterisk import Message
from telectl.asterisk.listeners import Listeners
from telectl.errors import OutcomeUnknown


def event(name: str) -> Message:
    return Message({"Event": name})


async def test_an_expectation_keeps_the_first_event_that_fits_though_nobody_waits_yet() -> None:
    listeners = Listeners("10.0.0.1")
    listeners.notify(Message({"Event": "Hangup", "Channel": "too early"}))
    with listeners.expect(lambda event: event.name == "Hangup") as hangup:
        for one in (event("Newstate"), Message({"Event": "Hangup", "Channel": "first"}), event("Hangup")):
            listeners.notify(one)
        found = await hangup.wait(0)
        assert found is not None
        assert found["Channel"] == "first"
        assert await hangup.wait(0) is found


async def test_an_expectation_ends_with_its_body() -> None:
    listeners = Listeners("10.0.0.1")
    seen: list[str] = []

    def fits(event: Message) -> bool:
        seen.append(event.name)
        return False

    with listeners.expect(fits) as never:
        listeners.notify(event("One"))
        assert await never.wait(0.01) is None
    listeners.notify(event("Two"))
    assert seen == ["One"]


async def test_an_end_fails_who_waits_and_not_who_has_got_it() -> None:
    listeners = Listeners("10.0.0.1")
    with (
        listeners.expect(lambda event: event.name == "One") as got,
        listeners.expect(lambda _: False) as waits,
        listeners.expect(lambda _: False),  # nobody waits: no error that was never looked at
    ):
        waiting = asyncio.create_task(waits.wait(10))
        listeners.notify(event("One"))
        await asyncio.sleep(0)
        listeners.fail("the cause")
        with pytest.raises(OutcomeUnknown, match="the cause"):
            await waiting
        assert await got.wait(0) is not None


async def test_a_listener_that_fails_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    listeners = Listeners("10.0.0.1")
    heard: list[str] = []

    def broken(_: Message) -> None:
        raise ValueError("a listener's fault")

    listeners.subscribe(broken)
    end = listeners.subscribe(lambda event: heard.append(event.name))
    listeners.notify(event("One"))
    end()
    listeners.notify(event("Two"))
    assert heard == ["One"]
    assert "a listener's fault" in caplog.text
    assert len(caplog.records) == 2


async def test_a_listener_may_end_itself_or_begin_another(caplog: pytest.LogCaptureFixture) -> None:
    listeners = Listeners("10.0.0.1")
    heard: list[str] = []

    def once(event: Message) -> None:
        end()
        heard.append(event.name)
        listeners.subscribe(lambda event: heard.append(f"then {event.name}"))

    end = listeners.subscribe(once)
    listeners.notify(event("One"))
    listeners.notify(event("Two"))
    assert heard == ["One", "then Two"]
    assert caplog.text == ""


async def test_a_listener_that_holds_the_reader_up_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    listeners = Listeners("10.0.0.1")
    listeners.subscribe(lambda _: time.sleep(0.06))
    listeners.notify(event("One"))
    assert "a listener held events of 10.0.0.1 up for 0." in caplog.text
