"""Second legs of a phone, listeners at the end of a call, a third party that a dialplan gave another name."""

from __future__ import annotations

import pytest
from lab.call import Call
from lab.phone import Phone
from lab.until import until
from parts import AGENT, CUSTOMER, Api, Desk, hears
from situations import in_room

pytestmark = pytest.mark.asyncio(loop_scope="module")
GUEST = 850
NO_THIRD = "no third party on the line"


async def guest(desk: Desk, prefix: str, caller_id: str = '"boss" <105>') -> Call:
    """Let a guest's phone enter the agent's room in this way."""
    phone = await desk.centre.phone("gs105", GUEST, "guest")
    return await desk.centre.call_into_room(phone, desk.room, caller_id, prefix=prefix)


# ---- the end of a call


@pytest.mark.parametrize(
    "prefix", ["2", "3", "4", "6"], ids=["a colleague", "an administrator", "a monitor", "a barge"]
)
async def test_who_listens_to_the_agent_is_not_hung_up_with_the_call(api: Api, call: Desk, prefix: str) -> None:
    listener = await guest(call, prefix)
    answer = await api.ask("transfer_conference", value="HANGUP_BOTH")
    assert answer.startswith("SUCCESS"), answer
    await until(lambda: call.customer.current is None)
    assert not listener.ended
    assert len(await in_room(call, "")) == 2


async def test_who_dialled_the_room_goes_with_the_call(api: Api, call: Desk) -> None:
    somebody = await guest(call, "", '"Sarah" <7275559999>')
    answer = await api.ask("transfer_conference", value="HANGUP_BOTH")
    assert answer.startswith("SUCCESS"), answer
    await until(lambda: call.customer.current is None and somebody.ended)
    assert len(await in_room(call, "")) == 1


# ---- another leg of the agent's own phone


@pytest.mark.parametrize("prefix", ["", "2", "6"])
async def test_a_second_leg_of_the_agents_phone_is_no_party_of_the_call(api: Api, call: Desk, prefix: str) -> None:
    second = await call.phone.call(f"{prefix}{call.room}")
    await until(lambda: _legs_are(call, 3))
    answer = await api.ask("transfer_conference", value="HANGUP_XFER")
    assert answer == f"ERROR: transfer_conference error - {NO_THIRD} - 1000"
    assert await api.ask("park_call", value="PARK_XFER") == f"ERROR: park_call error - {NO_THIRD} - 1000"
    assert await api.ask("send_dtmf", value="42") == "SUCCESS: send_dtmf function set - 42|1000"
    await until(lambda: "".join(digit.key for digit in call.customer.digits) == "42")
    assert call.phone.digits == []
    assert (await api.ask("transfer_conference", value="HANGUP_BOTH")).startswith("SUCCESS")
    await until(lambda: _legs_are(call, 2))
    assert not second.ended


async def _legs_are(desk: Desk, number: int) -> bool:
    return len(await in_room(desk, "")) == number


# ---- a third party that telectl dialled, and that bears another name


async def test_a_third_party_is_known_under_another_name(api: Api, call: Desk, third: Phone) -> None:
    answer = await api.ask("transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number="7707", dial_override="YES")
    assert answer.startswith("SUCCESS"), answer
    call_id = answer.split("|")[-2]
    await hears(await third.talking(10), {AGENT, CUSTOMER})
    await _rename(call, "Local/7707@")
    assert await api.ask("park_call", value="PARK_XFER") == "SUCCESS: park_call function set - PARK_XFER|1000"
    await hears(third.current, set(), music=True)
    parked = await call.centre.rows.one("SELECT channel_group FROM parked_channels")
    assert parked == {"channel_group": call_id}
    assert await api.ask("park_call", value="GRAB_XFER") == "SUCCESS: park_call function set - GRAB_XFER|1000"
    await hears(third.current, {AGENT, CUSTOMER})
    await _rename(call, "PJSIP/customer2-")
    assert (await api.ask("transfer_conference", value="HANGUP_XFER")).startswith("SUCCESS")
    await until(lambda: third.current is None)
    await hears(call.line.customer, {AGENT})


async def _rename(desk: Desk, start: str) -> None:
    """Write another name over the third party's id, as connected line updates of a carrier do."""
    for channel in await desk.centre.witness.channels():
        if channel["Channel"].startswith((start, "PJSIP/customer2-")):
            for function in ("CALLERID(name)", "CONNECTEDLINE(name)"):
                await desk.centre.witness.do("Setvar", Channel=channel["Channel"], Variable=function, Value="Company")
