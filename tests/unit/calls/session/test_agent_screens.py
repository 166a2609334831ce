"""Whether a screen lives: what was not seen is not taken for dead."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from telectl.calls.session.agent_screens import ScreenRow, Screens
from telectl.calls.timing import Timing
from telectl.database import Database
from telectl.errors import DatabaseUnavailable


@dataclass
class Watch:
    """Screens whose clock the test moves; a sample is due each second."""

    now: float = 100.0
    rows: list[ScreenRow] | None = field(default_factory=list)
    screens: Screens = field(init=False)

    def __post_init__(self) -> None:
        self.screens = Screens(cast("Database", self), Timing(), lambda: self.now)

    async def all(self, _: Any) -> list[ScreenRow]:
        if self.rows is None:
            raise DatabaseUnavailable("no answer")
        return self.rows

    async def sample(self, *ids: int | None, screens: int = 1) -> None:
        """Take a sample a second, each with the next random_id; None where the tables cannot be read."""
        for number in ids:
            self.now += 1
            self.rows = None if number is None else [ScreenRow("1000", number, screens)]
            await self.screens.start()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await self.screens.close()

    async def unknown(self) -> bool:
        """Return whether the question waits for a sign."""
        asked = asyncio.ensure_future(self.screens.alive("1000"))
        await asyncio.sleep(0.01)
        waits = not asked.done()
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        return waits


async def test_a_change_of_its_number_is_a_sign_of_life_for_five_seconds() -> None:
    watch = Watch()
    await watch.sample(1, 2)
    assert await watch.screens.alive("1000")
    await watch.sample(2, 2, 2, 2)
    assert await watch.screens.alive("1000")
    await watch.sample(2)
    assert not await watch.screens.alive("1000")


async def test_after_the_start_a_screen_gets_time_to_give_a_sign() -> None:
    watch = Watch()
    assert await watch.unknown()
    await watch.sample(1)
    assert await watch.unknown()
    asked = asyncio.ensure_future(watch.screens.alive("1000"))
    await watch.sample(2)
    assert await asked
    still = Watch()
    await still.sample(1, 1, 1, 1)
    assert not await still.screens.alive("1000")


async def test_an_agent_without_a_screen_is_known_at_once() -> None:
    watch = Watch()
    await watch.sample(1, screens=0)
    assert not await watch.screens.alive("1000")
    assert not await watch.screens.alive("nobody")


async def test_a_screen_that_could_not_be_looked_at_is_not_dead() -> None:
    watch = Watch()
    await watch.sample(1, 2, None, None)
    assert await watch.screens.alive("1000")
    await watch.sample(*[None] * int(Timing().screen_alive))
    with pytest.raises(DatabaseUnavailable):
        await watch.screens.alive("1000")
    await watch.sample(9)  # the first look after it: whatever happened meanwhile, nothing is concluded
    assert await watch.unknown()
    await watch.sample(10)
    assert await watch.screens.alive("1000")
