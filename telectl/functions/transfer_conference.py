"""transfer_conference: transfers, third parties and hangups of the agent's call."""

from __future__ import annotations

from dataclasses import replace

from telectl.calls.session.session import AgentSnapshot
from telectl.calls.third_party.tracker import OPEN
from telectl.calls.transfer.command import DIALS, ThirdPartyThere, Transfer, TransferCommand
from telectl.database import Count, Insert, Select, Write
from telectl.database.agents import LiveAgent, first_row
from telectl.database.call_rows import AUTO_CALL
from telectl.functions.common.checks import (
    agent_snapshot,
    count_dials,
    live_agent,
    live_call,
    permission,
    require,
    require_live_call,
    resolve_agent,
)
from telectl.functions.common.function import AGENT, Earlier, Function, Parameter, value
from telectl.functions.common.group_alias import caller_id_of
from telectl.functions.common.ingroups import ingroup_of
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services

_LEAST_VALUE = 8
_LEAST_CHOICE = 2
_LEAST_PHONES = 5
_OFFER_IS_OLD = 30
"""Minutes."""
_SHORTEST_PHONE, _LONGEST_PHONE = 5, 18
_MOST_PHONES = 10
_CID_CHOICES = ("CAMPAIGN", "AGENT_PHONE", "CUSTOMER", "CUSTOM_CID")
_COUNTS = DIALS | {Transfer.BLIND_TRANSFER}
_HANGUPS = frozenset({Transfer.HANGUP_XFER, Transfer.HANGUP_BOTH, Transfer.LEAVE_3WAY_CALL})


SET_TRANSFER = Write(
    "ask for a transfer",
    "UPDATE vicidial_live_agents SET external_transferconf = %(flag)s"
    f" WHERE user = %(user)s AND {first_row('live.lead_id > 0 AND live.callerid = %(call_id)s')}",
)
THREE_WAY_CHANNELS = Select(
    "third parties that VICIdial saw in a room",
    Count,
    "FROM live_sip_channels WHERE server_ip = %(server_ip)s AND extension = %(room)s AND channel_group LIKE 'DC%%W'",
)
OPEN_PRESS_CALLS = Select(
    "open press-one calls of an agent",
    Count,
    "FROM vicidial_3way_press_live WHERE user = %(user)s AND call_date > %(since)s"
    " AND status NOT LIKE 'DONE%%' AND status NOT LIKE 'HUNGUP%%'",
)
SET_PHONES = Insert(
    "offer a third party to several phones",
    "vicidial_3way_press_multi",
    ("user", "call_date", "phone_numbers", "phone_numbers_ct", "status"),
    on_duplicate="call_date = VALUES(call_date), phone_numbers = VALUES(phone_numbers),"
    " phone_numbers_ct = VALUES(phone_numbers_ct), status = VALUES(status)",
)


async def run(request: Request, services: Services) -> Reply:
    """Check the transfer, and carry it out or set the flag external_transferconf."""
    require(request, valid=len(request.value) >= _LEAST_VALUE and request.names_agent())
    permission(request)
    await resolve_agent(request, services)
    if await services.calls.leaves_it_to_the_screen(request.agent_user):
        agent = await live_call(request, services)
        command = await _command(request, services, agent)
        await _check_press_calls(request, services)
        further = await _set_flag(request, services, agent, command)
    else:
        snapshot = await agent_snapshot(request, services)
        agent = snapshot.agent
        require_live_call(request, agent)
        command = await _command(request, services, agent)
        await _check_press_calls(request, services)
        request.if_done = None if command.kind in DIALS else _done(request, command, agent)
        further = await _carry_out(request, services, snapshot, command)
    return _done(request, command, agent, *further)


def _done(request: Request, command: TransferCommand, agent: LiveAgent, *further: str) -> Reply:
    ingroup = command.ingroup or request.parameters["ingroup_choices"]
    shown = (command.kind.value, ingroup, command.phone_number, command.asks_consultative, request.agent_user)
    told = (agent.call_id, *further)
    return success("transfer_conference function set", *shown, *told, "", data=told)


async def _holds(services: Services, earlier: Earlier) -> bool:
    """Return whether the dialled third party is on its way or there; of what is not dialled, whether no call came."""
    if earlier.call_id is None:
        return True
    snapshot = await services.calls.snapshot(earlier.agent)
    call_id = snapshot.agent.call_id if snapshot else ""
    if Transfer(earlier.value) in DIALS:
        dialled = await services.calls.tracker.row(earlier.said[-1].reply.fields[-2])
        return call_id == earlier.call_id and dialled is not None and dialled.state in OPEN
    return call_id in (earlier.call_id, "")


async def _set_flag(
    request: Request, services: Services, agent: LiveAgent, command: TransferCommand
) -> tuple[str, ...]:
    """Leave it to the agent's screen; return the answer's further fields."""
    if command.refuse_second:
        found = await services.database.one(THREE_WAY_CHANNELS, server_ip=agent.server_ip, room=agent.room)
        _require_no_third_party(request, found.number if found else 0)
    flag = command.flag(request.epoch)
    multi = await _begin(request, services, command)
    written = await services.database.write(SET_TRANSFER, user=request.agent_user, flag=flag, call_id=agent.call_id)
    if not written.matched:
        await live_agent(request, services)
        raise Refusal("agent_user does not have a live call", request.agent_user)
    return multi


async def _carry_out(
    request: Request, services: Services, snapshot: AgentSnapshot, command: TransferCommand
) -> tuple[str, ...]:
    """Carry it out on Asterisk; a dialled third party's call id is the last of the answer's further fields."""
    multi: list[str] = []

    async def ready() -> None:
        multi.extend(await _begin(request, services, command))

    try:
        third_call = await services.calls.transfer(snapshot, command, request.command, ready)
    except ThirdPartyThere as found:
        _require_no_third_party(request, found.number)
        raise
    return (*multi, third_call) if third_call else tuple(multi)


async def _command(request: Request, services: Services, agent: LiveAgent) -> TransferCommand:
    given = request.parameters
    if request.value not in FUNCTION.words:
        raise Refusal("value is not valid", request.value, given["user"])
    kind = Transfer(request.value)
    command = TransferCommand(kind, refuse_second=given["tw_check"].upper() == "YES")
    if kind in _HANGUPS:
        return command
    consultative = kind in DIALS and given["consultative"] == "YES"
    command = replace(command, phone_number=given["phone_number"], consultative=consultative)
    if kind is Transfer.LOCAL_CLOSER or consultative:
        call = await services.database.one(AUTO_CALL, call_id=agent.call_id)
        consultative = given["consultative"] == "YES"
        command = replace(command, ingroup=await ingroup_of(request, services, call), consultative=consultative)
    else:
        command = replace(command, dial_override=given["dial_override"])
    alias, number = await caller_id_of(request, services)
    choice = given["cid_choice"]
    if len(choice) >= _LEAST_CHOICE and not any(known in choice for known in _CID_CHOICES):
        raise Refusal("cid_choice is not valid", request.agent_user, choice, data=choice)
    return replace(command, group_alias=alias, caller_id=number, cid_choice=choice)


async def _check_press_calls(request: Request, services: Services) -> None:
    """Refuse while an earlier offer to several phones is open, if the request asks for that check."""
    asked = request.parameters["md_check"]
    if asked.upper() == "YES" and len(request.parameters["multi_dial_phones"]) >= _LEAST_PHONES:
        since = request.instant.earlier(minutes=_OFFER_IS_OLD)
        found = await services.database.one(OPEN_PRESS_CALLS, user=request.agent_user, since=since)
        _require_none(request, "agent_user has previous active 3-way calls", found.number if found else 0, asked)


def _require_no_third_party(request: Request, number: int) -> None:
    """Refuse while a third party is in the agent's room: the request asked for that check."""
    _require_none(request, "agent_user has current active 3-way call", number, request.parameters["tw_check"])


def _require_none(request: Request, reason: str, number: int, asked: str) -> None:
    if number:
        shown = (str(number), "0", asked)
        raise Refusal(reason, request.agent_user, *shown, data=shown)


async def _begin(request: Request, services: Services, command: TransferCommand) -> tuple[str, ...]:
    """Do what is to be done once everything is checked; return the answer's field about phones, if there were any."""
    phones, taken = _phones(request.parameters["multi_dial_phones"])
    await count_dials(request, services, int(command.kind in _COUNTS) + len(taken))
    return await _offer_phones(request, services, phones, taken)


def _phones(offered: str) -> tuple[list[str], list[str]]:
    """Return the phones that the request names, and those of them that are taken."""
    phones = offered.split(",") if len(offered) >= _LEAST_PHONES else []
    taken: list[str] = []
    for phone in phones:
        fits = _SHORTEST_PHONE <= len(phone) <= _LONGEST_PHONE
        if fits and len(taken) < _MOST_PHONES and phone not in ",".join(taken):
            taken.append(phone)
    return phones, taken


async def _offer_phones(request: Request, services: Services, phones: list[str], taken: list[str]) -> tuple[str, ...]:
    """Write the phones that are to be dialled at once."""
    if not phones:
        return ()
    rows = 0
    if taken:
        written = await services.database.write(
            SET_PHONES,
            user=request.agent_user,
            call_date=request.instant.local,
            phone_numbers=",".join(taken),
            phone_numbers_ct=len(taken),
            status="NEW",
        )
        rows = written.matched
    return (f"Multi-phones: {len(taken)} {len(phones)} {rows}",)


FUNCTION = Function(
    name="transfer_conference",
    summary="transfers the customer, dials third parties, hangs parties up",
    run=run,
    parameters=(
        *AGENT,
        value("what to do"),
        Parameter("ingroup_choices", "the in-group, or DEFAULTINGROUP"),
        Parameter("phone_number", "the number to dial, or the agent for AGENTDIRECT"),
        Parameter("consultative", "YES: the third party is an agent of an in-group"),
        Parameter("dial_override", "YES: dial phone_number exactly as it is"),
        Parameter("group_alias", "the caller id, by the name of a group alias"),
        Parameter("cid_choice", "CAMPAIGN, AGENT_PHONE, CUSTOMER or CUSTOM_CID"),
        Parameter("tw_check", "YES: refuse while a third party is on the line"),
        Parameter("multi_dial_phones", "numbers to dial at once, comma between them"),
        Parameter("md_check", "YES: refuse while an earlier multi-dial is open"),
    ),
    values=Transfer,
    answers=(
        "ERROR: transfer_conference not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: agent_user does not have a live call - A",
        "ERROR: value is not valid - V|U",
        "ERROR: ingroup is not valid - <in-group>",
        "ERROR: caller_id_number from group_alias is not valid - A|<alias>|<number>",
        "ERROR: group_alias is not valid - A|<alias>",
        "ERROR: cid_choice is not valid - A|<choice>",
        "ERROR: agent_user has current active 3-way call - A|<number>|0|<tw_check>",
        "ERROR: agent_user has previous active 3-way calls - A|<number>|0|<md_check>",
        "ERROR: transfer_conference error - <what happened> - A",
        "SUCCESS: transfer_conference function set - V|<in-group>|<phone_number>|<consultative>|A|<call id>|",
        "SUCCESS: transfer_conference function set - V|…|<call id>|Multi-phones: <taken> <offered> <rows>|",
        "SUCCESS: transfer_conference function set - V|…|<call id>|<third party's call id>|",
    ),
    example="agent_user=1000&function=transfer_conference&value=HANGUP_XFER",
    over_ami=True,
    under_lock=True,
    holds=_holds,
)
