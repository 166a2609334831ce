"""park_call: park a party of the agent's call, or take it back."""

from __future__ import annotations

from telectl.calls.park.parking import Park
from telectl.database import Write
from telectl.database.agents import first_row
from telectl.functions.common.checks import agent_snapshot, live_agent, permission, require, resolve_agent
from telectl.functions.common.function import AGENT, Earlier, Function, value
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services

SET_PARK = Write(
    "ask for a park",
    "UPDATE vicidial_live_agents SET external_park = %(value)s WHERE user = %(user)s"
    f" AND {first_row('live.lead_id > 0')}",
)


async def run(request: Request, services: Services) -> Reply:
    """Redirect the party, or set the flag external_park."""
    require(request, valid=request.value in FUNCTION.words and request.names_agent())
    permission(request)
    await resolve_agent(request, services)
    if await services.calls.leaves_it_to_the_screen(request.agent_user):
        written = await services.database.write(SET_PARK, user=request.agent_user, value=request.value)
        if not written.matched:
            await live_agent(request, services)
            raise _no_lead(request)
    else:
        snapshot = await agent_snapshot(request, services)
        if not snapshot.agent.lead_id:
            raise _no_lead(request)
        request.if_done = _done(request)
        await services.calls.park(snapshot, Park(request.value), request.command)
    return _done(request)


def _done(request: Request) -> Reply:
    return success("park_call function set", request.value, request.agent_user)


async def _holds(services: Services, earlier: Earlier) -> bool:
    """Return whether the same call's parties are still where the command brought them."""
    if earlier.call_id is None:
        return True
    snapshot = await services.calls.snapshot(earlier.agent)
    if snapshot is None or snapshot.agent.call_id != earlier.call_id:
        return False
    return await services.calls.is_parked_as(snapshot, Park(earlier.value))


def _no_lead(request: Request) -> Refusal:
    return Refusal("agent_user does not have a lead on their screen", request.agent_user)


FUNCTION = Function(
    name="park_call",
    summary="parks the customer or the third party, or takes them back",
    run=run,
    parameters=(*AGENT, value("what to do")),
    values=Park,
    answers=(
        "ERROR: park_call not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: agent_user does not have a lead on their screen - A",
        "ERROR: park_call error - <what happened> - A",
        "SUCCESS: park_call function set - V|A",
    ),
    example="agent_user=1000&function=park_call&value=PARK_CUSTOMER",
    over_ami=True,
    under_lock=True,
    holds=_holds,
)
