"""Functions of newer VICIdial builds: known by name, and said not to be there.

An unknown function is answered with nothing (agent-api-rules.md, rule 9), which a client that looks for ERROR takes for
success.
"""

from __future__ import annotations

from telectl.functions.common.function import AGENT, Function, Parameter, Value, value
from telectl.functions.common.replies import Refusal, Reply
from telectl.functions.common.request import Request, Services

NOT_SUPPORTED = "not supported by this build"


async def run(request: Request, services: Services) -> Reply:
    """Refuse, whatever is asked."""
    del services
    raise Refusal(f"{request.function} error - {NOT_SUPPORTED}", request.agent_user)


FUNCTIONS = (
    Function(
        name="stereo_recording",
        summary="of a newer VICIdial: refused, nothing is recorded; use recording",
        run=run,
        parameters=(*AGENT, value("BEGIN, END or STATUS"), Parameter("stage", "BEGIN: part of the file's name")),
        values=(
            Value("BEGIN", "start a recording of two channels"),
            Value("END", "end it"),
            Value("STATUS", "tell of it"),
        ),
        answers=(f"ERROR: stereo_recording error - {NOT_SUPPORTED} - A",),
        example="agent_user=1000&function=stereo_recording&value=BEGIN",
    ),
)
