"""Who gets the events of a link: those who await one event, and those who want all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator

from telectl.asterisk.messages import Event
from telectl.errors import OutcomeUnknown

log = logging.getLogger(__name__)

_SLOW = 0.05
"""Seconds in one listener that are worth a warning: it holds the reader up."""

Listener = Callable[[Event], None]


class Expectation:
    """The first event that fits, from the moment it was registered."""

    def __init__(self, fits: Callable[[Event], bool]) -> None:
        self._fits = fits
        self._event: asyncio.Future[Event] = asyncio.get_running_loop().create_future()

    async def wait(self, within: float) -> Event | None:
        """Return the event, None when it did not come within so many seconds.

        Raises:
            OutcomeUnknown: the link ended first.
        """
        try:
            async with asyncio.timeout(within):
                return await asyncio.shield(self._event)
        except TimeoutError:
            return None

    def offer(self, event: Event) -> None:
        """Look at an event."""
        if not self._event.done() and self._fits(event):
            self._event.set_result(event)

    def fail(self, cause: str) -> None:
        """End the wait: no event can come any more."""
        if not self._event.done():
            self._event.set_exception(OutcomeUnknown(cause))

    def close(self) -> None:
        """Stop looking."""
        if self._event.done() and not self._event.cancelled():
            self._event.exception()  # seen, whether anybody waited or not
        self._event.cancel()


class Listeners:
    """The listeners of one link."""

    def __init__(self, server_ip: str) -> None:
        self._server_ip = server_ip
        self._expectations: set[Expectation] = set()
        self._subscribed: list[Listener] = []

    @contextlib.contextmanager
    def expect(self, fits: Callable[[Event], bool]) -> Iterator[Expectation]:
        """Look out for an event while the body runs."""
        expectation = Expectation(fits)
        self._expectations.add(expectation)
        try:
            yield expectation
        finally:
            self._expectations.discard(expectation)
            expectation.close()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call a function with every event; return what ends that."""
        self._subscribed.append(listener)
        return lambda: self._subscribed.remove(listener)

    def notify(self, event: Event) -> None:
        """Call every listener; one that fails is logged, and costs the others nothing."""
        for expectation in tuple(self._expectations):
            expectation.offer(event)
        for listener in tuple(self._subscribed):
            self._call(listener, event)

    def fail(self, cause: str) -> None:
        """End every expectation: the connection is gone."""
        for expectation in tuple(self._expectations):
            expectation.fail(cause)

    def _call(self, listener: Listener, event: Event) -> None:
        started = time.monotonic()
        try:
            listener(event)
        except Exception:
            log.exception("a listener failed at event %s of %s", event.name, self._server_ip)
        seconds = time.monotonic() - started
        if seconds > _SLOW:
            log.warning("a listener held events of %s up for %.3f s", self._server_ip, seconds)
