"""coffee and its relatives: telectl is a teapot (RFC 2324)."""

from __future__ import annotations

from telectl.functions.common.function import Access, Function
from telectl.functions.common.replies import Reply, Result
from telectl.functions.common.request import Request, Services


async def run(request: Request, services: Services) -> Reply:
    """Refuse with 418."""
    del services
    text = f"Coffee: {request.function}|Error 418 I'm a teapot"
    return Reply(Result.ERROR, "", data=text, text=text, status=418, closable=False)


FUNCTIONS = tuple(
    Function(
        name=name,
        summary="answers HTTP 418",
        run=run,
        answers=(f"Coffee: {name}|Error 418 I'm a teapot",),
        example=f"function={name}",
        access=Access.OPEN,
    )
    for name in ("coffee", "make_coffee", "start_coffee", "brew_coffee")
)
