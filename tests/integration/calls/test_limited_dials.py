"""The limit on dialling over AMI: what is over it reaches no Asterisk, and parks nobody."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import ContactCentre
from lab.phone import Phone
from lab.until import until
from parts import NUMBER, Api, Desk, dial_third, let_pass, start_api

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def limited(centre: ContactCentre) -> AsyncIterator[Api]:
    async for running in start_api(centre, dials_per_agent=1):
        yield running


async def test_the_second_dial_of_a_minute_is_refused_before_anything_is_done(
    limited: Api, call: Desk, third: Phone
) -> None:
    rows = call.centre.rows
    await rows.run("DELETE FROM telectl_dials")
    await until(lambda: time.time() % 60 < 40, 22)
    await dial_third(limited)
    await third.talking(10)
    assert (await limited.ask("transfer_conference", value="HANGUP_XFER")).startswith("SUCCESS")
    await let_pass(rows)
    started = time.monotonic()
    answer = await limited.ask("transfer_conference", value="PARK_CUSTOMER_DIAL", phone_number=NUMBER)
    assert answer == "ERROR: transfer_conference error - dialling limit reached - 1000|agent"
    assert await rows.all("SELECT * FROM parked_channels") == []
    members = await call.centre.witness.members(call.room)
    assert call.line.channel in members
    assert not [event for event in call.centre.witness.events if event.at > started and event.name == "Newchannel"]
