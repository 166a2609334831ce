"""The short form of `make soak`: a few faults, for half a minute, and the same judge."""

from __future__ import annotations

import pytest

from ledger.faults import SHORT
from ledger.report import summary
from ledger.run import Size, run

SEED = 1
SECONDS = 24.0
TIMED = (5, 8)
"""Properties that are times: on a machine that does other things too they are `make soak`'s to measure."""


def _quiet(_: str) -> None:
    """Leave the telling to the assertion."""


@pytest.mark.own_asterisk
@pytest.mark.filterwarnings("ignore::pymysql.err.Warning")  # tables are repaired after a kill
@pytest.mark.timeout(110)
async def test_whatever_is_broken_no_answer_is_wrong() -> None:
    size = Size(SECONDS, agents=4, flag_clients=2, flag_pause=0.15, plans=SHORT)
    ledger, findings = await run(SEED, size, _quiet)
    assert len(ledger.asked) > 100
    assert len({happened.fault.kind for happened in ledger.happened}) > 4
    breaches = [finding for finding in findings if finding.rule not in TIMED]
    assert not breaches, summary(ledger, findings)
