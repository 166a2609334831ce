"""audio_playback: play a recording into the agent's session."""

from __future__ import annotations

from telectl.calls.player import Playback, Player
from telectl.database import Insert
from telectl.database.agents import LiveAgent
from telectl.functions.common.checks import live_agent, permission, require, resolve_agent
from telectl.functions.common.function import AGENT, Earlier, Function, Parameter, value
from telectl.functions.common.replies import Refusal, Reply, listed, notice, success
from telectl.functions.common.request import Request, Services

_LEAST_STAGE = 4
_LEAST_PLACE = 6
_LEAST_DEBUG = 2
_STAGES = frozenset(stage.value for stage in Playback)


LOG_CLICK = Insert(
    "log a click on the soundboard",
    "vicidial_ajax_log",
    (
        *("user", "start_time", "db_time", "run_time", "php_script", "action", "lead_id", "stage"),
        *("session_name", "last_sql"),
    ),
)


async def run(request: Request, services: Services) -> Reply:
    """Do what the stage asks of the player, or queue it for VICIdial's manager daemon."""
    stage = request.parameters["stage"]
    playable = len(request.value) > 0 or stage != "PLAY"
    valid = playable and len(stage) >= _LEAST_STAGE and request.names_agent()
    require(request, request.value, stage, request.agent_user, valid=valid, data=stage)
    permission(request)
    await _resolve(request, services, stage)
    agent = await live_agent_of_stage(request, services, stage)
    if len(agent.room) < _LEAST_PLACE or len(agent.server_ip) < _LEAST_PLACE:
        raise Refusal("audio_playback error - entry is empty", stage, request.agent_user, data=stage)
    player = await services.calls.player(
        agent.user, agent.server_ip, agent.room, request.command, remote=agent.is_remote
    )
    if stage == Playback.PLAY:
        await _play(request, player, agent)
    else:
        await _control(request, player, agent, stage)
    await _log_clicks(request, services)
    return success(
        "audio_playback function sent", *listed(request.value), stage, request.agent_user, data=request.epoch
    )


async def _holds(services: Services, earlier: Earlier) -> bool:
    """Return whether what was to play still does."""
    stage = earlier.said[-1].reply.fields[-2]
    if stage != Playback.PLAY:
        return True
    if await services.calls.leaves_it_to_the_screen(earlier.agent):
        return True
    snapshot = await services.calls.snapshot(earlier.agent)
    return snapshot is not None and await services.calls.is_playing(snapshot)


async def _resolve(request: Request, services: Services, stage: str) -> None:
    try:
        await resolve_agent(request, services)
    except Refusal as refusal:
        alt_user = request.parameters["alt_user"]
        raise Refusal(refusal.reply.reason, stage, alt_user, data=stage) from None


async def live_agent_of_stage(request: Request, services: Services, stage: str) -> LiveAgent:
    """Return the agent's row, or end with the stage before the agent."""
    try:
        return await live_agent(request, services)
    except Refusal as refusal:
        raise Refusal(refusal.reply.reason, stage, request.agent_user, data=stage) from None


async def _play(request: Request, player: Player, agent: LiveAgent) -> None:
    override = request.parameters["dial_override"]
    if await player.playing():
        if override != "Y":
            shown = (agent.room, agent.server_ip, "PLAY", override)
            reason = "audio_playback error - audio already playing in agent session"
            raise Refusal(reason, *shown, request.agent_user, data=shown)
        await player.stop()
        reason = "audio_playback previous playback stopped"
        request.say(notice(reason, "PLAY", override, request.agent_user, data=request.epoch))
    await player.play(request.value)


async def _control(request: Request, player: Player, agent: LiveAgent, stage: str) -> None:
    if not await player.playing():
        shown = (agent.room, agent.server_ip, stage)
        reason = "audio_playback error - no audio playing in agent session"
        raise Refusal(reason, *shown, request.agent_user, data=shown)
    if stage not in _STAGES:
        raise Refusal("audio_playback not valid", request.value, stage, request.agent_user, data=stage)
    if stage == Playback.STOP:
        await player.stop()
    else:
        await player.control(Playback(stage))


async def _log_clicks(request: Request, services: Services) -> None:
    """Keep what a soundboard tells of its agent's clicks, where the system logs that."""
    told = request.parameters["agent_debug"]
    wanted = request.parameters["source"] == "soundboard" and request.system.agent_debug_logging not in ("", "0")
    if not wanted or len(told) < _LEAST_DEBUG:
        return
    for number, item in enumerate(part for part in told.split("|") if part):
        when, _, rest = item.partition("-----")
        action, _, options = rest.partition("---")
        await services.database.write(
            LOG_CLICK,
            user=request.agent_user,
            start_time=when,
            db_time=request.instant.local,
            run_time="0",
            php_script="api.php",
            action=action,
            lead_id=0,
            stage=f"{number}|{options}",
            session_name="",
            last_sql="",
        )


FUNCTION = Function(
    name="audio_playback",
    summary="plays a recording into the agent's session, and controls it",
    run=run,
    parameters=(
        *AGENT,
        value("PLAY: the recording's name"),
        Parameter("stage", ", ".join(f"{stage}: {stage.meaning}" for stage in Playback), required=True),
        Parameter("dial_override", "Y: PLAY ends what is playing"),
        Parameter("agent_debug", "with source=soundboard: the agent's clicks, for the log"),
    ),
    answers=(
        "ERROR: audio_playback not valid - V|<stage>|A",
        "ERROR: no user found - <stage>|<alt_user>",
        "ERROR: agent_user is not logged in - <stage>|A",
        "ERROR: audio_playback error - entry is empty - <stage>|A",
        "ERROR: audio_playback error - audio already playing in agent session - <session>|<server_ip>|PLAY|<ovr>|A",
        "ERROR: audio_playback error - no audio playing in agent session - <session>|<server_ip>|<stage>|A",
        "ERROR: audio_playback error - <what happened> - A",
        "NOTICE: audio_playback previous playback stopped - PLAY|<override>|A",
        "SUCCESS: audio_playback function sent - V|<stage>|A",
    ),
    example="agent_user=1000&function=audio_playback&stage=PLAY&value=greeting",
    over_ami=True,
    under_lock=True,
    holds=_holds,
)
