"""external_hangup: ask the agent's screen to hang up the customer."""

from __future__ import annotations

from telectl.database import Write
from telectl.described_enum import DescribedEnum
from telectl.functions.common.checks import permission, require, resolve_agent, set_flag
from telectl.functions.common.function import AGENT, Function, value
from telectl.functions.common.replies import Reply, success
from telectl.functions.common.request import Request, Services


class HangUp(DescribedEnum):
    """What external_hangup's value asks for."""

    CUSTOMER = "1", "hang up; the only value"


SET_HANGUP = Write(
    "ask for a hangup", "UPDATE vicidial_live_agents SET external_hangup = %(value)s WHERE user = %(user)s"
)


async def run(request: Request, services: Services) -> Reply:
    """Set the flag external_hangup."""
    require(request, valid=request.value in FUNCTION.words and request.names_agent())
    permission(request)
    await resolve_agent(request, services)
    await set_flag(request, services, SET_HANGUP, value=request.value)
    return success("external_hangup function set", request.value, request.agent_user)


FUNCTION = Function(
    name="external_hangup",
    summary="hangs up the customer's call on the agent's screen",
    run=run,
    parameters=(*AGENT, value("1")),
    values=HangUp,
    answers=(
        "ERROR: external_hangup not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "SUCCESS: external_hangup function set - V|A",
    ),
    example="agent_user=1000&function=external_hangup&value=1",
)
