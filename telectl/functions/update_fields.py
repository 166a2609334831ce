"""update_fields: change fields of the lead on the agent's screen."""

from __future__ import annotations

from telectl.database.agents import LiveAgent
from telectl.database.leads import LEAD_FIELDS, update_lead_on_screen
from telectl.functions.common.checks import live_agent, permission, require
from telectl.functions.common.function import ONLY_AGENT, Function, Parameter
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services
from telectl.functions.refresh_panel import PANELS_OF_LEAD as PANELS


async def run(request: Request, services: Services) -> Reply:
    """Write the fields that were sent, in the order sent, and tell the agent's screen."""
    require(request, request.agent_user, valid=bool(request.agent_user))
    permission(request)
    agent = await live_agent(request, services)
    name = request.parameters["user"]
    if not request.user.may_edit_leads:
        raise Refusal("user is not allowed to modify lead information", request.agent_user, name)
    if not agent.lead_id:
        raise _no_lead(request)
    fields = [field for field in request.parameters if field in LEAD_FIELDS]
    panels = [panel for panel in PANELS if request.parameters.sent(panel)]
    if not fields and not panels:
        raise Refusal("no fields have been defined", request.agent_user)
    await _write(request, services, agent, fields, panels)
    written = ",".join(f"{field}='{request.parameters[field]}'" for field in fields)
    told = (name, request.agent_user, str(agent.lead_id), written)
    return success("update_fields lead updated", *told, data=told)


async def _write(request: Request, services: Services, agent: LiveAgent, fields: list[str], panels: list[str]) -> None:
    written = await services.database.write(
        update_lead_on_screen(tuple(fields)),
        user=request.agent_user,
        on_screen=agent.lead_id,
        told=",".join([*(field for field in LEAD_FIELDS if field in fields), *panels]),
        **{field: request.parameters[field] for field in fields},
    )
    if not written.matched:  # the call has ended since it was looked at
        await live_agent(request, services)
        raise _no_lead(request)


def _no_lead(request: Request) -> Refusal:
    name = request.parameters["user"]
    return Refusal("agent_user does not have a lead on their screen", request.agent_user, name)


FUNCTION = Function(
    name="update_fields",
    summary="changes fields of the lead on the agent's screen",
    run=run,
    parameters=(
        *ONLY_AGENT,
        *(Parameter(field, "new value; empty empties it") for field in LEAD_FIELDS),
        *(Parameter(panel, "also refresh this panel") for panel in PANELS),
    ),
    answers=(
        "ERROR: update_fields not valid - A",
        "ERROR: agent_user is not logged in - A",
        "ERROR: user is not allowed to modify lead information - A|U",
        "ERROR: agent_user does not have a lead on their screen - A|U",
        "ERROR: no fields have been defined - A",
        "SUCCESS: update_fields lead updated - U|A|<lead_id>|<field>='<value>'…",
        "SUCCESS: update_fields lead updated - U|A|<lead_id>|",
    ),
    example="function=update_fields&agent_user=6666&vendor_lead_code=1234567&address1=",
)
