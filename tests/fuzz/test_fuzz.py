"""A short run of `make fuzz`: the same generators, the same judges, a seed that never changes."""

from __future__ import annotations

from fuzz import ami

SEED = 1


def _quiet(_: str) -> None:
    """Leave the telling to the assertion."""


async def test_a_hostile_asterisk_is_survived() -> None:
    report = await ami.run(SEED, 20_000, _quiet)
    assert report.findings == []
