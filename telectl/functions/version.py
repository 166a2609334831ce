"""version: which telectl answers, and its time."""

from __future__ import annotations

from telectl import BUILD, __version__
from telectl.functions.common.function import Access, Function
from telectl.functions.common.replies import Reply, Result
from telectl.functions.common.request import Request, Services


async def run(request: Request, services: Services) -> Reply:
    """Return version, build and time; each label is a phrase of its own."""
    del services
    labels = (request.translate(f"{label}:") for label in ("VERSION", "BUILD", "DATE", "EPOCH"))
    values = (__version__, BUILD, request.instant.text, request.epoch)
    text = "|".join(f"{label} {value}" for label, value in zip(labels, values, strict=True))
    return Reply(Result.SUCCESS, "", data=text, text=text, closable=False)


FUNCTION = Function(
    name="version",
    summary="shows version and build, and the date and time",
    run=run,
    answers=("VERSION: <version>|BUILD: <build>|DATE: <YYYY-MM-DD HH:MM:SS>|EPOCH: T",),
    example="function=version",
    access=Access.OPEN,
)
