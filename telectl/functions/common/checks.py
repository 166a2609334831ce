"""The steps that functions share, in the order agent-api-rules.md section 5 names them.

    permission -> resolve_agent (alt_user) -> the function's own conditional UPDATE, or live_agent

A step that fails ends the function with its answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from telectl.calls.session.session import AgentSnapshot
from telectl.database import Write
from telectl.database.agents import LIVE_AGENT, LIVE_ROWS, USER_BY_CUSTOM_THREE, LiveAgent
from telectl.database.lookups import CampaignRow
from telectl.functions.common.replies import Refusal
from telectl.functions.common.request import Request, Services

_LEAST_CALL_ID = 16
LEAST_ALT_USER = 2


def require(request: Request, *fields: str, valid: bool, data: str | Sequence[str] = "") -> None:
    """End the function with `ERROR: <function> not valid - <fields>` unless the parameters are valid.

    Without fields the error prints value and agent_user.
    """
    if not valid:
        shown = fields or (request.value, request.agent_user)
        raise Refusal(f"{request.function} not valid", *shown, data=data)


def permission(request: Request, shown: str | None = None) -> None:
    """End the function unless the API user may use it.

    `shown` is what the error prints in place of the value.
    """
    if not request.user.may_use(request.function):
        raise Refusal(
            "auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION",
            request.value if shown is None else shown,
            request.parameters["user"],
            request.function,
            request.user.user_group,
        )


async def resolve_agent(request: Request, services: Services) -> None:
    """Resolve alt_user (two characters or more) to the agent: the first user with that custom_three."""
    alt_user = request.parameters["alt_user"]
    if len(alt_user) < LEAST_ALT_USER:
        return
    found = await user_by_alt_user(alt_user, services)
    if found is None:
        raise Refusal("no user found", alt_user)
    request.agent_user = found


async def user_by_alt_user(alt_user: str, services: Services) -> str | None:
    """Return the first user with that custom_three."""
    found = await services.database.one(USER_BY_CUSTOM_THREE, custom_three=alt_user)
    return found.user if found else None


async def live_agent(request: Request, services: Services) -> LiveAgent:
    """Return the agent's row of vicidial_live_agents, of several the first, or end: not logged in."""
    agent = await services.database.one(LIVE_AGENT, user=request.agent_user)
    if agent is None:
        raise not_logged_in(request)
    return agent


async def live_rows(request: Request, services: Services) -> list[LiveAgent]:
    """Return every row of the agent, the first one first, or end: not logged in."""
    rows = await services.database.all(LIVE_ROWS, user=request.agent_user)
    if not rows:
        raise not_logged_in(request)
    return rows


async def live_call(request: Request, services: Services) -> LiveAgent:
    """Return the agent's row, or end: not logged in, or no live call (a lead, and an id of 16 characters or more)."""
    agent = await live_agent(request, services)
    require_live_call(request, agent)
    return agent


def require_live_call(request: Request, agent: LiveAgent) -> None:
    """End the function unless the agent has a lead and a call."""
    if not agent.lead_id or len(agent.call_id) < _LEAST_CALL_ID:
        raise Refusal("agent_user does not have a live call", request.agent_user)


async def campaign_of(agent: LiveAgent, services: Services) -> CampaignRow | None:
    """Return the row of the agent's campaign, None without one."""
    return await services.lookups.campaign(agent.campaign_id or "")


async def require_manual_dial(request: Request, services: Services) -> None:
    """End the function unless the agent may dial by hand."""
    agent = await services.lookups.user(request.agent_user)
    if agent is None or agent.agentcall_manual != "1":
        raise Refusal("agent_user is not allowed to place manual dial calls", request.agent_user)


async def agent_snapshot(request: Request, services: Services) -> AgentSnapshot:
    """Return the agent's row and its call's, for a command that telectl itself carries out; or end: not logged in."""
    snapshot = await services.calls.snapshot(request.agent_user)
    if snapshot is None:
        raise not_logged_in(request)
    request.call_id = snapshot.agent.call_id
    return snapshot


def not_logged_in(request: Request) -> Refusal:
    """Return the error for an agent without a row in vicidial_live_agents."""
    return Refusal("agent_user is not logged in", request.agent_user)


async def count_dials(request: Request, services: Services, number: int = 1) -> None:
    """End the function if its API user, or its agent, has had as many calls dialled as the settings allow.

    A function that lets a phone ring calls this when everything else is checked (see `telectl.calls.dial_limit`).
    """
    await services.calls.dial_limit.count_dials(request.user.name, request.agent_user, number, request.instant)


async def set_flag(request: Request, services: Services, statement: Write, **values: object) -> int:
    """Set a flag of the agent by one conditional UPDATE, and return in how many rows, or end: not logged in.

    The UPDATE matches every row of the user (user is not unique there), so no check can be overtaken.
    """
    written = await services.database.write(statement, user=request.agent_user, **values)
    if not written.matched:
        raise not_logged_in(request)
    return written.matched
