"""The same seed, the same faults; every kind comes; a run ends quietly."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ledger.faults import KINDS, PLANS, SHORT
from ledger.schedule import PAUSE, schedule


def test_the_same_seed_gives_the_same_faults() -> None:
    assert schedule(7, 300, PLANS) == schedule(7, 300, PLANS)
    assert schedule(7, 300, PLANS) != schedule(8, 300, PLANS)


@pytest.mark.parametrize("seed", range(20))
def test_every_kind_comes_in_the_long_form_and_the_end_is_quiet(seed: int) -> None:
    faults = schedule(seed, 420, PLANS)
    assert {fault.kind for fault in faults} == set(KINDS)
    assert max(fault.at + fault.seconds for fault in faults) <= 420 - PAUSE[1]
    assert any(after.at < before.at + before.seconds for before, after in pairwise(faults))


def test_the_short_form_has_some_of_the_kinds_none_of_them_long() -> None:
    assert {plan.name for plan in SHORT} < set(KINDS)
    assert all(plan.seconds[1] <= 1.5 for plan in SHORT)
