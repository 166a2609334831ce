"""`make fuzz`: the long run. SEED=7; ONLY=http one generator, ONLY=http:1234 one input, ONLY=ami; MODE=direct."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from lab.mariadb import MariaDB

from fuzz import ami
from fuzz.runner import Runner, inputs
from fuzz.served import MODES, served

REQUESTS, STRINGS = 200_000, 1_000_000


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)  # noqa: T201


async def main() -> int:
    """Run, and return how much was found."""
    seed = int(os.environ.get("SEED") or "1")
    only = os.environ.get("ONLY", "")
    modes = [mode for mode in MODES if mode == (os.environ.get("MODE") or mode)]
    found = 0
    if only.startswith("ami") or not only:
        strings = int(os.environ.get("STRINGS") or STRINGS)
        logging.getLogger("telectl").setLevel(logging.ERROR)
        first = only.partition(":")[2]
        report = await ami.run(seed, strings, say, first=int(first or 0), lanes=1 if first else 4)
        say(str(report))
        found += len(report.findings)
    if only.startswith("ami"):
        return found
    requests = int(os.environ.get("REQUESTS") or REQUESTS) // len(modes)
    async with MariaDB.start(strict=False) as mariadb:
        for mode in modes:
            async with served(mariadb, mode) as telectl:
                run = await Runner(telectl, seed, say).run(inputs(seed, only), requests)
            say(f"{mode}: {run}")
            found += len(run.findings)
    return found


if __name__ == "__main__":
    sys.exit(min(1, asyncio.run(main())))
