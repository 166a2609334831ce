"""refresh_panel: let the agent's screen load some of its panels again."""

from __future__ import annotations

from telectl.database import Write
from telectl.functions.common.checks import live_agent, permission, set_flag
from telectl.functions.common.function import ONLY_AGENT, Function, Parameter
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services
from telectl.parameters import RELOADS

PANELS = RELOADS
PANELS_OF_LEAD = tuple(panel for panel in RELOADS if panel != "callbacksreload")
"""What update_fields may refresh, too."""
SET_FIELDS = Write(
    "ask the screen to refresh",
    "UPDATE vicidial_live_agents SET external_update_fields = '1', external_update_fields_data = %(fields)s"
    " WHERE user = %(user)s",
)


async def run(request: Request, services: Services) -> Reply:
    """Set the flag external_update_fields with the panels that were named."""
    if not request.agent_user:
        raise Refusal("agent_user not valid", "")
    permission(request)
    panels = ",".join(panel for panel in PANELS if request.parameters.sent(panel))
    if not panels:
        await live_agent(request, services)
        raise Refusal("no panels have been defined", request.agent_user)
    written = await set_flag(request, services, SET_FIELDS, fields=panels)
    fields = (request.parameters["user"], request.agent_user, str(written), panels, "")
    return success("refresh_panel request sent", *fields, data=fields)


FUNCTION = Function(
    name="refresh_panel",
    summary="refreshes panels of the agent's screen",
    run=run,
    parameters=(*ONLY_AGENT, *(Parameter(panel, "refresh this panel; its value says nothing") for panel in PANELS)),
    answers=(
        "ERROR: agent_user not valid - ",
        "ERROR: agent_user is not logged in - A",
        "ERROR: no panels have been defined - A",
        "SUCCESS: refresh_panel request sent - U|A|<rows>|<panels>|",
    ),
    example="function=refresh_panel&agent_user=1000&scriptreload=1",
)
