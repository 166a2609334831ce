"""What is kept is bounded by number and by age."""

from __future__ import annotations

import asyncio

from telectl.database.cache import TtlCache


async def length(name: str) -> int:
    return len(name)


async def test_what_is_too_old_is_dropped_when_something_new_is_kept() -> None:
    kept = TtlCache(length, seconds=0.02)
    for number in range(100):
        await kept.get(f"name {number}")
    assert len(kept) == 100
    await asyncio.sleep(0.05)
    assert await kept.get("new") == 3
    assert len(kept) == 1


async def test_the_oldest_goes_when_there_are_too_many() -> None:
    kept = TtlCache(length, seconds=60, most=3)
    for number in range(10):
        await kept.get(f"name {number}")
    assert len(kept) == 3
