"""Functions of newer VICIdial builds: known by name, and said not to be there.

An unknown function is answered with nothing (agent-api-rules.md, rule 9), which a client that looks for ERROR takes for
success.
"""

from __future__ import annotations

from telectl.described_enum import DescribedEnum
from telectl.functions.common.function import AGENT, Function, Parameter, value
from telectl.functions.common.replies import Refusal, Reply
from telectl.functions.common.request import Request, Services


class StereoRecording(DescribedEnum):
    """What stereo_recording's value asks for."""

    BEGIN = "BEGIN", "start a recording of two channels"
    END = "END", "end it"
    STATUS = "STATUS", "tell of it"


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
        values=StereoRecording,
        answers=(f"ERROR: stereo_recording error - {NOT_SUPPORTED} - A",),
        example="agent_user=1000&function=stereo_recording&value=BEGIN",
    ),
)
