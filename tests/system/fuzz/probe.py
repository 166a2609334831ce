"""Start telectl with a probe in it: how long one step held the event loop, without what the machine did meanwhile.

    python probe.py FILE MEBIBYTES WORD...      runs `telectl WORD...` with at most MEBIBYTES of addresses

FILE is shared with the runner: the longest hold in seconds as a double, which the runner sets back to 0. A hold is the
wall time of one callback of the loop, less the time in which its thread could have run and another had the processor.
"""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import os
import resource
import struct
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SIZE = struct.calcsize("d")
_WAITED = "/proc/thread-self/schedstat"
"""Its second word: nanoseconds that this thread waited for a processor."""


@contextlib.contextmanager
def installed(shared: mmap.mmap) -> Iterator[None]:
    """Time every callback of this thread's loop while the body runs."""
    waiting = _waiting()
    run = asyncio.Handle._run  # noqa: SLF001 - every callback of a loop passes here

    def waited() -> float:
        return int(os.pread(waiting, 64, 0).split()[1]) / 1e9 if waiting >= 0 else 0.0

    def timed(handle: asyncio.Handle) -> None:
        before, started = waited(), time.perf_counter()
        run(handle)
        taken = time.perf_counter() - started
        if taken > longest(shared):
            taken -= waited() - before
            if taken > longest(shared):
                struct.pack_into("d", shared, 0, taken)

    asyncio.Handle._run = timed  # type: ignore[assignment,method-assign] # noqa: SLF001
    try:
        yield
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign] # noqa: SLF001


@cache
def _waiting() -> int:
    """Open what this thread waited; -1 where the kernel does not count it."""
    return os.open(_WAITED, os.O_RDONLY) if Path(_WAITED).exists() else -1


def longest(shared: mmap.mmap) -> float:
    """Return the longest hold since the runner set it back, in seconds."""
    return float(struct.unpack_from("d", shared, 0)[0])


def shared_file(path: Path) -> mmap.mmap:
    """Open the shared file, making it if need be."""
    with path.open("a+b") as file:
        file.truncate(SIZE)
        return mmap.mmap(file.fileno(), SIZE)


if __name__ == "__main__":
    most = int(sys.argv[2]) << 20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    from telectl.cli import main

    with installed(shared_file(Path(sys.argv[1]))):
        sys.argv = ["telectl", *sys.argv[3:]]
        main()
