"""What is kept is bounded by number and by age."""

from __future__ import annotations

import asyncio

from telectl.database.cache import TtlCache


async def length(name: str) -> int:
    return len(name)


class Now:
    """A clock that the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_what_is_too_old_is_dropped_when_something_new_is_kept() -> None:
    clock = Now()
    kept = TtlCache(length, seconds=2, now=clock)
    for number in range(100):
        await kept.get(f"name {number}")
    assert len(kept) == 100
    clock.now += 2
    assert await kept.get("new") == 3
    assert len(kept) == 1


async def test_the_oldest_goes_when_there_are_too_many() -> None:
    kept = TtlCache(length, seconds=60, most=3)
    for number in range(10):
        await kept.get(f"name {number}")
    assert len(kept) == 3


class Reads:
    """A look-up that counts, waits when it must, and may fail."""

    def __init__(self) -> None:
        self.count = 0
        self.error: Exception | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, key: str) -> str:
        self.count += 1
        number = self.count
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error
        return f"{key} {number}"


async def test_an_answer_is_kept_for_its_time_and_then_read_again() -> None:
    reads, clock = Reads(), Now()
    kept = TtlCache(reads, seconds=2, now=clock)
    assert [await kept.get("a"), await kept.get("a"), await kept.get("b")] == ["a 1", "a 1", "b 2"]
    clock.now += 1.9
    assert await kept.get("a") == "a 1"
    clock.now += 0.1
    assert await kept.get("a") == "a 3"


async def test_zero_seconds_keep_nothing() -> None:
    reads = Reads()
    kept = TtlCache(reads, seconds=0)
    assert [await kept.get("a"), await kept.get("a")] == ["a 1", "a 2"]
    assert len(kept) == 0


async def test_who_asks_while_it_is_read_shares_the_read_also_when_the_first_one_leaves() -> None:
    reads = Reads()
    reads.may_answer.clear()
    kept = TtlCache(reads, seconds=60)
    asking = [asyncio.create_task(kept.get("a")) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    reads.may_answer.set()
    assert await asyncio.gather(*asking[1:]) == ["a 1"] * 4
    assert asking[0].cancelled()


async def test_a_read_that_failed_fails_all_who_share_it_and_is_not_kept() -> None:
    reads = Reads()
    reads.error = ValueError("away")
    kept = TtlCache(reads, seconds=60)
    asked = await asyncio.gather(*(kept.get("a") for _ in range(3)), return_exceptions=True)
    assert [str(error) for error in asked] == ["away"] * 3
    assert reads.count == 1
    reads.error = None
    assert await kept.get("a") == "a 2"


async def test_a_late_failure_does_not_take_what_was_read_after_it() -> None:
    reads = Reads()
    kept = TtlCache(reads, seconds=60)
    reads.may_answer.clear()
    old = asyncio.create_task(kept.get("a"))
    await asyncio.sleep(0)
    kept.forget("a")
    new = asyncio.create_task(kept.get("a"))
    await asyncio.sleep(0)
    reads.error = ValueError("away")
    reads.may_answer.set()
    await asyncio.gather(old, new, return_exceptions=True)
    reads.error = None
    assert await kept.get("a") == "a 3"
    assert await kept.get("a") == "a 3"


async def test_what_is_forgotten_is_read_again() -> None:
    kept = TtlCache(Reads(), seconds=60)
    await kept.get("a")
    kept.forget("a")
    kept.forget("nobody's")
    assert await kept.get("a") == "a 2"
