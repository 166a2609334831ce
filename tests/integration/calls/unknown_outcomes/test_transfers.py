"""Transfers, three-way calls and remote agents' calls whose outcome is unknown, refused, or half done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.until import until
from parts import Api

from telectl.testing import FakeAsterisk

pytestmark = pytest.mark.asyncio(loop_scope="module")
AGENT, CUSTOMER, THIRD = "PJSIP/gs101-1", "PJSIP/customer1-00000001", "PJSIP/carrier-00000009"
ROOM, FRESH = "9600051", "9600053"
REMOTE_CALL, REMOTE_CHANNEL = "Y0316001655000402028", "PJSIP/customer3-00000003"
REFUSED = [{"Response": "Error", "Message": "Channel does not exist: x"}]
Message = dict[str, str]


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def everybody(fake: FakeAsterisk, rows: Rows) -> None:
    """Put a third party into the room, and a remote agent's call beside it; both engines have free rooms."""
    await rows.run(
        "INSERT INTO vicidial_conferences (conf_exten, server_ip, extension)"
        " SELECT conf_exten, server_ip, extension FROM vicidial_confbridges"
    )
    fake.join(ROOM, THIRD, "DC000001W0000001002W")
    remote = fake.join("9600099", REMOTE_CHANNEL, REMOTE_CALL)
    remote.room, remote.uniqueid, remote.exten = "", "1795449600.28", "gs104"


async def seen(rows: Rows) -> dict[str, Any]:
    """What the tables say of the calls of agents 1000 and 1028."""
    return {
        "agents": await rows.all(
            "SELECT user, status, callerid, channel, conf_exten, lead_id FROM vicidial_live_agents ORDER BY user"
        ),
        "calls": [
            {column: value for column, value in row.items() if column != "last_update_time"}
            for row in await rows.all("SELECT * FROM vicidial_auto_calls ORDER BY callerid")
        ],
        "log": await rows.all("SELECT * FROM vicidial_log"),
        "inbound": await rows.all("SELECT * FROM vicidial_closer_log"),
        "leads": await rows.all("SELECT lead_id, status FROM vicidial_list ORDER BY lead_id"),
        "rooms": await rows.all(
            "SELECT conf_exten, extension, leave_3way FROM vicidial_confbridges"
            " UNION ALL SELECT conf_exten, extension, leave_3way FROM vicidial_conferences ORDER BY conf_exten"
        ),
        "extensions": await rows.all("SELECT * FROM vicidial_long_extensions"),
    }


def without_effect(_: Message) -> list[Message]:
    return [{"Response": "Success"}]


def then_dies(fake: FakeAsterisk, act: Callable[[Message], object]) -> Callable[[Message], list[Message]]:
    """Let an action take effect while the link is lost."""

    def script(action: Message) -> list[Message]:
        act(action)
        fake.drop()
        return []

    return script


async def transfer(api: Api, value: str, **more: str) -> str:
    return await api.ask("transfer_conference", value=value, **more)


async def control(api: Api, stage: str, **more: str) -> str:
    return await api.ask("ra_call_control", "1028", value=REMOTE_CALL, stage=stage, **more)


COMMANDS = pytest.mark.parametrize(
    "command",
    [
        lambda api: transfer(api, "BLIND_TRANSFER", phone_number="5559991111"),
        lambda api: transfer(api, "LOCAL_CLOSER", ingroup_choices="TEST_IN"),
        lambda api: transfer(api, "LEAVE_VM"),
        lambda api: transfer(api, "LEAVE_3WAY_CALL"),
        lambda api: control(api, "EXTENSIONTRANSFER", phone_number="919998888112"),
        lambda api: control(api, "INGROUPTRANSFER", ingroup_choices="TEST_IN"),
        lambda api: control(api, "HANGUP"),
    ],
    ids=["blind", "closer", "voicemail", "leave 3-way", "remote to number", "remote to in-group", "remote hangup"],
)


@COMMANDS
async def test_without_effect_it_is_unknown_and_everything_is_put_back(
    api: Api, fake: FakeAsterisk, rows: Rows, command: Any
) -> None:
    before = await seen(rows)
    fake.answer("Redirect", without_effect)
    fake.answer("Hangup", without_effect)
    assert " error - outcome unknown - 10" in await command(api)
    await until(lambda: _is(rows, before), what=lambda: before)


@COMMANDS
async def test_a_refused_action_leaves_no_trace(api: Api, fake: FakeAsterisk, rows: Rows, command: Any) -> None:
    before = await seen(rows)
    fake.answer("Redirect", lambda _: REFUSED)
    fake.answer("Hangup", lambda _: REFUSED)
    answer = await command(api)
    assert answer.startswith("ERROR: "), answer
    assert await seen(rows) == before


async def test_a_transfer_that_had_worked_releases_the_agent(api: Api, fake: FakeAsterisk, rows: Rows) -> None:
    def leave(action: Message) -> None:
        fake.channels[action["Channel"]].room = ""

    fake.answer("Redirect", then_dies(fake, leave))
    answer = await transfer(api, "BLIND_TRANSFER", phone_number="5559991111")
    assert answer == "ERROR: transfer_conference error - outcome unknown - 1000"
    await until(lambda: _agent(rows, status="PAUSED", callerid=""), 10)
    assert [row["callerid"] for row in (await seen(rows))["calls"]] == ["Y0316001655000402028", "Y1123000000000001003"]


async def test_an_agent_that_had_left_is_known_in_its_fresh_room(api: Api, fake: FakeAsterisk, rows: Rows) -> None:
    def move(action: Message) -> None:
        fake.channels[action["Channel"]].room = action["Exten"][-7:]

    fake.answer("Redirect", then_dies(fake, move))
    assert " error - outcome unknown - 1000" in await transfer(api, "LEAVE_3WAY_CALL")
    await until(lambda: _agent(rows, status="PAUSED", callerid=""), 10)
    agent = await rows.one("SELECT conf_exten FROM vicidial_live_agents WHERE user = '1000'")
    assert agent["conf_exten"] == fake.channels[AGENT].room != ROOM


async def test_a_remote_call_that_had_ended_releases_its_agent(api: Api, fake: FakeAsterisk, rows: Rows) -> None:
    def end(action: Message) -> None:
        del fake.channels[action["Channel"]]

    fake.answer("Hangup", then_dies(fake, end))
    assert await control(api, "HANGUP") == "ERROR: ra_call_control error - outcome unknown - 1028"

    async def released() -> bool:
        agent = await rows.one("SELECT status, callerid FROM vicidial_live_agents WHERE user = '1028'")
        return agent == {"status": "READY", "callerid": ""}

    await until(released, 10)


async def test_what_was_done_and_what_was_not_is_told(api: Api, fake: FakeAsterisk, rows: Rows) -> None:
    def hang_up(action: Message) -> list[Message]:
        if action["Channel"] == THIRD:
            return [{"Response": "Error", "Message": "Permission denied"}]
        fake.hang_up(action["Channel"])
        return [{"Response": "Success"}]

    fake.answer("Hangup", hang_up)
    answer = await transfer(api, "HANGUP_BOTH")
    assert answer == (
        "ERROR: transfer_conference error - partial - customer hung up - refused by the telephony server - 1000"
    )
    assert await _agent(rows, status="INCALL")


async def _is(rows: Rows, wanted: dict[str, Any]) -> bool:
    return await seen(rows) == wanted


async def _agent(rows: Rows, **wanted: object) -> bool:
    agent = await rows.one("SELECT * FROM vicidial_live_agents WHERE user = '1000'")
    return {key: agent[key] for key in wanted} == wanted
