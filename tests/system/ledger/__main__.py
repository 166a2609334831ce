"""`make soak`: the long form. SOAK_SECONDS=600, SOAK_SEED='7 8'; SOAK_OUT=folder keeps the ledgers as lines of JSON."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pymysql

from ledger.report import markdown, summary
from ledger.run import Size, run

SECONDS = 420.0
ENOUGH = 10_000
"""Requests that make figures worth writing down."""
_PAGE = Path(__file__).parents[3] / "docs/reliability.md"


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)  # noqa: T201


async def main() -> int:
    """Run each seed, write the report, and return how much was found."""
    warnings.simplefilter("ignore", pymysql.err.Warning)  # tables are repaired after a kill
    seeds = [int(seed) for seed in (os.environ.get("SOAK_SEED") or "1").split()]
    seconds = float(os.environ.get("SOAK_SECONDS") or SECONDS)
    runs = []
    for seed in seeds:
        ledger, findings = await run(seed, Size(seconds), say)
        if folder := os.environ.get("SOAK_OUT"):
            ledger.save(Path(folder) / str(seed))
        say(summary(ledger, findings))
        runs.append((ledger, findings))
    if sum(len(ledger.asked) for ledger, _ in runs) >= ENOUGH:
        day = datetime.now(UTC).date()
        machine = f"{day}, {os.cpu_count()} cores ({platform.machine()}); servers, copies, phones and clients together."
        _PAGE.write_text(markdown(runs, machine))
        say(f"written: {_PAGE}")
    return sum(len(findings) for _, findings in runs)


if __name__ == "__main__":
    sys.exit(min(1, asyncio.run(main())))
