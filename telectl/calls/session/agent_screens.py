"""Whether an agent's VICIdial screen is alive (call-control.md section 13.6)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from telectl.calls.timing import Timing
from telectl.database import Database, Select
from telectl.errors import DatabaseError, DatabaseUnavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScreenRow:
    """What a living screen changes about once a second: random_id."""

    user: str
    random_id: int | None
    screens: int = field(
        metadata={
            "sql": "(SELECT COUNT(*) FROM web_client_sessions WHERE web_client_sessions.extension"
            " = SUBSTRING_INDEX(vicidial_live_agents.extension, '/', -1)"
            " AND web_client_sessions.server_ip = vicidial_live_agents.server_ip)"
        }
    )


SCREENS = Select("agents' screens", ScreenRow, "FROM vicidial_live_agents WHERE extension NOT LIKE 'R/%%'")


class Screens:
    """Samples the agents' screens once a second.

    What was not seen is not taken for dead: after the start, and after a time in which the tables could not be read, a
    screen gets a few seconds to give a sign.
    """

    def __init__(self, database: Database, timing: Timing, now: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._timing = timing
        self._now = now
        self._last_id: dict[str, int | None] = {}
        self._last_sign: dict[str, float] = {}
        self._watched: dict[str, float] = {}
        """Since when each agent has had a screen, as far as samples without a gap tell."""
        self._looked: float | None = None
        self._trouble: DatabaseError | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start to sample."""
        self._task = asyncio.create_task(self._sample(), name="agents' screens")

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def alive(self, user: str) -> bool:
        """Return whether the agent's screen gave a sign within the last five seconds.

        Raises:
            DatabaseError: the tables cannot be read, so that nobody knows.
        """
        patience = self._now() + self._timing.screen_sign
        while (known := self._known(user.lower())) is None:
            if self._now() > patience:
                raise self._trouble or DatabaseUnavailable("the agents' screens were not read in time")
            await asyncio.sleep(self._timing.screen_unknown)
        return known

    def _known(self, user: str) -> bool | None:
        """Return whether the screen lives; None while it may yet give a sign."""
        now = self._now()
        if self._trouble is not None and (self._looked is None or now - self._looked > self._timing.screen_alive):
            raise self._trouble
        if self._looked is None:
            return None
        sign = self._last_sign.get(user)
        if sign is not None and now - sign < self._timing.screen_alive:
            return True
        since = self._watched.get(user)
        return None if since is not None and now - since < self._timing.screen_sign else False

    def look(self, rows: list[ScreenRow]) -> None:
        """Take one sample."""
        now = self._now()
        if self._looked is not None and now - self._looked > self._timing.screen_alive:  # a gap: nobody knows
            self._last_id, self._last_sign, self._watched = {}, {}, {}
        self._looked, self._trouble = now, None
        seen = {row.user.lower(): row for row in rows}
        for user, row in seen.items():
            before = self._last_id.get(user, row.random_id)
            if row.screens and before != row.random_id:
                self._last_sign[user] = now
        self._last_id = {user: row.random_id for user, row in seen.items()}
        self._last_sign = {user: at for user, at in self._last_sign.items() if user in seen}
        self._watched = {user: self._watched.get(user, now) for user, row in seen.items() if row.screens}

    async def _sample(self) -> None:
        while True:
            try:
                self.look(await self._database.all(SCREENS))
            except DatabaseError as error:
                if self._trouble is None:
                    log.warning("agents' screens not read: %s", error)
                self._trouble = error
            await asyncio.sleep(self._timing.screen_poll)
