"""One command at a time per agent, on a database that is none: who waits, who is busy, and what is repeated."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from lab.until import until

from telectl.calls.failures import CallFailure, Failure
from telectl.calls.lock import sql
from telectl.calls.lock.agent_lock import AgentLocks
from telectl.calls.lock.sql import LONGEST_ANSWER, Answer
from telectl.calls.lock.sql import LockRow as Row
from telectl.calls.timing import Timing
from telectl.database import Database, Written
from telectl.errors import DatabaseError, DatabaseUnavailable, StatementFailed

QUICK = Timing(lock_wait=0.2, lease=60, renew=0.02, repeated=3.0)
PATIENT = Timing(lock_wait=30)


@dataclass
class Lease:
    holder: str = ""
    held_until: float = 0.0
    last_command: str = ""
    last_answer: str = ""
    last_done: float = -1e9


@dataclass
class Table:
    """telectl_locks, as its statements make it; agent 1000 has a row, 1001 none yet, and nobody else is an agent."""

    leases: dict[str, Lease] = field(default_factory=lambda: {"1000": Lease()})
    written: list[str] = field(default_factory=list)
    errors: dict[str, DatabaseError] = field(default_factory=dict)
    """What the next such statement, and every further one, raises."""

    async def write(self, statement: Any, *, agent: str, holder: str, **values: Any) -> Written:
        await asyncio.sleep(0)
        self.written.append(statement.name)
        if error := self.errors.get(statement.name):
            raise error
        if statement is sql.FIRST_LOCK:
            return self.first(agent, Lease(holder, time.monotonic() + values["lease"]))
        lease = self.leases.get(agent)
        if lease is None:
            return Written(0, 0)
        if statement is sql.TAKE_LOCK:
            return self.take(lease, holder, **values)
        return self.change(lease, statement, holder, **values)

    def first(self, agent: str, lease: Lease) -> Written:
        if agent in self.leases or agent not in ("1000", "1001"):
            return Written(0, 0)
        self.leases[agent] = lease
        return Written(1, 0)

    def take(self, row: Lease, holder: str, *, command: str, window: float, lease: float) -> Written:
        now = time.monotonic()
        if row.held_until > now:
            return Written(0, 0)
        same = row.last_command == command and now - row.last_done <= window
        row.holder, row.held_until, row.last_command = holder, now + lease, command if same else ""
        return Written(1, int(same))

    def change(self, row: Lease, statement: Any, holder: str, **values: Any) -> Written:
        now = time.monotonic()
        if row.holder != holder or not row.held_until:
            return Written(0, 0)
        row.held_until = now + values["lease"] if statement is sql.RENEW_LOCK else 0
        if statement is sql.RELEASE_LOCK_DONE:
            row.last_command, row.last_answer, row.last_done = values["command"], values["answer"], now
        return Written(1, 0)

    async def one(self, select: Any, *, agent: str, **_: Any) -> object:
        await asyncio.sleep(0)
        lease = self.leases.get(agent)
        if lease is None:
            return None
        return Row(agent) if select is sql.LOCK else Answer(lease.last_answer)


@pytest.fixture
def table() -> Table:
    return Table()


def copy(table: Table, timing: Timing = QUICK) -> AgentLocks:
    """A copy of telectl on the database."""
    return AgentLocks(cast("Database", table), timing)


async def held(locks: AgentLocks, agent: str = "1000", seconds: float = 0) -> None:
    async with locks.hold(agent):
        await asyncio.sleep(seconds)


async def test_a_lease_is_taken_and_ended(table: Table) -> None:
    async with copy(table).hold("1000") as lock:
        assert lock.leased
        assert table.leases["1000"].holder == lock.holder
        assert table.leases["1000"].held_until > time.monotonic()
    assert table.leases["1000"].held_until == 0
    assert table.written == [sql.TAKE_LOCK.name, sql.RELEASE_LOCK.name]


async def test_an_agent_without_a_row_gets_one(table: Table) -> None:
    async with copy(table).hold("1001") as lock:
        assert lock.leased
    assert table.leases["1001"].held_until == 0


async def test_a_name_that_nobody_bears_is_held_without_a_lease(table: Table) -> None:
    async with copy(table).hold("nobody") as lock:
        assert not lock.leased
        await asyncio.sleep(0.1)  # several renewals
    assert "nobody" not in table.leases
    assert table.written == [sql.TAKE_LOCK.name, sql.FIRST_LOCK.name]


@pytest.mark.parametrize("copies", [1, 3])
async def test_never_two_at_once(table: Table, copies: int) -> None:
    inside = most = done = 0

    async def command(locks: AgentLocks) -> None:
        nonlocal inside, most, done
        async with locks.hold("1000"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1
            done += 1

    patient = [copy(table, PATIENT) for _ in range(copies)]
    await asyncio.gather(*(command(patient[number % copies]) for number in range(24)))
    assert (most, done) == (1, 24)


@pytest.mark.parametrize("same_copy", [True, False])
async def test_who_waits_too_long_is_told_busy(table: Table, same_copy: bool) -> None:
    mine = copy(table)
    other = mine if same_copy else copy(table)
    async with mine.hold("1000"):
        with pytest.raises(CallFailure, match=Failure.BUSY):
            await asyncio.create_task(held(other))
        await held(other, "1001")
    await held(other)


async def test_the_task_that_holds_it_goes_on_in_it_and_no_other(table: Table) -> None:
    locks = copy(table)
    async with locks.hold("1000") as outer:
        async with locks.hold("1000 ") as inner:
            assert inner is outer
        assert table.leases["1000"].held_until > 0
        with pytest.raises(CallFailure, match=Failure.BUSY):
            await asyncio.create_task(held(locks))
    async with locks.hold("1000") as later:
        assert later is not outer


async def test_a_lease_is_renewed_as_long_as_its_command_takes(table: Table) -> None:
    async with copy(table).hold("1000"):
        first = table.leases["1000"].held_until
        await until(lambda: table.written.count(sql.RENEW_LOCK.name) > 2)
        assert table.leases["1000"].held_until > first
    done = len(table.written)
    await asyncio.sleep(0.1)
    assert len(table.written) == done


async def test_a_renewal_that_fails_is_tried_again(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    table.errors[sql.RENEW_LOCK.name] = DatabaseUnavailable("away")
    async with copy(table).hold("1000"):
        await until(lambda: "was not renewed: away" in caplog.text)
        first = table.leases["1000"].held_until
        del table.errors[sql.RENEW_LOCK.name]
        await until(lambda: table.leases["1000"].held_until > first)
    assert table.leases["1000"].held_until == 0


async def test_a_killed_copy_blocks_the_agent_until_its_lease_ends(table: Table) -> None:
    table.leases["1000"] = Lease("killed", time.monotonic() + 0.1)
    await held(copy(table, PATIENT))
    table.leases["1000"] = Lease("killed", time.monotonic() + 60)
    with pytest.raises(CallFailure, match=Failure.BUSY):
        await held(copy(table))


@pytest.mark.parametrize("error", [ZeroDivisionError, CallFailure, asyncio.CancelledError])
async def test_it_ends_with_whatever_ends_its_command(table: Table, error: type[BaseException]) -> None:
    locks = copy(table)

    async def command() -> None:
        async with locks.hold("1000") as lock:
            lock.remember("done")
            raise error("x")

    with pytest.raises(error):
        await command()
    assert table.leases["1000"].held_until == 0
    await held(locks)


async def test_the_end_is_written_also_for_a_request_that_is_cut_short(table: Table) -> None:
    task = asyncio.create_task(held(copy(table), seconds=60))
    await until(lambda: table.leases["1000"].held_until)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: table.leases["1000"].held_until == 0)


# ---- what was done just now


async def test_an_identical_command_gets_the_answer_of_the_one_before(table: Table) -> None:
    async with copy(table).hold("1000", "park") as lock:
        assert lock.earlier_answer is None
        lock.remember("parked")
    for _ in range(2):
        async with copy(table).hold("1000", "park") as lock:
            assert lock.earlier_answer == "parked"
    table.leases["1000"].last_done -= 3.1
    async with copy(table).hold("1000", "park") as lock:
        assert lock.earlier_answer is None


@pytest.mark.parametrize("between", ["grab", None])
async def test_after_another_command_it_is_a_new_one(table: Table, between: str | None) -> None:
    async with copy(table).hold("1000", "park") as lock:
        lock.remember("parked")
    async with copy(table).hold("1000", between):
        pass
    async with copy(table).hold("1000", "park") as lock:
        assert lock.earlier_answer is None


async def test_an_answer_too_long_for_its_column_is_not_kept_in_part(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    async with copy(table).hold("1000", "park") as lock:
        lock.remember("x" * (LONGEST_ANSWER + 1))
    assert table.leases["1000"].last_answer == ""
    assert "is not remembered" in caplog.text
    async with copy(table).hold("1000", "park") as lock:
        lock.remember("x" * LONGEST_ANSWER)
    assert table.leases["1000"].last_answer == "x" * LONGEST_ANSWER


# ---- a database in trouble


async def test_without_the_table_a_command_is_refused_and_the_next_one_is_not_busy(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    table.errors = dict.fromkeys((sql.TAKE_LOCK.name, sql.RELEASE_LOCK.name), StatementFailed("no such table"))
    locks = copy(table)
    await locks.start()
    assert "call commands will be refused, see `telectl check`: no such table" in caplog.text
    for _ in range(2):
        with pytest.raises(CallFailure, match=Failure.NO_LOCKS):
            await held(locks)


async def test_a_database_that_is_away_is_said_by_itself(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    table.errors = dict.fromkeys((sql.TAKE_LOCK.name, sql.RELEASE_LOCK.name), DatabaseUnavailable("away"))
    locks = copy(table)
    await locks.start()
    assert caplog.text == ""  # it may come later
    with pytest.raises(DatabaseUnavailable):
        await held(locks)


async def test_an_end_that_could_not_be_written_costs_no_command_its_success(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    table.errors[sql.RELEASE_LOCK.name] = DatabaseUnavailable("away")
    await held(copy(table))
    assert "ends by itself in 60 s: away" in caplog.text


async def test_who_lost_the_lease_meanwhile_says_so_and_ends_nobody_elses(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    async with copy(table).hold("1000", "park") as lock:
        table.leases["1000"] = Lease("next", time.monotonic() + 60)
        lock.remember("too late")
    assert "had run out: its command took too long" in caplog.text
    assert (table.leases["1000"].holder, table.leases["1000"].last_answer) == ("next", "")
    assert table.leases["1000"].held_until > 0
