"""A client of both copies: sends one request, waits as long as it likes, and writes down what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import ClientConnectionError, ClientConnectorError, ClientError, ClientSession, ClientTimeout

from ledger.copies import Copy
from ledger.records import Asked, Ledger, Said

PATIENCE = 15.0
"""Seconds after which a request that has no answer hangs."""
_LOGIN = {"user": "6666", "pass": "1234"}


class Client:
    """Sends requests to a copy, on kept connections."""

    def __init__(self, ledger: Ledger, copies: Mapping[str, Copy], sessions: Mapping[str, ClientSession]) -> None:
        self._ledger = ledger
        self._copies = copies
        self._sessions = sessions

    async def ask(self, asked: Asked, patience: float = PATIENCE) -> Asked:
        """Send a request and wait so many seconds for its answer; with less patience than PATIENCE it may go on."""
        asked.at = time.monotonic()
        self._ledger.asked.append(asked)
        form = {**_LOGIN, "source": asked.id, "function": asked.function, "agent_user": asked.agent, **asked.sent}
        url = f"{self._copies[asked.copy].base}/agc/api.php"
        try:
            async with (
                asyncio.timeout(patience),
                # POST, for aiohttp sends a GET twice when a kept connection has ended
                self._sessions[asked.copy].post(url, data=form, headers={"X-Request-Id": asked.id}) as response,
            ):
                asked.answer = await response.text()
                asked.status = response.status
        except TimeoutError:
            asked.failure = Said.GAVE_UP
        except ClientConnectorError:
            asked.failure = Said.REFUSED_CONNECTION
        except (ClientConnectionError, ClientError, OSError):
            asked.failure = Said.LOST
        asked.answered = time.monotonic()
        return asked


@asynccontextmanager
async def client_of(ledger: Ledger, copies: Mapping[str, Copy]) -> AsyncIterator[Client]:
    """Open a client, and close it."""
    async with AsyncExitStack() as stack:
        sessions = {
            name: await stack.enter_async_context(ClientSession(timeout=ClientTimeout(total=None))) for name in copies
        }
        yield Client(ledger, copies, sessions)
