"""What a client named by a key is done once (call-control.md section 13.11).

| state | from | to |
|---|---|---|
| running | the first request with the key | done, unknown; or gone: nothing was done, and the key is free |
| unknown | its outcome is open | done or gone, when telectl has found out |
| done | it was done, or a part of it | gone, a day after it began |

A request that ran when its copy of telectl was killed is unknown for the rest of the day: nobody can say how far it
came.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from dataclasses import dataclass, field

from telectl.calls.requests.sql import (
    BEGIN_REQUEST,
    FINISH_REQUEST,
    FORGET_OLD,
    FREE_REQUEST,
    LEAVE_UNKNOWN,
    NAMED_REQUEST,
    PURGE_REQUESTS,
    WAS_DONE,
    WAS_NOT_DONE,
)
from telectl.calls.timing import Timing
from telectl.database import Database, Write
from telectl.errors import DatabaseError

log = logging.getLogger(__name__)

LONGEST_KEY = 255
"""Characters."""


@dataclass(frozen=True, slots=True)
class Named:
    """A request and its key; whose key it is belongs to it."""

    user: str
    key: str
    function: str
    agent: str
    fingerprint: str
    """64 characters that are the same for the same request."""
    holder: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def request(self) -> str:
        """The key's place in the table: byte by byte, whatever the table's collation takes for the same."""
        return hashlib.sha256(f"{self.user}\0{self.key}".encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of a key that was used before."""

    same: bool
    """For the same request."""
    answer: str | None
    """None: its copy of telectl did not live to tell."""


class NamedRequests:
    """The keys of all copies of telectl on one database."""

    def __init__(self, database: Database, timing: Timing) -> None:
        self._database = database
        self._timing = timing
        self._purging: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to forget old keys."""
        self._purging = asyncio.create_task(self._purge(), name="old named requests")

    async def close(self) -> None:
        """Stop that."""
        if self._purging is not None:
            self._purging.cancel()
            await asyncio.gather(self._purging, return_exceptions=True)

    async def begin(self, named: Named) -> Earlier | None:
        """Take a key; None means that the request is to be done now. While an earlier one runs, wait for its end.

        Raises:
            DatabaseError: nobody knows whether it was done before.
        """
        row = {
            "request": named.request,
            "user": named.user[:20],
            "function": named.function,
            "agent": named.agent[:20],
            "fingerprint": named.fingerprint,
            "holder": named.holder,
        }
        while not (await self._database.write(BEGIN_REQUEST, **row)).matched:
            known = await self._database.one(NAMED_REQUEST, request=named.request)
            if known is None:
                continue  # it was freed just now
            if not known.current:
                await self._database.write(FORGET_OLD, request=named.request)
            elif known.fingerprint != named.fingerprint:
                return Earlier(same=False, answer=None)
            elif known.state != "running" or known.age > self._timing.request_abandoned:
                return Earlier(same=True, answer=known.answer)
            else:
                await asyncio.sleep(self._timing.request_poll)
        return None

    async def finish(self, named: Named, answer: str) -> None:
        """Keep the answer of what was done."""
        await self._write(FINISH_REQUEST, named, answer=answer)

    async def free(self, named: Named) -> None:
        """Free the key: nothing was done."""
        await self._write(FREE_REQUEST, named)

    async def leave_unknown(self, named: Named, answer: str, if_done: str | None) -> None:
        """Keep that nobody knows, and what is to be answered should it turn out to have been done."""
        await self._write(LEAVE_UNKNOWN, named, answer=answer, if_done=if_done)

    async def found_out(self, request: str, *, done: bool) -> None:
        """Write what became of an unknown outcome; `request` is `Named.request`, or empty for one without a key."""
        if request:
            await self._database.write(WAS_DONE if done else WAS_NOT_DONE, request=request)

    async def _write(self, statement: Write, named: Named, **values: str | None) -> None:
        try:
            await self._database.write(statement, request=named.request, holder=named.holder, **values)
        except DatabaseError as error:  # the request itself is done, and its answer goes out
            log.warning("the answer under a key of %s is not kept: %s", named.user, error)

    async def _purge(self) -> None:
        while True:
            try:
                await self._database.write(PURGE_REQUESTS)
            except DatabaseError as error:
                log.debug("old named requests stay: %s", error)
            await asyncio.sleep(self._timing.purge_requests)
