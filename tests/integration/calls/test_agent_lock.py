"""Turns on a real MariaDB: several copies of telectl, one command at a time per agent."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from lab.until import until
from parts import start_plain_api

from telectl.calls.failures import CallFailure, Failure
from telectl.calls.lock.agent_lock import AgentLocks
from telectl.calls.timing import Timing
from telectl.database import Database, Timeouts

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUICK = Timing(lock_wait=0.3, lease=0.6, renew=0.2)
HOLD_FOR_EVER = """
import asyncio, sys
from telectl.calls.lock.agent_lock import AgentLocks
from telectl.calls.timing import Timing
from telectl.database import Database

async def main():
    async with AgentLocks(Database(sys.argv[1], pool=2), Timing(lease=1.0, renew=0.2)).hold("1000"):
        print("held", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(mariadb: MariaDB) -> str:
    return await mariadb.database(demo=True)


@pytest_asyncio.fixture(loop_scope="module")
async def rows(url: str) -> AsyncIterator[Rows]:
    found = Rows(url)
    await found.open()
    await found.run("DELETE FROM telectl_locks")
    yield found
    await found.close()


@pytest_asyncio.fixture(loop_scope="module")
async def copies(url: str) -> AsyncIterator[list[AgentLocks]]:
    """Three copies of telectl."""
    databases = [Database(url, pool=4) for _ in range(3)]
    yield [AgentLocks(database, Timing()) for database in databases]
    for database in databases:
        await database.close()


@pytest_asyncio.fixture(loop_scope="module")
async def quick(url: str) -> AsyncIterator[AgentLocks]:
    """A copy that loses patience soon."""
    database = Database(url, pool=4)
    yield AgentLocks(database, QUICK)
    await database.close()


async def held(locks: AgentLocks, user: str, seconds: float) -> None:
    async with locks.hold(user):
        await asyncio.sleep(seconds)


@pytest.mark.usefixtures("rows")
async def test_of_many_commands_on_three_copies_never_two_run_at_once(copies: list[AgentLocks]) -> None:
    inside = most = done = 0

    async def command(locks: AgentLocks) -> None:
        nonlocal inside, most, done
        async with locks.hold("1000"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1
            done += 1

    await asyncio.gather(*(command(locks) for locks in copies for _ in range(8)))
    assert (most, done) == (1, 24)


@pytest.mark.usefixtures("rows")
async def test_a_newcomer_does_not_overtake_who_waits(copies: list[AgentLocks]) -> None:
    """Whose turn ends while somebody waits leaves the queue to that one, not to whoever comes in that very moment."""
    order: list[str] = []

    async def command(name: str) -> None:
        async with copies[0].hold("1000"):
            order.append(name)
            await asyncio.sleep(0.01)
            order.append(name)

    first, second = asyncio.create_task(command("first")), asyncio.create_task(command("second"))
    await first
    await command("third")
    await second
    assert order == [name for name in ("first", "second", "third") for _ in range(2)]


@pytest.mark.usefixtures("rows")
async def test_two_agents_never_wait_for_each_other(copies: list[AgentLocks]) -> None:
    async with copies[0].hold("1000"), asyncio.timeout(0.9), copies[0].hold("1001"), copies[1].hold("1028"):
        pass


async def test_case_and_blanks_at_the_end_make_no_other_agent(copies: list[AgentLocks], rows: Rows) -> None:
    await rows.run("INSERT IGNORE INTO vicidial_users (user, pass) VALUES ('Anna', 'x')")
    async with copies[0].hold("anna"):
        for copy, spelling in ((copies[1], "ANNA"), (copies[1], "Anna "), (copies[2], "anna")):
            with pytest.raises(CallFailure, match=Failure.BUSY):
                async with copy.hold(spelling):
                    pass
    assert len(await rows.all("SELECT agent FROM telectl_locks")) == 1


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("other", [0, 1], ids=["same copy", "other copy"])
async def test_who_waits_longer_than_a_second_is_told_busy(copies: list[AgentLocks], other: int) -> None:
    started = time.monotonic()
    async with copies[0].hold("1000"):
        waiting = asyncio.create_task(held(copies[other], "1000", 0))
        with pytest.raises(CallFailure, match=Failure.BUSY):
            await waiting
        assert time.monotonic() - started >= 0.9
    await held(copies[other], "1000", 0)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("other", [0, 1], ids=["same copy", "other copy"])
async def test_a_short_command_is_waited_for(copies: list[AgentLocks], other: int) -> None:
    done = False

    async def short() -> None:
        nonlocal done
        async with copies[0].hold("1000"):
            started.set()
            await asyncio.sleep(0.3)
            done = True

    started = asyncio.Event()
    first = asyncio.create_task(short())
    await started.wait()
    async with copies[other].hold("1000"):
        assert done
    await first


@pytest.mark.usefixtures("rows")
async def test_a_turn_within_the_turn_of_the_same_request_goes_on_in_it(copies: list[AgentLocks]) -> None:
    async with copies[0].hold("1000") as outer:
        async with copies[0].hold("1000") as inner:
            assert inner is outer
        with pytest.raises(CallFailure, match=Failure.BUSY):
            await asyncio.create_task(held(copies[1], "1000", 0))  # the inner end did not end the outer turn
        async with copies[0].hold("1001") as second:
            assert second is not outer
            async with copies[0].hold("1000") as again:
                assert again is outer


@pytest.mark.usefixtures("rows")
async def test_work_beside_the_command_is_not_in_its_turn(copies: list[AgentLocks]) -> None:
    async with copies[0].hold("1000"):
        beside = asyncio.create_task(held(copies[0], "1000", 0))
        await asyncio.sleep(0.1)
        assert not beside.done()
    await beside


async def test_a_long_command_keeps_its_turn(quick: AgentLocks, copies: list[AgentLocks], rows: Rows) -> None:
    long = asyncio.create_task(held(quick, "1000", 2.0))
    await until(lambda: rows.all("SELECT agent FROM telectl_locks WHERE held_until > 0"))
    with pytest.raises(CallFailure, match=Failure.BUSY):
        await held(copies[0], "1000", 0)  # waits 1 s, longer than the lease of 0.6 s
    assert not long.done()
    await long
    await held(copies[0], "1000", 0)


@pytest.mark.usefixtures("rows")
async def test_a_killed_copy_blocks_the_agent_until_its_lease_ends(url: str, copies: list[AgentLocks]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD_FOR_EVER, url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    with pytest.raises(CallFailure, match=Failure.BUSY):
        await held(copies[0], "1000", 0)  # it lives, and renews
    process.kill()
    await process.wait()
    killed = time.monotonic()
    await until(lambda: _free(copies[0]), 5)
    assert time.monotonic() - killed < 3


async def test_who_lost_the_turn_does_not_end_the_next_ones(
    copies: list[AgentLocks], rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    async with copies[0].hold("1000", "first") as first:
        await rows.run("UPDATE telectl_locks SET held_until = 1")  # a process that was stopped for long wakes up
        next_one = asyncio.create_task(held(copies[1], "1000", 0.5))
        await until(lambda: rows.all("SELECT agent FROM telectl_locks WHERE held_until > 1"))
        first.remember("too late")
    assert "had run out" in caplog.text
    kept = await rows.one("SELECT * FROM telectl_locks")
    assert kept["held_until"] > 1
    assert (kept["last_command"], kept["last_answer"]) == ("", "")
    await next_one


@pytest.mark.usefixtures("rows")
async def test_a_turn_ends_with_whatever_ends_its_command(copies: list[AgentLocks]) -> None:
    with pytest.raises(ZeroDivisionError):
        async with copies[0].hold("1000"):
            raise ZeroDivisionError
    cut_short = asyncio.create_task(held(copies[0], "1000", 60))
    await asyncio.sleep(0.1)
    cut_short.cancel()
    await asyncio.gather(cut_short, return_exceptions=True)
    async with asyncio.timeout(0.5):
        await held(copies[1], "1000", 0)


async def test_whoever_gives_up_waiting_leaves_the_queue(copies: list[AgentLocks], rows: Rows) -> None:
    async with copies[0].hold("1000"):
        waiting = [asyncio.create_task(held(copies[0], "1000", 0)) for _ in range(5)]
        await asyncio.sleep(0.05)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    await held(copies[0], "1000", 0)
    assert (await rows.one("SELECT held_until FROM telectl_locks"))["held_until"] == 0


async def test_what_was_done_is_told_to_an_identical_command_on_any_copy(copies: list[AgentLocks], rows: Rows) -> None:
    async with copies[0].hold("1000", "park") as turn:
        assert turn.earlier_answer is None
        turn.remember("parked")
    for copy in copies:
        async with copy.hold("1000", "park") as turn:
            assert turn.earlier_answer == "parked"
    async with copies[1].hold("1001", "park") as turn:
        assert turn.earlier_answer is None
    await rows.run("UPDATE telectl_locks SET last_done = last_done - 3")
    async with copies[2].hold("1000", "park") as turn:
        assert turn.earlier_answer is None


@pytest.mark.usefixtures("rows")
async def test_a_repeated_answer_does_not_start_its_three_seconds_again(quick: AgentLocks, rows: Rows) -> None:
    async with quick.hold("1000", "park") as turn:
        turn.remember("parked")
    done = (await rows.one("SELECT last_done FROM telectl_locks"))["last_done"]
    async with quick.hold("1000", "park") as turn:
        assert turn.earlier_answer == "parked"
    assert (await rows.one("SELECT last_done FROM telectl_locks"))["last_done"] == done


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("between", ["grab", None], ids=["another command", "a turn without a record"])
async def test_anything_else_in_between_makes_it_a_new_command(copies: list[AgentLocks], between: str | None) -> None:
    async with copies[0].hold("1000", "park") as turn:
        turn.remember("parked")
    async with copies[1].hold("1000", between):
        pass  # it failed, or nobody knows: no answer to remember
    async with copies[0].hold("1000", "park") as turn:
        assert turn.earlier_answer is None


async def test_a_clock_that_is_set_back_blocks_nobody_and_repeats_nothing(copies: list[AgentLocks], rows: Rows) -> None:
    async with copies[0].hold("1000", "park") as turn:
        turn.remember("parked")
    await rows.run("UPDATE telectl_locks SET held_until = last_done + 3600, last_done = last_done + 3600")
    async with asyncio.timeout(0.9), copies[1].hold("1000", "park") as turn:
        assert turn.earlier_answer is None


async def test_an_answer_too_long_for_its_column_is_not_kept_in_part(copies: list[AgentLocks], rows: Rows) -> None:
    async with copies[0].hold("1000", "park") as turn:
        turn.remember("x" * 1001)
    async with copies[0].hold("1000", "park") as turn:
        assert turn.earlier_answer is None
        turn.remember("x" * 1000)
    assert len((await rows.one("SELECT last_answer FROM telectl_locks"))["last_answer"]) == 1000


async def test_a_name_that_nobody_bears_leaves_no_row(copies: list[AgentLocks], rows: Rows) -> None:
    async with copies[0].hold("nobody"):
        pass
    async with copies[0].hold("1000"):
        pass
    assert [row["agent"] for row in await rows.all("SELECT agent FROM telectl_locks")] == ["1000"]


async def test_a_database_that_does_not_answer_at_the_end_costs_no_command_its_success(
    url: str, rows: Rows, copies: list[AgentLocks], caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(url, pool=2, timeouts=Timeouts(statement=0.2))
    async with AgentLocks(database, Timing()).hold("1000", "park") as turn:
        turn.remember("parked")
        await rows.run("START TRANSACTION")
        await rows.all("SELECT * FROM telectl_locks FOR UPDATE")
    await rows.run("ROLLBACK")
    await database.close()
    assert "ends by itself in 5 s" in caplog.text
    await until(lambda: _free(copies[0]), 7)


async def _free(locks: AgentLocks) -> bool:
    try:
        await held(locks, "1000", 0)
    except CallFailure:
        return False
    return True


async def test_without_its_table_the_start_and_every_command_say_so(
    mariadb: MariaDB, caplog: pytest.LogCaptureFixture
) -> None:
    rows = Rows(await mariadb.database(demo=True))
    await rows.open()
    await rows.run("DROP TABLE telectl_locks")
    async for api in start_plain_api(rows.url):
        assert "call commands will be refused, see `telectl check`: database table, column or right" in caplog.text
        for function, value in (("park_call", "PARK_CUSTOMER"), ("call_agent", "CALL")):
            answer = await api.ask(function, value=value)
            assert answer == f"ERROR: {function} error - table telectl_locks is not usable - 1000"
        assert (await api.ask("version")).startswith("VERSION")
    async for flags in start_plain_api(rows.url, call_control="vicidial"):
        assert (await flags.ask("park_call", value="PARK_CUSTOMER")).startswith("SUCCESS")
    await rows.close()
