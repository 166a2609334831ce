"""Run the HTTP server: one process, or several on the same port; stop without losing a request."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable
from typing import Any

from aiohttp import web

from telectl import logs
from telectl.api.middlewares import DRAINING
from telectl.app import FORM_LIMIT, build_app
from telectl.errors import SettingsError
from telectl.settings import Settings

log = logging.getLogger(__name__)

STOP_WITHIN = 8.0
"""Seconds that running requests have to finish after SIGTERM."""
PARSER_LIMITS: dict[str, Any] = {"max_line_size": FORM_LIMIT, "max_field_size": FORM_LIMIT}
"""aiohttp answers longer lines itself, with 400; who sends a huge parameter is owed an answer by the rules."""


def listen(settings: Settings) -> socket.socket:
    """Open the listening socket.

    Raises:
        SettingsError: the address is taken or not of this machine.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.host, settings.port))
    except OSError as error:
        sock.close()
        reason = error.strerror or str(error)
        raise SettingsError(f"TELECTL_LISTEN: cannot listen on {settings.listen}: {reason}") from None
    sock.listen(1024)
    sock.setblocking(False)  # noqa: FBT003 - the name says it
    return sock


async def serve(settings: Settings, sock: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT, then finish what runs."""
    app = build_app(settings)
    runner = web.AppRunner(
        app,
        access_log=None,
        **PARSER_LIMITS,
        shutdown_timeout=STOP_WITHIN,
        handle_signals=False,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await runner.setup()
    site = web.SockSite(runner, sock)
    await site.start()
    host, port = sock.getsockname()[:2]
    log.info("telectl answers http://%s:%s/agc/api.php (%s)", host, port, settings.call_control)
    ready()
    await stop.wait()
    log.info("stopping: no new requests, finishing what runs")
    app[DRAINING].append(True)
    await runner.cleanup()
    log.info("stopped")


def run(settings: Settings) -> None:
    """Run the server in this process, or in `workers` children that share the socket."""
    logs.configure(settings.log_format, settings.log_level)
    sock = listen(settings)
    if settings.workers == 1:
        asyncio.run(serve(settings, sock))
        return
    children = [_fork(settings, sock) for _ in range(settings.workers)]
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True
        for child in children:
            _signal(child, signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while children:
        try:
            child, status = os.wait()
        except InterruptedError:
            continue
        except ChildProcessError:
            break
        children.remove(child)
        if not stopping:
            log.error("worker %d ended (status %d); another is started", child, status)
            children.append(_fork(settings, sock))


def _fork(settings: Settings, sock: socket.socket) -> int:
    child = os.fork()
    if child:
        return child
    try:
        asyncio.run(serve(settings, sock))
    finally:
        os._exit(0)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
