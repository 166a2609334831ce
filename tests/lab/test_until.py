import time

import pytest
from lab.until import NotInTimeError, until


async def test_until_returns_what_the_condition_gave() -> None:
    answers = iter([None, "", "here"])
    assert await until(lambda: next(answers)) == "here"


async def test_until_takes_an_async_condition() -> None:
    async def condition() -> int | None:
        return 7

    assert await until(condition) == 7


async def test_until_waits_while_assertions_fail() -> None:
    start = time.monotonic()

    def condition() -> bool:
        assert time.monotonic() - start > 0.05, "too early"
        return True

    assert await until(condition, within=1)


async def test_a_failure_shows_the_condition_and_its_last_value() -> None:
    with pytest.raises(NotInTimeError, match=r"not within 0.05 s: .*lambda: 3 - 3.*last: 0"):
        await until(lambda: 3 - 3, within=0.05)


async def test_a_failure_says_what_was_awaited() -> None:
    with pytest.raises(NotInTimeError, match="the bell"):
        await until(lambda: False, within=0.01, what="the bell")
