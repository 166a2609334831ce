"""Whom a conference lets in: what is asked, and what is not to be seen forbids nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from telectl.asterisk import Address, Admission, Link, Timeouts, admission, enters_as_administrator
from telectl.errors import ServerUnavailable
from telectl.testing import FakeAsterisk

ROOM = "9600051"


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


def says(fake: FakeAsterisk, **functions: str) -> None:
    """Let dialplan functions say something; the others are not loaded."""

    def answer(asked: dict[str, str]) -> list[dict[str, str]]:
        name, _, arguments = asked["Variable"].partition("(")
        key = f"{name}_{arguments.partition(',')[0]}" if name == "CONFBRIDGE_INFO" else name
        return [{"Response": "Success", "Variable": asked["Variable"], "Value": functions.get(key, "")}]

    fake.answer("Getvar", answer)


async def occupy(fake: FakeAsterisk, link: Link) -> None:
    fake.join(ROOM, "PJSIP/gs101-1")
    with link.expect(lambda event: event.name.endswith("Join")) as joined:
        assert link.state.room(ROOM) or await joined.wait(2)


async def test_a_room_that_does_not_exist_lets_everybody_in(fake: FakeAsterisk, link: Link) -> None:
    says(fake, CONFBRIDGE_INFO_parties="0", CONFBRIDGE_INFO_locked="0")
    assert await admission(link, ROOM) == Admission()


@pytest.mark.parametrize(
    ("appdata", "configured", "most"),
    [
        (f"{ROOM},vici_small_bridge,vici_agent_user", "2", 2),
        (f"{ROOM},vici_small_bridge", "2", 2),
        (ROOM, "7", 7),
        (f"{ROOM},,vici_agent_user", "7", 7),
        (f"{ROOM},vici_small_bridge", "", 0),
        (f"{ROOM},vici_small_bridge", "many", 0),
        (f"{ROOM},odd profile(1)", "2", 0),
        ("", "2", 0),
        ("9600052,vici_small_bridge", "2", 0),
    ],
)
async def test_most_members_are_those_of_the_profile_in_use(
    fake: FakeAsterisk, link: Link, appdata: str, configured: str, most: int
) -> None:
    says(fake, CONFBRIDGE_INFO_parties="2", CONFBRIDGE_INFO_locked="0", CHANNEL=appdata, AST_CONFIG=configured)
    await occupy(fake, link)
    found = await admission(link, ROOM)
    assert found == Admission(locked=False, members=2, most=most)
    asked = [action["Variable"] for action in fake.got("Getvar") if action["Variable"].startswith("AST_CONFIG")]
    profile = appdata.split(",")[1] if appdata.count(",") and appdata.split(",")[1] else "default_bridge"
    assert asked in ([], [f"AST_CONFIG(confbridge.conf,{profile},max_members,-1)"])
    assert bool(asked) is (bool(appdata) and appdata.startswith(ROOM) and "odd" not in appdata)


@pytest.mark.parametrize(
    ("members", "leaving", "most", "place"),
    [(2, 0, 0, True), (2, 0, 2, False), (2, 1, 2, True), (3, 1, 2, False), (1, 0, 2, True), (50, 0, 50, False)],
)
def test_who_leaves_makes_place(members: int, leaving: int, most: int, place: bool) -> None:
    assert Admission(members=members, most=most).has_place(leaving) is place


async def test_a_lock_is_seen(fake: FakeAsterisk, link: Link) -> None:
    says(fake, CONFBRIDGE_INFO_parties="1", CONFBRIDGE_INFO_locked="1")
    assert await admission(link, ROOM) == Admission(locked=True, members=1)


@pytest.mark.parametrize("lock", ["1", "0", ""])
async def test_a_lock_of_meetme_is_seen(fake: FakeAsterisk, link: Link, lock: str) -> None:
    fake.engine = "MEETME"
    says(fake, MEETME_INFO=lock)
    await occupy(fake, link)
    assert await admission(link, ROOM) == Admission(locked=lock == "1", members=1)


@pytest.mark.parametrize(
    ("lines", "admin", "found"),
    [
        ([("Answer", ""), ("ConfBridge", "${EXTEN:1},vici_agent_bridge,vici_agent_user")], "yes", True),
        ([("ConfBridge", "${EXTEN:1},vici_agent_bridge,vici_agent_user")], "True", True),
        ([("ConfBridge", "${EXTEN},vici_agent_bridge,vici_customer_user")], "no", False),
        ([("ConfBridge", "${EXTEN}")], "", False),
        ([("Goto", "29600051,1")], "yes", None),
    ],
)
async def test_a_way_is_an_administrators_by_the_profile_in_its_line(
    fake: FakeAsterisk, link: Link, lines: list[tuple[str, str]], admin: str, found: object
) -> None:
    rows = [{"Event": "ListDialplan", "Application": name, "AppData": data} for name, data in lines]
    begin = {"Response": "Success", "EventList": "start", "Message": "will follow"}
    end = {"Event": "ShowDialPlanComplete", "EventList": "Complete"}
    fake.answer("ShowDialPlan", lambda _: [begin, *rows, end])
    says(fake, AST_CONFIG=admin)
    assert await enters_as_administrator(link, "default", f"2{ROOM}") is found


async def test_of_an_extension_that_is_not_listed_nothing_is_known(fake: FakeAsterisk, link: Link) -> None:
    fake.extensions = set()
    assert await enters_as_administrator(link, "default", f"2{ROOM}") is None


async def test_a_question_without_an_answer_has_moved_nobody(fake: FakeAsterisk, link: Link) -> None:
    fake.answer("ShowDialPlan", lambda _: [])
    with pytest.raises(ServerUnavailable):
        await enters_as_administrator(link, "default", ROOM)
    fake.answer("Getvar", lambda _: [])
    with pytest.raises(ServerUnavailable):
        await admission(link, ROOM)
