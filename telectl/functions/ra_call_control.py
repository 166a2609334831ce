"""ra_call_control: hang up or transfer the call of a remote agent, by the call's id."""

from __future__ import annotations

from telectl.calls.remote.command import RemoteAgentCommand, Stage
from telectl.calls.remote.sql import REMOTE_CALL, RemoteCall
from telectl.database.agents import LIVE_AGENT, USER_BY_NAME
from telectl.functions.common.checks import count_dials, permission, require
from telectl.functions.common.function import ONLY_AGENT, Function, Parameter, value
from telectl.functions.common.ingroups import ingroup_of
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services

_LEAST_NUMBER = 2
_DEFAULT_STATUS = "RAXFER"
_LONGEST_STATUS = 6
_STAGES = frozenset(stage.value for stage in Stage)


async def run(request: Request, services: Services) -> Reply:
    """Check the call and what is to become of it, and do it, or leave the channel to VICIdial's manager daemon."""
    stage = request.parameters["stage"]
    shown = (request.value, request.agent_user, stage)
    require(request, *shown, valid=all(shown))
    permission(request)
    await _require_agent(request, services)
    call = await _call(request, services)
    command = await _command(request, services, stage, call)
    if command.stage is Stage.EXTENSIONTRANSFER:
        await count_dials(request, services)
    done = "hungup" if command.stage is Stage.HANGUP else "transferred"
    answer = success(f"ra_call_control {done}", request.agent_user, request.value, command.target or stage)
    request.if_done = answer
    if not await services.calls.control_remote(command, request.command):
        raise _no_call(request)
    return answer


async def _require_agent(request: Request, services: Services) -> None:
    user = request.agent_user
    if await services.database.one(USER_BY_NAME, user=user) is None:
        raise Refusal("no user found", user)
    if await services.database.one(LIVE_AGENT, user=user) is None:
        raise Refusal("user not logged in", user)


async def _call(request: Request, services: Services) -> RemoteCall:
    """Find the call; unless the settings allow any, it must be the named agent's own."""
    call = await services.database.one(REMOTE_CALL, call_id=request.value, user=request.agent_user)
    if call is None or not (call.own or services.settings.ra_any_call):
        raise _no_call(request)
    return call


async def _command(request: Request, services: Services, stage: str, call: RemoteCall) -> RemoteAgentCommand:
    if stage not in _STAGES:
        raise Refusal("stage is not valid", stage)
    target = ""
    if stage == Stage.EXTENSIONTRANSFER:
        target = request.parameters["phone_number"]
        if len(target) < _LEAST_NUMBER:
            raise Refusal("phone_number is not valid", target)
    elif stage == Stage.INGROUPTRANSFER:
        target = await ingroup_of(request, services, call)
    status = (request.parameters["status"] or _DEFAULT_STATUS)[:_LONGEST_STATUS]
    any_call, to_agent = services.settings.ra_any_call, request.parameters["phone_number"]
    return RemoteAgentCommand(request.agent_user, Stage(stage), call, status, target, any_call, to_agent)


def _no_call(request: Request) -> Refusal:
    return Refusal("no active call found", request.value)


FUNCTION = Function(
    name="ra_call_control",
    summary="hangs up or transfers the call of a remote agent",
    run=run,
    parameters=(
        *ONLY_AGENT,
        value("the id of the agent's call"),
        Parameter("stage", ", ".join(f"{stage}: {stage.meaning}" for stage in Stage), required=True),
        Parameter("phone_number", "where EXTENSIONTRANSFER sends the call; with AGENTDIRECT the agent"),
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
    under_lock=True,
)
