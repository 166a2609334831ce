"""Whether an agent's VICIdial screen is alive (call-control.md section 13.6)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from telectl.database import Database, Select
from telectl.errors import DatabaseError

log = logging.getLogger(__name__)

ALIVE_FOR = 5.0
"""Seconds after its last sign in which a screen counts as alive."""
_LOOK_EVERY = 1.0


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
    """Samples the agents' screens once a second."""

    def __init__(self, database: Database, now: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._now = now
        self._last_id: dict[str, int | None] = {}
        self._last_sign: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start to sample."""
        self._task = asyncio.create_task(self._sample(), name="agents' screens")

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def alive(self, user: str) -> bool:
        """Tell whether the agent's screen gave a sign within the last five seconds."""
        sign = self._last_sign.get(user.lower())
        return sign is not None and self._now() - sign < ALIVE_FOR

    def look(self, rows: list[ScreenRow]) -> None:
        """Take one sample."""
        seen = {row.user.lower(): row for row in rows}
        for user, row in seen.items():
            before = self._last_id.get(user, row.random_id)
            if row.screens and before != row.random_id:
                self._last_sign[user] = self._now()
            self._last_id[user] = row.random_id
        for user in self._last_id.keys() - seen.keys():
            del self._last_id[user]
            self._last_sign.pop(user, None)

    async def _sample(self) -> None:
        while True:
            try:
                self.look(await self._database.all(SCREENS))
            except DatabaseError as error:
                log.debug("screens not sampled: %s", error)
            await asyncio.sleep(_LOOK_EVERY)
