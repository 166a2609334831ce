"""ra_call_control: hang up or transfer the call of a remote agent, by the call's id."""

from __future__ import annotations

import logging
import random
import re

from telectl.calls.failures import NOT_BUILT, CallFailure
from telectl.database.agents import LIVE_AGENT, USER_BY_NAME
from telectl.database.call_rows import AutoCall
from telectl.database.manager_queue import QUEUE_ACTION, queued
from telectl.database.remote_calls import (
    CLOSE_INBOUND,
    CLOSE_OUTBOUND,
    CONNECTED,
    END_CALL,
    QUEUE_EVENT,
    RELEASE_AGENT,
    REMOTE_CALL,
    SET_LEAD_STATUS,
    STOP_RINGING,
    RemoteCall,
)
from telectl.errors import DatabaseError
from telectl.functions.function import ONLY_AGENT, Function, Parameter, value
from telectl.functions.ingroups import ingroup_of
from telectl.functions.replies import Refusal, Reply, success
from telectl.functions.request import Request, Services
from telectl.functions.server_context import context_of
from telectl.functions.steps import permission, require

log = logging.getLogger(__name__)

_LEAST_NUMBER = 2
_DEFAULT_STATUS = "RAXFER"
_LONGEST_STATUS = 6
STAGES = {
    "HANGUP": "hang the call up",
    "EXTENSIONTRANSFER": "send it to phone_number",
    "INGROUPTRANSFER": "send it to ingroup_choices",
}


async def run(request: Request, services: Services) -> Reply:
    """Check the call, end its rows, and queue the action."""
    stage = request.parameters["stage"]
    shown = (request.value, request.agent_user, stage)
    require(request, *shown, valid=all(shown))
    permission(request)
    call = await _call_of_agent(request, services)
    target = await _target(request, services, stage, call)
    if not await services.calls.leaves_it_to_the_screen(request.agent_user):
        raise CallFailure(NOT_BUILT)
    # Deleting the call's row is the claim: of two requests for one call, one finds it.
    claimed = await services.database.write(END_CALL, call_id=request.value)
    if not claimed.matched:
        raise Refusal("no active call found", request.value)
    await _end_rows(request, services, call)
    await _queue(request, services, call, stage, target)
    word = "hungup" if stage == "HANGUP" else "transferred"
    return success(f"ra_call_control {word}", request.agent_user, request.value, target or stage)


async def _call_of_agent(request: Request, services: Services) -> RemoteCall:
    """Find the call; unless the settings allow any, it must be the named agent's own."""
    user, database = request.agent_user, services.database
    if await database.one(USER_BY_NAME, user=user) is None:
        raise Refusal("no user found", user)
    agent = await database.one(LIVE_AGENT, user=user)
    if agent is None:
        raise Refusal("user not logged in", user)
    call = await database.one(REMOTE_CALL, call_id=request.value)
    own = agent.call_id.lower() == request.value.lower()
    if call is None or not (own or services.settings.ra_any_call):
        raise Refusal("no active call found", request.value)
    return call


async def _target(request: Request, services: Services, stage: str, call: RemoteCall) -> str:
    """Give the number or in-group that the call is sent to; empty for a hangup."""
    if stage not in STAGES:
        raise Refusal("stage is not valid", stage)
    if stage == "EXTENSIONTRANSFER":
        number = request.parameters["phone_number"]
        if len(number) < _LEAST_NUMBER:
            raise Refusal("phone_number is not valid", number)
        return number
    if stage == "INGROUPTRANSFER":
        as_auto_call = AutoCall(
            0, call.server_ip, call.campaign_id, None, call.lead_id, call.uniqueid, call.callerid, call.channel,
            call.call_type,
        )  # fmt: skip
        return await ingroup_of(request, services, as_auto_call)
    return ""


async def _end_rows(request: Request, services: Services, call: RemoteCall) -> None:
    """Write the rows of section 9, in its order."""
    database, instant = services.database, request.instant
    status = (request.parameters["status"] or _DEFAULT_STATUS)[:_LONGEST_STATUS]
    known = {"status": status, "epoch": instant.epoch, "uniqueid": call.uniqueid or "", "lead_id": call.lead_id}
    if call.call_type == "IN":
        await database.write(CLOSE_INBOUND, **known, campaign_id=call.campaign_id or "")
    else:
        await database.write(CLOSE_OUTBOUND, **known, user=request.agent_user)
    await database.write(SET_LEAD_STATUS, status=status, lead_id=call.lead_id)
    if request.system.enable_queuemetrics_logging == "1":
        await _tell_queuemetrics(request, services, call, status)
    random_id = random.randint(10_000_000, 99_999_999)  # noqa: S311 - a sign of life, no secret
    await database.write(RELEASE_AGENT, call_id=request.value, random_id=random_id, now=instant.local)
    await database.write(STOP_RINGING, call_id=request.value)


async def _tell_queuemetrics(request: Request, services: Services, call: RemoteCall, status: str) -> None:
    """Write the call's end into QueueMetrics; that it cannot be reached is logged and costs nothing."""
    epoch, agent = request.instant.epoch, f"Agent/{request.agent_user}"
    try:
        queuemetrics = await services.integrations.queuemetrics()
        connected = await queuemetrics.one(CONNECTED, call_id=request.value)
        since = (connected.time_id if connected else None) or epoch
        waited = re.sub(r".*-", "", call.stage or "")
        events = (
            ("COMPLETEAGENT", request.value, call.campaign_id or "", waited, epoch - since, call.queue_position or 1),
            ("CALLSTATUS", request.value, call.campaign_id or "", status, "", ""),
            ("PAUSEALL", "NONE", "NONE", "", "", ""),
            ("UNPAUSEALL", "NONE", "NONE", "", "", ""),
        )
        for verb, call_id, queue, *data in events:
            await queuemetrics.write(
                QUEUE_EVENT,
                partition="P01",
                time_id=epoch,
                call_id=call_id,
                queue=queue,
                agent=agent,
                verb=verb,
                data1=data[0],
                data2=data[1],
                data3=data[2],
                serverid=request.system.queuemetrics_log_id or "",
            )
    except DatabaseError as error:
        log.warning("QueueMetrics was not told of call %s: %s", request.value, error)


async def _queue(request: Request, services: Services, call: RemoteCall, stage: str, target: str) -> None:
    channel = ("Channel", call.channel or "")
    if stage == "HANGUP":
        row = queued(request.instant, call.server_ip, "Hangup", f"HAPI{request.value[4:]}", (channel,))
    else:
        exten = target
        if stage == "INGROUPTRANSFER":
            exten = f"90009*{target}**{call.lead_id}**{call.phone_number or ''}**{request.agent_user}**"
        context = await context_of(services, call.server_ip)
        callerid = f"XAPI{request.value[4:]}"
        headers = (channel, ("Context", context), ("Exten", exten), ("Priority", "1"), ("CallerID", callerid))
        row = queued(request.instant, call.server_ip, "Redirect", callerid, headers)
    await services.database.write(QUEUE_ACTION, **row)


FUNCTION = Function(
    name="ra_call_control",
    summary="hangs up or transfers the call of a remote agent",
    run=run,
    parameters=(
        *ONLY_AGENT,
        value("the id of the agent's call"),
        Parameter("stage", ", ".join(f"{name}: {meaning}" for name, meaning in STAGES.items()), required=True),
        Parameter("phone_number", "where EXTENSIONTRANSFER sends the call"),
        Parameter("ingroup_choices", "where INGROUPTRANSFER sends it: an in-group, or DEFAULTINGROUP"),
        Parameter("status", "the call's disposition, six characters at most; RAXFER if missing"),
    ),
    answers=(
        "ERROR: ra_call_control not valid - V|A|<stage>",
        "ERROR: no user found - A",
        "ERROR: user not logged in - A",
        "ERROR: no active call found - V",
        "ERROR: phone_number is not valid - <phone_number>",
        "ERROR: ingroup is not valid - <in-group>",
        "ERROR: stage is not valid - <stage>",
        "ERROR: ra_call_control error - <what happened> - A",
        "SUCCESS: ra_call_control transferred - A|V|<phone_number or in-group>",
        "SUCCESS: ra_call_control hungup - A|V|HANGUP",
    ),
    example="agent_user=1028&function=ra_call_control&stage=INGROUPTRANSFER&ingroup_choices=DEFAULTINGROUP"
    "&value=Y0316001655000402028",
    over_ami=True,
)
