"""external_pause: ask the agent's screen to pause or resume."""

from __future__ import annotations

from telectl.calls.flags import Flag
from telectl.database import Write
from telectl.database.agents import any_row
from telectl.described_enum import DescribedEnum
from telectl.functions.common.checks import live_agent, permission, require, resolve_agent, set_flag
from telectl.functions.common.function import AGENT, Function, value
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services


class Pause(DescribedEnum):
    """What external_pause's value asks for."""

    PAUSE = "PAUSE", "pause the agent's session"
    RESUME = "RESUME", "resume the agent's session"


SET_PAUSE = Write("ask for a pause", "UPDATE vicidial_live_agents SET external_pause = %(value)s WHERE user = %(user)s")
# Only an agent that is not already available, in any of its rows, can resume; MQUEUE passes, as it does in VICIdial.
_AVAILABLE = any_row("status IN ('READY', 'QUEUE', 'INCALL', 'CLOSER')")
SET_RESUME = Write(
    "ask for a resume",
    f"UPDATE vicidial_live_agents SET external_pause = %(value)s WHERE user = %(user)s AND NOT {_AVAILABLE}",
)


async def run(request: Request, services: Services) -> Reply:
    """Set the flag external_pause to `<value>!<epoch>`."""
    named = bool(request.agent_user or request.parameters["alt_user"])
    require(request, valid=request.value in FUNCTION.words and named)
    permission(request)
    await resolve_agent(request, services)
    flag = Flag.PAUSE.record(value=request.value, epoch=request.epoch)
    if request.value == Pause.PAUSE:
        await set_flag(request, services, SET_PAUSE, value=flag)
    else:
        await _resume(request, services, flag)
    return success("external_pause function set", request.value, request.epoch, request.agent_user, data=request.epoch)


async def _resume(request: Request, services: Services, flag: str) -> None:
    resumed = await services.database.write(SET_RESUME, user=request.agent_user, value=flag)
    if not resumed.matched:
        await live_agent(request, services)
        raise Refusal("external_pause agent is not paused", request.value, request.agent_user)


FUNCTION = Function(
    name="external_pause",
    summary="pauses or resumes the agent; during a call, after it",
    run=run,
    parameters=(*AGENT, value("PAUSE or RESUME")),
    values=Pause,
    answers=(
        "ERROR: external_pause not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: external_pause agent is not paused - V|A",
        "SUCCESS: external_pause function set - V|T|A",
    ),
    example="agent_user=1000&function=external_pause&value=PAUSE",
)
