"""external_status: disposition the agent's call."""

from __future__ import annotations

from dataclasses import dataclass, field

from telectl.calls.flags import Flag
from telectl.database import Select, Write
from telectl.functions.common.checks import live_agent, permission, require, resolve_agent
from telectl.functions.common.function import AGENT, Function, Parameter, value
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services

_LONGEST_COMMENTS = 200  # bytes
_LEAST_DATETIME = 13
_LEAST_TYPE = 4

# Columns of different tables may have different collations, which cannot be compared as they are.
_AGENTS_CAMPAIGN = "campaign_id = CONVERT(vicidial_live_agents.campaign_id USING utf8mb4) COLLATE utf8mb4_general_ci"


@dataclass(frozen=True, slots=True)
class Callback:
    """Whether a status schedules a call back, in the system or in the agent's campaign."""

    scheduled: int = field(
        metadata={
            "sql": "EXISTS (SELECT 1 FROM vicidial_statuses WHERE status = %(status)s AND scheduled_callback = 'Y')"
            " OR EXISTS (SELECT 1 FROM vicidial_campaign_statuses WHERE status = %(status)s"
            f" AND scheduled_callback = 'Y' AND {_AGENTS_CAMPAIGN})"
        }
    )


CALLBACK = Select(
    "does a status schedule a callback", Callback, "FROM vicidial_live_agents WHERE user = %(user)s LIMIT 1"
)
SET_STATUS = Write(
    "ask for a disposition",
    "UPDATE vicidial_live_agents SET external_status = %(value)s WHERE user = %(user)s"
    " AND (EXISTS (SELECT 1 FROM vicidial_statuses WHERE status = %(status)s)"
    " OR EXISTS (SELECT 1 FROM vicidial_campaign_statuses WHERE status = %(status)s"
    f" AND {_AGENTS_CAMPAIGN}))",
)


async def run(request: Request, services: Services) -> Reply:
    """Set the flag external_status; a status that neither system nor campaign has sets nothing."""
    require(request, valid=bool(request.value) and request.names_agent())
    permission(request)
    await resolve_agent(request, services)
    status = request.value
    composed = await _composed(request, services, status)
    written = await services.database.write(SET_STATUS, user=request.agent_user, value=composed, status=status)
    if not written.matched:
        await live_agent(request, services)
        raise Refusal("external_status not valid", status, request.agent_user)
    request.value = composed
    return success("external_status function set", composed, request.agent_user)


async def _composed(request: Request, services: Services, status: str) -> str:
    """Return the flag's text: `status!datetime!type!comments!qm_dispo_code`, as much of it as was asked for."""
    given = request.parameters
    when, code = given["callback_datetime"], given["qm_dispo_code"]
    if len(when) >= _LEAST_DATETIME:
        found = await services.database.one(CALLBACK, user=request.agent_user, status=status)
        if found is not None and found.scheduled:
            kind = given["callback_type"] if len(given["callback_type"]) >= _LEAST_TYPE else "ANYONE"
            comments = given["callback_comments"].encode()[:_LONGEST_COMMENTS].decode("utf-8", "ignore")
            told = {"callback_datetime": when, "callback_type": kind, "callback_comments": comments}
            return Flag.STATUS.record(value=status, **told, qm_dispo_code=code)
    nothing = {"callback_datetime": "", "callback_type": "", "callback_comments": ""}
    return Flag.STATUS.record(value=status, **nothing, qm_dispo_code=code) if code else status


FUNCTION = Function(
    name="external_status",
    summary="sets the disposition of the agent's call",
    run=run,
    parameters=(
        *AGENT,
        value("a status of the system or of the agent's campaign"),
        Parameter("callback_datetime", "YYYY-MM-DD HH:MM:SS of the callback, for a status that schedules one"),
        Parameter("callback_type", "USERONLY or ANYONE (the default)"),
        Parameter("callback_comments", "shown when the callback is due; 200 bytes at most"),
        Parameter("qm_dispo_code", "call status code for QueueMetrics"),
    ),
    answers=(
        "ERROR: external_status not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "SUCCESS: external_status function set - V|A",
    ),
    example="agent_user=1000&function=external_status&value=A",
)
