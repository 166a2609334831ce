"""TELECTL_CALL_CONTROL=auto, TELECTL_DTMF=room, and the vicidial mode beside a real Asterisk."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import ContactCentre
from lab.until import until
from parts import Api, Desk, living_screen, start_api

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def auto(centre: ContactCentre) -> AsyncIterator[Api]:
    async for running in start_api(centre, call_control="auto"):
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(centre: ContactCentre) -> AsyncIterator[Api]:
    async for running in start_api(centre, dtmf="room"):
        yield running


async def test_auto_leaves_it_to_a_living_screen_and_acts_itself_otherwise(auto: Api, call: Desk) -> None:
    async def flagged() -> bool:
        await auto.ask("park_call", value="PARK_XFER")
        return bool((await call.flags())["external_park"] == "PARK_XFER")

    async with living_screen(call):
        await until(flagged, 8, every=0.5)

    async def direct() -> bool:
        return (await auto.ask("park_call", value="GRAB_CUSTOMER")).endswith("customer is not parked - 1000")

    await until(direct, 10, every=0.5)


async def test_in_room_mode_everybody_hears_the_digits(room: Api, call: Desk) -> None:
    assert await room.ask("send_dtmf", value="12S") == "SUCCESS: send_dtmf function set - 12S|1000"
    await until(lambda: len(call.customer.digits) == 3, 10)
    assert "".join(digit.key for digit in call.customer.digits) == "12*"
    await until(lambda: len(call.phone.digits) == 3, 5)
