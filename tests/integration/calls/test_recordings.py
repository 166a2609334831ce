"""audio_playback and force_fronter_audio_stop over AMI: what is heard in the session, held, begun again, ended."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Line
from lab.tones import GREETING
from lab.until import until
from parts import AGENT, CUSTOMER, Api, Desk, hears, let_pass

pytestmark = pytest.mark.asyncio(loop_scope="module")
OTHER, OTHER_ROOM = 600, "9600052"


async def playback(api: Api, stage: str, value: str = "greeting", **more: str) -> str:
    return await api.ask("audio_playback", value=value, stage=stage, **more)


async def players(call: Desk) -> list[str]:
    found = await call.centre.witness.channels()
    return [row["Channel"] for row in found if row["Channel"].startswith("Local/47378216")]


async def test_everybody_hears_the_recording_until_it_is_stopped(api: Api, call: Desk) -> None:
    assert await playback(api, "PLAY") == "SUCCESS: audio_playback function sent - greeting|PLAY|1000"
    await hears(call.line.agent, {CUSTOMER, GREETING})
    await hears(call.line.customer, {AGENT, GREETING})
    assert await playback(api, "STOP") == "SUCCESS: audio_playback function sent - greeting|STOP|1000"
    await hears(call.line.agent, {CUSTOMER})
    await until(lambda: _nobody_plays(call))
    assert await call.centre.rows.all("SELECT * FROM vicidial_manager") == []


async def test_it_is_held_goes_on_and_begins_again(api: Api, call: Desk) -> None:
    await playback(api, "PLAY")
    await hears(call.line.agent, {CUSTOMER, GREETING})
    assert (await playback(api, "PAUSE")).startswith("SUCCESS")
    await hears(call.line.agent, {CUSTOMER})
    assert (await playback(api, "RESUME")).startswith("SUCCESS")
    await hears(call.line.agent, {CUSTOMER, GREETING})
    assert (await playback(api, "RESTART")).startswith("SUCCESS")
    await hears(call.line.agent, {CUSTOMER, GREETING})


async def test_a_second_recording_needs_the_override(api: Api, call: Desk) -> None:
    await playback(api, "PLAY")
    first = await players(call)
    answer = await playback(api, "PLAY", "message")
    assert answer == (
        "ERROR: audio_playback error - audio already playing in agent session - 9600051|127.0.0.1|PLAY||1000"
    )
    answer = await playback(api, "PLAY", dial_override="Y")
    assert answer.split("\n") == [
        "NOTICE: audio_playback previous playback stopped - PLAY|Y|1000",
        "SUCCESS: audio_playback function sent - greeting|PLAY|1000",
    ]
    await hears(call.line.agent, {CUSTOMER, GREETING})
    second = await players(call)
    assert (len(second), set(first) & set(second)) == (2, set())


@pytest.mark.parametrize("stage", ["STOP", "PAUSE", "RESUME", "RESTART"])
async def test_nothing_plays_nothing_can_be_controlled(api: Api, call: Desk, stage: str) -> None:
    answer = await playback(api, stage)
    assert answer == f"ERROR: audio_playback error - no audio playing in agent session - 9600051|127.0.0.1|{stage}|1000"
    await hears(call.line.agent, {CUSTOMER})


async def test_a_recording_that_is_not_there_is_said(api: Api, call: Desk) -> None:
    answer = await playback(api, "PLAY", "nosuchfile")
    assert answer == "ERROR: audio_playback error - recording did not play - 1000|nosuchfile"
    await until(lambda: _nobody_plays(call))


async def test_nobody_plays_into_an_empty_session(api: Api, desk: Desk) -> None:
    assert desk.line.agent is not None
    await desk.line.agent.hangup()
    await until(lambda: _nobody_there(desk))
    assert await playback(api, "PLAY") == "ERROR: audio_playback error - agent session is empty - 1000"


async def test_a_recording_that_ended_by_itself_can_be_played_again(api: Api, call: Desk) -> None:
    await playback(api, "PLAY", "message")
    await until(lambda: _nobody_plays(call), 10)
    await let_pass(call.centre.rows)
    assert (await playback(api, "PLAY", "message")).startswith("SUCCESS")


async def test_the_player_is_no_party_of_the_call(api: Api, call: Desk) -> None:
    await playback(api, "PLAY")
    assert (await api.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await hears(call.line.customer, set(), music=True)
    await hears(call.line.agent, {GREETING})


async def test_a_remote_agent_has_no_session_to_play_into(api: Api) -> None:
    answer = await api.ask("audio_playback", "1028", value="greeting", stage="PLAY")
    assert answer == "ERROR: audio_playback error - agent_user is a remote agent - 1028"


@pytest_asyncio.fixture(loop_scope="module")
async def fronter(call: Desk) -> AsyncIterator[Line]:
    """Agent 6666 in a room of its own, with the same lead: it transferred the call to agent 1000."""
    centre = call.centre
    phone = await centre.phone("gs102", OTHER, "fronter")
    line = await centre.seat("6666", phone, OTHER_ROOM, call.line.lead_id)
    line.agent = await centre.call_into_room(phone, OTHER_ROOM, '"S2611230800009600052" <0>', prefix="2")
    await centre.rows.run(
        "UPDATE vicidial_live_agents SET lead_id = %s, status = 'INCALL' WHERE user = '6666'", line.lead_id
    )
    yield line
    await centre.rows.run("UPDATE vicidial_live_agents SET lead_id = 0 WHERE user = '6666'")


async def test_the_fronters_recording_is_stopped_from_the_closers_side(api: Api, call: Desk, fronter: Line) -> None:
    assert (await api.ask("audio_playback", "6666", value="greeting", stage="PLAY")).startswith("SUCCESS")
    await hears(fronter.agent, {GREETING})
    answer = await api.ask("force_fronter_audio_stop", value="LOCAL_ONLY", stage="now")
    assert answer == "SUCCESS: force_fronter_audio_stop function sent - LOCAL_ONLY|now|1000|6666"
    await hears(fronter.agent, set())
    await let_pass(call.centre.rows)
    answer = await api.ask("force_fronter_audio_stop", value="LOCAL_ONLY", stage="now")
    assert answer == (
        "ERROR: force_fronter_audio_stop error - no audio playing in other agent session"
        " - 9600052|127.0.0.1|now|1000|6666"
    )


async def _nobody_plays(desk: Desk) -> bool:
    return not await players(desk)


async def _nobody_there(desk: Desk) -> bool:
    return not await desk.centre.witness.members(desk.room)
