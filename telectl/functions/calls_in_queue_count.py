"""calls_in_queue_count: how many calls wait for an agent."""

from __future__ import annotations

from telectl.database import Count, Select
from telectl.described_enum import DescribedEnum
from telectl.functions.common.checks import live_agent, permission, require, resolve_agent
from telectl.functions.common.function import AGENT, Function, value
from telectl.functions.common.replies import Reply, Result
from telectl.functions.common.request import Request, Services

_DIRECT = "AGENTDIRECT"


class Show(DescribedEnum):
    """What calls_in_queue_count's value asks for."""

    DISPLAY = "DISPLAY", "tell the number"


# FIND_IN_SET takes a list of in-groups as one bound value.
WAITING_CALLS = Select(
    "calls waiting for an agent",
    Count,
    "FROM vicidial_auto_calls WHERE status = 'LIVE' AND (campaign_id = %(campaign)s"
    " OR (FIND_IN_SET(campaign_id, %(ingroups)s) AND campaign_id NOT LIKE 'AGENTDIRECT%%')"
    " OR (%(direct)s AND campaign_id LIKE 'AGENTDIRECT%%' AND agent_only = %(user)s))",
)
WAITING_EMAILS = Select(
    "emails waiting for an agent",
    Count,
    "FROM vicidial_email_list WHERE status IN ('NEW', 'QUEUE') AND FIND_IN_SET(group_id, %(ingroups)s)",
)


async def run(request: Request, services: Services) -> Reply:
    """Count the calls of the agent's campaign and in-groups, and the emails."""
    require(request, valid=request.value in FUNCTION.words and request.names_agent())
    permission(request)
    await resolve_agent(request, services)
    agent = await live_agent(request, services)
    chosen = [word for word in (agent.closer_campaigns or "").split() if word != "-"]
    ingroups = ",".join(chosen)
    calls = await services.database.one(
        WAITING_CALLS,
        campaign=agent.campaign_id or "",
        ingroups=ingroups,
        direct=int(any(word.upper().startswith(_DIRECT) for word in chosen)),
        user=request.agent_user,
    )
    emails = await services.database.one(WAITING_EMAILS, ingroups=ingroups)
    count = (calls.number if calls else 0) + (emails.number if emails else 0)
    line = f"{request.translate(Result.SUCCESS)}: calls_in_queue_count - {count}"
    return Reply(Result.SUCCESS, line, text=line)


FUNCTION = Function(
    name="calls_in_queue_count",
    summary="tells how many calls and emails wait in the agent's queues",
    run=run,
    parameters=(*AGENT, value("DISPLAY")),
    values=Show,
    answers=(
        "ERROR: calls_in_queue_count not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "SUCCESS: calls_in_queue_count - <number>",
    ),
    example="agent_user=1000&function=calls_in_queue_count&value=DISPLAY",
)
