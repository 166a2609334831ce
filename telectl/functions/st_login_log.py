"""st_login_log: tell an outside system which user has its id, and keep the system's own word of the login."""

from __future__ import annotations

from telectl.database import Write
from telectl.database.agents import USER_BY_CUSTOM_THREE, UserName
from telectl.functions.common.checks import permission, require
from telectl.functions.common.function import Function, Parameter, value
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services

SET_CUSTOM_FOUR = Write(
    "keep the outside system's word", "UPDATE vicidial_users SET custom_four = %(vendor_id)s WHERE user = %(user)s"
)
PARAMETERS = (
    value("looked up in vicidial_users.custom_three"),
    Parameter("vendor_id", "the outside system's id", required=True),
)


async def user_of(request: Request, services: Services) -> UserName:
    """Check what both st_ functions need, and return the user whose custom_three is the value."""
    shown = (request.value, request.parameters["vendor_id"])
    require(request, *shown, valid=all(shown), data=shown)
    permission(request)
    found = await services.database.one(USER_BY_CUSTOM_THREE, custom_three=request.value)
    if found is None:
        raise Refusal("no user found", request.value)
    return found


async def run(request: Request, services: Services) -> Reply:
    """Look the user up and write custom_four."""
    found = await user_of(request, services)
    vendor_id = request.parameters["vendor_id"]
    await services.database.write(SET_CUSTOM_FOUR, user=found.user, vendor_id=vendor_id[:100])
    return success("st_login_log user found", found.user, data=found.user)


FUNCTION = Function(
    name="st_login_log",
    summary="looks a user up by custom_three and logs the event of an outside system",
    run=run,
    parameters=PARAMETERS,
    answers=(
        "ERROR: st_login_log not valid - V|<vendor_id>",
        "ERROR: no user found - V",
        "SUCCESS: st_login_log user found - <user>",
    ),
    example="function=st_login_log&value=876543&vendor_id=207",
)
