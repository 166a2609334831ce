"""A program that the lab runs, whatever it is: here a few lines of Python."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest
from lab.process import Process, ProcessError
from lab.until import until

READY = "import pathlib, time; print('hello', flush=True); pathlib.Path('ready').touch(); "


class Script(Process):
    name = "the script"
    goodbye = 0.5

    def __init__(self, folder: Path, code: str) -> None:
        super().__init__([sys.executable, "-c", code], folder / "output", folder=folder)
        self.mark = folder / "ready"

    async def is_ready(self) -> bool:
        return self.mark.exists()


class Impatient(Script):
    boot = 0.2


async def test_it_runs_once_it_is_ready_and_ends_in_peace(tmp_path: Path) -> None:
    script = Script(tmp_path, READY + "time.sleep(60)")
    assert script.pid == 0
    await script.run()
    first = script.pid
    assert first
    assert script.last_words() == "hello"
    assert os.getsid(first) == first
    await script.restart()
    assert script.pid not in (0, first)
    await script.stop()
    assert script.pid == 0
    assert await script.wait(0) == -15
    await script.stop()  # once is enough


async def test_one_that_ends_while_it_starts_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match=r"the script ended while it started:\n(?s:.*)no such thing"):
        await Script(tmp_path, "raise SystemExit('no such thing')").run()


async def test_one_that_is_not_ready_in_time_is_an_error(tmp_path: Path) -> None:
    script = Impatient(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(ProcessError, match=r"the script is not ready after 0\.2 s"):
        await script.run()
    script.kill()
    assert script.pid == 0


async def test_one_that_does_not_end_in_peace_or_is_frozen_is_ended_by_force(tmp_path: Path) -> None:
    stubborn = Script(
        tmp_path, "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY + "time.sleep(60)"
    )
    await stubborn.run()
    stubborn.freeze()
    await stubborn.stop()
    assert await stubborn.wait(0) == -9


async def test_a_frozen_one_does_nothing_until_it_is_thawed(tmp_path: Path) -> None:
    counting = Script(tmp_path, READY + "\nfor count in range(10**9): print(count, flush=True); time.sleep(0.001)")
    await counting.run()
    await until(lambda: len(counting.last_words().split()) > 5)
    counting.freeze()
    before = counting.last_words()
    await asyncio.sleep(0.1)
    assert counting.last_words() == before
    counting.freeze()  # no wait for a second stop
    counting.thaw()
    await until(lambda: counting.last_words() != before)
    counting.kill()
    counting.freeze()  # of nobody
    counting.thaw()
    await counting.stop()


async def test_a_wait_has_an_end(tmp_path: Path) -> None:
    script = Script(tmp_path, READY + "time.sleep(60)")
    assert await script.wait(0) is None
    script.launch()
    started = time.monotonic()
    assert await script.wait(0.1) is None
    assert time.monotonic() - started < 30
    script.kill()
