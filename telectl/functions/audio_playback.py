"""audio_playback: play a recording into the agent's session."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.calls.failures import NOT_BUILT, CallFailure
from telectl.database import Insert, Select
from telectl.database.agents import LiveAgent
from telectl.database.manager_queue import QUEUE_ACTION, queued
from telectl.functions.function import AGENT, Function, Parameter, value
from telectl.functions.replies import Refusal, Reply, notice, success
from telectl.functions.request import Request, Services
from telectl.functions.server_context import context_of
from telectl.functions.steps import live_agent, permission, require, resolve_agent

_LEAST_STAGE = 4
_LEAST_PLACE = 6
_PLAYER = "473782158521111"
_KEYS = "473782138521111"
_CONTROLS = {"RESTART": ("PLAYRS", "4"), "PAUSE": ("PLAYPA", "3"), "RESUME": ("PLAYPA", "3")}
"""What starts the player again, or holds it and lets it go on: the id's first letters, and the key that is pressed."""
_LEAST_DEBUG = 2


@dataclass(frozen=True, slots=True)
class Player:
    """The channel that plays into a room, as VICIdial's updater saw it."""

    channel: str


PLAYER = Select(
    "player in a room",
    Player,
    "FROM live_channels WHERE extension = %(room)s AND server_ip = %(server_ip)s"
    " AND channel LIKE 'IAX2/ASTplay%%' LIMIT 1",
)
LOG_CLICK = Insert(
    "log a click on the soundboard",
    "vicidial_ajax_log",
    (
        *("user", "start_time", "db_time", "run_time", "php_script", "action", "lead_id", "stage"),
        *("session_name", "last_sql"),
    ),
)


async def run(request: Request, services: Services) -> Reply:
    """Queue what the stage asks of the player."""
    stage = request.parameters["stage"]
    playable = len(request.value) > 0 or stage != "PLAY"
    valid = playable and len(stage) >= _LEAST_STAGE and request.names_agent()
    require(request, request.value, stage, request.agent_user, valid=valid, data=stage)
    permission(request)
    await _resolve(request, services, stage)
    agent = await live_agent_of_stage(request, services, stage)
    room, server_ip = agent.room, agent.server_ip
    if len(room) < _LEAST_PLACE or len(server_ip) < _LEAST_PLACE:
        raise Refusal("audio_playback error - entry is empty", stage, request.agent_user)
    if not await services.calls.leaves_it_to_the_screen(request.agent_user):
        raise CallFailure(NOT_BUILT)
    player = await services.database.one(PLAYER, room=room, server_ip=server_ip)
    if stage == "PLAY":
        await _play(request, services, agent, player)
    else:
        await _control(request, services, agent, player, stage)
    await _log_clicks(request, services)
    return success("audio_playback function sent", request.value, stage, request.agent_user, data=request.epoch)


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


async def _play(request: Request, services: Services, agent: LiveAgent, player: Player | None) -> None:
    override = request.parameters["dial_override"]
    if player is not None:
        if override != "Y":
            shown = (agent.room, agent.server_ip, "PLAY", override)
            reason = "audio_playback error - audio already playing in agent session"
            raise Refusal(reason, *shown, request.agent_user, data="|".join(shown))
        await hang_up_player(request, services, agent.server_ip, player.channel)
        reason = "audio_playback previous playback stopped"
        request.say(notice(reason, "PLAY", override, request.agent_user, data=request.epoch))
    context = await context_of(services, agent.server_ip)
    headers = (
        ("Channel", f"Local/47378216{agent.room}@{context}"),
        ("Context", context),
        ("Exten", _PLAYER),
        ("Priority", "1"),
        ("CallerID", f'"{request.value}" <{_PLAYER}>'),
    )
    row = queued(request.instant, agent.server_ip, "Originate", request.value, headers)
    await services.database.write(QUEUE_ACTION, **row)


async def _control(request: Request, services: Services, agent: LiveAgent, player: Player | None, stage: str) -> None:
    if player is None:
        shown = (agent.room, agent.server_ip, stage)
        reason = "audio_playback error - no audio playing in agent session"
        raise Refusal(reason, *shown, request.agent_user, data="|".join(shown))
    if stage == "STOP":
        await hang_up_player(request, services, agent.server_ip, player.channel)
        return
    if stage not in _CONTROLS:
        raise Refusal("audio_playback not valid", request.value, stage, request.agent_user, data=stage)
    letters, key = _CONTROLS[stage]
    context = await context_of(services, agent.server_ip)
    digits = "".join(char for char in player.channel.partition("ASTplay")[2] if char.isdigit())
    headers = (
        ("Channel", f"Local/473782148521111{digits}@{context}"),
        ("Context", context),
        ("Exten", _KEYS),
        ("Priority", "1"),
        ("CallerID", key),
    )
    callerid = f"{letters}{request.instant.compact}"
    row = queued(request.instant, agent.server_ip, "Originate", callerid, headers)
    await services.database.write(QUEUE_ACTION, **row)


async def hang_up_player(request: Request, services: Services, server_ip: str, channel: str) -> None:
    """Queue the end of a player's channel."""
    callerid = f"PLAYHU{request.instant.compact}"
    row = queued(request.instant, server_ip, "Hangup", callerid, (("Channel", channel),))
    await services.database.write(QUEUE_ACTION, **row)


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
        Parameter("stage", "PLAY, STOP, PAUSE, RESUME or RESTART", required=True),
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
        "NOTICE: audio_playback previous playback stopped - PLAY|<override>|A",
        "SUCCESS: audio_playback function sent - V|<stage>|A",
    ),
    example="agent_user=1000&function=audio_playback&stage=PLAY&value=greeting",
    over_ami=True,
    in_turn=True,
)
