"""pause_code: set the pause code of a paused agent."""

from __future__ import annotations

from telectl.database import Write
from telectl.database.agents import any_row
from telectl.functions.common.checks import live_agent, permission, require, resolve_agent
from telectl.functions.common.function import AGENT, Function, value
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services

_LONGEST = 6
_PAUSED = any_row("status = 'PAUSED'")
SET_PAUSE_CODE = Write(
    "ask for a pause code",
    f"UPDATE vicidial_live_agents SET external_pause_code = %(value)s WHERE user = %(user)s AND {_PAUSED}",
)


async def run(request: Request, services: Services) -> Reply:
    """Set the flag external_pause_code; the code itself is the campaign's affair."""
    require(request, valid=0 < len(request.value) <= _LONGEST and request.names_agent())
    permission(request)
    await resolve_agent(request, services)
    written = await services.database.write(SET_PAUSE_CODE, user=request.agent_user, value=request.value)
    if not written.matched:
        await live_agent(request, services)
        raise Refusal("pause_code error - agent is not paused", request.agent_user)
    return success("pause_code function sent", request.agent_user, data=request.epoch)


FUNCTION = Function(
    name="pause_code",
    summary="sets the pause code of a paused agent",
    run=run,
    parameters=(*AGENT, value("the code, six characters at most")),
    answers=(
        "ERROR: pause_code not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: pause_code error - agent is not paused - A",
        "SUCCESS: pause_code function sent - A",
    ),
    example="agent_user=1000&function=pause_code&value=BREAK",
)
