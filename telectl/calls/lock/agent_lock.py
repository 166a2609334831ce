"""One command at a time per agent, across all copies of telectl (call-control.md section 13.8).

A lock is a lease on the agent's row of telectl_locks, taken by one conditional UPDATE. Commands of one copy queue up
inside it first, so that it does not poll the database against itself. The lease outlives a copy that was killed by
`Timing.lease` at most; a living one renews it for as long as its command takes, and only its holder ends it.

Beside the lease stands what was done last, so that an identical command right after it, on whichever copy, finds the
answer instead of doing the same again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from telectl.calls.failures import CallFailure, Failure
from telectl.calls.lock.local_lock import LocalLocks, lock_name
from telectl.calls.lock.sql import (
    FIRST_LOCK,
    LAST_ANSWER,
    LOCK,
    LONGEST_ANSWER,
    RELEASE_LOCK,
    RELEASE_LOCK_DONE,
    RENEW_LOCK,
    TAKE_LOCK,
)
from telectl.calls.timing import Timing
from telectl.database import Database
from telectl.errors import DatabaseError, DatabaseUnavailable, StatementFailed

log = logging.getLogger(__name__)

_NO_COMMAND = "-"


@dataclass(slots=True)
class AgentLock:
    """An agent's lock, while it is held."""

    agent: str
    holder: str
    leased: bool = False
    """Not, where nobody bears the agent's name: a command will find nobody to command."""
    command: str = _NO_COMMAND
    earlier_answer: str | None = None
    """What the identical command answered that was done just now."""
    answer: str | None = None

    def remember(self, answer: str) -> None:
        """Keep the answer of the command that was done, for an identical one."""
        if len(answer) <= LONGEST_ANSWER:
            self.answer = answer
        else:
            log.warning("an answer of %d characters is not remembered", len(answer))


class AgentLocks:
    """The agents' locks."""

    def __init__(self, database: Database, timing: Timing) -> None:
        self._database = database
        self._timing = timing
        self._local = LocalLocks()
        self._process = secrets.token_hex(12)
        self._numbers = count(1)
        self._held: dict[tuple[asyncio.Task[object] | None, str], AgentLock] = {}
        """By the task that holds it."""

    async def start(self) -> None:
        """Log at once that the table cannot be used, if so: commands that need it will be refused."""
        with contextlib.suppress(DatabaseUnavailable):  # it may come later
            try:
                await self._database.write(RELEASE_LOCK, agent="", holder="")
            except StatementFailed as error:
                log.warning("call commands will be refused, see `telectl check`: %s", error)

    @asynccontextmanager
    async def hold(self, user: str, command: str | None = None) -> AsyncIterator[AgentLock]:
        """Hold the agent's lock; re-entrant for the task that holds it.

        `command` (64 characters at most) stands for everything that makes two commands identical.

        Raises:
            CallFailure: an earlier command was still running after a second, or telectl_locks cannot be used.
            DatabaseUnavailable: the database cannot be asked.
        """
        key = asyncio.current_task(), lock_name(user)
        if key in self._held:
            yield self._held[key]
            return
        until = time.monotonic() + self._timing.lock_wait
        await self._local.acquire(user, self._timing.lock_wait)
        try:
            lock = await self._acquire(user, command or _NO_COMMAND, until)
            renewing = asyncio.create_task(self._renew(lock), name=f"lock of agent {user}")
            self._held[key] = lock
            try:
                yield lock
            finally:
                del self._held[key]
                renewing.cancel()
                await asyncio.shield(self._release(lock))
        finally:
            self._local.release(user)

    async def _acquire(self, agent: str, command: str, until: float) -> AgentLock:
        try:
            return await self._lease(AgentLock(agent, f"{self._process}-{next(self._numbers)}", command=command), until)
        except StatementFailed as error:
            raise CallFailure(Failure.NO_LOCKS, str(error)) from error

    async def _lease(self, lock: AgentLock, until: float) -> AgentLock:
        place = {"agent": lock.agent, "holder": lock.holder, "lease": self._timing.lease}
        taking = {**place, "command": lock.command, "window": self._timing.repeated}
        first_look = True
        while not (taken := await self._database.write(TAKE_LOCK, **taking)).matched:
            if first_look:
                if (await self._database.write(FIRST_LOCK, **place)).matched:
                    lock.leased = True
                    return lock
                if await self._database.one(LOCK, agent=lock.agent) is None:
                    return lock
                first_look = False
            pause = random.uniform(0.5, 1.5) * self._timing.lock_poll  # noqa: S311 - jitter
            if time.monotonic() + pause > until:
                raise CallFailure(Failure.BUSY, "another copy of telectl holds the lock")
            await asyncio.sleep(pause)
        lock.leased = True
        if taken.last_id:
            earlier = await self._database.one(LAST_ANSWER, agent=lock.agent, holder=lock.holder)
            lock.earlier_answer = earlier.last_answer if earlier else None
        return lock

    async def _renew(self, lock: AgentLock) -> None:
        while lock.leased:
            await asyncio.sleep(self._timing.renew)
            try:
                await self._database.write(RENEW_LOCK, agent=lock.agent, holder=lock.holder, lease=self._timing.lease)
            except DatabaseError as error:
                log.warning("the lock of agent %s was not renewed: %s", lock.agent, error)

    async def _release(self, lock: AgentLock) -> None:
        """End the lease and keep the answer in one statement; what was done stays done if that fails."""
        if not lock.leased:
            return
        place = {"agent": lock.agent, "holder": lock.holder}
        try:
            if lock.answer is None:
                ended = await self._database.write(RELEASE_LOCK, **place)
            else:
                ended = await self._database.write(RELEASE_LOCK_DONE, **place, command=lock.command, answer=lock.answer)
        except DatabaseError as error:
            log.warning("the lock of agent %s ends by itself in %g s: %s", lock.agent, self._timing.lease, error)
            return
        if not ended.matched:
            log.warning("the lock of agent %s had run out: its command took too long", lock.agent)
