"""The link to one Asterisk: kept for ever, re-opened when it ends, watched by a heartbeat."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable

from telectl.asterisk.actions import Action
from telectl.asterisk.address import Address, Timeouts
from telectl.asterisk.connection import Connection
from telectl.asterisk.connection_state import ConnectionState
from telectl.asterisk.listeners import Expectation, Listener, Listeners
from telectl.asterisk.live_state import MOST_CHANNELS, LiveState
from telectl.asterisk.login import log_in
from telectl.asterisk.messages import Event, Response
from telectl.asterisk.opening import load, watch
from telectl.asterisk.side_connections import SideConnections
from telectl.errors import AsteriskError, LoginRefused, OutcomeUnknown, ServerUnavailable

log = logging.getLogger(__name__)

EVENTS = "system,call"
"""FullyBooted, and what happens to channels, bridges and rooms; not dialplan or dtmf, which are many and not needed."""


class Link:
    """One server's link, in one of the states of `ConnectionState`; `state` is what it knows of the server's calls."""

    def __init__(self, address: Address, timeouts: Timeouts) -> None:
        self.address = address
        self.state = LiveState()
        self.connection_state = ConnectionState.NOT_STARTED
        self.trouble = "not connected yet"
        """Why it is not usable; empty while it is."""
        self._timeouts = timeouts
        self._listeners = Listeners(address.server_ip)
        self._side_connections = SideConnections(address, timeouts)
        self._connection: Connection | None = None
        self._tried = asyncio.Event()
        self._booted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def server_ip(self) -> str:
        """The name that the database knows the server by."""
        return self.address.server_ip

    @property
    def usable(self) -> bool:
        """Return whether commands can be sent now."""
        return self.connection_state is ConnectionState.USABLE

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
        self._enter(ConnectionState.CLOSED, "the link was closed")
        self._side_connections.close()
        if self._connection is not None:
            self._connection.fail(self.trouble)

    async def do(self, action: Action, *, action_id: str = "") -> Response:
        """Send an action and return Asterisk's answer; `action_id` begins the ActionID.

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
        """Send a list action and return its rows; the errors are those of `do`."""
        return await self._usable().listing(action, action_id)

    def expect(self, fits: Callable[[Event], bool]) -> contextlib.AbstractContextManager[Expectation]:
        """Look out for an event from now on, so that none is missed between an action and its effect."""
        return self._listeners.expect(fits)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call a function with every event; return what ends that. It must not block: it runs in the reader."""
        return self._listeners.subscribe(listener)

    def _usable(self) -> Connection:
        if self._connection is None or not self.usable:
            raise ServerUnavailable(f"{self.server_ip}: {self.trouble}")
        return self._connection

    async def _keep(self) -> None:
        """Connect, serve until the end, wait, and again."""
        backoff = self._timeouts.backoff_first
        refused = self._timeouts.refused_login
        while True:
            try:
                await self._serve()
                # it had worked: a login that is refused next is refused by an Asterisk which stops or starts
                backoff = pause = self._timeouts.backoff_first
                refused = min(backoff, self._timeouts.refused_login)
            except LoginRefused as refusal:
                self._enter(ConnectionState.IN_TROUBLE, f"login refused: {refusal}")
                pause = refused
                refused = min(refused * 2, self._timeouts.refused_login)
            except AsteriskError as error:
                self._enter(ConnectionState.IN_TROUBLE, str(error))
                backoff = min(backoff * 2, self._timeouts.backoff_most)
                pause = backoff
            await asyncio.sleep(pause * random.uniform(0.8, 1.0))  # noqa: S311 - jitter

    async def _serve(self) -> None:
        """Live through one connection; return when a connection that had worked has ended."""
        connection = self._connection = Connection(self.address, self._timeouts, self._take, self._lose)
        try:
            await self._open(connection)
        except OutcomeUnknown as error:
            raise ServerUnavailable(str(error)) from error
        finally:
            if not self.usable:
                connection.fail("the login was not completed")
        await watch(connection, self._timeouts.heartbeat)

    async def _open(self, connection: Connection) -> None:
        """Take a connection from nothing to usable.

        Raises:
            LoginRefused: in Asterisk's words.
            AsteriskError: no connection, no answer, or the connection ended.
        """
        self._booted.clear()
        self.state.forget()
        self._enter(ConnectionState.CONNECTING)
        await connection.open()
        self._enter(ConnectionState.LOGGING_IN)
        await log_in(connection, self.address, self._timeouts, EVENTS)
        await self._wait_until_booted()
        self._enter(ConnectionState.LOADING)
        await load(connection)
        self._enter(ConnectionState.USABLE, "")
        log.info("Asterisk %s is usable: %d channels", self.server_ip, self.state.size)

    async def _wait_until_booted(self) -> None:
        try:
            async with asyncio.timeout(self._timeouts.booted):
                await self._booted.wait()
        except TimeoutError:
            log.info("Asterisk %s did not say that it is fully booted", self.server_ip)

    def _take(self, event: Event) -> None:
        if event.name == "FullyBooted":
            self._booted.set()
        self.state.apply(event)
        if self.state.size > MOST_CHANNELS and self._connection is not None:
            self._connection.fail(f"it tells of more than {MOST_CHANNELS} channels")
        self._listeners.notify(event)

    def _lose(self, cause: str) -> None:
        """Take the end of the connection; an attempt that was not usable yet says itself what went wrong."""
        if self.usable:
            self._enter(ConnectionState.IN_TROUBLE, cause)
        self.state.forget()
        self._listeners.fail(cause)
        self._side_connections.close()

    def _enter(self, state: ConnectionState, trouble: str | None = None) -> None:
        """Change the state; an attempt that is over says with which trouble, empty for none."""
        self.connection_state = state
        if trouble is not None:
            if state is ConnectionState.IN_TROUBLE and trouble != self.trouble:
                log.warning("Asterisk %s: %s", self.server_ip, trouble)
            self.trouble = trouble
            self._tried.set()
