"""Nobody knows what became of a redirect: the rows stay, the answer says so, and the truth is found out later."""

from __future__ import annotations

import pytest
from lab.contact_centre import Rows
from lab.until import until
from parts import Api

from telectl.testing import FakeAsterisk

pytestmark = pytest.mark.asyncio(loop_scope="module")
UNKNOWN = "ERROR: park_call error - outcome unknown - 1000"


async def parked(rows: Rows) -> int:
    return len(await rows.all("SELECT * FROM parked_channels"))


async def logged(rows: Rows) -> list[str]:
    return [row["status"] for row in await rows.all("SELECT status FROM park_log")]


async def test_park_and_grab_work_on_either_engine(api: Api, fake: FakeAsterisk, rows: Rows) -> None:
    assert await api.ask("park_call", value="PARK_CUSTOMER") == "SUCCESS: park_call function set - PARK_CUSTOMER|1000"
    assert await parked(rows) == 1
    assert await api.ask("park_call", value="GRAB_CUSTOMER") == "SUCCESS: park_call function set - GRAB_CUSTOMER|1000"
    assert fake.channels["PJSIP/customer1-00000001"].room == "9600051"
    assert (await parked(rows), await logged(rows)) == (0, ["GRABBED"])


async def test_a_redirect_without_effect_is_unknown_and_undone_later(api: Api, fake: FakeAsterisk, rows: Rows) -> None:
    fake.answer("Redirect", lambda _: [{"Response": "Success"}])  # and nobody moves
    assert await api.ask("park_call", value="PARK_CUSTOMER") == UNKNOWN
    assert await parked(rows) == 1
    await until(lambda: _is(rows, 0, []))


async def test_a_lost_link_is_unknown_and_what_had_moved_stays_moved(api: Api, fake: FakeAsterisk, rows: Rows) -> None:
    def move_and_die(action: dict[str, str]) -> list[dict[str, str]]:
        channel = fake.channels[action["Channel"]]
        channel.room = ""
        fake.drop()
        return []

    fake.answer("Redirect", move_and_die)
    assert await api.ask("park_call", value="PARK_CUSTOMER") == UNKNOWN
    await api.usable()
    await until(lambda: _is(rows, 1, ["PARKED"]))


async def test_a_customer_that_is_gone_afterwards_leaves_no_parked_row(
    api: Api, fake: FakeAsterisk, rows: Rows
) -> None:
    def lose(action: dict[str, str]) -> list[dict[str, str]]:
        del fake.channels[action["Channel"]]
        fake.drop()
        return []

    fake.answer("Redirect", lose)
    assert await api.ask("park_call", value="PARK_CUSTOMER") == UNKNOWN
    await until(lambda: _is(rows, 0, ["HUNGUP"]))


async def test_a_refused_redirect_undoes_its_rows_at_once(api: Api, fake: FakeAsterisk, rows: Rows) -> None:
    fake.answer("Redirect", lambda _: [{"Response": "Error", "Message": "Channel does not exist: x"}])
    answer = await api.ask("park_call", value="PARK_CUSTOMER")
    assert answer == "ERROR: park_call error - customer channel not live - 1000"
    assert (await parked(rows), await logged(rows)) == (0, [])


async def _is(rows: Rows, count: int, statuses: list[str]) -> bool:
    return (await parked(rows), await logged(rows)) == (count, statuses)
