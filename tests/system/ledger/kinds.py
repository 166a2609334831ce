"""What a kind of fault is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ledger.schedule import Fault, Plan
from ledger.stage import Stage

Do = Callable[[Stage, Fault], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault."""

    plan: Plan
    what: str
    """What happens, in a few words."""
    begin: Do
    end: Do

    @property
    def name(self) -> str:
        """What it is called."""
        return self.plan.name
