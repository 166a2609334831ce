"""The fronter: the other agent on the lead of an agent's call (agent-api-rules.md, rule 11)."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.database import Select
from telectl.database.agents import LiveAgent
from telectl.described_enum import DescribedEnum
from telectl.functions.common.checks import live_agent, permission, require, resolve_agent
from telectl.functions.common.function import AGENT, value
from telectl.functions.common.replies import Refusal
from telectl.functions.common.request import Request, Services


@dataclass(frozen=True, slots=True)
class Fronter:
    """Another agent's session."""

    user: str
    server_ip: str
    conf_exten: str | None


class Where(DescribedEnum):
    """Where the other agent is looked for."""

    LOCAL_ONLY = "LOCAL_ONLY", "look on this system"
    LOCAL_AND_CCC = "LOCAL_AND_CCC", "the same: telectl asks no other system"
    CCC_REMOTE = "CCC_REMOTE", "another system only: nobody is found"


PARAMETERS = (*AGENT, value("where to look"))
OTHER_AGENT = Select(
    "another agent on a lead",
    Fronter,
    "FROM vicidial_live_agents WHERE lead_id = %(lead_id)s AND user <> %(user)s ORDER BY last_call_time LIMIT 1",
)


async def agent_on_call(request: Request, services: Services) -> LiveAgent:
    """Check what both functions need, and return the agent; only this system is looked at."""
    require(request, valid=request.value in set(Where) and request.names_agent())
    permission(request)
    await resolve_agent(request, services)
    if request.value == Where.CCC_REMOTE:
        raise no_fronter(request)
    agent = await live_agent(request, services)
    if not agent.lead_id:
        raise Refusal("agent_user is not on a phone call", request.agent_user)
    return agent


async def other_agent(agent: LiveAgent, services: Services) -> Fronter | None:
    """Return the other live agent with the same lead."""
    return await services.database.one(OTHER_AGENT, lead_id=agent.lead_id, user=agent.user)


def no_fronter(request: Request) -> Refusal:
    """Return the error for nobody found."""
    return Refusal("no fronter found", request.agent_user)
