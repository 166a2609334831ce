"""transfer_conference on a real Asterisk: what every phone hears, and what the rows say."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.phone import Phone
from lab.tones import MESSAGE, PERSON
from lab.until import until
from parts import AGENT, CUSTOMER, Api, Desk, hears

pytestmark = pytest.mark.asyncio(loop_scope="module")
THIRD = 600
NUMBER = "5557021111"
"""Rings the third party's phone."""


@pytest_asyncio.fixture(loop_scope="module")
async def third(call: Desk) -> AsyncIterator[Phone]:
    phone = await call.centre.phone("customer2", THIRD, "third party")
    phone.auto_answer, phone.refuse = True, 0
    yield phone
    for one in phone.calls:
        if not one.ended:
            await one.hangup()


async def transfer(api: Api, value: str, **more: str) -> str:
    return await api.ask("transfer_conference", value=value, **more)


async def dial_third(api: Api, third: Phone, **more: str) -> str:
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", phone_number=NUMBER, **more)
    assert answer.startswith("SUCCESS"), answer
    await third.talking(10)
    return answer.split("|")[-2]


async def test_the_third_party_and_all_others_hear_each_other(api: Api, call: Desk, third: Phone) -> None:
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", phone_number=NUMBER)
    start = f"SUCCESS: transfer_conference function set - DIAL_WITH_CUSTOMER||{NUMBER}|NO|1000|{call.line.call_id}|"
    assert re.fullmatch(re.escape(start) + r"DC\d{6}W0000001002W\|", answer)
    talking = await third.talking(10)
    await hears(talking, {AGENT, CUSTOMER})
    await hears(call.line.customer, {AGENT, THIRD})
    await hears(call.line.agent, {CUSTOMER, THIRD})


async def test_the_third_party_is_hung_up(api: Api, call: Desk, third: Phone) -> None:
    await dial_third(api, third)
    answer = await transfer(api, "HANGUP_XFER")
    assert answer == f"SUCCESS: transfer_conference function set - HANGUP_XFER|||NO|1000|{call.line.call_id}|"
    await until(lambda: all(one.ended for one in third.calls))
    await hears(call.line.customer, {AGENT})


async def test_a_ringing_third_party_is_cancelled(api: Api, third: Phone) -> None:
    third.auto_answer = False
    await transfer(api, "DIAL_WITH_CUSTOMER", phone_number=NUMBER)
    await third.ringing()
    assert (await transfer(api, "HANGUP_XFER")).startswith("SUCCESS")
    await until(lambda: all(one.ended for one in third.calls))


async def test_leaving_lets_the_two_go_on(api: Api, call: Desk, third: Phone) -> None:
    await dial_third(api, third)
    answer = await transfer(api, "LEAVE_3WAY_CALL")
    assert answer.startswith("SUCCESS"), answer
    await hears(third.current, {CUSTOMER})
    await hears(call.line.customer, {THIRD})
    await hears(call.line.agent, set())


async def test_blind(api: Api, call: Desk) -> None:
    answer = await transfer(api, "BLIND_TRANSFER", phone_number="5559991111")
    assert answer.startswith("SUCCESS"), answer
    await hears(call.line.customer, {PERSON})


async def test_voicemail(api: Api, call: Desk) -> None:
    answer = await transfer(api, "LEAVE_VM")
    assert answer.startswith("SUCCESS"), answer
    await hears(call.line.customer, {MESSAGE})


async def test_closer(api: Api, call: Desk) -> None:
    answer = await transfer(api, "LOCAL_CLOSER", ingroup_choices="SALESLINE")
    assert answer.startswith("SUCCESS"), answer
    await hears(call.line.customer, set(), music=True)


async def test_both(api: Api, call: Desk, third: Phone) -> None:
    await dial_third(api, third)
    answer = await transfer(api, "HANGUP_BOTH")
    assert answer.startswith("SUCCESS"), answer
    await until(lambda: all(one.ended for one in third.calls))
    assert call.line.customer is not None
    await call.line.customer.is_over()


@pytest.mark.parametrize("value", ["PARK_XFER", "SWAP_PARK_XFER"])
async def test_park_third(api: Api, call: Desk, third: Phone, value: str) -> None:
    await dial_third(api, third)
    if value == "SWAP_PARK_XFER":
        await api.ask("park_call", value="PARK_CUSTOMER")
    assert (await api.ask("park_call", value=value)).startswith("SUCCESS")
    await hears(third.current, set(), music=True)
    await hears(call.line.customer, {AGENT})
    assert (await api.ask("park_call", value="GRAB_XFER")).startswith("SUCCESS")
    await hears(third.current, {AGENT, CUSTOMER})


async def test_park_dial_swap_hangup(api: Api, call: Desk, third: Phone) -> None:
    answer = await transfer(api, "PARK_CUSTOMER_DIAL", phone_number=NUMBER)
    assert answer.startswith("SUCCESS"), answer
    await third.talking(10)
    await hears(call.line.customer, set(), music=True)
    await hears(third.current, {AGENT})
    answer = await api.ask("park_call", value="SWAP_PARK_XFER")
    assert answer.startswith("SUCCESS"), answer
    await hears(call.line.customer, {AGENT})
    answer = await api.ask("park_call", value="SWAP_PARK_CUSTOMER")
    assert answer.startswith("SUCCESS"), answer
    await hears(third.current, {AGENT})
    await hears(call.line.customer, set(), music=True)
    answer = await api.ask("park_call", value="HANGUP_XFER_GRAB_CUSTOMER")
    assert answer.startswith("SUCCESS"), answer
    await hears(call.line.customer, {AGENT})
    assert third.current is None
