"""external_dial: let the agent's screen dial a number, or queue it for the agent."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from telectl.calls.flags import Flag
from telectl.database import Select, Write
from telectl.database.agents import any_row
from telectl.database.leads import LEAD
from telectl.database.lookups import CampaignRow
from telectl.described_enum import DescribedEnum
from telectl.errors import DatabaseError
from telectl.functions.common.checks import (
    campaign_of,
    count_dials,
    live_agent,
    live_rows,
    permission,
    require,
    require_manual_dial,
    resolve_agent,
)
from telectl.functions.common.function import AGENT, Function, Parameter
from telectl.functions.common.group_alias import caller_id_of
from telectl.functions.common.replies import Refusal, Reply, notice, success
from telectl.functions.common.request import Request, Services
from telectl.parameters import digits_of

log = logging.getLogger(__name__)


class Word(DescribedEnum):
    """The word that external_dial's value takes beside a number."""

    MANUALNEXT = "MANUALNEXT", "the next lead of the campaign"


_LEAST = 2
_VTIGER_MARK = "99"
_LONGEST_QUEUED = 100
"""What the queue keeps of a number; it is looked for as it is kept."""


@dataclass(frozen=True, slots=True)
class Ingroup:
    """An in-group."""

    group_id: str


@dataclass(frozen=True, slots=True)
class Activity:
    """What a vtiger activity is about."""

    crmid: int | None


@dataclass(frozen=True, slots=True)
class Account:
    """A vtiger account."""

    phone: str | None


INGROUP = Select("in-group", Ingroup, "FROM vicidial_inbound_groups WHERE group_id = %(group_id)s LIMIT 1")
ACTIVITY = Select("vtiger activity", Activity, "FROM vtiger_seactivityrel WHERE activityid = %(activity)s LIMIT 1")
ACCOUNT = Select("vtiger account", Account, "FROM vtiger_account WHERE accountid = %(account)s LIMIT 1")
SET_DIAL = Write("ask for a call", "UPDATE vicidial_live_agents SET external_dial = %(dial)s WHERE user = %(user)s")
_IDLE = any_row("status = 'PAUSED' AND lead_id = 0")
SET_DIAL_IF_IDLE = Write(
    "ask an idle agent for a call",
    f"UPDATE vicidial_live_agents SET external_dial = %(dial)s WHERE user = %(user)s AND {_IDLE}",
)
QUEUE_DIAL = Write(
    "queue a call for an agent",
    "INSERT INTO vicidial_manual_dial_queue (user, phone_number, entry_time, status, external_dial)"
    " SELECT %(user)s, %(number)s, %(now)s, 'READY', %(dial)s FROM DUAL WHERE NOT EXISTS"
    " (SELECT 1 FROM vicidial_manual_dial_queue AS queued WHERE queued.user = %(user)s"
    " AND queued.phone_number = %(number)s)",
)


@dataclass(slots=True)
class Dial:
    """A number to dial, as far as it is known."""

    number: str
    phone_code: str
    vendor_id: str
    alt_dial: str
    vtiger_id: str = ""


async def run(request: Request, services: Services) -> Reply:
    """Set the flag external_dial, or add to the manual dial queue, as the campaign wants it."""
    _require_valid(request)
    permission(request)
    await resolve_agent(request, services)
    rows = await live_rows(request, services)
    agent = rows[0]
    campaign = await campaign_of(agent, services)
    ingroup = await _ingroup(request, services)
    must_be_idle = campaign is not None and campaign.api_manual_dial == "STANDARD" and not ingroup
    if must_be_idle and not any(row.status == "PAUSED" and not row.lead_id for row in rows):
        raise Refusal("agent_user is not paused", request.agent_user)
    await require_manual_dial(request, services)
    alias, caller_id = await _caller_id(request, services)
    dial = Dial(
        request.value, request.parameters["phone_code"], request.parameters["vendor_id"], request.parameters["alt_dial"]
    )
    await _look_up_vtiger(request, services, dial)
    await _look_up_lead(request, services, dial)
    request.value = dial.number
    flag = _flag(request, dial, alias, caller_id, ingroup)
    await count_dials(request, services)
    await _write(request, services, campaign, flag, idle=must_be_idle)
    return _said(request, dial, alias, caller_id)


def _require_valid(request: Request) -> None:
    given = request.parameters
    words = (given["search"], given["preview"], given["focus"])
    number_or_lead = len(request.value) >= _LEAST or bool(given["lead_id"])
    valid = number_or_lead and request.names_agent(_LEAST) and all(len(word) >= _LEAST for word in words)
    shown = (request.value, given["phone_code"], given["search"], request.agent_user)
    require(request, *shown, valid=valid, data=(given["phone_code"], *words, given["lead_id"]))


async def _ingroup(request: Request, services: Services) -> str:
    """Return the in-group to dial for; an unknown one is said and forgotten."""
    group_id = request.parameters["dial_ingroup"]
    if not group_id or await services.database.one(INGROUP, group_id=group_id) is not None:
        return group_id
    request.say(notice("defined dial_ingroup not found", group_id))
    return ""


async def _caller_id(request: Request, services: Services) -> tuple[str, str]:
    """Return the alias and number of the outgoing call; a number of the request's own wins where it is allowed."""
    alias, number = await caller_id_of(request, services)
    own = request.parameters["outbound_cid"]
    if len(own) < _LEAST:
        return alias, number
    setting = request.system.outbound_cid_any
    if setting != "API_ONLY":
        reason = "outbound_cid is not allowed on this system"
        raise Refusal(reason, request.agent_user, own, setting, data=(own, setting))
    return "-FORCE-", own


async def _look_up_vtiger(request: Request, services: Services, dial: Dial) -> None:
    """Take number and account from a vtiger activity: the number is then `99` and the activity's id."""
    if request.parameters["vtiger_callback"] != "YES" or not dial.number.startswith(_VTIGER_MARK):
        return
    dial.number = request.value = dial.number.removeprefix(_VTIGER_MARK).lstrip("0")
    if request.system.enable_vtiger_integration != "1":
        return
    try:
        vtiger = await services.integrations.vtiger()
        activity = await vtiger.one(ACTIVITY, activity=dial.number)
        if activity is None:
            raise Refusal("vtiger callback activity does not exist in vtiger system", dial.number)
        account = await vtiger.one(ACCOUNT, account=activity.crmid)
    except DatabaseError as error:
        log.warning("vtiger: %s", error)
        raise Refusal("external_dial error - vtiger system not available", request.agent_user) from None
    dial.vtiger_id, dial.vendor_id = dial.number, str(activity.crmid or "")
    if account is None:
        return  # as VICIdial does: the number stays the activity's
    dial.number = digits_of(account.phone)
    if len(dial.number) < _LEAST and not request.parameters["lead_id"]:
        raise _no_number(request, dial)


async def _look_up_lead(request: Request, services: Services, dial: Dial) -> None:
    """Take code and number from a lead, whose alternatives alt_dial may choose; of the number its digits count."""
    lead_id = request.parameters["lead_id"]
    if not lead_id:
        return
    lead = await services.database.one(LEAD, lead_id=lead_id)
    if lead is None:
        request.value = ""
        raise Refusal("lead_id is not valid", request.agent_user, lead_id, data=lead_id)
    numbers = {"MAIN": lead.phone_number, "ALT": lead.alt_phone or "", "ADDR3": lead.address3 or ""}
    if dial.alt_dial == "SEARCH":
        dial.alt_dial = next((name for name, number in numbers.items() if number == dial.number), "")
        if not dial.alt_dial:
            request.value = ""
            reason = "phone number lead_id search not found"
            raise Refusal(reason, request.agent_user, "", lead_id, "", data=("", lead_id, ""))
    dial.phone_code = lead.phone_code or ""
    dial.number = digits_of(numbers.get(dial.alt_dial, lead.phone_number))
    if len(dial.number) < _LEAST:
        raise _no_number(request, dial)


def _no_number(request: Request, dial: Dial) -> Refusal:
    request.value = dial.number
    shown = (dial.number, request.parameters["lead_id"], dial.alt_dial)
    return Refusal("phone number is not valid", request.agent_user, *shown, data=shown)


def _flag(request: Request, dial: Dial, alias: str, caller_id: str, ingroup: str) -> str:
    given = request.parameters
    return Flag.DIAL.record(
        value=dial.number,
        phone_code=dial.phone_code,
        search=given["search"],
        preview=given["preview"],
        focus=given["focus"],
        vendor_id=dial.vendor_id,
        epoch=request.epoch,
        dial_prefix=given["dial_prefix"],
        group_alias=alias,
        caller_id=caller_id,
        vtiger_id=dial.vtiger_id,
        lead_id=given["lead_id"],
        alt_dial=dial.alt_dial,
        dial_ingroup=ingroup,
    )


async def _write(request: Request, services: Services, campaign: CampaignRow | None, flag: str, *, idle: bool) -> None:
    user, number = request.agent_user, request.value
    if campaign is None or campaign.api_manual_dial != "STANDARD":
        queued = await services.database.write(
            QUEUE_DIAL, user=user, number=number[:_LONGEST_QUEUED], now=request.instant.local, dial=flag
        )
        if not queued.matched:
            raise Refusal("phone_number is already in this agents manual dial queue", user, number)
        return
    written = await services.database.write(SET_DIAL_IF_IDLE if idle else SET_DIAL, user=user, dial=flag)
    if not written.matched:
        await live_agent(request, services)
        raise Refusal("agent_user is not paused", user)


def _said(request: Request, dial: Dial, alias: str, caller_id: str) -> Reply:
    given = request.parameters
    words = (dial.phone_code, given["search"], given["preview"], given["focus"], dial.vendor_id, request.epoch)
    told = (*words, given["dial_prefix"], alias, caller_id, dial.alt_dial)
    return success("external_dial function set", dial.number, request.agent_user, *told, data=told)


FUNCTION = Function(
    name="external_dial",
    summary="places a manual dial call on the agent's screen, or queues it for the agent",
    run=run,
    parameters=(
        *AGENT,
        Parameter("value", "the number, or MANUALNEXT; this or lead_id"),
        Parameter("lead_id", "dial this lead; wins over value"),
        Parameter("phone_code", "country code"),
        Parameter("search", "YES: look for the lead by its number; NO: a new lead", required=True),
        Parameter("preview", "YES: show the lead, do not dial", required=True),
        Parameter("focus", "YES: bring the agent's screen to the front", required=True),
        Parameter("vendor_id", "the vendor's lead code"),
        Parameter("dial_prefix", "dialled before the number"),
        Parameter("group_alias", "the caller id, by the name of a group alias"),
        Parameter("outbound_cid", "the caller id itself, where the system allows it"),
        Parameter("vtiger_callback", "YES: value is 99 and the id of a vtiger activity"),
        Parameter("alt_dial", "with lead_id: ALT, ADDR3, or SEARCH for the one that value names"),
        Parameter("dial_ingroup", "dial for this in-group"),
    ),
    values=Word,
    answers=(
        "ERROR: external_dial not valid - V|<phone_code>|<search>|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "NOTICE: defined dial_ingroup not found - <in-group>",
        "ERROR: agent_user is not paused - A",
        "ERROR: agent_user is not allowed to place manual dial calls - A",
        "ERROR: group_alias is not valid - A|<alias>",
        "ERROR: caller_id_number from group_alias is not valid - A|<alias>|<number>",
        "ERROR: outbound_cid is not allowed on this system - A|<number>|<setting>",
        "ERROR: vtiger callback activity does not exist in vtiger system - V",
        "ERROR: external_dial error - vtiger system not available - A",
        "ERROR: lead_id is not valid - A|<lead_id>",
        "ERROR: phone number lead_id search not found - A||<lead_id>|",
        "ERROR: phone number is not valid - A|V|<lead_id>|<alt_dial>",
        "ERROR: external_dial error - value not allowed - A|<parameter>",
        "ERROR: phone_number is already in this agents manual dial queue - A|V",
        (
            "SUCCESS: external_dial function set - V|A|<phone_code>|<search>|<preview>|<focus>|<vendor_id>|T"
            "|<dial_prefix>|<group_alias>|<caller id>|<alt_dial>"
        ),
    ),
    example="agent_user=1000&function=external_dial&value=7275551212&phone_code=1&search=YES&preview=NO&focus=YES",
)
