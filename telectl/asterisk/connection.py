"""One TCP connection to a manager interface, from its banner to its end; it lives once.

Built on panoramisk's Manager and AMIProtocol. What is replaced, and why (tests/integration/asterisk):

| panoramisk 1.4 | here |
|---|---|
| re-sends unanswered actions after a reconnect | a connection sends only what was asked of it |
| guesses an action's end from its answer's text | the first response ends it, `EventList: Complete` a list |
| swallows events that bear a pending ActionID | every event is dispatched, a list's rows too |
| decodes chunk by chunk and re-splits | `Framer` |
| an exception in an event handler kills the link | it is logged |
| keeps answers of cancelled actions for ever | a pending entry ends with its wait |
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from telectl.asterisk.actions import Action
from telectl.asterisk.address import Address, Timeouts
from telectl.asterisk.framing import FrameError, Framer
from telectl.asterisk.messages import Event, Message, Response
from telectl.errors import ActionRefused, OutcomeUnknown, ServerUnavailable
from telectl.unreachable import why_not

log = logging.getLogger(__name__)

LONGEST_LIST = 4 << 20
"""Bytes of a list's rows; those of five thousand channels are fewer."""


@dataclass(slots=True)
class _Pending:
    """An action that waits for its answer, and for a list's rows."""

    answer: asyncio.Future[Response]
    is_list: bool
    rows: list[Event] = field(default_factory=list)
    started: Response | None = None
    size: int = 0
    """Bytes of the rows."""


class Protocol(AMIProtocol):  # type: ignore[misc] # panoramisk is untyped
    """Feeds a connection with messages."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._framer = Framer()

    def data_received(self, data: bytes) -> None:
        """Take bytes from the network."""
        self._connection.heard += 1
        try:
            for frame in self._framer.feed(data):
                self._connection.take(Message.parse(frame), len(frame))
        except FrameError as error:
            self._connection.fail(str(error))

    def connection_lost(self, exc: BaseException | None) -> None:
        """Take the end of the connection."""
        self._connection.fail("the connection was closed" if exc is None else f"the connection broke: {exc}")


class Connection(Manager):  # type: ignore[misc] # panoramisk is untyped
    """One connection; `on_event` gets every event in order, `on_end` the cause of its end, once."""

    def __init__(
        self,
        address: Address,
        timeouts: Timeouts,
        on_event: Callable[[Event], None],
        on_end: Callable[[str], None],
    ) -> None:
        super().__init__(host=address.host, port=address.port, ssl=address.tls)
        self.cause = ""
        """Why it ended; empty while it lives."""
        self.ended = asyncio.Event()
        self._address = address
        self._timeouts = timeouts
        self._on_event = on_event
        self._on_end = on_end
        self.heard = 0
        """How often bytes have come."""
        self._pending: dict[str, _Pending] = {}
        self._number = 0

    async def open(self) -> None:
        """Connect.

        Raises:
            ServerUnavailable: nobody answers there.
        """
        context = ssl.create_default_context() if self._address.tls else None
        where = f"{self._address.host}:{self._address.port}"
        try:
            async with asyncio.timeout(self._timeouts.connect):
                _, self.protocol = await asyncio.get_running_loop().create_connection(
                    lambda: Protocol(self), self._address.host, self._address.port, ssl=context
                )
        except TimeoutError:
            words = f"no connection to {where} within {self._timeouts.connect:g} s: a firewall, or a wrong address"
            raise ServerUnavailable(words) from None
        except OSError as error:
            raise ServerUnavailable(f"no connection to {where}: {why_not(error)}") from None
        except (UnicodeError, OverflowError) as error:  # the table servers may hold any host and port
            raise ServerUnavailable(f"no connection to {where}: {why_not(error)}") from None

    async def ask(self, action: Action, action_id: str = "", deadline: float | None = None) -> Response:
        """Send an action and return its answer.

        Raises:
            UnsafeValue, ServerUnavailable: nothing was sent.
            ActionRefused: Asterisk's words.
            OutcomeUnknown: no answer within the deadline, or the connection ended.
        """
        pending = await self._send(action, action_id, deadline or self._timeouts.action, is_list=False)
        return pending.answer.result()

    async def listing(self, action: Action, action_id: str = "") -> list[Event]:
        """Send a list action and return its rows."""
        pending = await self._send(action, action_id, self._timeouts.list, is_list=True)
        return pending.rows

    async def _send(self, action: Action, action_id: str, deadline: float, *, is_list: bool) -> _Pending:
        self._number += 1
        identity = f"{action_id or 'telectl'}/{self._number}"
        encoded = action.encode(identity)
        self.require()
        pending = _Pending(asyncio.get_running_loop().create_future(), is_list)
        self._pending[identity] = pending
        try:
            self.protocol.transport.write(encoded)
            async with asyncio.timeout(deadline):
                await asyncio.shield(pending.answer)
        except TimeoutError:
            raise OutcomeUnknown(f"no answer to {action.name} within {deadline:g} s") from None
        finally:
            del self._pending[identity]
            pending.answer.cancel()
        return pending

    def require(self) -> None:
        """Raise unless it is open.

        Raises:
            ServerUnavailable: why it ended.
        """
        if self.cause or self.protocol is None:
            raise ServerUnavailable(self.cause or "not connected")

    def take(self, message: Message, size: int) -> None:
        """Take one message of so many bytes; what comes behind the end is not looked at."""
        if self.cause:
            return
        pending = self._pending.get(message["ActionID"])
        if not message.is_event:
            if pending is not None:
                _answered(pending, message)
            return
        if pending is not None and pending.is_list:
            _row(pending, message)
            pending.size += size
            if pending.size > LONGEST_LIST:
                self.fail("a list without an end")
                return
        self.dispatch(message)

    def dispatch(self, event: Event) -> list[str]:
        """Return an event to the link; its failure is logged and ends nothing."""
        try:
            self._on_event(event)
        except Exception:
            log.exception("event %s of %s", event.name, self._address.server_ip)
        return []

    def fail(self, cause: str) -> None:
        """End the connection; the first cause is kept, and everything that waits fails with it."""
        if self.cause:
            return
        self.cause = cause
        if self.protocol is not None:
            self.protocol.transport.abort()
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(OutcomeUnknown(cause))
        self.ended.set()
        self._on_end(cause)


def _answered(pending: _Pending, response: Response) -> None:
    if pending.answer.done():
        return
    if response["Response"] not in ("Success", "Goodbye", "Follows"):
        pending.answer.set_exception(ActionRefused(response["Message"] or response["Response"]))
    elif pending.is_list and response["EventList"].lower() == "start":
        pending.started = response
    else:
        pending.answer.set_result(response)


def _row(pending: _Pending, event: Event) -> None:
    if event["EventList"].lower() == "complete":
        if not pending.answer.done():
            pending.answer.set_result(pending.started or event)
    else:
        pending.rows.append(event)
