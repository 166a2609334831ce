"""switch_lead: put another lead on the screen of an agent in an inbound call."""

from __future__ import annotations

from telectl.database import Write
from telectl.database.agents import LiveAgent, first_row
from telectl.database.leads import LATEST_LEAD_OF_VENDOR, LEAD, Lead
from telectl.functions.common.checks import campaign_of, live_call, not_logged_in, permission, require, resolve_agent
from telectl.functions.common.function import AGENT, Function, Parameter
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services

_SEARCHABLE = frozenset({"LIVE_CALL_INBOUND", "LIVE_CALL_INBOUND_AND_MANUAL"})
# The call may have changed since it was looked at.
SET_LEAD = Write(
    "ask for another lead",
    "UPDATE vicidial_live_agents SET external_lead_id = %(lead_id)s WHERE user = %(user)s"
    f" AND {first_row('live.callerid = %(call_id)s')}",
)


async def run(request: Request, services: Services) -> Reply:
    """Set the flag external_lead_id."""
    lead_id, vendor_code = request.parameters["lead_id"], request.parameters["vendor_lead_code"]
    valid = (bool(lead_id.lstrip("0")) or bool(vendor_code)) and request.names_agent()
    require(request, lead_id, vendor_code, request.agent_user, valid=valid)
    permission(request, lead_id)
    await resolve_agent(request, services)
    agent = await live_call(request, services)
    await _require_inbound(agent, request, services)
    lead = await _lead(services, lead_id, vendor_code)
    if lead is None:
        raise Refusal("switch-to lead not found", request.agent_user, lead_id, vendor_code)
    written = await services.database.write(
        SET_LEAD, user=request.agent_user, lead_id=lead.lead_id, call_id=agent.call_id
    )
    if not written.matched:
        raise not_logged_in(request)
    told = (str(lead.lead_id), lead.vendor_lead_code or "", agent.campaign_id or "", str(agent.lead_id))
    return success("switch_lead function set", request.agent_user, *told, "", data=told)


async def _require_inbound(agent: LiveAgent, request: Request, services: Services) -> None:
    if not agent.call_id.startswith("Y"):
        raise Refusal("agent call is not inbound", request.agent_user, agent.call_id)
    campaign_id = agent.campaign_id or ""
    campaign = await campaign_of(agent, services)
    if campaign is None:
        raise Refusal("campaign not found", request.agent_user, campaign_id)
    if campaign.agent_lead_search not in _SEARCHABLE:
        raise Refusal("campaign does not allow inbound lead search", request.agent_user, campaign_id)


async def _lead(services: Services, lead_id: str, vendor_code: str) -> Lead | None:
    """Find the lead; the vendor's code wins over the id."""
    if vendor_code:
        return await services.database.one(LATEST_LEAD_OF_VENDOR, vendor_lead_code=vendor_code)
    return await services.database.one(LEAD, lead_id=lead_id)


FUNCTION = Function(
    name="switch_lead",
    summary="switches the lead on the screen of an agent in an inbound call",
    run=run,
    parameters=(
        *AGENT,
        Parameter("lead_id", "the lead to switch to; this or vendor_lead_code"),
        Parameter("vendor_lead_code", "the latest lead with this code; wins over lead_id"),
    ),
    answers=(
        "ERROR: switch_lead not valid - <lead_id>|<vendor_lead_code>|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: agent_user does not have a live call - A",
        "ERROR: agent call is not inbound - A|<call id>",
        "ERROR: campaign not found - A|<campaign>",
        "ERROR: campaign does not allow inbound lead search - A|<campaign>",
        "ERROR: switch-to lead not found - A|<lead_id>|<vendor_lead_code>",
        "SUCCESS: switch_lead function set - A|<new lead_id>|<its vendor_lead_code>|<campaign>|<old lead_id>|",
    ),
    example="agent_user=1000&function=switch_lead&lead_id=1003",
)
