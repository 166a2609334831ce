"""webphone_url: show or open the web phone of the agent's session."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from telectl.database import Select
from telectl.described_enum import DescribedEnum
from telectl.functions.common.checks import live_agent, permission, require, resolve_agent
from telectl.functions.common.function import AGENT, Function, value
from telectl.functions.common.replies import Refusal, Reply, Result
from telectl.functions.common.request import Request, Services


class Show(DescribedEnum):
    """What webphone_url's value asks for."""

    DISPLAY = "DISPLAY", "print the address alone"
    LAUNCH = "LAUNCH", "a page that goes there at once"


_LEAST = 6


@dataclass(frozen=True, slots=True)
class Webphone:
    """The web phone of a session."""

    webphone_url: str | None


WEBPHONE = Select(
    "web phone of a session",
    Webphone,
    "FROM vicidial_session_data WHERE user = %(user)s ORDER BY login_time DESC LIMIT 1",
)


async def run(request: Request, services: Services) -> Reply:
    """Print the address, or a page that goes there; telectl itself never fetches it."""
    shown = (request.agent_user, request.value)
    require(request, *shown, valid=request.value in FUNCTION.words and request.names_agent())
    permission(request)
    await resolve_agent(request, services)
    await live_agent(request, services)
    session = await services.database.one(WEBPHONE, user=request.agent_user)
    if session is None:
        raise Refusal("webphone_url error - no session data", request.agent_user)
    url = session.webphone_url or ""
    if len(url) < _LEAST:
        raise Refusal("webphone_url error - webphone url is empty", request.agent_user)
    if request.value == Show.DISPLAY:
        return Reply(Result.NOTICE, "webphone_url active and displayed", text=url)
    if not url.lower().startswith(("http://", "https://")):
        raise Refusal("webphone_url error - webphone url is no web address", request.agent_user)
    return Reply(Result.NOTICE, "webphone_url active and launched", text=_page(url), html=True)


def _page(url: str) -> str:
    target = escape(url, quote=True)
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>web phone</title>'
        f'<meta http-equiv="refresh" content="0; url={target}"></head>\n'
        f'<body><a href="{target}">open the web phone</a></body></html>'
    )


FUNCTION = Function(
    name="webphone_url",
    summary="shows or opens the web phone of the agent's session",
    run=run,
    parameters=(*AGENT, value("DISPLAY or LAUNCH")),
    values=Show,
    answers=(
        "ERROR: webphone_url not valid - A|V",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: webphone_url error - no session data - A",
        "ERROR: webphone_url error - webphone url is empty - A",
        "ERROR: webphone_url error - webphone url is no web address - A",
        "<the address>",
    ),
    example="agent_user=1000&function=webphone_url&value=DISPLAY",
)
