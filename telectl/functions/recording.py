"""recording: start or stop recording on the agent's screen, or tell what is being recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from telectl.calls.flags import Flag
from telectl.database import Select, Write
from telectl.database.agents import LiveAgent, first_row
from telectl.described_enum import DescribedEnum
from telectl.functions.common.checks import live_agent, permission, require, resolve_agent, set_flag
from telectl.functions.common.function import AGENT, Function, Parameter, value
from telectl.functions.common.replies import Refusal, Reply, notice, success
from telectl.functions.common.request import Request, Services


class Ask(DescribedEnum):
    """What recording's value asks for."""

    START = "START", "start a recording; several may run at once"
    STOP = "STOP", "stop every recording of the agent's session"
    STATUS = "STATUS", "tell the running recording's id, file, server and start"


_LONGEST_STAGE = 14


@dataclass(frozen=True, slots=True)
class Recording:
    """A row of recording_log."""

    filename: str | None
    server_ip: str | None
    start_time: datetime | None


RECORDING = Select("recording", Recording, "FROM recording_log WHERE recording_id = %(recording_id)s LIMIT 1")
SET_START = Write(
    "ask for a recording", "UPDATE vicidial_live_agents SET external_recording = %(value)s WHERE user = %(user)s"
)
_RUNS = (
    "live.external_recording <> 'STOP' AND CASE WHEN live.external_recording REGEXP '^[0-9]+$'"
    " THEN live.external_recording + 0 > 0 ELSE live.external_recording > '0' END"
)
# The column holds the running recording's id, or the last word asked for (`STARTmyfile`), which may be ended, too.
SET_STOP = Write(
    "ask for a recording's end",
    f"UPDATE vicidial_live_agents SET external_recording = %(value)s WHERE user = %(user)s AND {first_row(_RUNS)}",
)


async def run(request: Request, services: Services) -> Reply:
    """Set the flag external_recording, or read it."""
    require(request, valid=request.value in FUNCTION.words and request.names_agent())
    permission(request)
    await resolve_agent(request, services)
    agent = await live_agent(request, services)
    running = agent.external_recording or ""
    session = (agent.server_ip, agent.room, agent.status)
    if request.value == Ask.STATUS:
        return await _status(request, services, agent, running)
    if request.value == Ask.START:
        request.value += Flag.RECORDING.record(stage=request.parameters["stage"][:_LONGEST_STAGE])
        await set_flag(request, services, SET_START, value=request.value)
    else:
        await _stop(request, services, running, session)
    return success("recording function sent", request.agent_user, request.value, "", "", "", *session)


async def _stop(request: Request, services: Services, running: str, session: tuple[str, ...]) -> None:
    stopped = await services.database.write(SET_STOP, user=request.agent_user, value=request.value)
    if stopped.matched:
        return
    if _is_positive(running):
        running = Ask.STOP  # another request stopped it in between
    raise Refusal("stop recording error", request.agent_user, running, "", "", "", *session)


async def _status(request: Request, services: Services, agent: LiveAgent, running: str) -> Reply:
    session = (agent.server_ip, agent.room, agent.status)
    if running in (Ask.START, Ask.STOP) or not _is_positive(running):
        return notice("not recording", request.agent_user, "", "", "", "", *session)
    row = await services.database.one(RECORDING, recording_id=running) if running.isdecimal() else None
    found = (row.filename or "", row.server_ip or "", str(row.start_time or "")) if row else ("", "", "")
    return notice("recording active", request.agent_user, running, *found, *session)


def _is_positive(running: str) -> bool:
    """Return whether the column names a recording: a number above 0, or a word (`STARTmyfile`)."""
    return int(running) > 0 if running.isdecimal() else running > "0"


FUNCTION = Function(
    name="recording",
    summary="starts or stops a recording, or tells of the running one",
    run=run,
    parameters=(
        *AGENT,
        value("START, STOP or STATUS"),
        Parameter("stage", "START: appended to the recording's file name, 14 characters at most"),
    ),
    values=Ask,
    answers=(
        "ERROR: recording not valid - V|A",
        "ERROR: no user found - <alt_user>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: recording error - value not allowed - A|stage",
        "ERROR: stop recording error - A|<running>||||<server_ip>|<session>|<status>",
        "SUCCESS: recording function sent - A|V||||<server_ip>|<session>|<status>",
        "NOTICE: not recording - A|||||<server_ip>|<session>|<status>",
        "NOTICE: recording active - A|<recording_id>|<filename>|<server>|<start>|<server_ip>|<session>|<status>",
    ),
    example="agent_user=1000&function=recording&value=STATUS",
)
