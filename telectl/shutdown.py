"""Stop a server without losing a request.

1. For `TELECTL_GRACE_SECONDS` everything is answered as ever, but that each answer ends its connection and /readyz says
   503: clients and balancers go elsewhere meanwhile.
2. Whoever is connected by then is accepted, and the listening socket closed. A connection that waited to be accepted
   would be reset, with whatever its client has sent.
3. What runs is finished. What still comes gets 503.
4. After `STOP_WITHIN` seconds in all, what is left is given up.

A second signal, SIGINT (a person at a terminal) and the death of the process that started several workers leave the
first step out.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal

from telectl.api.edge.connections import EdgeRunner, EdgeServer, EdgeSite
from telectl.api.stopping import Phase

log = logging.getLogger(__name__)

STOP_WITHIN = 9.0
"""Seconds from the signal to the end: some service managers kill after ten."""
CANCEL_WITHIN = 0.5
"""Seconds that requests have to end which are given up."""
_CLEAN_UP = 2.5
"""Seconds of them that are kept for what runs beside requests: digits, outcomes, open connections."""
_LAST_WORDS = 0.5
"""Seconds in which a client that has kept its connection may still get its 503."""
_LOOK_EVERY = 0.05


class Signals:
    """What has been said about stopping, by whom ever."""

    def __init__(self, parent: int | None) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        """Do without the grace time."""
        self._parent = parent

    def listen(self) -> None:
        """Take signals from now on.

        `parent` is the end of a pipe that nobody writes to: it is read to its end when the parent has died.
        """
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._told)
        loop.add_signal_handler(signal.SIGINT, self._now)
        if self._parent is not None:
            loop.add_reader(self._parent, self._alone)

    def _told(self) -> None:
        if self.stop.is_set():
            self.hurry.set()
        self.stop.set()

    def _now(self) -> None:
        self.hurry.set()
        self.stop.set()

    def _alone(self) -> None:
        if self._parent is not None:
            asyncio.get_running_loop().remove_reader(self._parent)
            os.close(self._parent)
            self._parent = None
        log.error("the process that started this worker is gone: stopping")
        self._now()


async def shut_down(runner: EdgeRunner, site: EdgeSite, signals: Signals, grace: float) -> None:
    """Go through the steps above; the server has stopped on return."""
    loop = asyncio.get_running_loop()
    end = loop.time() + STOP_WITHIN
    runner.stopping.phase = Phase.LEAVING
    if grace and not signals.hurry.is_set():
        log.info("stopping: for %g s all is answered, and /readyz sends the balancer elsewhere", grace)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await signals.hurry.wait()
    await site.stop_listening()
    runner.stopping.phase = Phase.CLOSED
    log.info("stopping: no new requests, finishing what runs")
    await _finish(runner.edge, loop.time() + _LAST_WORDS, end - _CLEAN_UP)
    try:
        async with asyncio.timeout_at(end):
            await runner.cleanup()
    except TimeoutError:
        log.warning("what was not finished within %g s is given up", STOP_WITHIN)
    log.info("stopped")


async def _finish(server: EdgeServer, at_least: float, at_most: float) -> None:
    """Wait until no request runs and none can come: not before the first moment, and no longer than to the second."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(_LOOK_EVERY)  # whoever was accepted just now becomes a connection
    while server.connections and (server.is_busy or loop.time() < at_least) and loop.time() < at_most:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_EVERY)
