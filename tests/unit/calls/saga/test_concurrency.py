"""Work at the same time: all is awaited before an error is raised; what goes on ends with the server."""

from __future__ import annotations

import asyncio

import pytest

from telectl.calls.saga.concurrency import Background, gather_all


async def after(turns: int, outcome: object) -> object:
    for _ in range(turns):
        await asyncio.sleep(0)
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


async def test_the_outcomes_stand_in_the_given_order() -> None:
    assert await gather_all(after(3, "slow"), after(0, "quick"), after(1, None)) == ["slow", "quick", None]
    assert await gather_all() == []


async def test_of_several_errors_the_first_in_the_given_order_is_raised_when_all_have_ended() -> None:
    ended = []

    async def noted(turns: int, outcome: object) -> object:
        try:
            return await after(turns, outcome)
        finally:
            ended.append(turns)

    with pytest.raises(KeyError):
        await gather_all(noted(0, "x"), noted(5, KeyError()), noted(1, ValueError()), noted(9, "y"))
    assert sorted(ended) == [0, 1, 5, 9]


async def test_background_work_that_fails_is_logged_by_its_name(caplog: pytest.LogCaptureFixture) -> None:
    background = Background()
    task = background.start(after(1, ValueError("no room")), "digits of 1000")  # type: ignore[arg-type]
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0)
    assert "digits of 1000 failed: no room" in caplog.text


async def test_at_its_end_what_can_finish_does_and_the_rest_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    background = Background()
    done: list[str] = []

    async def work(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        done.append(name)

    quick, endless = background.start(work("quick", 0.01), "quick"), background.start(work("endless", 60), "endless")
    await background.close(within=0.1)
    assert done == ["quick"]
    assert quick.done()
    assert endless.cancelled()
    assert caplog.text == ""


async def test_without_work_the_end_is_at_once() -> None:
    async with asyncio.timeout(1):
        await Background().close(within=60)
