"""Side connections for actions that hold their manager session up.

Asterisk answers PlayDTMF only after the digit's duration, and the session neither reads nor sends anything meanwhile:
on the link itself, one agent's digits would delay every event and command of the server (measured: 100 ms a digit).
"""

from __future__ import annotations

import asyncio

from telectl.asterisk.actions import Action
from telectl.asterisk.address import Address, Timeouts
from telectl.asterisk.connection import Connection
from telectl.asterisk.login import log_in
from telectl.asterisk.messages import Event, Response
from telectl.errors import ActionRefused, OutcomeUnknown, ServerUnavailable

MOST = 8
"""Side connections of one link; each carries about ten digits a second."""


class SideConnections:
    """A few connections without events, opened when needed and kept for the next use."""

    def __init__(self, address: Address, timeouts: Timeouts) -> None:
        self._address = address
        self._timeouts = timeouts
        self._slots = asyncio.Semaphore(MOST)
        self._idle: list[Connection] = []

    async def do(self, action: Action, action_id: str) -> Response:
        """Send an action on a connection that nothing else uses meanwhile; the errors are those of `Link.do`."""
        async with self._slots:
            connection = await self._take()
            try:
                return await connection.ask(action, action_id)
            except OutcomeUnknown:
                connection.fail("an action was not answered")
                raise
            finally:
                if not connection.cause:
                    self._idle.append(connection)

    def close(self) -> None:
        """End all side connections that are not in use."""
        while self._idle:
            self._idle.pop().fail("the link was closed")

    async def _take(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.cause:
                return connection
        connection = Connection(self._address, self._timeouts, _no_event, _no_end)
        try:
            await connection.open()
            await log_in(connection, self._address, self._timeouts, "off")
        except (ActionRefused, OutcomeUnknown) as error:
            connection.fail("the login was not completed")
            raise ServerUnavailable(f"{self._address.server_ip}: {error}") from error
        return connection


def _no_event(event: Event) -> None:
    del event


def _no_end(cause: str) -> None:
    del cause
