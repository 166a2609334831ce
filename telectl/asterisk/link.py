"""The link to one Asterisk: kept for ever, re-opened when it ends, watched by a heartbeat."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Iterator

from telectl.asterisk.actions import (
    Action,
    ConfbridgeList,
    ConfbridgeListRooms,
    CoreShowChannels,
    MeetmeList,
    Ping,
    ShowDialplan,
)
from telectl.asterisk.address import Address, Timeouts
from telectl.asterisk.connection import Connection
from telectl.asterisk.live_state import MOST_CHANNELS, LiveState
from telectl.asterisk.login import log_in
from telectl.asterisk.messages import Event, Response
from telectl.asterisk.side_connections import SideConnections
from telectl.errors import ActionRefused, AsteriskError, OutcomeUnknown, ServerUnavailable

log = logging.getLogger(__name__)

EVENTS = "system,call"
"""FullyBooted, and what happens to channels, bridges and rooms; not dialplan or dtmf, which are many and not needed."""
_SLOW = 0.05
"""Seconds in one listener that are worth a warning: it holds the reader up."""

Listener = Callable[[Event], None]


class Expectation:
    """The first event that fits, from the moment it was registered."""

    def __init__(self, fits: Callable[[Event], bool]) -> None:
        self._fits = fits
        self._event: asyncio.Future[Event] = asyncio.get_running_loop().create_future()

    async def wait(self, within: float) -> Event | None:
        """Return the event, None when it did not come in time.

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


class Link:
    """One server's link. `usable`: logged in, and the live state is loaded; else `trouble` says why not."""

    def __init__(self, address: Address, timeouts: Timeouts) -> None:
        self.address = address
        self.state = LiveState()
        self.trouble = "not connected yet"
        self.slow_listeners = 0
        """How often a listener held the reader up."""
        self._timeouts = timeouts
        self._side_connections = SideConnections(address, timeouts)
        self._connection: Connection | None = None
        self._tried = asyncio.Event()
        self._ended = asyncio.Event()
        self._booted = asyncio.Event()
        self._expectations: set[Expectation] = set()
        self._listeners: list[Listener] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def server_ip(self) -> str:
        """The name that the database knows the server by."""
        return self.address.server_ip

    @property
    def usable(self) -> bool:
        """Return whether commands can be sent now."""
        return self._connection is not None and not self._connection.cause and self.state.fresh

    async def start(self) -> None:
        """Begin to connect, and return at once."""
        self._task = asyncio.create_task(self._keep(), name=f"link to {self.server_ip}")

    async def tried(self, within: float) -> bool:
        """Wait until the first attempt to get in has ended well or badly, and return whether the link is usable."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._tried.wait()
        return self.usable

    async def close(self) -> None:
        """End the link for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._side_connections.close()
        if self._connection is not None:
            self._connection.fail("the link was closed")

    async def do(self, action: Action, *, action_id: str = "") -> Response:
        """Send an action and give Asterisk's answer; `action_id` begins the ActionID.

        Raises:
            ServerUnavailable, UnsafeValue: nothing was sent.
            ActionRefused: Asterisk's words.
            OutcomeUnknown: sent, and then no answer came.
        """
        return await self._usable().ask(action, action_id)

    async def do_on_side_connection(self, action: Action, *, action_id: str = "") -> Response:
        """Do an action that Asterisk answers late (PlayDTMF) without holding the link up; the errors are the same."""
        self._usable()
        return await self._side_connections.do(action, action_id)

    async def list(self, action: Action, *, action_id: str = "") -> list[Event]:
        """Send a list action and give its rows; the errors are those of `do`."""
        return await self._usable().listing(action, action_id)

    async def extension_exists(self, context: str, exten: str) -> bool:
        """Return whether the dialplan has an extension, by pattern and include, too."""
        try:
            return bool(await self.list(ShowDialplan(context, exten)))
        except ActionRefused as refusal:
            if "did not find" in str(refusal).lower():
                return False
            raise

    @contextlib.contextmanager
    def expect(self, fits: Callable[[Event], bool]) -> Iterator[Expectation]:
        """Look out for an event from now on, so that none is missed between an action and its effect."""
        expectation = Expectation(fits)
        self._expectations.add(expectation)
        try:
            yield expectation
        finally:
            self._expectations.discard(expectation)
            expectation.close()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call a function with every event; give what ends that. It must not block: it runs in the reader."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _usable(self) -> Connection:
        if self._connection is None or not self.usable:
            raise ServerUnavailable(f"{self.server_ip}: {self.trouble or 'not ready'}")
        return self._connection

    async def _keep(self) -> None:
        """Connect, serve until the end, wait, and again."""
        backoff = self._timeouts.backoff_first
        while True:
            try:
                await self._serve()
                backoff = self._timeouts.backoff_first  # it had worked
                pause = backoff
            except ActionRefused as refusal:
                self._in_trouble(f"login refused: {refusal}")
                pause = self._timeouts.refused_login
            except AsteriskError as error:
                self._in_trouble(str(error))
                backoff = min(backoff * 2, self._timeouts.backoff_most)
                pause = backoff
            await asyncio.sleep(pause * random.uniform(0.8, 1.0))  # noqa: S311 - jitter

    async def _serve(self) -> None:
        """Live through one connection; return when a connection that had worked has ended."""
        self._ended.clear()
        self._booted.clear()
        self.state.forget()
        connection = self._connection = Connection(self.address, self._timeouts, self._take, self._end)
        try:
            await connection.open()
            await log_in(connection, self.address, self._timeouts, EVENTS)
            await self._wait_until_booted()
            await self._load(connection)
        except OutcomeUnknown as error:
            raise ServerUnavailable(str(error)) from error
        finally:
            if not self.state.fresh:
                connection.fail("the login was not completed")
        self.trouble = ""
        self._tried.set()
        log.info("Asterisk %s is usable: %d channels", self.server_ip, len(list(self.state.channels())))
        await self._watch(connection)

    async def _wait_until_booted(self) -> None:
        try:
            async with asyncio.timeout(self._timeouts.booted):
                await self._booted.wait()
        except TimeoutError:
            log.info("Asterisk %s did not say that it is fully booted", self.server_ip)

    async def _load(self, connection: Connection) -> None:
        """Fill the live state: the rows reach it through `_take`, in the stream's order."""
        await connection.listing(CoreShowChannels())
        for room in await _rows_or_none(connection, ConfbridgeListRooms()):
            await _rows_or_none(connection, ConfbridgeList(room["Conference"]))
        await _rows_or_none(connection, MeetmeList())
        self.state.fresh = True

    async def _watch(self, connection: Connection) -> None:
        """Ping until the connection ends."""
        ended = asyncio.ensure_future(self._ended.wait())
        while True:
            await asyncio.wait({ended}, timeout=self._timeouts.heartbeat)
            if ended.done():
                return
            try:
                await connection.ask(Ping())
            except AsteriskError as error:
                connection.fail(f"no sign of life: {error}")

    def _take(self, event: Event) -> None:
        if event.name == "FullyBooted":
            self._booted.set()
        self.state.apply(event)
        if self.state.size > MOST_CHANNELS and self._connection is not None:
            self._connection.fail(f"it tells of more than {MOST_CHANNELS} channels")
        for expectation in tuple(self._expectations):
            expectation.offer(event)
        for listener in tuple(self._listeners):
            self._call(listener, event)

    def _call(self, listener: Listener, event: Event) -> None:
        started = time.monotonic()
        try:
            listener(event)
        except Exception:
            log.exception("a listener failed at event %s of %s", event.name, self.server_ip)
        if time.monotonic() - started > _SLOW:
            self.slow_listeners += 1
            log.warning("a listener held events of %s up for %.3f s", self.server_ip, time.monotonic() - started)

    def _end(self, cause: str) -> None:
        was_usable = self.state.fresh
        self.state.forget()
        for expectation in tuple(self._expectations):
            expectation.fail(cause)
        self._side_connections.close()
        self._ended.set()
        if was_usable:
            self._in_trouble(cause)

    def _in_trouble(self, words: str) -> None:
        if words != self.trouble:
            log.warning("Asterisk %s: %s", self.server_ip, words)
        self.trouble = words
        self._tried.set()


async def _rows_or_none(connection: Connection, action: Action) -> list[Event]:
    """List what may not be there: no room, no such module."""
    try:
        return await connection.listing(action)
    except ActionRefused:
        return []
