"""A short run of `make fuzz`: the same generators, the same judges, a seed that never changes."""

from __future__ import annotations

import pytest
from lab.mariadb import MariaDB

from fuzz import ami
from fuzz.runner import Runner, inputs
from fuzz.served import MODES, Mode, served

SEED = 1


def _quiet(_: str) -> None:
    """Leave the telling to the assertion."""


async def test_a_hostile_asterisk_is_survived() -> None:
    report = await ami.run(SEED, 20_000, _quiet)
    assert report.findings == []
    assert report.strings >= 20_000


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(300)  # how long it takes is the machine's; the loop is judged by its own time
@pytest.mark.parametrize("mode", MODES)
async def test_hostile_requests_are_answered(mariadb: MariaDB, mode: Mode) -> None:
    async with served(mariadb, mode) as telectl:
        report = await Runner(telectl, SEED, _quiet).run(inputs(SEED), 1000)
    assert report.findings == []
    assert report.requests == 1000
    assert report.answers["SUCCESS"] > 30
