"""logout: ask the agent's screen to log out."""

from __future__ import annotations

from telectl.database import Write
from telectl.described_enum import DescribedEnum
from telectl.functions.common.checks import permission, require, resolve_agent, set_flag
from telectl.functions.common.function import AGENT, Function, value
from telectl.functions.common.replies import Reply, success
from telectl.functions.common.request import Request, Services


class Logout(DescribedEnum):
    """What logout's value asks for."""

    LOGOUT = "LOGOUT", "log the agent's session out"


SET_LOGOUT = Write(
    "ask for a logout", "UPDATE vicidial_live_agents SET external_pause = %(value)s WHERE user = %(user)s"
)


async def run(request: Request, services: Services) -> Reply:
    """Set the flag external_pause to LOGOUT, without an epoch."""
    named = bool(request.agent_user or request.parameters["alt_user"])
    require(request, valid=request.value in FUNCTION.words and named)
    permission(request)
    await resolve_agent(request, services)
    await set_flag(request, services, SET_LOGOUT, value=request.value)
    return success("logout function set", request.value, request.epoch, request.agent_user, data=request.epoch)


FUNCTION = Function(
    name="logout",
    summary="logs the agent out; during a call, after it",
    run=run,
    parameters=(*AGENT, value("LOGOUT")),
    values=Logout,
    answers=(
        "ERROR: logout not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "SUCCESS: logout function set - V|T|A",
    ),
    example="agent_user=1000&function=logout&value=LOGOUT",
)
