"""Run the HTTP server: one process, or several on the same port; stop without losing a request."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address

from telectl import logs
from telectl.api.edge.connections import EdgeRunner, EdgeSite, Limits
from telectl.api.edge.tls import server_tls
from telectl.app import build_app
from telectl.errors import SettingsError
from telectl.settings import Settings
from telectl.shutdown import CANCEL_WITHIN, Signals, shut_down
from telectl.workers import supervise

log = logging.getLogger(__name__)

_OTHER_FILES = 100
"""Open files that are no HTTP and no database connection."""


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


def limits(settings: Settings) -> Limits:
    """Return what connections may do, once this process may open a file for each of them."""
    others = settings.database_pool + _OTHER_FILES
    most = min(settings.connections, open_files(settings.connections + others) - others)
    if most < settings.connections:
        log.warning("TELECTL_CONNECTIONS: %d, for no more files may be open here (ulimit -Hn)", max(most, 1))
    return Limits(max(most, 1), settings.head_seconds, settings.body_seconds, settings.idle_seconds)


def open_files(wanted: int) -> int:
    """Raise this process's limit of open files to so many, and return how many it may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


async def serve(
    settings: Settings,
    sock: socket.socket,
    ready: Callable[[], None] = lambda: None,
    *,
    tls: ssl.SSLContext | None = None,
    parent: int | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then stop as `telectl.shutdown` tells.

    Args:
        settings: all of them.
        sock: where to listen.
        ready: called once it answers.
        tls: how to speak TLS, if it does.
        parent: the end of a pipe that is read to its end when the process that started this worker has died.
    """
    edge = limits(settings)
    runner = EdgeRunner(build_app(settings), edge, shutdown_timeout=CANCEL_WITHIN)
    signals = Signals(parent)
    signals.listen()
    await runner.setup()
    site = EdgeSite(runner, sock, edge, tls)
    await site.start()
    host, port = sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if tls else "http"
    log.info("telectl answers %s://%s:%s/agc/api.php (%s)", scheme, shown, port, settings.call_control)
    ready()
    await signals.stop.wait()
    await shut_down(runner, site, signals, settings.grace_seconds)


def run(settings: Settings) -> None:
    """Run the server in this process, or in `workers` children that share the socket."""
    logs.configure(settings.log_format, settings.log_level)
    tls = server_tls(settings.tls_certificate, settings.tls_key)
    sock = listen(settings)
    if tls is None and not ip_address(sock.getsockname()[0].partition("%")[0]).is_loopback:
        log.warning(
            "TELECTL_LISTEN %s is open to other machines without TLS: passwords can be read on their way"
            " (set TELECTL_TLS_CERTIFICATE, or let only a TLS proxy reach it)",
            settings.listen,
        )
    if settings.workers == 1:
        asyncio.run(serve(settings, sock, tls=tls))
        return
    lifeline, ours = os.pipe()

    def work() -> None:
        os.close(ours)
        asyncio.run(serve(settings, sock, tls=tls, parent=lifeline))

    supervise(settings.workers, work, stopping=sock.close)
