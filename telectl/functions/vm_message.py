"""vm_message: choose the messages that are left when the agent's call goes to voicemail."""

from __future__ import annotations

from telectl.database import Insert
from telectl.functions.common.checks import live_call, permission, require, resolve_agent
from telectl.functions.common.function import AGENT, Function, Parameter, value
from telectl.functions.common.replies import Refusal, Reply, listed, success
from telectl.functions.common.request import Request, Services

ADD_MESSAGE = Insert(
    "add a lead's message", "vicidial_lead_messages", ("lead_id", "call_date", "user", "played", "message_entry")
)


async def run(request: Request, services: Services) -> Reply:
    """Write the messages for the lead of the agent's call."""
    given = request.parameters["lead_id"]
    valid = bool(request.value) and request.names_agent()
    require(request, given, request.value, request.agent_user, valid=valid)
    permission(request, given)
    await resolve_agent(request, services)
    agent = await live_call(request, services)
    if given and (given.lstrip("0") or "0") != str(agent.lead_id):
        reason = "current call does not match lead_id submitted"
        raise Refusal(reason, request.agent_user, data=(given, str(agent.lead_id)))
    await services.database.write(
        ADD_MESSAGE,
        lead_id=agent.lead_id,
        call_date=request.instant.local,
        user=request.parameters["user"],
        played=0,
        message_entry=request.value,
    )
    lead = given or str(agent.lead_id)
    messages = listed(request.value)
    return success("vm_message function set", request.agent_user, lead, *messages, "", data=(lead, *messages))


FUNCTION = Function(
    name="vm_message",
    summary="sets the messages to be left for the lead of the agent's call",
    run=run,
    parameters=(
        *AGENT,
        value("message names, joined by bars"),
        Parameter("lead_id", "refused unless it is the lead of the agent's call"),
    ),
    answers=(
        "ERROR: vm_message not valid - <lead_id>|V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: agent_user does not have a live call - A",
        "ERROR: current call does not match lead_id submitted - A",
        "SUCCESS: vm_message function set - A|<lead_id>|V|",
    ),
    example="agent_user=1000&function=vm_message&value=message1",
)
