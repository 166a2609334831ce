"""webserver: what a load balancer's user wants to know of the server that answered."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import sys
from datetime import datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

from telectl import __version__
from telectl.functions.common.function import Function
from telectl.functions.common.replies import Refusal, Reply, Result
from telectl.functions.common.request import Request, Services


async def run(request: Request, services: Services) -> Reply:
    """Return the document's lines, in its order, with telectl's own truths."""
    user = request.user
    if not user.may_use(request.function):
        raise Refusal(
            "auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION",
            request.parameters["user"],
            request.function,
            user.user_group,
            closable=False,
        )
    facts = services.facts
    here = datetime.now(services.settings.zone).astimezone(services.settings.zone)
    zone = str(here.tzinfo) if isinstance(here.tzinfo, ZoneInfo) else (here.tzname() or "UTC")
    seconds = f"{facts.deadline:g}"
    told: tuple[tuple[str, object], ...] = (
        ("set.timezone", zone),
        ("abbr.timezone", here.tzname()),
        ("dst.timezone", int(bool(here.dst()))),
        ("uname", " ".join(os.uname())),
        ("host name", socket.gethostname()),
        ("server name", facts.server_name or socket.gethostname()),
        ("php version", f"telectl {__version__} on Python {sys.version.split()[0]}"),
        ("apache version", f"aiohttp {version('aiohttp')}"),
        ("apache processes", services.settings.workers),
        ("system loadavg", f"{os.getloadavg()[0]:.2f}"),
        ("disk_free_space", shutil.disk_usage("/").free),
        ("date.timezone", zone),
        ("max_execution_time", seconds),
        ("max_input_time", seconds),
        ("memory_limit", _memory_limit()),
        ("post_max_size", facts.form_limit),
        ("upload_max_filesize", facts.form_limit),
        ("default_socket_timeout", seconds),
    )
    lines = ("Webserver Data:", *(f"{label}: {fact}" for label, fact in told))
    return Reply(Result.SUCCESS, "", data="|".join(lines), text=lines[0], more=lines[1:], closable=False)


def _memory_limit() -> str:
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return "-1" if soft == resource.RLIM_INFINITY else str(soft)


FUNCTION = Function(
    name="webserver",
    summary="shows facts of the server that answers, useful behind a load balancer",
    run=run,
    answers=("Webserver Data: and 18 lines `<label>: <fact>`",),
    example="function=webserver",
)
