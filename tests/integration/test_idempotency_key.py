"""A key makes a command something that is done once, however often it is sent: `request_id` or Idempotency-Key.

What the interface is, where nothing else says it:

* The key is `request_id`, a parameter, or the header `Idempotency-Key`: 1 to 255 characters of no meaning to telectl,
  compared byte by byte (`a`, `A` and `a ` are three keys). Both may be sent, if they are the same; empty is none.
* It is the API user's: another user's same key is another key.
* The first time, the command is done and answered as without a key.
* Again (the same function, agent and parameters within 24 hours, at whichever copy, after a restart, too): the same
  answer, with the header `Idempotent-Replayed: true`, and nothing is done. While the first one runs, it waits.
* With other parameters: `ERROR: <function> error - request_id …`; nothing is done, and the first answer stays.
* What was refused before anything was begun (`telephony server not available`, `agent is busy with another command`)
  leaves the key free: sent again, it is tried again, for there is nothing that could be done twice.
* An unknown outcome: as soon as telectl knows, the answer says what has been found out; it is not done a second time.
* A bad key: `ERROR: <function> error - request_id …`, and nothing is done.
* Kept in the table `telectl_requests`, which cleans itself of rows older than 24 hours.

Without a key the rule of three seconds holds as ever.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.ami_proxy import AmiProxy
from lab.contact_centre import SERVER_IP, ContactCentre, Rows
from lab.phone import Phone
from lab.until import until
from parts import AGENT, CUSTOMER, LOGIN, NUMBER, Api, Desk, hears, let_pass, start_api, start_plain_api
from yarl import URL

pytestmark = pytest.mark.asyncio(loop_scope="module")
REPLAYED = "Idempotent-Replayed"
PARKED = "SUCCESS: park_call function set - PARK_CUSTOMER|1000"
GRABBED = "SUCCESS: park_call function set - GRAB_CUSTOMER|1000"
DAY = 86_400


async def ask(
    api: Api, function: str, *, key: str = "", header: str = "", login: str = LOGIN, agent: str = "1000", **more: str
) -> tuple[str, bool]:
    """Ask with a key, as a parameter or a header or both; the answer, and whether it is marked as a repeated one."""
    query = {"function": function, "agent_user": agent, **more, **({"request_id": key} if key else {})}
    url = URL(f"{api.server.make_url('/agc/api.php')}?{login}").update_query(query)
    async with api.client.get(url, headers={"Idempotency-Key": header} if header else {}) as response:
        mark = response.headers.get(REPLAYED)
        assert mark in (None, "true")
        return (await response.text()).removesuffix("\n"), mark == "true"


def moves(desk: Desk) -> int:
    """Count how often the customer's channel has left the room or joined it."""
    names = ("ConfbridgeJoin", "ConfbridgeLeave")
    events = desk.centre.witness.events
    return sum(event.name in names and event["Channel"] == desk.line.channel for event in events)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def no_keys(centre: ContactCentre) -> AsyncIterator[None]:
    """No key of another test is known."""
    yield
    if await centre.rows.all("SHOW TABLES LIKE 'telectl_requests'"):
        await centre.rows.run("DELETE FROM telectl_requests")


# ---- done once


@pytest.mark.parametrize("way", ["key", "header"])
async def test_a_command_is_done_once_and_answered_alike(api: Api, call: Desk, way: str) -> None:
    before = moves(call)
    assert await ask(api, "park_call", value="PARK_CUSTOMER", **{way: "one"}) == (PARKED, False)
    await let_pass(call.centre.rows, 60)
    assert await ask(api, "park_call", value="PARK_CUSTOMER", **{way: "one"}) == (PARKED, True)
    assert moves(call) == before + 1
    await hears(call.line.customer, set(), music=True)


async def test_what_came_after_it_stays_as_it_is(api: Api, call: Desk) -> None:
    """Parked, taken back, and the first request arrives a second time, late: the customer is not parked again."""
    assert await ask(api, "park_call", value="PARK_CUSTOMER", key="park") == (PARKED, False)
    assert await ask(api, "park_call", value="GRAB_CUSTOMER", key="grab") == (GRABBED, False)
    await let_pass(call.centre.rows, 60)
    assert await ask(api, "park_call", value="PARK_CUSTOMER", key="park") == (PARKED, True)
    await hears(call.line.customer, {AGENT})


async def test_another_key_is_another_command(api: Api, call: Desk) -> None:
    """Also within three seconds: the client says that it means it."""
    assert (await ask(api, "send_dtmf", value="1", key="a")) == ("SUCCESS: send_dtmf function set - 1|1000", False)
    assert (await ask(api, "send_dtmf", value="1", key="b")) == ("SUCCESS: send_dtmf function set - 1|1000", False)
    await until(lambda: "".join(digit.key for digit in call.customer.digits) == "11")


async def test_digits_are_pressed_once(api: Api, call: Desk) -> None:
    for repeated in (False, True, True):
        answer = await ask(api, "send_dtmf", value="42", key="digits")
        assert answer == ("SUCCESS: send_dtmf function set - 42|1000", repeated)
    await asyncio.sleep(1.0)
    assert "".join(digit.key for digit in call.customer.digits) == "42"


async def test_a_third_party_is_dialled_once_and_its_call_id_is_told_again(api: Api, call: Desk, third: Phone) -> None:
    dial = {"value": "DIAL_WITH_CUSTOMER", "phone_number": NUMBER, "key": "dial"}
    answer, repeated = await ask(api, "transfer_conference", **dial)
    assert (answer.startswith("SUCCESS"), repeated) == (True, False)
    await (await third.talking(10)).hangup()
    await let_pass(call.centre.rows, 60)
    assert await ask(api, "transfer_conference", **dial) == (answer, True)
    assert len(await call.centre.rows.all("SELECT call_id FROM telectl_calls")) == 1


@pytest.mark.parametrize(
    ("function", "parameters", "counted"),
    [
        (
            "external_add_lead",
            {"value": "7275559876", "phone_code": "1", "first_name": "Once"},
            "SELECT lead_id FROM vicidial_list WHERE first_name = 'Once'",
        ),
        (
            "send_notification",
            {"recipient": "1000", "recipient_type": "USER", "notification_text": "once"},
            "SELECT notification_id FROM vicidial_agent_notifications WHERE notification_text = 'once'",
        ),
    ],
    ids=["external_add_lead", "send_notification"],
)
async def test_a_function_that_is_no_call_command_is_done_once(
    api: Api, centre: ContactCentre, function: str, parameters: dict[str, str], counted: str
) -> None:
    before = len(await centre.rows.all(counted))
    first = await ask(api, function, key="flag", **parameters)
    assert (first[0].startswith("SUCCESS"), first[1]) == (True, False), first
    assert await ask(api, function, key="flag", **parameters) == (first[0], True)
    assert len(await centre.rows.all(counted)) == before + 1


async def test_a_flag_that_was_taken_away_since_is_not_set_again(api: Api, call: Desk) -> None:
    first = await ask(api, "external_pause", value="PAUSE", key="pause")
    assert (first[0].startswith("SUCCESS"), first[1]) == (True, False)
    await call.centre.rows.run("UPDATE vicidial_live_agents SET external_pause = '' WHERE user = '1000'")
    assert await ask(api, "external_pause", value="PAUSE", key="pause") == (first[0], True)
    assert (await call.flags())["external_pause"] == ""


async def test_a_posted_form_may_hold_the_key(api: Api, call: Desk) -> None:
    form = {
        **dict(pair.split("=") for pair in LOGIN.split("&")),
        "function": "park_call",
        "agent_user": "1000",
        "value": "PARK_CUSTOMER",
        "request_id": "posted",
    }
    before, marks = moves(call), []
    for _ in range(2):
        async with api.client.post(api.server.make_url("/agc/api.php"), data=form) as response:
            assert (await response.text()).strip() == PARKED
            marks.append(response.headers.get(REPLAYED))
    assert marks == [None, "true"]
    assert moves(call) == before + 1


async def test_every_request_has_its_row_in_the_log(api: Api, call: Desk) -> None:
    count = "SELECT COUNT(*) AS number FROM vicidial_api_log WHERE function = 'park_call'"
    before = (await call.centre.rows.one(count))["number"]
    for _ in range(3):
        await ask(api, "park_call", value="PARK_CUSTOMER", key="logged")

    async def logged() -> bool:
        return bool((await call.centre.rows.one(count))["number"] == before + 3)

    await until(logged)


# ---- across copies, restarts and time


async def test_another_copy_and_a_restarted_one_know_the_answer(centre: ContactCentre, call: Desk) -> None:
    before = moves(call)
    async for first in start_api(centre):
        assert await ask(first, "park_call", value="PARK_CUSTOMER", key="copies") == (PARKED, False)
        async for other in start_api(centre):
            assert await ask(other, "park_call", value="PARK_CUSTOMER", key="copies") == (PARKED, True)
    await let_pass(centre.rows, 3600)
    async for restarted in start_api(centre):
        assert await ask(restarted, "park_call", value="PARK_CUSTOMER", key="copies") == (PARKED, True)
    assert moves(call) == before + 1


async def test_the_same_request_at_two_copies_at_once_is_done_once(api: Api, centre: ContactCentre, call: Desk) -> None:
    """The one that comes second waits for the first, which takes two seconds here."""
    async for other in start_api(centre):
        answers = await asyncio.gather(*(ask(one, "send_dtmf", value="QQ42", key="both") for one in (api, other, api)))
        assert {answer for answer, _ in answers} == {"SUCCESS: send_dtmf function set - QQ42|1000"}
        assert sorted(repeated for _, repeated in answers) == [False, True, True]
        await until(lambda: "".join(digit.key for digit in call.customer.digits) == "42")
        await asyncio.sleep(0.5)
        assert "".join(digit.key for digit in call.customer.digits) == "42"


async def lie_further_back(rows: Rows, seconds: int) -> None:
    """Let everything in telectl_requests lie further back, whichever columns tell its time."""
    columns = await rows.all(
        "SELECT column_name AS name, data_type AS type FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = 'telectl_requests'"
    )
    assert columns, "there is no table telectl_requests"
    for column in columns:
        name, kind = column["name"], column["type"]
        if kind in ("datetime", "timestamp"):
            await rows.run(f"UPDATE telectl_requests SET `{name}` = `{name}` - INTERVAL {seconds} SECOND")
        elif kind in ("int", "bigint", "double", "float", "decimal"):
            await rows.run(
                f"UPDATE telectl_requests SET `{name}` = `{name}` - {seconds}"
                f" WHERE `{name}` BETWEEN UNIX_TIMESTAMP() - 604800 AND UNIX_TIMESTAMP() + 604800"
            )


async def test_after_a_day_the_key_is_forgotten(api: Api, call: Desk) -> None:
    assert await ask(api, "park_call", value="PARK_CUSTOMER", key="day") == (PARKED, False)
    await lie_further_back(call.centre.rows, DAY - 60)
    assert await ask(api, "park_call", value="PARK_CUSTOMER", key="day") == (PARKED, True)
    await lie_further_back(call.centre.rows, 120)
    await let_pass(call.centre.rows, DAY)
    again = await ask(api, "park_call", value="PARK_CUSTOMER", key="day")
    assert again == ("ERROR: park_call error - customer is already parked - 1000", False)


async def test_the_table_cleans_itself(api: Api, centre: ContactCentre, call: Desk) -> None:
    """A telectl that starts finds what is older than a day, and lets it go; what is younger stays."""
    await ask(api, "park_call", value="PARK_CUSTOMER", key="old")
    await lie_further_back(centre.rows, DAY + 3600)
    await ask(api, "park_call", value="GRAB_CUSTOMER", key="young")
    assert await number_of_requests(centre.rows) == 2
    async for _ in start_api(centre):

        async def cleaned() -> bool:
            return await number_of_requests(centre.rows) == 1

        await until(cleaned, 10)
    await hears(call.line.customer, {AGENT})


async def number_of_requests(rows: Rows) -> int:
    return int((await rows.one("SELECT COUNT(*) AS number FROM telectl_requests"))["number"])


# ---- what is the same request


@pytest.mark.parametrize(
    "other",
    [
        {"function": "park_call", "value": "GRAB_CUSTOMER"},
        {"function": "send_dtmf", "value": "1"},
        {"function": "park_call", "value": "PARK_CUSTOMER", "agent": "6666"},
    ],
    ids=["another value", "another function", "another agent"],
)
async def test_a_key_that_was_used_for_something_else_is_refused(api: Api, call: Desk, other: dict[str, str]) -> None:
    assert await ask(api, "park_call", value="PARK_CUSTOMER", key="used") == (PARKED, False)
    answer, repeated = await ask(api, key="used", **other)
    assert answer.startswith(f"ERROR: {other['function']} error - request_id "), answer
    assert not repeated
    await hears(call.line.customer, set(), music=True)
    assert call.customer.digits == []
    assert await ask(api, "park_call", value="PARK_CUSTOMER", key="used") == (PARKED, True)


async def test_who_asks_with_which_password_is_no_part_of_the_command(api: Api, call: Desk) -> None:
    """A source is a client's own name for itself: a request is the same one after the client was renamed."""
    before = moves(call)
    assert await ask(api, "park_call", value="PARK_CUSTOMER", key="source") == (PARKED, False)
    renamed = LOGIN.replace("source=test", "source=renamed")
    assert await ask(api, "park_call", login=renamed, value="PARK_CUSTOMER", key="source") == (PARKED, True)
    assert moves(call) == before + 1


@pytest.mark.parametrize("key", ["A", "a ", "á", "a%", "\uff41"], ids=["case", "blank", "accent", "percent", "wide"])
async def test_keys_are_compared_byte_by_byte(api: Api, call: Desk, key: str) -> None:
    """A database's collation takes several of these for the same text."""
    assert await ask(api, "send_dtmf", value="1", key="a") == ("SUCCESS: send_dtmf function set - 1|1000", False)
    assert await ask(api, "send_dtmf", value="1", key=key) == ("SUCCESS: send_dtmf function set - 1|1000", False)
    await until(lambda: "".join(digit.key for digit in call.customer.digits) == "11")


async def test_keys_are_each_users_own(api: Api, call: Desk, centre: ContactCentre) -> None:
    await centre.rows.run(
        "INSERT INTO vicidial_users (user, pass, full_name, user_level, user_group, vdc_agent_api_access,"
        " api_allowed_functions) VALUES ('7777', '1234', 'another CRM', 9, 'ADMIN', '1', ' ALL_FUNCTIONS ')"
    )
    try:
        other = LOGIN.replace("user=6666", "user=7777")
        assert await ask(api, "send_dtmf", value="1", key="mine") == ("SUCCESS: send_dtmf function set - 1|1000", False)
        answer = await ask(api, "send_dtmf", login=other, value="2", key="mine")
        assert answer == ("SUCCESS: send_dtmf function set - 2|1000", False)
        await until(lambda: "".join(digit.key for digit in call.customer.digits) == "12")
    finally:
        await centre.rows.run("DELETE FROM vicidial_users WHERE user = '7777'")


async def test_a_wrong_password_learns_nothing_from_a_key(api: Api, call: Desk) -> None:
    assert await ask(api, "park_call", value="PARK_CUSTOMER", key="secret") == (PARKED, False)
    wrong = LOGIN.replace("pass=1234", "pass=guessed")
    answer, repeated = await ask(api, "park_call", login=wrong, value="PARK_CUSTOMER", key="secret")
    assert answer.startswith("ERROR: Invalid Username/Password")
    assert not repeated
    await hears(call.line.customer, set(), music=True)


# ---- keys themselves


async def test_255_characters_are_a_key_and_one_more_is_not(api: Api, call: Desk) -> None:
    before = moves(call)
    assert await ask(api, "park_call", value="PARK_CUSTOMER", key="k" * 255) == (PARKED, False)
    assert await ask(api, "park_call", value="PARK_CUSTOMER", key="k" * 255) == (PARKED, True)
    await let_pass(call.centre.rows, 60)
    answer, _ = await ask(api, "park_call", value="GRAB_CUSTOMER", key="k" * 256)
    assert answer.startswith("ERROR: park_call error - request_id "), answer
    answer, _ = await ask(api, "park_call", value="GRAB_CUSTOMER", header="k" * 256)
    assert answer.startswith("ERROR: park_call error - request_id "), answer
    assert moves(call) == before + 1


async def test_parameter_and_header_must_agree(api: Api, call: Desk) -> None:
    before = moves(call)
    answer, _ = await ask(api, "park_call", value="PARK_CUSTOMER", key="one", header="two")
    assert answer.startswith("ERROR: park_call error - request_id "), answer
    assert moves(call) == before
    assert await ask(api, "park_call", value="PARK_CUSTOMER", key="same", header="same") == (PARKED, False)
    assert await ask(api, "park_call", value="PARK_CUSTOMER", header="same") == (PARKED, True)


async def test_an_empty_key_is_none(api: Api, call: Desk) -> None:
    url = URL(f"{api.server.make_url('/agc/api.php')}?{LOGIN}").update_query(
        {"function": "send_dtmf", "agent_user": "1000", "value": "1", "request_id": ""}
    )
    for _ in range(2):
        async with api.client.get(url, headers={"Idempotency-Key": ""}) as response:
            assert (await response.text()).strip() == "SUCCESS: send_dtmf function set - 1|1000"
            assert response.headers.get(REPLAYED) is None
    await until(lambda: "".join(digit.key for digit in call.customer.digits) == "11")


async def test_a_function_that_only_tells_may_have_a_key_too(api: Api) -> None:
    for _ in range(2):
        answer, _ = await ask(api, "version", key="version")
        assert answer.startswith("VERSION: ")


# ---- what went wrong


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def way(centre: ContactCentre) -> AsyncIterator[AmiProxy]:
    """The way of a telectl to its Asterisk, on which actions and answers can be lost."""
    async with AmiProxy(centre.asterisk.host, centre.asterisk.ami_port) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def behind(centre: ContactCentre, way: AmiProxy) -> AsyncIterator[Api]:
    """A telectl on that way."""
    async for running in start_plain_api(centre.database_url, ami={SERVER_IP: {"host": "127.0.0.1", "port": way.port}}):
        await running.usable()
        yield running
        way.pass_all()


async def test_what_was_not_begun_is_tried_again(behind: Api, way: AmiProxy, call: Desk) -> None:
    refused = "ERROR: park_call error - telephony server not available - 1000"
    way.swallow("Challenge")
    way.cut()

    async def away() -> bool:
        return not (await behind.ready())["asterisk"][SERVER_IP]["usable"]

    await until(away)
    assert await ask(behind, "park_call", value="PARK_CUSTOMER", key="later") == (refused, False)
    assert await ask(behind, "park_call", value="PARK_CUSTOMER", key="later") == (refused, False)
    way.pass_all()
    await behind.usable()
    assert await ask(behind, "park_call", value="PARK_CUSTOMER", key="later") == (PARKED, False)
    assert await ask(behind, "park_call", value="PARK_CUSTOMER", key="later") == (PARKED, True)
    await hears(call.line.customer, set(), music=True)


async def test_what_was_unknown_and_was_done_is_told_as_done(behind: Api, way: AmiProxy, call: Desk) -> None:
    """Asterisk has the action and does it, and the link ends before it can say so."""
    before = moves(call)
    way.cut_after("Redirect")
    answer = await ask(behind, "park_call", value="PARK_CUSTOMER", key="unknown")
    assert answer == ("ERROR: park_call error - outcome unknown - 1000", False)
    await hears(call.line.customer, set(), music=True)

    async def known() -> bool:
        return await ask(behind, "park_call", value="PARK_CUSTOMER", key="unknown") == (PARKED, True)

    await until(known, 15, every=0.3)
    assert moves(call) == before + 1
    assert await ask(behind, "park_call", value="GRAB_CUSTOMER", key="back") == (GRABBED, False)
    await hears(call.line.customer, {AGENT})


async def test_what_was_unknown_and_was_not_done_is_not_unknown_for_ever(
    behind: Api, way: AmiProxy, call: Desk
) -> None:
    """The action never reached Asterisk. Whether the repetition does it now or says that it was not done: it is so."""
    way.swallow("Redirect")
    answer, _ = await ask(behind, "park_call", value="PARK_CUSTOMER", key="lost")
    assert answer == "ERROR: park_call error - outcome unknown - 1000"
    way.pass_all()
    seen: list[str] = []
    end = time.monotonic() + 15
    while time.monotonic() < end:
        seen.append((await ask(behind, "park_call", value="PARK_CUSTOMER", key="lost"))[0])
        if "unknown" not in seen[-1]:
            break
        await asyncio.sleep(0.3)
    assert "unknown" not in seen[-1], seen
    assert call.line.customer is not None
    await asyncio.sleep(0.5)
    assert (await call.line.customer.hears(0.5)).music is seen[-1].startswith("SUCCESS")


async def test_an_error_of_the_first_time_is_not_a_success_of_the_second(api: Api, call: Desk) -> None:
    """What the agent's state refused may be tried again when the state has changed, or is refused again: never both."""
    first = await ask(api, "park_call", value="GRAB_CUSTOMER", key="refused")
    assert first == ("ERROR: park_call error - customer is not parked - 1000", False)
    await ask(api, "park_call", value="PARK_CUSTOMER", key="between")
    answer, _ = await ask(api, "park_call", value="GRAB_CUSTOMER", key="refused")
    assert call.line.customer is not None
    await asyncio.sleep(0.3)
    heard = await call.line.customer.hears(0.5)
    assert answer.startswith("SUCCESS") is (heard.tones == frozenset({AGENT}))


# ---- without a key


async def test_without_a_key_the_rule_of_three_seconds_holds(api: Api, call: Desk, third: Phone) -> None:
    answer, repeated = await ask(api, "transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number=NUMBER)
    assert (answer.startswith("SUCCESS"), repeated) == (True, False)
    await hears(await third.talking(10), {AGENT, CUSTOMER})
    assert await ask(api, "transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number=NUMBER) == (answer, True)
    await let_pass(call.centre.rows)
    again, repeated = await ask(api, "transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number=NUMBER)
    assert (again != answer, repeated) == (True, False)
