"""Whether an agent may dial by hand: the campaign's ways, and the agent's own right."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.database import Select
from telectl.database.agents import LiveAgent
from telectl.functions.replies import Refusal
from telectl.functions.request import Request, Services


@dataclass(frozen=True, slots=True)
class ManualDial:
    """A campaign's ways of dialling by hand."""

    api_manual_dial: str | None
    manual_preview_dial: str | None
    alt_number_dialing: str | None


@dataclass(frozen=True, slots=True)
class AgentRight:
    """An agent's right to dial by hand."""

    agentcall_manual: str | None


MANUAL_DIAL = Select(
    "manual dial of a campaign", ManualDial, "FROM vicidial_campaigns WHERE campaign_id = %(campaign_id)s LIMIT 1"
)
AGENT_RIGHT = Select("an agent's manual dial", AgentRight, "FROM vicidial_users WHERE user = %(user)s LIMIT 1")


async def manual_dial_of(agent: LiveAgent, services: Services) -> ManualDial | None:
    """Give the ways of the agent's campaign, None without one."""
    return await services.database.one(MANUAL_DIAL, campaign_id=agent.campaign_id or "")


async def require_manual_dial(request: Request, services: Services) -> None:
    """End the function unless the agent may dial by hand."""
    right = await services.database.one(AGENT_RIGHT, user=request.agent_user)
    if right is None or right.agentcall_manual != "1":
        raise Refusal("agent_user is not allowed to place manual dial calls", request.agent_user)
