"""call_agent: ring the agent's phone and put it into its session."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.calls.login_call import LoginCall
from telectl.database import Select
from telectl.database.manager_queue import QUEUE_ACTION
from telectl.described_enum import DescribedEnum
from telectl.functions.common.checks import agent_snapshot, count_dials, live_agent, permission, require, resolve_agent
from telectl.functions.common.function import AGENT, Earlier, Function, value
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services

_SHORTEST_CALL = 6


class CallAgent(DescribedEnum):
    """What call_agent's value asks for."""

    CALL = "CALL", "ring the phone; answered, it is in its session"


@dataclass(frozen=True, slots=True)
class SessionCall:
    """What vicidial_session_data keeps of the call that brought the agent's phone into its session."""

    agent_login_call: str | None


SESSION_CALL = Select(
    "login call of a session", SessionCall, "FROM vicidial_session_data WHERE user = %(user)s LIMIT 1"
)


async def run(request: Request, services: Services) -> Reply:
    """Originate the agent's phone, or queue that for VICIdial's manager daemon."""
    require(
        request,
        request.agent_user,
        request.value,
        valid=request.value in FUNCTION.words and request.names_agent(),
    )
    permission(request)
    await resolve_agent(request, services)
    to_screen = await services.calls.leaves_it_to_the_screen(request.agent_user)
    snapshot = None if to_screen else await agent_snapshot(request, services)
    agent = snapshot.agent if snapshot else await live_agent(request, services)
    session = await services.database.one(SESSION_CALL, user=request.agent_user)
    if session is None:
        raise Refusal("call_agent error - no session data", request.agent_user)
    if len(session.agent_login_call or "") < _SHORTEST_CALL:
        raise Refusal("call_agent error - entry is empty", request.agent_user)
    login_call = LoginCall.parse(session.agent_login_call or "")
    row = login_call.queue_row(agent.room) if snapshot is None else {}
    await count_dials(request, services)
    if snapshot is None:
        await services.database.write(QUEUE_ACTION, **row)
    else:
        request.if_done = _done(request)
        await services.calls.call_agent(snapshot, login_call, request.command)
    return _done(request)


def _done(request: Request) -> Reply:
    return success("call_agent function sent", request.agent_user, data=request.epoch)


async def _holds(services: Services, earlier: Earlier) -> bool:
    """Return whether the phone is rung, or in its session."""
    if earlier.call_id is None:
        return True
    snapshot = await services.calls.snapshot(earlier.agent)
    return snapshot is not None and await services.calls.is_called(snapshot)


FUNCTION = Function(
    name="call_agent",
    summary="calls the agent's phone into the agent's session",
    run=run,
    parameters=(*AGENT, value("CALL")),
    values=CallAgent,
    answers=(
        "ERROR: call_agent not valid - A|V",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: call_agent error - no session data - A",
        "ERROR: call_agent error - entry is empty - A",
        "ERROR: call_agent error - <what happened> - A",
        "SUCCESS: call_agent function sent - A",
    ),
    example="agent_user=1000&function=call_agent&value=CALL",
    over_ami=True,
    under_lock=True,
    holds=_holds,
)
