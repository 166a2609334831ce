"""What the dialplan says of an extension: as Asterisk finds it, and without the module that answers that."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from telectl.asterisk import Address, Link, Timeouts, evaluate, extension_exists
from telectl.errors import ActionRefused, ServerUnavailable, UnsafeValue
from telectl.testing import FakeAsterisk


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk() as running:
        yield running


@pytest_asyncio.fixture
async def link(fake: FakeAsterisk) -> AsyncIterator[Link]:
    address = Address("127.0.0.1", "127.0.0.1", fake.port, fake.username, fake.secret)
    link = Link(address, Timeouts(action=0.2, list=0.3))
    await link.start()
    assert await link.tried(5)
    yield link
    await link.close()


def rows(*priorities: str) -> list[dict[str, str]]:
    """Lines of an extension at these priorities, as ShowDialPlan lists them."""
    listed = [{"Event": "ListDialplan", "Extension": "100", "Priority": priority} for priority in priorities]
    switch = {"Event": "ListDialplan", "Context": "default", "Switch": "Realtime/@extensions"}
    return [
        {"Response": "Success", "EventList": "start", "Message": "will follow"},
        *listed,
        switch,
        {"Event": "ShowDialPlanComplete", "EventList": "Complete"},
    ]


@pytest.mark.parametrize(
    "case",
    [
        ("1", "", ["hint"], True),
        ("1", "PJSIP/a-1", ["hint"], True),
        ("0", "PJSIP/a-1", ["1"], False),
        ("0", "", ["1", "2"], True),
        ("0", "", ["hint", "2"], False),
        ("", "PJSIP/a-1", ["1"], True),
        ("", "PJSIP/a-1", ["hint"], False),
        ("", "", ["2"], False),
    ],
    ids=[
        "found",
        "found for a channel",
        "not for this channel",
        "for certain callers, and nobody knows who will call",
        "rows that are no first step",
        "no such function, a first step",
        "no such function, a hint",
        "no such function, a later step",
    ],
)
async def test_an_extension_is_what_a_call_can_go_to(
    fake: FakeAsterisk, link: Link, case: tuple[str, str, list[str], bool]
) -> None:
    """A case is what DIALPLAN_EXISTS says, for which channel, the lines that ShowDialPlan lists, and what is right."""
    said, channel, listed, found = case
    fake.answer("Getvar", lambda _: [{"Response": "Success", "Variable": "", "Value": said}])
    fake.answer("ShowDialPlan", lambda _: rows(*listed))
    assert await extension_exists(link, "default", "100", channel) is found
    asked = fake.got("Getvar")[0]
    assert (asked["Variable"], asked.get("Channel", "")) == ("DIALPLAN_EXISTS(default,100,1)", channel)


async def test_a_channel_that_has_ended_is_said_so(link: Link) -> None:
    with pytest.raises(ActionRefused, match="No such channel"):
        await extension_exists(link, "default", "100", "PJSIP/gone-1")


@pytest.mark.parametrize("silent", ["Getvar", "ShowDialPlan"])
async def test_a_question_without_an_answer_has_moved_nobody(fake: FakeAsterisk, link: Link, silent: str) -> None:
    fake.answer("Getvar", lambda _: [{"Response": "Success", "Variable": "", "Value": ""}])
    fake.answer(silent, lambda _: [])
    with pytest.raises(ServerUnavailable):
        await extension_exists(link, "default", "100")


@pytest.mark.parametrize("exten", ["100,1)", "100(", "", "1 0", "${EXTEN}"])
async def test_no_argument_is_read_as_two(fake: FakeAsterisk, link: Link, exten: str) -> None:
    with pytest.raises(UnsafeValue):
        await evaluate(link, "DIALPLAN_EXISTS", "default", exten, "1")
    assert fake.got("Getvar") == []
