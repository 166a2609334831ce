"""send_dtmf: send digits to the parties of the agent's call."""

from __future__ import annotations

from telectl.database import Write
from telectl.functions.common.checks import agent_snapshot, permission, require, resolve_agent, set_flag
from telectl.functions.common.function import AGENT, Function, value
from telectl.functions.common.replies import Reply, success
from telectl.functions.common.request import Request, Services

_DIGITS = frozenset("0123456789ABCDPSQ*#")
_LONGEST = 100
# The agent's screen knows the letters only.
_AS_LETTERS = str.maketrans("#*", "PS")

SET_DTMF = Write("ask for digits", "UPDATE vicidial_live_agents SET external_dtmf = %(digits)s WHERE user = %(user)s")


async def run(request: Request, services: Services) -> Reply:
    """Press the digits on the customer's and the third party's channels, or set the flag external_dtmf."""
    digits = request.value
    valid = 0 < len(digits) <= _LONGEST and _DIGITS.issuperset(digits)
    require(request, valid=valid and request.names_agent())
    permission(request)
    await resolve_agent(request, services)
    if await services.calls.leaves_it_to_the_screen(request.agent_user):
        await set_flag(request, services, SET_DTMF, digits=digits.translate(_AS_LETTERS))
    else:
        await services.calls.send_dtmf(await agent_snapshot(request, services), digits, request.command)
    return success("send_dtmf function set", digits, request.agent_user)


FUNCTION = Function(
    name="send_dtmf",
    summary="sends digits to the agent's session",
    run=run,
    parameters=(
        *AGENT,
        value("0-9 A-D * #, and P (also #), S (also *), Q (one second of silence); 100 characters at most"),
    ),
    answers=(
        "ERROR: send_dtmf not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: send_dtmf error - <what happened> - A",
        "SUCCESS: send_dtmf function set - V|A",
    ),
    example="agent_user=1000&function=send_dtmf&value=QQQQ1234SQQQQQ6654P",
    over_ami=True,
)
