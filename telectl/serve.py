"""Run the HTTP server: one process, or several on the same port; stop without losing a request."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address

from telectl import logs
from telectl.api.edge.connections import EdgeRunner, EdgeSite, Limits
from telectl.api.edge.tls import server_tls
from telectl.api.middlewares import STOPPING
from telectl.app import build_app
from telectl.errors import SettingsError
from telectl.settings import Settings
from telectl.workers import supervise

log = logging.getLogger(__name__)

STOP_WITHIN = 8.0
"""Seconds that running requests have to finish after SIGTERM."""
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
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what runs."""
    app = build_app(settings)
    edge = limits(settings)
    runner = EdgeRunner(app, edge, shutdown_timeout=STOP_WITHIN)
    stop = app[STOPPING]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await runner.setup()
    await EdgeSite(runner, sock, edge, tls).start()
    host, port = sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if tls else "http"
    log.info("telectl answers %s://%s:%s/agc/api.php (%s)", scheme, shown, port, settings.call_control)
    ready()
    await stop.wait()
    log.info("stopping: no new requests, finishing what runs")
    await runner.cleanup()
    log.info("stopped")


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
    supervise(settings.workers, lambda: asyncio.run(serve(settings, sock, tls=tls)))
