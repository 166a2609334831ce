"""external_add_lead: add a lead to the manual dial list of the agent's campaign."""

from __future__ import annotations

from dataclasses import dataclass, field

from telectl.database import Select
from telectl.database.leads import ADD_LEAD, LEAD_FIELDS
from telectl.errors import StatementFailed
from telectl.functions.common.checks import campaign_of, live_agent, permission, require, resolve_agent
from telectl.functions.common.function import AGENT, Function, Parameter, value
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services

_LEAST = 2
_YES = frozenset({"YES", "Y"})


@dataclass(frozen=True, slots=True)
class Found:
    """That there is such a row."""

    found: int = field(metadata={"sql": "1"})


IN_DNC = Select("number in the system's dnc", Found, "FROM vicidial_dnc WHERE phone_number = %(number)s LIMIT 1")
IN_CAMPAIGN_DNC = Select(
    "number in a campaign's dnc",
    Found,
    "FROM vicidial_campaign_dnc WHERE phone_number = %(number)s AND campaign_id = %(campaign_id)s LIMIT 1",
)


async def run(request: Request, services: Services) -> Reply:
    """Check the do-not-call lists if asked, and insert the lead."""
    given = request.parameters
    if not request.value and len(given["phone_number"]) >= _LEAST:
        request.value = given["phone_number"]
    number, code = request.value, given["phone_code"]
    require(
        request,
        *(number, code, request.agent_user, given["alt_user"]),
        valid=request.names_agent(_LEAST) and bool(code) and len(number) >= _LEAST,
        data=(number, code),
    )
    permission(request)
    await resolve_agent(request, services)
    agent = await live_agent(request, services)
    campaign_id = agent.campaign_id or ""
    campaign = await campaign_of(agent, services)
    if campaign is None or not campaign.manual_dial_list_id:
        raise Refusal("campaign manual dial list undefined", number, campaign_id, request.agent_user)
    await _check_dnc(request, services, number, campaign_id, campaign.use_other_campaign_dnc or campaign_id)
    list_id = str(campaign.manual_dial_list_id)
    try:
        lead_id = await _insert(request, services, number, list_id)
    except StatementFailed:
        shown = (number, campaign_id, list_id, request.agent_user)
        raise Refusal("lead insertion failed", *shown, data=(number, list_id)) from None
    fields = (number, campaign_id, list_id, str(lead_id), request.agent_user)
    return success("lead added", *fields, data=(number, list_id, str(lead_id)))


async def _check_dnc(request: Request, services: Services, number: str, campaign_id: str, dnc_campaign: str) -> None:
    """Ask the lists that the request names; a number in both gives both lines."""
    refusals = []
    checks, database = request.parameters, services.database
    if checks["dnc_check"] in _YES and await database.one(IN_DNC, number=number) is not None:
        refusals.append(Refusal("add_lead PHONE NUMBER IN DNC", number, request.agent_user, data=number))
    asked = checks["campaign_dnc_check"] in _YES
    if asked and await database.one(IN_CAMPAIGN_DNC, number=number, campaign_id=dnc_campaign) is not None:
        fields = (number, campaign_id, request.agent_user)
        reason = "add_lead PHONE NUMBER IN CAMPAIGN DNC"
        refusals.append(Refusal(reason, *fields, data=(number, campaign_id)))
    if refusals:
        *earlier, last = refusals
        for refusal in earlier:
            request.say(refusal.reply)
        raise last


async def _insert(request: Request, services: Services, number: str, list_id: str) -> int:
    given = request.parameters
    values: dict[str, object] = {name: given[name] for name in LEAD_FIELDS if name != "gmt_offset_now"}
    values["vendor_lead_code"] = given["vendor_id"] or given["vendor_lead_code"]
    values["phone_number"] = number
    written = await services.database.write(
        ADD_LEAD,
        **values,
        entry_date=request.instant.local,
        status="NEW",
        user=given["user"],
        list_id=list_id,
        called_since_last_reset="N",
        last_local_call_time=request.instant.local,
    )
    return written.last_id


FUNCTION = Function(
    name="external_add_lead",
    summary="adds a lead to the manual dial list of the agent's campaign",
    run=run,
    parameters=(
        *AGENT,
        value("the phone number; or phone_number"),
        Parameter("phone_code", "country code of the number", required=True),
        Parameter("dnc_check", "YES: refuse a number of the system's do-not-call list"),
        Parameter("campaign_dnc_check", "YES: refuse a number of the campaign's do-not-call list"),
        Parameter("vendor_id", "wins over vendor_lead_code"),
        *(Parameter(name, "stored with the lead") for name in LEAD_FIELDS if name != "phone_code"),
    ),
    answers=(
        "ERROR: external_add_lead not valid - V|<phone_code>|A|<alt_user>",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: campaign manual dial list undefined - V|<campaign>|A",
        "ERROR: add_lead PHONE NUMBER IN DNC - V|A",
        "ERROR: add_lead PHONE NUMBER IN CAMPAIGN DNC - V|<campaign>|A",
        "ERROR: lead insertion failed - V|<campaign>|<list>|A",
        "SUCCESS: lead added - V|<campaign>|<list>|<lead_id>|A",
    ),
    example="agent_user=1000&function=external_add_lead&phone_number=7275551212&phone_code=1&first_name=Bob"
    "&last_name=Smith=NO&dnc_check=YES",
)
