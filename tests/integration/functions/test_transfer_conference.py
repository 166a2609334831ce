"""transfer_conference: what the recorded requests do not show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.until import until
from parts import Api, start_plain_api

pytestmark = pytest.mark.asyncio(loop_scope="module")
CALL = "V1123000000000001002"
PHONES = "7275551111,7275551112"


@pytest_asyncio.fixture(loop_scope="module")
async def agent(rows: Rows) -> AsyncIterator[Rows]:
    """Agent 1000 in a call."""
    yield rows
    for table in ("vicidial_3way_press_live", "vicidial_3way_press_multi", "live_sip_channels"):
        await rows.run(f"DELETE FROM {table}")
    await rows.run(
        "UPDATE vicidial_live_agents SET external_transferconf = '', callerid = %s WHERE user = '1000'", CALL
    )


async def transfer(api: Api, value: str, **more: str) -> str:
    return await api.ask("transfer_conference", value=value, **more)


async def flag(rows: Rows) -> str:
    found = await rows.one("SELECT external_transferconf FROM vicidial_live_agents WHERE user = '1000'")
    return str(found["external_transferconf"])


async def press_call(rows: Rows, minutes_ago: int, status: str) -> None:
    await rows.run(
        "INSERT INTO vicidial_3way_press_live (call_date, caller_code, call_3way_id, user, status)"
        " VALUES (NOW() - INTERVAL %s MINUTE, 'a', 'b', '1000', %s)",
        minutes_ago,
        status,
    )


ECHOED = [
    ("HANGUP_XFER", {"ingroup_choices": "+NO_SUCH%21+-"}, " NO_SUCH -", ""),
    ("LEAVE_3WAY_CALL", {"ingroup_choices": "DEFAULTINGROUP"}, "DEFAULTINGROUP", ""),
    ("BLIND_TRANSFER", {"ingroup_choices": "TEST_IN", "phone_number": "8500"}, "TEST_IN", "8500"),
    ("DIAL_WITH_CUSTOMER", {"ingroup_choices": "X", "phone_number": "8500"}, "X", "8500"),
    ("LOCAL_CLOSER", {"ingroup_choices": "TEST_IN"}, "TEST_IN", ""),
    ("LOCAL_CLOSER", {"ingroup_choices": "DEFAULTINGROUP"}, "SALESLINE", ""),
]
"""value, what is sent, and the answer's second and third field: an in-group that is not used is repeated as cleaned."""


@pytest.mark.parametrize(("value", "sent", "ingroup", "number"), ECHOED)
async def test_the_answer_repeats_the_in_group_used_or_not(  # noqa: PLR0917 - a row of the table
    api: Api, agent: Rows, value: str, sent: dict[str, str], ingroup: str, number: str
) -> None:
    answer = await transfer(api, value, **sent)
    assert answer == f"SUCCESS: transfer_conference function set - {value}|{ingroup}|{number}|NO|1000|{CALL}|"
    used = ingroup if value == "LOCAL_CLOSER" else ""
    assert (await flag(agent)).startswith(f"{value}---{used}---{number}---NO---")


async def test_an_open_offer_to_several_phones_refuses_the_next(api: Api, agent: Rows) -> None:
    await press_call(agent, 5, "NEW")
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", multi_dial_phones=PHONES, md_check="yes")
    assert answer == "ERROR: agent_user has previous active 3-way calls - 1000|1|0|yes"
    assert await flag(agent) == ""
    assert await agent.all("SELECT * FROM vicidial_3way_press_multi") == []


async def test_an_offer_of_long_ago_refuses_nothing(api: Api, agent: Rows) -> None:
    await press_call(agent, 31, "NEW")
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", multi_dial_phones=PHONES, md_check="YES")
    assert answer == (
        f"SUCCESS: transfer_conference function set - DIAL_WITH_CUSTOMER|||NO|1000|{CALL}|Multi-phones: 2 2 1|"
    )


async def test_a_third_party_on_the_line_refuses_and_nothing_is_written(api: Api, agent: Rows) -> None:
    await agent.run(
        "INSERT INTO live_sip_channels (channel, server_ip, channel_group, extension)"
        " VALUES ('PJSIP/t-1', '127.0.0.1', 'DC123456W0000001002W', '9600051')"
    )
    answer = await transfer(api, "DIAL_WITH_CUSTOMER", multi_dial_phones=PHONES, tw_check="YES")
    assert answer == "ERROR: agent_user has current active 3-way call - 1000|1|0|YES"
    assert await flag(agent) == ""
    assert await agent.all("SELECT * FROM vicidial_3way_press_multi") == []


async def test_a_call_that_ends_in_between_is_not_transferred(api: Api, agent: Rows) -> None:
    async def held() -> bool:
        waiting = await agent.all("SELECT * FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'")
        return bool(waiting)

    other = Rows(api.database_url)
    await other.open()
    await other.run("LOCK TABLES vicidial_3way_press_multi WRITE")
    answer = asyncio.create_task(transfer(api, "DIAL_WITH_CUSTOMER", multi_dial_phones=PHONES))
    await until(held, 2, what="the request between its look at the call and its flag")
    await agent.run("UPDATE vicidial_live_agents SET callerid = '' WHERE user = '1000'")
    await other.run("UNLOCK TABLES")
    await other.close()
    assert await answer == "ERROR: agent_user does not have a live call - 1000"
    assert await flag(agent) == ""


async def test_direct_mode_checks_everything_and_sets_no_flag(api: Api, agent: Rows) -> None:
    async for direct in start_plain_api(api.database_url, call_control="direct"):
        number = "ERROR: transfer_conference error - phone_number is required - 1000"
        for value in ("BLIND_TRANSFER", "DIAL_WITH_CUSTOMER", "PARK_CUSTOMER_DIAL"):
            assert await transfer(direct, value) == number
        for ingroup in ("AGENTDIRECT", "agentdirect"):
            assert await transfer(direct, "LOCAL_CLOSER", ingroup_choices=ingroup) == number
        await press_call(agent, 5, "NEW")
        answer = await transfer(direct, "DIAL_WITH_CUSTOMER", multi_dial_phones=PHONES, md_check="YES")
        assert answer.startswith("ERROR: agent_user has previous active 3-way calls")
        down = "ERROR: transfer_conference error - telephony server not available - 1000"
        assert await transfer(direct, "BLIND_TRANSFER", phone_number="8500") == down
        assert await transfer(direct, "LEAVE_VM") == down
        assert await transfer(direct, "DIAL_WITH_CUSTOMER", consultative="YES", ingroup_choices="SALESLINE") == down
    assert await flag(agent) == ""
