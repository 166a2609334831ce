import asyncio

import pytest
from lab.until import until

from telectl.auth.guess_queue import LoginQueue
from telectl.errors import TooManyGuesses


async def test_one_of_a_site_is_judged_at_a_time_and_four_of_all() -> None:
    queue = LoginQueue()
    now: list[str] = []
    most_of_site = most = 0

    async def judge(site: str) -> None:
        nonlocal most_of_site, most
        async with queue.hold(site):
            now.append(site)
            most_of_site = max(most_of_site, now.count(site))
            most = max(most, len(now))
            await asyncio.sleep(0.001)
            now.remove(site)

    await asyncio.gather(*(judge(f"site{number % 10}") for number in range(100)))
    assert (most_of_site, most) == (1, 4)
    assert not vars(queue)["_sites"]


async def test_a_full_queue_and_a_long_wait_are_refused_and_leave_nothing_behind() -> None:
    queue = LoginQueue(longest_wait=0.05)
    done = asyncio.Event()

    async def judge() -> None:
        async with queue.hold("site"):
            await done.wait()

    first = asyncio.create_task(judge())
    await asyncio.sleep(0)
    others = [asyncio.create_task(judge()) for _ in range(999)]
    await asyncio.sleep(0)
    assert queue.length("site") == 1000
    with pytest.raises(TooManyGuesses):
        await judge()
    refused = await asyncio.gather(*others, return_exceptions=True)
    assert all(isinstance(error, TooManyGuesses) for error in refused)
    done.set()
    await first
    assert queue.length("site") == 0
    await asyncio.wait_for(judge(), 1)


async def test_a_pause_holds_up_its_own_site_only() -> None:
    queue = LoginQueue()

    async def judge(site: str, pause: float = 0.0) -> None:
        async with queue.hold(site) as turn:
            turn.pause = pause

    slow = [asyncio.create_task(judge(f"slow{number}", 3600)) for number in range(8)]
    await until(lambda: queue.length("slow7"))
    await judge("other")
    assert not any(task.done() for task in slow)
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    assert queue.length("slow7") == 0


async def test_what_goes_wrong_in_a_turn_frees_it() -> None:
    queue = LoginQueue()
    for _ in range(10):
        with pytest.raises(ZeroDivisionError):
            async with queue.hold("site"):
                raise ZeroDivisionError
    async with queue.hold("site"):
        pass
