"""force_fronter_leave_3way: let the other agent of a three-way call leave it."""

from __future__ import annotations

from telectl.calls.transfer.command import Transfer, TransferCommand
from telectl.database import Write
from telectl.database.agents import any_row
from telectl.functions.common.fronter import PARAMETERS, Where, agent_on_call, no_fronter, other_agent
from telectl.functions.common.function import Function
from telectl.functions.common.replies import Reply, Result
from telectl.functions.common.request import Request, Services

SET_LEAVE = Write(
    "ask another agent to leave",
    "UPDATE vicidial_live_agents SET external_transferconf = %(flag)s WHERE user = %(user)s"
    f" AND {any_row('lead_id = %(lead_id)s')}",
)


async def run(request: Request, services: Services) -> Reply:
    """Move the other agent's phone out of the call, or set that agent's flag external_transferconf."""
    agent = await agent_on_call(request, services)
    fronter = await other_agent(agent, services)
    if fronter is None:
        raise no_fronter(request)
    if await services.calls.leaves_it_to_the_screen(fronter.user):
        flag = TransferCommand(Transfer.LEAVE_3WAY_CALL).flag(request.epoch)
        written = await services.database.write(SET_LEAVE, user=fronter.user, lead_id=agent.lead_id, flag=flag)
        if not written.matched:
            raise no_fronter(request)
    else:
        async with services.calls.hold(fronter.user):  # what is read holds until the agent has left
            other = await services.calls.snapshot(fronter.user)
            if other is None or other.agent.lead_id != agent.lead_id:
                raise no_fronter(request)
            await services.calls.leave_3way(other, request.command)
    line = f"{request.translate(Result.SUCCESS)}: force_fronter_leave_3way SENT - {fronter.user}"
    return Reply(Result.SUCCESS, line, text=line)


FUNCTION = Function(
    name="force_fronter_leave_3way",
    summary="lets the other agent of a three-way call leave it",
    run=run,
    parameters=PARAMETERS,
    values=Where,
    answers=(
        "ERROR: force_fronter_leave_3way not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: agent_user is not on a phone call - A",
        "ERROR: no fronter found - A",
        "ERROR: force_fronter_leave_3way error - <what happened> - A",
        "SUCCESS: force_fronter_leave_3way SENT - <other agent>",
    ),
    example="agent_user=1000&function=force_fronter_leave_3way&value=LOCAL_ONLY",
    over_ami=True,
    under_lock=True,
)
