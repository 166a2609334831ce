"""Rows around an action: kept, taken back, or handed to the reconciler; no server is needed to say which."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from telectl.asterisk import Link
from telectl.calls.failures import ChannelGone
from telectl.calls.saga.concurrency import Background
from telectl.calls.saga.owed import OwedRows, Repair
from telectl.calls.saga.reconcile import Fate, PendingOutcome, Reconciler
from telectl.calls.saga.row_changes import RowChanges
from telectl.calls.timing import Timing
from telectl.database import Database, Write, Written
from telectl.errors import ActionRefused, DatabaseUnavailable, OutcomeUnknown, ServerUnavailable, StatementFailed

ADD, DROP = Write("add", "INSERT INTO queue_log (verb) VALUES (1)"), Write("drop", "DELETE FROM queue_log")


class Table:
    """A database of one table, whose rows are the numbers that were added and not dropped."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.written: list[tuple[str, int]] = []
        self.refuses: set[tuple[str, int]] = set()
        self.matches = 1
        self.away = 0
        """How many statements are still to find it away."""
        self.slow: asyncio.Event | None = None

    async def write(self, statement: Write, *, number: int) -> Written:
        if (statement.name, number) in self.refuses:
            raise StatementFailed("refused")
        if self.away:
            self.away -= 1
            raise DatabaseUnavailable("away")
        if self.slow is not None and statement is DROP:
            await self.slow.wait()
        self.written.append((statement.name, number))
        if self.matches:
            self.rows.append(number) if statement is ADD else self.rows.remove(number)
        return Written(self.matches, 0)


class Handed(Reconciler):
    """Notes what it is handed."""

    def __init__(self) -> None:
        self.owed = OwedRows(Background(), Timing(owed_poll=0.001, owed_poll_most=0.001))
        self.outcomes: list[tuple[PendingOutcome, Repair]] = []

    def reconcile(self, pending: PendingOutcome, undo: Repair) -> None:
        self.outcomes.append((pending, undo))


PENDING = PendingOutcome("a command", cast("Link", None), lambda: Fate.STAYED)


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def reconciler() -> Handed:
    return Handed()


def changes_of(table: Table, reconciler: Reconciler) -> RowChanges:
    return RowChanges(cast("Database", table), reconciler, "1000")


async def add(changes: RowChanges, *numbers: int) -> None:
    for number in numbers:
        await changes.write_undoable(ADD, {"number": number}, DROP, {"number": number})


async def run(changes: RowChanges, error: BaseException | None, *, sent: bool, pending: Any = PENDING) -> None:
    async with changes:
        await add(changes, 1, 2)
        if sent:
            changes.sent(pending)
        if error is not None:
            raise error


UNDECIDED = [OutcomeUnknown("no answer"), asyncio.CancelledError(), DatabaseUnavailable("away")]
DECIDED = [ActionRefused("no"), ServerUnavailable("no link"), ChannelGone("gone"), RuntimeError("a defect")]


@pytest.mark.parametrize("sent", [False, True])
async def test_without_an_error_the_rows_are_kept(table: Table, reconciler: Handed, sent: bool) -> None:
    await run(changes_of(table, reconciler), None, sent=sent)
    assert (table.rows, reconciler.outcomes) == ([1, 2], [])


@pytest.mark.parametrize("error", [*UNDECIDED, *DECIDED], ids=repr)
async def test_an_error_before_the_action_takes_the_rows_back_the_last_first(
    table: Table, reconciler: Handed, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        await run(changes_of(table, reconciler), error, sent=False)
    assert table.written[2:] == [("drop", 2), ("drop", 1)]
    assert reconciler.outcomes == []


@pytest.mark.parametrize("error", DECIDED, ids=repr)
async def test_an_action_that_was_not_done_takes_the_rows_back(
    table: Table, reconciler: Handed, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        await run(changes_of(table, reconciler), error, sent=True)
    assert (table.rows, reconciler.outcomes) == ([], [])


@pytest.mark.parametrize("error", UNDECIDED, ids=repr)
async def test_an_open_outcome_is_handed_over_with_its_rows(
    table: Table, reconciler: Handed, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        await run(changes_of(table, reconciler), error, sent=True)
    assert table.rows == [1, 2]
    [(pending, undo)] = reconciler.outcomes
    assert pending is PENDING
    await undo()
    assert table.rows == []


async def test_an_open_outcome_that_somebody_else_finds_out_keeps_its_rows(table: Table, reconciler: Handed) -> None:
    with pytest.raises(OutcomeUnknown):
        await run(changes_of(table, reconciler), OutcomeUnknown("no answer"), sent=True, pending=None)
    assert (table.rows, reconciler.outcomes) == ([1, 2], [])


async def test_a_row_that_was_not_there_to_change_is_not_changed_back(table: Table, reconciler: Handed) -> None:
    table.matches = 0
    with pytest.raises(ActionRefused):
        await run(changes_of(table, reconciler), ActionRefused("no"), sent=True)
    assert table.written == [("add", 1), ("add", 2)]


async def test_one_inverse_that_fails_does_not_stop_the_others(
    table: Table, reconciler: Handed, caplog: pytest.LogCaptureFixture
) -> None:
    table.refuses = {("drop", 2)}
    with pytest.raises(ActionRefused):
        await run(changes_of(table, reconciler), ActionRefused("no"), sent=True)
    assert table.rows == [2]
    assert "not undone: refused" in caplog.text


async def test_rows_are_taken_back_as_soon_as_the_database_is_there_again(table: Table, reconciler: Handed) -> None:
    async def refused() -> None:
        async with changes_of(table, reconciler) as changes:
            await add(changes, 1, 2)
            table.away = 3
            raise ActionRefused("no")

    with pytest.raises(ActionRefused):
        await refused()
    assert table.rows == [1, 2]
    assert reconciler.owed.waiting == 1
    while reconciler.owed.waiting:  # noqa: ASYNC110 - it tries again by itself
        await asyncio.sleep(0.001)
    assert table.rows == []


async def test_what_follows_an_action_is_written_later_and_the_action_is_done(table: Table, reconciler: Handed) -> None:
    async with changes_of(table, reconciler) as changes:
        await add(changes, 1)
        changes.sent(PENDING)
        table.away = 2
        await changes.follow_up("the rest", lambda: add(changes, 2))
        assert table.rows == [1]
    while reconciler.owed.waiting:  # noqa: ASYNC110 - it tries again by itself
        await asyncio.sleep(0.001)
    assert (table.rows, reconciler.outcomes) == ([1, 2], [])


async def test_what_the_server_refuses_for_good_is_said(table: Table, reconciler: Handed) -> None:
    table.refuses = {("add", 2)}
    changes = changes_of(table, reconciler)
    with pytest.raises(StatementFailed):
        await changes.follow_up("the rest", lambda: add(changes, 2))
    assert reconciler.owed.waiting == 0


async def test_a_request_cut_short_while_it_undoes_undoes_all_the_same(table: Table, reconciler: Handed) -> None:
    table.slow = asyncio.Event()
    request = asyncio.create_task(run(changes_of(table, reconciler), ActionRefused("no"), sent=True))
    while len(table.written) < 2:  # noqa: ASYNC110 - until it has begun to undo
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    table.slow.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert table.rows == []


@pytest.mark.parametrize("later", [False, True], ids=["one phase", "a later phase"])
async def test_rows_that_cannot_be_taken_back_yet_are_owed_of_their_agent_under_a_name(
    table: Table, reconciler: Handed, caplog: pytest.LogCaptureFixture, later: bool
) -> None:
    changes = changes_of(table, reconciler)
    await add(changes, 1)

    async def refused(phase: RowChanges) -> None:
        async with phase:
            table.away = 10**9
            raise ActionRefused("no")

    with pytest.raises(ActionRefused):
        await refused(changes.split_off() if later else changes)
    assert "taking rows back is written later: away" in caplog.text
    await reconciler.owed.settle("1001")  # nothing is owed of another agent
    waits = asyncio.create_task(reconciler.owed.settle("1000"))
    await asyncio.sleep(0.01)
    assert not waits.done()
    table.away = 0
    await waits
    assert table.rows == []


async def test_what_follows_from_an_action_is_owed_of_its_agent(table: Table, reconciler: Handed) -> None:
    table.away = 1
    changes = changes_of(table, reconciler)

    async def wrap_up() -> None:
        await cast("Database", table).write(ADD, number=7)

    await changes.follow_up("wrapping up", wrap_up)
    await reconciler.owed.settle("1000")
    assert table.rows == [7]


async def test_what_a_later_phase_takes_over_is_its_own(table: Table, reconciler: Handed) -> None:
    async def leave() -> None:
        async with changes_of(table, reconciler) as reserved:
            await add(reserved, 1)
            await run(reserved.split_off(), OutcomeUnknown("no answer"), sent=True)

    with pytest.raises(OutcomeUnknown):
        await leave()
    assert table.rows == [1, 1, 2]  # the outer block, too, ended with an error, and had nothing left to take back
    [(_, undo)] = reconciler.outcomes
    await undo()
    assert table.rows == []
