"""Whether an agent may dial by hand: the campaign's ways, and the agent's own right."""

from __future__ import annotations

from telectl.database.agents import LiveAgent
from telectl.database.lookups import ManualDial
from telectl.functions.replies import Refusal
from telectl.functions.request import Request, Services


async def manual_dial_of(agent: LiveAgent, services: Services) -> ManualDial | None:
    """Give the ways of the agent's campaign, None without one."""
    return await services.lookups.manual_dial(agent.campaign_id or "")


async def require_manual_dial(request: Request, services: Services) -> None:
    """End the function unless the agent may dial by hand."""
    agent = await services.lookups.user(request.agent_user)
    if agent is None or agent.agentcall_manual != "1":
        raise Refusal("agent_user is not allowed to place manual dial calls", request.agent_user)
