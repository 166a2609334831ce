"""Commands that lose their link or their time in the middle, and customers that are lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.until import until
from parts import Api

from telectl import app
from telectl.asterisk import Address, Link, Timeouts
from telectl.calls.hangup.sql import WANT_END
from telectl.calls.saga.confirm import ConfirmedActions
from telectl.calls.timing import Timing
from telectl.database import Database
from telectl.database.call_rows import CAMPAIGN
from telectl.errors import OutcomeUnknown
from telectl.testing import FakeAsterisk

pytestmark = pytest.mark.asyncio(loop_scope="module")
AGENT, CUSTOMER, THIRD = "PJSIP/gs101-1", "PJSIP/customer1-00000001", "PJSIP/carrier-00000009"
CALL = "V1123000000000001002"
ROOM = "9600051"
UNKNOWN = "ERROR: transfer_conference error - outcome unknown - 1000"
UNAVAILABLE = "telephony server not available - 1000"
Message = dict[str, str]


EARLY = Timing(request=0.8, confirm=0.2, still_moving=0.2)
"""Requests end early."""
BEFORE_ITS_EFFECT = replace(EARLY, confirm=3.0, still_moving=1.0)
"""A request ends before its action shows an effect, and the effect comes before anybody looks for it."""


@pytest.fixture
def timing() -> Timing:
    return EARLY


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def everybody(fake: FakeAsterisk, rows: Rows) -> None:
    """Put a third party into the room, and let both engines have free rooms."""
    await rows.run(
        "INSERT INTO vicidial_conferences (conf_exten, server_ip, extension)"
        " SELECT conf_exten, server_ip, extension FROM vicidial_confbridges"
    )
    fake.join(ROOM, THIRD, "DC000001W0000001002W")


async def transfer(api: Api, value: str, **more: str) -> str:
    return await api.ask("transfer_conference", value=value, **more)


async def park(api: Api, value: str) -> str:
    return await api.ask("park_call", value=value)


async def blind(api: Api) -> str:
    return await transfer(api, "BLIND_TRANSFER", phone_number="5559991111")


async def agent(rows: Rows) -> dict[str, Any]:
    return await rows.one("SELECT status, callerid, conf_exten FROM vicidial_live_agents WHERE user = '1000'")


async def count(rows: Rows, table: str, where: str = "1") -> int:
    return len(await rows.all(f"SELECT 1 FROM {table} WHERE {where}"))


async def released(rows: Rows) -> bool:
    found = await agent(rows)
    return (found["status"], found["callerid"]) == ("PAUSED", "")


def link_of(api: Api) -> Any:
    return api.server.app[app.FLEET].links["127.0.0.1"]


async def lose(api: Api, fake: FakeAsterisk) -> None:
    """Cut the link, and wait until telectl knows."""
    fake.drop()
    while link_of(api).usable:  # noqa: ASYNC110 - as soon as it knows, not later
        await asyncio.sleep(0)


def later(act: Callable[[Message], object]) -> Callable[[Message], list[Message]]:
    """Accept an action whose effect comes after the request has ended."""

    def script(action: Message) -> list[Message]:
        asyncio.get_running_loop().call_later(1.2, act, action)
        return [{"Response": "Success"}]

    return script


@pytest.mark.parametrize("timing", [BEFORE_ITS_EFFECT])
async def test_an_agent_that_leaves_after_the_request_has_ended_keeps_its_fresh_room(
    api: Api, fake: FakeAsterisk, rows: Rows
) -> None:
    fake.answer("Redirect", later(lambda action: fake.join(action["Exten"][-7:], AGENT, exten=action["Exten"])))
    assert (await transfer(api, "LEAVE_3WAY_CALL")).startswith("ERROR: ")
    await until(lambda: released(rows), 10)
    room = (await agent(rows))["conf_exten"]
    assert room == fake.channels[AGENT].room != ROOM
    table = "vicidial_confbridges" if fake.engine == "CONFBRIDGE" else "vicidial_conferences"
    assert await count(rows, table, f"conf_exten = {room} AND extension = 'PJSIP/gs101'") == 1


@pytest.mark.parametrize("timing", [BEFORE_ITS_EFFECT])
async def test_a_customer_that_leaves_after_the_request_has_ended_releases_the_agent(
    api: Api, fake: FakeAsterisk, rows: Rows
) -> None:
    fake.answer("Redirect", later(lambda _: fake._move(fake.channels[CUSTOMER], "5559991111")))  # noqa: SLF001
    assert (await blind(api)).startswith("ERROR: ")
    await until(lambda: released(rows), 10)


async def test_a_link_lost_while_a_transferred_call_is_watched_releases_the_agent(
    api: Api, fake: FakeAsterisk, rows: Rows
) -> None:
    def move_and_die(action: Message) -> list[Message]:
        fake._move(fake.channels[action["Channel"]], action["Exten"])  # noqa: SLF001
        asyncio.get_running_loop().call_later(0.1, fake.drop)
        return [{"Response": "Success"}]

    fake.answer("Redirect", move_and_die)
    assert await blind(api) == UNKNOWN
    await until(lambda: released(rows), 10)


async def test_a_link_lost_while_the_rows_are_read_drops_no_parked_customer(
    api: Api, fake: FakeAsterisk, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await park(api, "PARK_CUSTOMER")).startswith("SUCCESS")
    read = Database.one

    async def read_late(self: Database, select: Any, **values: Any) -> Any:
        if select is CAMPAIGN:
            await lose(api, fake)
        return await read(self, select, **values)

    monkeypatch.setattr(Database, "one", read_late)
    assert await park(api, "GRAB_CUSTOMER") == f"ERROR: park_call error - {UNAVAILABLE}"
    assert await count(rows, "parked_channels") == 1


async def test_a_link_lost_before_a_hangup_is_no_success(
    api: Api, fake: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Database.write

    async def write_late(self: Database, statement: Any, **values: Any) -> Any:
        if statement is WANT_END:
            await lose(api, fake)
        return await write(self, statement, **values)

    monkeypatch.setattr(Database, "write", write_late)
    assert await transfer(api, "HANGUP_XFER") == f"ERROR: transfer_conference error - {UNAVAILABLE}"
    assert THIRD in fake.channels


@pytest.mark.parametrize("command", [lambda api: park(api, "GRAB_CUSTOMER"), blind], ids=["grab", "blind"])
async def test_a_parked_customer_that_hangs_up_on_the_way_leaves_no_rows(
    api: Api, fake: FakeAsterisk, rows: Rows, command: Callable[[Api], Awaitable[str]]
) -> None:
    assert (await park(api, "PARK_CUSTOMER")).startswith("SUCCESS")

    def gone(action: Message) -> list[Message]:
        fake.hang_up(action["Channel"])
        return [{"Response": "Error", "Message": f"Channel does not exist: {action['Channel']}"}]

    fake.answer("Redirect", gone)
    assert (await command(api)).endswith(" error - customer channel not live - 1000")
    assert await count(rows, "parked_channels") == 0
    assert await rows.all("SELECT status FROM park_log") == [{"status": "HUNGUP"}]
    if command is blind:
        assert await count(rows, "vicidial_auto_calls", f"callerid = '{CALL}'") == 0


async def test_a_parked_customer_that_stays_after_an_unknown_transfer_is_still_the_agents(
    api: Api, fake: FakeAsterisk, rows: Rows
) -> None:
    assert (await park(api, "PARK_CUSTOMER")).startswith("SUCCESS")

    def die(_: Message) -> list[Message]:
        fake.drop()
        return []

    fake.answer("Redirect", die)
    assert await blind(api) == UNKNOWN
    assert await count(rows, "parked_channels") == 0

    async def as_before() -> bool:
        held = await count(rows, "vicidial_auto_calls", f"callerid = '{CALL}'")
        return (await count(rows, "parked_channels"), held) == (1, 1)

    await until(as_before, 10)
    assert (await agent(rows))["callerid"] == CALL


async def test_a_link_lost_while_a_parked_customer_leaves_is_unknown(api: Api, fake: FakeAsterisk, rows: Rows) -> None:
    assert (await park(api, "PARK_CUSTOMER")).startswith("SUCCESS")

    def move(action: Message) -> list[Message]:
        def die(_: Message) -> list[Message]:
            fake.channels[CUSTOMER].exten = action["Exten"]
            fake.drop()
            return []

        fake.answer("Getvar", die)  # the question whether the customer has moved is never answered
        return [{"Response": "Success"}]

    fake.answer("Redirect", move)
    assert await blind(api) == UNKNOWN
    await until(lambda: released(rows), 10)


async def test_a_refused_dial_is_followed_no_more(api: Api, fake: FakeAsterisk, rows: Rows) -> None:
    fake.answer("Originate", lambda _: [{"Response": "Error", "Message": "Extension does not exist."}])
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", phone_number="5557021111")
    assert answer == "ERROR: transfer_conference error - refused by the telephony server - 1000"
    calls = api.server.app[app.SERVICES].calls.tracker
    assert not calls._by_channel  # noqa: SLF001
    assert not calls._by_request  # noqa: SLF001
    assert await count(rows, "telectl_calls") == 0


async def test_without_a_link_no_channel_is_said_to_have_ended() -> None:
    link = Link(Address("10.0.0.1", "127.0.0.1", 9, "telectl", "telectl"), Timeouts())
    with pytest.raises(OutcomeUnknown):
        await ConfirmedActions(Timing()).stays_up(link, CUSTOMER)
