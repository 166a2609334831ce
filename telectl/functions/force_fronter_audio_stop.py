"""force_fronter_audio_stop: end what plays in the session of the agent who transferred the call."""

from __future__ import annotations

from telectl.database import Select
from telectl.functions.common.fronter import PARAMETERS, Fronter, Where, agent_on_call, no_fronter, other_agent
from telectl.functions.common.function import Function, Parameter
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services

_LEAST_PLACE = 6
_RECENT = 5
"""Minutes."""
RECENT_SESSION = Select(
    "recent session with a lead",
    Fronter,
    "FROM vicidial_sessions_recent WHERE lead_id = %(lead_id)s AND user <> %(user)s"
    " AND call_date > %(since)s ORDER BY call_date DESC LIMIT 1",
)


async def run(request: Request, services: Services) -> Reply:
    """End the player in the other agent's room, or queue its end."""
    agent = await agent_on_call(request, services)
    stage = request.parameters["stage"]
    fronter = await other_agent(agent, services) or await services.database.one(
        RECENT_SESSION, lead_id=agent.lead_id, user=agent.user, since=request.instant.earlier(minutes=_RECENT)
    )
    if fronter is None:
        raise no_fronter(request)
    room = fronter.conf_exten or ""
    shown = (stage, request.agent_user, fronter.user)
    if len(room) < _LEAST_PLACE or len(fronter.server_ip) < _LEAST_PLACE:
        raise Refusal("force_fronter_audio_stop error - no fronter session found", *shown, data=stage)
    player = await services.calls.player(fronter.user, fronter.server_ip, room, request.command)
    async with services.calls.hold(fronter.user):
        if not await player.playing():
            reason = "force_fronter_audio_stop error - no audio playing in other agent session"
            raise Refusal(reason, room, fronter.server_ip, *shown, data=(room, fronter.server_ip, stage))
        await player.stop()
    return success("force_fronter_audio_stop function sent", request.value, *shown, data=request.epoch)


FUNCTION = Function(
    name="force_fronter_audio_stop",
    summary="ends what plays in the session of the agent who transferred the call",
    run=run,
    parameters=(*PARAMETERS, Parameter("stage", "a word of the caller's own, repeated in the answer")),
    values=Where,
    answers=(
        "ERROR: force_fronter_audio_stop not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: agent_user is not on a phone call - A",
        "ERROR: no fronter found - A",
        "ERROR: force_fronter_audio_stop error - no fronter session found - <stage>|A|<other agent>",
        "ERROR: force_fronter_audio_stop error - no audio playing in other agent session - <room>|<server>|<stage>|A|…",
        "ERROR: force_fronter_audio_stop error - <what happened> - A",
        "SUCCESS: force_fronter_audio_stop function sent - V|<stage>|A|<other agent>",
    ),
    example="agent_user=1000&function=force_fronter_audio_stop&value=LOCAL_ONLY",
    over_ami=True,
    under_lock=True,
)
