"""Rows that are changed around an action on Asterisk: the shape of every call command (call-control.md 13.4).

Rows that must be in place before Asterisk acts are written ahead, each with its inverse. Then the action has three
outcomes, and so has the change: done, and the rows are kept; refused, and they are taken back; unknown (the link died,
no event came, the request was cut short), and they stay until the reconciler has found out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from telectl.calls.saga.owed import Repair
from telectl.calls.saga.reconcile import PendingOutcome, Reconciler
from telectl.database import Database, Insert, Write
from telectl.errors import DatabaseError, OutcomeUnknown, StatementFailed

log = logging.getLogger(__name__)

Statement = Write | Insert

_UNDECIDED = (OutcomeUnknown, asyncio.CancelledError, DatabaseError)
"""What leaves a sent action's outcome open: no answer came, the request was ended, or what follows was not written."""


@dataclass(frozen=True, slots=True)
class _Inverse:
    """What takes one change back."""

    statement: Statement
    values: Mapping[str, Any]


class RowChanges:
    """The rows of one action, kept, taken back or handed to the reconciler when the block ends.

        async with RowChanges(database, reconciler, agent) as changes:
            await write_park(changes, …)      # an error up to here takes the rows back
            changes.sent(pending)             # from here an unknown outcome is reconciled instead
            await redirect(…)

    Nothing raised: the rows are kept. Sent, and the outcome is open: handed over. Anything else: taken back, the last
    one first, whatever else happens to the request.
    """

    def __init__(self, database: Database, reconciler: Reconciler, agent: str) -> None:
        self.database = database
        self._agent = agent
        self._reconciler = reconciler
        self._inverses: list[_Inverse] = []
        self._sent = False
        self._pending: PendingOutcome | None = None

    async def write_undoable(
        self, statement: Statement, values: Mapping[str, Any], undo: Statement, undo_values: Mapping[str, Any]
    ) -> int:
        """Write one statement, remember its inverse, and return the number of rows that it matched."""
        written = await self.database.write(statement, **values)
        if written.matched:
            self.remember(undo, undo_values)
        return written.matched

    def remember(self, undo: Statement, undo_values: Mapping[str, Any]) -> None:
        """Remember the inverse of something that was written elsewhere."""
        self._inverses.append(_Inverse(undo, undo_values))

    def sent(self, pending: PendingOutcome | None) -> None:
        """Note that the action is about to be sent; without `pending` somebody else finds an unknown outcome out."""
        self._sent, self._pending = True, pending

    def split_off(self) -> RowChanges:
        """Return the changes of a later phase, which takes the inverses so far with it; none are left here."""
        later = RowChanges(self.database, self._reconciler, self._agent)
        later._inverses, self._inverses = self._inverses, []
        return later

    async def follow_up(self, what: str, repair: Repair) -> None:
        """Write what follows from the action, which is done: now, or as soon as the database takes it."""
        await self._reconciler.owed.write(what, repair, self._agent)

    async def undo(self) -> None:
        """Write the inverses, last first; one that the server refuses does not stop the others.

        Raises:
            DatabaseUnavailable: the rest is still to be written; call it again.
        """
        while self._inverses:
            inverse = self._inverses[-1]
            try:
                await self.database.write(inverse.statement, **inverse.values)
            except StatementFailed as error:
                log.warning("not undone: %s", error)
            self._inverses.pop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        del kind, traceback
        if error is None:
            return
        if not (self._sent and isinstance(error, _UNDECIDED)):
            await self._reconciler.owed.write("taking rows back", self.undo, self._agent)
        elif self._pending is not None:
            self._reconciler.reconcile(self._pending, self.undo)
