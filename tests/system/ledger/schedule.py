"""When which fault begins and ends: the same for a seed, whatever the machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

COPIES = ("one", "two")
QUIET_FIRST = 3.0
"""Seconds before the first fault."""
PAUSE = (1.5, 4.0)
"""Seconds between the end of a fault and the next one's beginning, for it to be whole again."""
OVERLAP = 0.15
"""The share of faults that begin while the one before is still there."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a kind of fault needs to know for being planned."""

    name: str
    seconds: tuple[float, float]
    """How long it lasts, at least and at most."""
    hits: str
    """`link`: one copy's connections, or both copies'; `copy`: one copy; `server`: everybody."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a run."""

    kind: str
    at: float
    """Seconds after the run's beginning."""
    seconds: float
    copies: tuple[str, ...]
    """Whom it hits."""
    number: float
    """Between 0 and 1: whatever else the kind leaves to chance."""

    def __str__(self) -> str:
        return f"{self.kind} on {' and '.join(self.copies)} for {self.seconds:.1f} s"


def schedule(seed: int, seconds: float, plans: Sequence[Plan]) -> list[Fault]:
    """Return the faults of a run: every kind once, in a random order, and again from the beginning.

    Args:
        seed: the same seed, the same faults.
        seconds: how long the run is; the last fault leaves some of it quiet.
        plans: the kinds there are.
    """
    dice = Random(f"faults {seed}")
    faults: list[Fault] = []
    deck: list[Plan] = []
    at = QUIET_FIRST
    while True:
        if not deck:
            deck = dice.sample(plans, len(plans))
        plan = deck.pop()
        lasts = dice.uniform(*plan.seconds)
        if at + lasts + PAUSE[1] > seconds and faults:
            return faults
        faults.append(Fault(plan.name, at, lasts, _hit(plan, dice), dice.random()))
        pause = dice.uniform(*PAUSE)
        overlaps = dice.random() < OVERLAP
        at += lasts / 2 if overlaps and lasts > 1 else lasts + pause


def _hit(plan: Plan, dice: Random) -> tuple[str, ...]:
    if plan.hits == "server":
        return COPIES
    one = dice.choice(COPIES)
    return COPIES if plan.hits == "link" and dice.random() < 0.4 else (one,)
