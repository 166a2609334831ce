"""set_timer_action: let something happen some seconds into the agent's call."""

from __future__ import annotations

from telectl.database import Write
from telectl.described_enum import DescribedEnum
from telectl.functions.common.checks import count_dials, live_agent, permission, require, set_flag
from telectl.functions.common.function import ONLY_AGENT, Function, Parameter, value
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services


class TimerAction(DescribedEnum):
    """What is to happen some seconds into the call."""

    NONE = "NONE", "nothing"
    WEBFORM = "WEBFORM", "open the web form"
    WEBFORM2 = "WEBFORM2", "open the second web form"
    D1_DIAL = "D1_DIAL", "dial preset 1"
    D2_DIAL = "D2_DIAL", "dial preset 2"
    D3_DIAL = "D3_DIAL", "dial preset 3"
    D4_DIAL = "D4_DIAL", "dial preset 4"
    D5_DIAL = "D5_DIAL", "dial preset 5"
    MESSAGE_ONLY = "MESSAGE_ONLY", "show the message"
    EXTENSION = "EXTENSION", "send the call to an extension"
    CALLMENU = "CALLMENU", "send the call to a call menu"
    INGROUP = "INGROUP", "send the call to an in-group"
    HANGUP = "HANGUP", "hang the call up"
    D1_DIAL_QUIET = "D1_DIAL_QUIET", "dial preset 1 quietly"
    D2_DIAL_QUIET = "D2_DIAL_QUIET", "dial preset 2 quietly"
    D3_DIAL_QUIET = "D3_DIAL_QUIET", "dial preset 3 quietly"
    D4_DIAL_QUIET = "D4_DIAL_QUIET", "dial preset 4 quietly"
    D5_DIAL_QUIET = "D5_DIAL_QUIET", "dial preset 5 quietly"


_DIALS = frozenset(action for action in TimerAction if "_DIAL" in action) | {TimerAction.EXTENSION}
SET_TIMER = Write(
    "set a timer action",
    "UPDATE vicidial_live_agents SET external_timer_action = %(value)s,"
    " external_timer_action_message = %(notes)s, external_timer_action_seconds = %(seconds)s WHERE user = %(user)s",
)


async def run(request: Request, services: Services) -> Reply:
    """Write the timer's three columns."""
    require(request, request.agent_user, valid=bool(request.agent_user) and request.value in FUNCTION.words)
    permission(request)
    name = request.parameters["user"]
    if not request.user.may_edit_campaigns:
        await live_agent(request, services)
        raise Refusal("user is not allowed to modify campaign settings", request.agent_user, name)
    if request.value in _DIALS:
        await live_agent(request, services)
        await count_dials(request, services)
    notes, rank = request.parameters["notes"], request.parameters["rank"]
    await set_flag(request, services, SET_TIMER, value=request.value, notes=notes, seconds=rank or 0)
    fields = (name, request.agent_user, request.value, notes, rank)
    return success("set_timer_action lead updated", *fields, data=fields)


FUNCTION = Function(
    name="set_timer_action",
    summary="sets the timer action of the agent's current call",
    run=run,
    parameters=(
        *ONLY_AGENT,
        value("what is to happen"),
        Parameter("notes", "the message that is shown with it"),
        Parameter("rank", "seconds into the call"),
    ),
    values=TimerAction,
    answers=(
        "ERROR: set_timer_action not valid - A",
        "ERROR: agent_user is not logged in - A",
        "ERROR: user is not allowed to modify campaign settings - A|U",
        "SUCCESS: set_timer_action lead updated - U|A|V|<notes>|<rank>",
    ),
    example="function=set_timer_action&agent_user=6666&value=MESSAGE_ONLY&notes=test+message&rank=15",
)
