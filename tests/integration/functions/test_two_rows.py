"""An agent with two rows in vicidial_live_agents: flags are set in both, statuses are asked of both, values of one.

`user` is not unique there; VICIdial writes by user, counts rows of a status, and reads everything else of one row.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from parts import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")
CALL = "Y1123000000000001002"
IN_CALL = {"status": "INCALL", "lead_id": 1002, "callerid": CALL}
PAUSED = {"status": "PAUSED", "lead_id": 0, "callerid": ""}
READY = {"status": "READY", "lead_id": 0, "callerid": ""}
MQUEUE = {"status": "MQUEUE", "lead_id": 0, "callerid": ""}
DIAL = {"phone_code": "1", "search": "YES", "preview": "NO", "focus": "YES"}
CHOICES = {"blended": "NO", "ingroup_choices": "+TEST_IN2+-"}
NOT_PAUSED = "ERROR: agent_user is not paused - 1000"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["MyISAM", "InnoDB"])
async def engine(api: Api, request: pytest.FixtureRequest) -> str:
    found = Rows(api.database_url)
    await found.open()
    await found.run(f"ALTER TABLE vicidial_live_agents ENGINE = {request.param}")
    await found.close()
    return str(request.param)


@pytest_asyncio.fixture(loop_scope="module")
async def agent(rows: Rows, engine: str) -> AsyncIterator[Rows]:
    assert engine
    await rows.run("UPDATE vicidial_campaigns SET api_manual_dial = 'STANDARD'")
    columns = ", ".join(
        f"`{row['Field']}`"
        for row in await rows.all("SHOW COLUMNS FROM vicidial_live_agents")
        if row["Field"] != "live_agent_id"
    )
    await rows.run(
        f"INSERT INTO vicidial_live_agents ({columns}) SELECT {columns} FROM vicidial_live_agents WHERE user = '1000'"
    )
    yield rows
    await rows.run(
        "DELETE FROM vicidial_live_agents WHERE user = '1000' ORDER BY live_agent_id DESC LIMIT 1",
    )


async def both(rows: Rows) -> list[dict[str, Any]]:
    found = await rows.all("SELECT * FROM vicidial_live_agents WHERE user = '1000' ORDER BY live_agent_id")
    assert len(found) == 2
    return found


async def let_be(rows: Rows, *states: dict[str, Any]) -> None:
    """Return the first and the second row these values, and no flag."""
    for row, state in zip(await both(rows), states, strict=True):
        values = {
            "external_pause": "",
            "external_dial": "",
            "external_park": "",
            "external_transferconf": "",
            "external_recording": "7",
            "external_pause_code": "",
            "external_lead_id": 0,
            "external_update_fields": "0",
            "external_status": "",
            "external_hangup": "",
            "external_dtmf": "",
            "external_timer_action": "",
            "external_ingroups": "",
            **state,
        }
        setters = ", ".join(f"{name} = %s" for name in values)
        await rows.run(
            f"UPDATE vicidial_live_agents SET {setters} WHERE live_agent_id = %s",
            *values.values(),
            row["live_agent_id"],
        )


@dataclass(frozen=True)
class Asked:
    """A request while the two rows are in these states, its answer, and the flag that both then have, or have not."""

    states: tuple[dict[str, Any], dict[str, Any]]
    function: str
    sent: dict[str, str]
    answer: str
    flag: str
    is_set: bool = field(default=True)


BACK, FORTH = (READY, PAUSED), (PAUSED, READY)
DONE = "SUCCESS: "
TABLE = [
    # a status: any row's
    *(
        Asked(states, "preview_dial_action", {"value": "SKIP"}, DONE, "external_dial")
        for states in (BACK, FORTH, (PAUSED, PAUSED))
    ),
    Asked((READY, READY), "preview_dial_action", {"value": "SKIP"}, NOT_PAUSED, "external_dial", is_set=False),
    *(
        Asked(states, "external_dial", {"value": "7275551212", **DIAL}, DONE, "external_dial")
        for states in (BACK, FORTH, (PAUSED, IN_CALL))
    ),
    Asked(
        (READY, {**PAUSED, "lead_id": 1002}),
        "external_dial",
        {"value": "7275551212", **DIAL},
        NOT_PAUSED,
        "external_dial",
        is_set=False,
    ),
    *(Asked(states, "pause_code", {"value": "BREAK"}, DONE, "external_pause_code") for states in (BACK, FORTH)),
    Asked(
        (READY, IN_CALL),
        "pause_code",
        {"value": "BREAK"},
        "ERROR: pause_code error - agent is not paused - 1000",
        "external_pause_code",
        is_set=False,
    ),
    *(
        Asked(
            states,
            "external_pause",
            {"value": "RESUME"},
            "ERROR: external_pause agent is not paused - RESUME|1000",
            "external_pause",
            is_set=False,
        )
        for states in (BACK, FORTH, (PAUSED, IN_CALL), (READY, READY))
    ),
    *(
        Asked(states, "external_pause", {"value": "RESUME"}, DONE, "external_pause")
        for states in ((PAUSED, PAUSED), (PAUSED, MQUEUE))
    ),
    Asked((PAUSED, READY), "external_pause", {"value": "PAUSE"}, DONE, "external_pause"),
    # everything else: the first row's
    Asked((IN_CALL, READY), "park_call", {"value": "PARK_CUSTOMER"}, DONE, "external_park"),
    Asked(
        (READY, IN_CALL),
        "park_call",
        {"value": "PARK_CUSTOMER"},
        "ERROR: agent_user does not have a lead on their screen - 1000",
        "external_park",
        is_set=False,
    ),
    Asked((IN_CALL, READY), "transfer_conference", {"value": "HANGUP_XFER"}, DONE, "external_transferconf"),
    Asked(
        (READY, IN_CALL),
        "transfer_conference",
        {"value": "HANGUP_XFER"},
        "ERROR: agent_user does not have a live call - 1000",
        "external_transferconf",
        is_set=False,
    ),
    Asked((IN_CALL, READY), "switch_lead", {"lead_id": "1003"}, DONE, "external_lead_id"),
    Asked((IN_CALL, READY), "update_fields", {"city": "Tampa"}, DONE, "external_update_fields"),
    Asked(
        (READY, IN_CALL),
        "update_fields",
        {"city": "Tampa"},
        "ERROR: agent_user does not have a lead on their screen - 1000|6666",
        "external_update_fields",
        is_set=False,
    ),
    Asked(
        (IN_CALL, {**READY, "external_recording": "STOP"}), "recording", {"value": "STOP"}, DONE, "external_recording"
    ),
    Asked(
        ({**IN_CALL, "external_recording": "STOP"}, READY),
        "recording",
        {"value": "STOP"},
        "ERROR: stop recording error - 1000|STOP||||127.0.0.1|9600051|INCALL",
        "external_recording",
        is_set=False,
    ),
    # no condition at all
    Asked(
        FORTH,
        "refresh_panel",
        {"formreload": "1"},
        "SUCCESS: refresh_panel request sent - 6666|1000|2|formreload|",
        "external_update_fields",
    ),
    Asked(FORTH, "recording", {"value": "START"}, DONE, "external_recording"),
    Asked(FORTH, "external_hangup", {"value": "1"}, DONE, "external_hangup"),
    Asked(FORTH, "external_status", {"value": "A"}, DONE, "external_status"),
    Asked(FORTH, "logout", {"value": "LOGOUT"}, DONE, "external_pause"),
    Asked(FORTH, "send_dtmf", {"value": "1"}, DONE, "external_dtmf"),
    Asked(FORTH, "set_timer_action", {"value": "NONE"}, DONE, "external_timer_action"),
    Asked(FORTH, "change_ingroups", {"value": "CHANGE", **CHOICES}, DONE, "external_ingroups"),
]


def named(asked: Asked) -> str:
    return f"{asked.function} {'/'.join(state['status'] for state in asked.states)} {asked.is_set}"


@pytest.mark.parametrize("asked", TABLE, ids=named)
async def test_two_rows_of_one_agent(api: Api, agent: Rows, asked: Asked) -> None:
    await let_be(agent, *asked.states)
    before = [row[asked.flag] for row in await both(agent)]
    answer = await api.ask(asked.function, **asked.sent)
    assert answer.startswith(asked.answer) if asked.answer == DONE else answer == asked.answer
    after = [row[asked.flag] for row in await both(agent)]
    if asked.is_set:
        assert after[0] == after[1]
        assert after[0] not in ("", None, 0, "0", "7")
    else:
        assert after == before


async def test_the_other_agent_of_a_call_leaves_in_both_rows(api: Api, agent: Rows) -> None:
    await let_be(agent, READY, IN_CALL)
    await agent.run("UPDATE vicidial_live_agents SET lead_id = 1002 WHERE user = '6666'")
    try:
        answer = await api.ask("force_fronter_leave_3way", "6666", value="LOCAL_ONLY")
        assert answer == "SUCCESS: force_fronter_leave_3way SENT - 1000"
        flags = {row["external_transferconf"].partition("---")[0] for row in await both(agent)}
        assert flags == {"LEAVE_3WAY_CALL"}
    finally:
        await agent.run("UPDATE vicidial_live_agents SET lead_id = 1003 WHERE user = '6666'")
