"""An identical command within three seconds gets the first one's answer only as long as what that one began goes on.

A busy number is dialled again, a new call is parked although the last one was parked just now. And an answer that is
given a second time says so: `Idempotent-Replayed: true`.
"""

from __future__ import annotations

import pytest
from lab.contact_centre import ContactCentre
from lab.phone import Phone
from lab.tones import PERSON
from lab.until import until
from parts import AGENT, CUSTOMER, LOGIN, NUMBER, Api, Desk, dial_third, hears
from situations import RemoteDesk, in_room

pytestmark = pytest.mark.asyncio(loop_scope="module")
REPLAYED = "Idempotent-Replayed"
OVER = ("busy", "no answer", "failed", "cancelled", "ended")


async def over(api: Api, call_id: str) -> None:
    async def ended() -> bool:
        return (await api.state(call_id))["state"] in OVER

    await until(ended, 2.5, what=f"the end of {call_id}")


async def ask(api: Api, function: str, **parameters: str) -> tuple[str, str | None]:
    """The answer, and the header that marks a repeated one."""
    sent = "".join(f"&{name}={value}" for name, value in parameters.items())
    url = f"{api.server.make_url('/agc/api.php')}?{LOGIN}&function={function}&agent_user=1000{sent}"
    async with api.client.get(url) as response:
        return (await response.text()).removesuffix("\n"), response.headers.get(REPLAYED)


@pytest.mark.parametrize("number", ["5554861111", "5554041111", "5556031111"], ids=["busy", "unallocated", "rejected"])
async def test_a_number_that_was_not_reached_is_dialled_again(api: Api, call: Desk, number: str) -> None:
    first = await dial_third(api, number)
    await over(api, first)
    second = await dial_third(api, number)
    assert second != first
    await over(api, second)
    assert len(await call.centre.rows.all("SELECT call_id FROM telectl_calls")) == 2


async def test_a_third_party_that_hung_up_is_dialled_again(api: Api, third: Phone) -> None:
    first = await dial_third(api)
    await (await third.talking(10)).hangup()
    await over(api, first)
    assert await dial_third(api) != first
    await hears(await third.talking(10), {AGENT, CUSTOMER})


async def test_a_third_party_that_is_on_the_line_is_not_dialled_twice(api: Api, third: Phone) -> None:
    """The other side: while the call goes on, the answer is the first one's, and marked."""
    answer, replayed = await ask(api, "transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number=NUMBER)
    assert (answer.startswith("SUCCESS"), replayed) == (True, None)
    await third.talking(10)
    again = await ask(api, "transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number=NUMBER)
    assert again == (answer, "true")
    assert len([one for one in third.calls if not one.ended]) == 1


async def test_a_repeated_answer_is_marked_and_a_first_one_is_not(api: Api, call: Desk) -> None:
    parked = "SUCCESS: park_call function set - PARK_CUSTOMER|1000"
    assert await ask(api, "park_call", value="PARK_CUSTOMER") == (parked, None)
    assert await ask(api, "park_call", value="PARK_CUSTOMER") == (parked, "true")
    answer, replayed = await ask(api, "park_call", value="GRAB_CUSTOMER")
    assert (answer.startswith("SUCCESS"), replayed) == (True, None)
    await hears(call.line.customer, {AGENT})


async def test_the_next_call_is_parked_although_the_last_one_was_just_now(api: Api, call: Desk) -> None:
    assert (await ask(api, "park_call", value="PARK_CUSTOMER"))[1] is None
    assert call.line.customer is not None
    await call.line.customer.hangup()
    await call.centre.witness.event("Hangup", Channel=call.line.channel)
    await call.centre.hangups.settle()
    await call.centre.deliver(call.line, call.customer)
    assert await ask(api, "park_call", value="PARK_CUSTOMER") == (
        "SUCCESS: park_call function set - PARK_CUSTOMER|1000",
        None,
    )
    await hears(call.line.customer, set(), music=True)


async def test_the_next_call_is_sent_away_although_the_last_one_was_just_now(api: Api, call: Desk) -> None:
    sent = {"value": "BLIND_TRANSFER", "phone_number": "5559991111"}
    assert (await ask(api, "transfer_conference", **sent))[0].startswith("SUCCESS")
    await hears(call.line.customer, {PERSON})
    next_customer = await call.centre.phone("customer3", 550, "next customer")
    await call.centre.deliver(call.line, next_customer)
    answer, replayed = await ask(api, "transfer_conference", **sent)
    assert (answer.startswith("SUCCESS"), replayed) == (True, None)
    assert answer.split("|")[-2] == call.line.call_id
    await hears(call.line.customer, {PERSON})


async def test_an_agent_who_hung_up_is_called_again(api: Api, desk: Desk) -> None:
    called = "SUCCESS: call_agent function sent - 1000"
    for _ in range(2):
        newest = desk.phone.current
        assert newest is not None
        await newest.hangup()
        await until(lambda: _empty(desk))
        assert await ask(api, "call_agent", value="CALL") == (called, None)
        await desk.phone.talking(10)
        await until(lambda: in_room(desk, "PJSIP/gs101-"))


async def _empty(desk: Desk) -> bool:
    return not await in_room(desk, "PJSIP/gs101-")


async def test_a_customer_that_was_parked_by_another_hand_is_taken_back_again(
    api: Api, call: Desk, centre: ContactCentre
) -> None:
    """Grabbed, parked by an agent's screen or a dialplan, and grabbed: the second grab is no repetition."""
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    assert (await ask(api, "park_call", value="GRAB_CUSTOMER"))[1] is None
    await hears(call.line.customer, {AGENT})
    await centre.rows.run(
        "INSERT INTO parked_channels (channel, server_ip, channel_group, extension, parked_by, parked_time)"
        " VALUES (%s, '127.0.0.1', %s, 'park', 'PJSIP/gs101', NOW())",
        call.line.channel,
        call.line.call_id,
    )
    await centre.witness.do("Redirect", Channel=call.line.channel, Context="default", Exten="8301", Priority="1")
    await hears(call.line.customer, set(), music=True)
    answer, replayed = await ask(api, "park_call", value="GRAB_CUSTOMER")
    assert (answer, replayed) == ("SUCCESS: park_call function set - GRAB_CUSTOMER|1000", None)
    await hears(call.line.customer, {AGENT})


async def test_a_remote_agents_hangup_that_is_asked_twice_is_marked(api: Api, remote: RemoteDesk) -> None:
    await remote.centre.deliver_remote(remote.line, remote.customer, remote.agent)
    url = f"{api.server.make_url('/agc/api.php')}?{LOGIN}&function=ra_call_control&agent_user=1028&stage=HANGUP"
    seen = []
    for _ in range(2):
        async with api.client.get(f"{url}&value={remote.line.call_id}") as response:
            seen.append((response.status, (await response.text()).strip(), response.headers.get(REPLAYED)))
    answer = f"SUCCESS: ra_call_control hungup - 1028|{remote.line.call_id}|HANGUP"
    assert seen == [(200, answer, None), (200, answer, "true")]
