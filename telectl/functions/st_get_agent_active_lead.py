"""st_get_agent_active_lead: which lead is on an agent's screen."""

from __future__ import annotations

from telectl.database.agents import LIVE_AGENT
from telectl.database.leads import LEAD
from telectl.functions.common.function import Function
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services
from telectl.functions.st_login_log import PARAMETERS, user_of


async def run(request: Request, services: Services) -> Reply:
    """Look up user, session and lead; a lead whose row is gone leaves its fields empty."""
    user = (await user_of(request, services)).user
    agent = await services.database.one(LIVE_AGENT, user=user)
    if agent is None:
        raise Refusal("user not logged in", user)
    if not agent.lead_id:
        raise Refusal("no active lead found", user)
    lead = await services.database.one(LEAD, lead_id=agent.lead_id)
    told = (
        (
            lead.phone_number,
            str(agent.lead_id),
            lead.vendor_lead_code,
            lead.province,
            lead.security_phrase,
            lead.source_id,
        )
        if lead
        else ("", str(agent.lead_id), "", "", "", "")
    )
    fields = (user, *(field or "" for field in told))
    return success("st_get_agent_active_lead lead found", *fields, data=fields)


FUNCTION = Function(
    name="st_get_agent_active_lead",
    summary="tells of the lead on an agent's screen, the agent looked up by custom_three",
    run=run,
    parameters=PARAMETERS,
    answers=(
        "ERROR: st_get_agent_active_lead not valid - V|<vendor_id>",
        "ERROR: no user found - V",
        "ERROR: user not logged in - <user>",
        "ERROR: no active lead found - <user>",
        "SUCCESS: st_get_agent_active_lead lead found - <user>|<phone>|<lead>|<vendor>|<province>|<phrase>|<source>",
    ),
    example="function=st_get_agent_active_lead&value=876543&vendor_id=207",
)
