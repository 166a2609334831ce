"""audio_playback: the player's controls, and what direct mode says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from parts import Api, start_plain_api

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def playing(rows: Rows) -> AsyncIterator[Rows]:
    """A recording playing to agent 1000."""
    await rows.run(
        "INSERT INTO live_channels (channel, server_ip, extension) VALUES ('IAX2/ASTplay-77', '127.0.0.1', '9600051')"
    )
    yield rows
    await rows.run("DELETE FROM live_channels")
    await rows.run("DELETE FROM vicidial_manager")


@pytest.mark.parametrize(("stage", "letters", "key"), [("RESTART", "PLAYRS", "4"), ("RESUME", "PLAYPA", "3")])
async def test_a_control_presses_a_key_on_the_player(
    api: Api, playing: Rows, stage: str, letters: str, key: str
) -> None:
    answer = await api.ask("audio_playback", stage=stage)
    assert answer == f"SUCCESS: audio_playback function sent - |{stage}|1000"
    queued = await playing.one("SELECT * FROM vicidial_manager")
    assert re.fullmatch(rf"{letters}\d{{14}}", queued["callerid"])
    assert queued["cmd_line_b"] == "Channel: Local/47378214852111177@default"
    assert queued["cmd_line_f"] == f"CallerID: {key}"


async def test_an_unknown_stage_is_not_valid_and_queues_nothing(api: Api, playing: Rows) -> None:
    assert await api.ask("audio_playback", stage="LOUDER") == "ERROR: audio_playback not valid - |LOUDER|1000"
    assert await playing.all("SELECT * FROM vicidial_manager") == []


async def test_what_cannot_be_played_logs_its_stage(api: Api, rows: Rows) -> None:
    await rows.run("UPDATE vicidial_live_agents SET conf_exten = '' WHERE user = '1000'")
    try:
        answer = await api.ask("audio_playback", stage="STOP")
    finally:
        await rows.run("UPDATE vicidial_live_agents SET conf_exten = '9600051' WHERE user = '1000'")
    assert answer == "ERROR: audio_playback error - entry is empty - STOP|1000"
    logged = await rows.one("SELECT value, data FROM vicidial_api_log ORDER BY api_id DESC LIMIT 1")
    assert logged == {"value": "", "data": "STOP"}


async def test_direct_mode_without_a_link_queues_nothing(api: Api, playing: Rows) -> None:
    async for direct in start_plain_api(api.database_url, call_control="direct"):
        answer = await direct.ask("audio_playback", stage="STOP")
        assert answer == "ERROR: audio_playback error - telephony server not available - 1000"
    assert await playing.all("SELECT * FROM vicidial_manager") == []
