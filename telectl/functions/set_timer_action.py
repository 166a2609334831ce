"""set_timer_action: let something happen some seconds into the agent's call."""

from __future__ import annotations

from telectl.database import Write
from telectl.functions.common.checks import count_dials, live_agent, permission, require, set_flag
from telectl.functions.common.function import ONLY_AGENT, Function, Parameter, Value, value
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services

_PRESETS = tuple(f"D{number}_DIAL" for number in range(1, 6))
_DIALS = frozenset({*_PRESETS, *(f"{preset}_QUIET" for preset in _PRESETS), "EXTENSION"})
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
    values=(
        Value("NONE", "nothing"),
        Value("WEBFORM", "open the web form"),
        Value("WEBFORM2", "open the second web form"),
        *(Value(f"D{number}_DIAL", f"dial preset {number}") for number in range(1, 6)),
        Value("MESSAGE_ONLY", "show the message"),
        Value("EXTENSION", "send the call to an extension"),
        Value("CALLMENU", "send the call to a call menu"),
        Value("INGROUP", "send the call to an in-group"),
        Value("HANGUP", "hang the call up"),
        *(Value(f"D{number}_DIAL_QUIET", f"dial preset {number} quietly") for number in range(1, 6)),
    ),
    answers=(
        "ERROR: set_timer_action not valid - A",
        "ERROR: agent_user is not logged in - A",
        "ERROR: user is not allowed to modify campaign settings - A|U",
        "SUCCESS: set_timer_action lead updated - U|A|V|<notes>|<rank>",
    ),
    example="function=set_timer_action&agent_user=6666&value=MESSAGE_ONLY&notes=test+message&rank=15",
)
