"""send_dtmf on a real Asterisk: the digits arrive at the customer's phone, and only there."""

from __future__ import annotations

import asyncio

import pytest
from lab.until import until
from parts import Api, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_digits_arrive_in_order_with_their_silences(api: Api, call: Desk) -> None:
    asked = asyncio.get_running_loop().time()
    assert await api.ask("send_dtmf", value="QQ1234S5P") == "SUCCESS: send_dtmf function set - QQ1234S5P|1000"
    await until(lambda: len(call.customer.digits) == 7, 10)
    assert "".join(digit.key for digit in call.customer.digits) == "1234*5#"
    assert call.customer.digits[0].at - asked >= 2.0
    await asyncio.sleep(0.3)
    assert not call.phone.digits


async def test_silence_between_digits_is_kept(api: Api, call: Desk) -> None:
    await api.ask("send_dtmf", value="1Q2")
    await until(lambda: len(call.customer.digits) == 2, 10)
    first, second = call.customer.digits
    assert second.at - first.at >= 1.0


async def test_repeated_digits_are_told_apart_and_two_strings_do_not_mix(api: Api, call: Desk) -> None:
    await asyncio.gather(api.ask("send_dtmf", value="1111"), api.ask("send_dtmf", value="2222"))
    await until(lambda: len(call.customer.digits) == 8, 10)
    heard = "".join(digit.key for digit in call.customer.digits)
    assert heard in ("11112222", "22221111")


async def test_the_flag_is_cleared_and_the_dial_logged(api: Api, call: Desk) -> None:
    rows = call.centre.rows
    await rows.run("UPDATE vicidial_live_agents SET external_dtmf = '9' WHERE user = '1000'")
    await rows.run("DELETE FROM vicidial_user_dial_log")
    await api.ask("send_dtmf", value="1")
    assert (await call.flags())["external_dtmf"] == ""
    logged = await rows.one("SELECT * FROM vicidial_user_dial_log")
    assert (logged["user"], logged["call_type"], logged["caller_code"]) == ("1000", "SYS", "1")


async def test_without_anybody_to_hear_them_nothing_is_sent(api: Api, desk: Desk) -> None:
    answer = await api.ask("send_dtmf", value="1")
    assert answer == "ERROR: send_dtmf error - nobody is in the agent session - 1000"
    assert not desk.phone.digits


@pytest.mark.parametrize("value", ["", "12x", "1" * 101, "1%0d%0aAction:%20Logoff%0d%0a"])
async def test_anything_else_is_not_valid(api: Api, desk: Desk, value: str) -> None:
    answer = await api.ask("send_dtmf", value=value)
    assert answer.startswith("ERROR: send_dtmf not valid - ")
    assert answer.endswith("|1000")
    assert desk.room == "9600051"
    await api.usable(within=1)


async def test_a_remote_agent_has_no_session(api: Api, desk: Desk) -> None:
    answer = await api.ask("send_dtmf", agent="1028", value="1")
    assert answer == "ERROR: send_dtmf error - agent_user is a remote agent - 1028"
    assert desk.room == "9600051"
