"""Locks inside one process: first come, first served, one per agent, and none left behind."""

from __future__ import annotations

import asyncio

import pytest

from telectl.calls.failures import CallFailure, Failure
from telectl.calls.lock.local_lock import LocalLocks, lock_name


def left_behind(locks: LocalLocks) -> int:
    (kept,) = vars(locks).values()
    return len(kept)


async def test_who_came_first_goes_first() -> None:
    locks, order = LocalLocks(), []

    async def command(number: int) -> None:
        await locks.acquire("1000", 5)
        order.append(number)
        await asyncio.sleep(0)
        locks.release("1000")

    await asyncio.gather(*(command(number) for number in range(20)))
    assert order == list(range(20))
    assert left_behind(locks) == 0


async def test_of_one_agent_one_at_a_time_and_agents_do_not_wait_for_each_other() -> None:
    locks = LocalLocks()
    await locks.acquire("1000", 5)
    await locks.acquire("1001", 0.01)
    with pytest.raises(CallFailure, match=Failure.BUSY):
        await locks.acquire("1000", 0.01)
    locks.release("1000")
    await locks.acquire("1000", 0.01)
    locks.release("1000")
    locks.release("1001")
    assert left_behind(locks) == 0


async def test_who_gives_up_lets_the_next_one_in() -> None:
    locks = LocalLocks()
    await locks.acquire("1000", 5)
    waiting = [asyncio.create_task(locks.acquire("1000", 5)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[1].cancel()
    await asyncio.gather(*waiting[:2], return_exceptions=True)
    locks.release("1000")
    await waiting[2]
    locks.release("1000")
    assert left_behind(locks) == 0


async def test_who_is_cancelled_in_the_moment_of_entering_lets_the_next_one_in() -> None:
    locks = LocalLocks()
    await locks.acquire("1000", 5)
    first, second = (asyncio.create_task(locks.acquire("1000", 5)) for _ in range(2))
    await asyncio.sleep(0)
    locks.release("1000")  # it is the first one's from now on, who does not know it yet
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    async with asyncio.timeout(1):
        await second
    locks.release("1000")
    assert left_behind(locks) == 0


@pytest.mark.parametrize(
    ("spelling", "same"),
    [
        ("anna", True),
        ("ANNA", True),
        ("Anna  ", True),
        (" anna", False),
        ("anna\t", False),
        ("änna", False),
        ("ann", False),
    ],
)
def test_spellings_that_are_one_user_to_mysql_are_one_lock(spelling: str, same: bool) -> None:
    assert (lock_name(spelling) == lock_name("Anna")) is same
