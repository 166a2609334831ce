"""preview_dial_action: decide on the lead that a paused agent previews."""

from __future__ import annotations

from telectl.database import Write
from telectl.database.agents import any_row
from telectl.database.lookups import CampaignRow
from telectl.described_enum import DescribedEnum
from telectl.functions.common.checks import (
    campaign_of,
    count_dials,
    live_rows,
    permission,
    require,
    require_manual_dial,
    resolve_agent,
)
from telectl.functions.common.function import AGENT, Function, value
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services


class PreviewAction(DescribedEnum):
    """What is to become of the lead that an agent previews."""

    SKIP = "SKIP", "go on to the next lead"
    DIALONLY = "DIALONLY", "dial its number"
    ALTDIAL = "ALTDIAL", "dial its alternative number"
    ADR3DIAL = "ADR3DIAL", "dial the number in its third address line"
    FINISH = "FINISH", "finish the lead"


_LEAST_AGENT = 2
_DIALS = frozenset({PreviewAction.DIALONLY, PreviewAction.ALTDIAL, PreviewAction.ADR3DIAL})
_ALTERNATIVES = frozenset({PreviewAction.ALTDIAL, PreviewAction.ADR3DIAL, PreviewAction.FINISH})
_PAUSED = any_row("status = 'PAUSED'")
SET_ACTION = Write(
    "ask for a preview action",
    f"UPDATE vicidial_live_agents SET external_dial = %(value)s WHERE user = %(user)s AND {_PAUSED}",
)


async def run(request: Request, services: Services) -> Reply:
    """Set the flag external_dial to the action."""
    require(
        request,
        *(request.value, "", request.agent_user, request.parameters["alt_user"]),
        valid=request.value in FUNCTION.words and request.names_agent(_LEAST_AGENT),
    )
    permission(request)
    await resolve_agent(request, services)
    rows = await live_rows(request, services)
    agent = rows[0]
    campaign = await campaign_of(agent, services)
    if campaign is not None:
        _require_allowed(request, agent.campaign_id or "", campaign)
    if not any(row.status == "PAUSED" for row in rows):
        raise Refusal("agent_user is not paused", request.agent_user)
    await require_manual_dial(request, services)
    if request.value in _DIALS:
        await count_dials(request, services)
    written = await services.database.write(SET_ACTION, user=request.agent_user, value=request.value)
    if not written.matched:
        raise Refusal("agent_user is not paused", request.agent_user)
    return success(
        "preview_dial_action function set", request.value, request.agent_user, request.value, data=request.value
    )


def _require_allowed(request: Request, campaign_id: str, campaign: CampaignRow) -> None:
    preview, alternatives = campaign.manual_preview_dial, campaign.alt_number_dialing
    if preview == "DISABLED":
        reason = "preview dialing not allowed on this campaign"
        raise Refusal(reason, request.agent_user, campaign_id, preview, data=(campaign_id, preview or ""))
    if preview == "PREVIEW_ONLY" and request.value == PreviewAction.SKIP:
        reason = "preview dial skipping not allowed on this campaign"
        raise Refusal(reason, request.agent_user, campaign_id, preview, data=(campaign_id, preview or ""))
    if alternatives == "N" and request.value in _ALTERNATIVES:
        reason = "alt number dialing not allowed on this campaign"
        raise Refusal(reason, request.agent_user, campaign_id, alternatives, data=(campaign_id, alternatives))


FUNCTION = Function(
    name="preview_dial_action",
    summary="skips or dials the lead that a paused agent previews",
    run=run,
    parameters=(*AGENT, value("what to do with the lead")),
    values=PreviewAction,
    answers=(
        "ERROR: preview_dial_action not valid - V||A|<alt_user>",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: preview dialing not allowed on this campaign - A|<campaign>|<setting>",
        "ERROR: preview dial skipping not allowed on this campaign - A|<campaign>|<setting>",
        "ERROR: alt number dialing not allowed on this campaign - A|<campaign>|<setting>",
        "ERROR: agent_user is not paused - A",
        "ERROR: agent_user is not allowed to place manual dial calls - A",
        "SUCCESS: preview_dial_action function set - V|A|V",
    ),
    example="agent_user=1000&function=preview_dial_action&value=DIALONLY",
)
