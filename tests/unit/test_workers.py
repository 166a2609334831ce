"""Workers that end are replaced: at once those that had worked, after a growing pause those that had not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from telectl.workers import LONGEST_PAUSE, Worker


def test_the_pause_doubles_up_to_the_longest_and_is_forgotten_after_a_long_life() -> None:
    worker, now, pauses = Worker(), 1000.0, []
    for lived in (0, 0, 0.1, 0, 4, 0, 0, LONGEST_PAUSE, 0, 3600):
        worker.started = now
        now += lived
        worker.ended(now)
        assert worker.due == now + worker.pause
        pauses.append(worker.pause)
        now = worker.due
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 0, 0.2, 0]


@contextmanager
def supervised(number: int, work: str, log: Path, before: str = "") -> Iterator[subprocess.Popen[str]]:
    """A process that lets so many workers do this, each of which first leaves its id in a file."""
    program = (
        "import logging, os, pathlib, signal, time\n"
        "from telectl.workers import supervise\n"
        "logging.basicConfig(format='%(message)s')\n"
        "def work():\n"
        f"    with open({str(log)!r}, 'a') as file: print(os.getpid(), file=file)\n"
        f"    {work}\n"
        f"{before}supervise({number}, work)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def pids(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def wait(what: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_workers_that_end_at_once_are_not_started_without_pause(tmp_path: Path) -> None:
    told = {
        "raise RuntimeError('no good')": ("RuntimeError: no good", "(status 1); another is started in 0.4 s"),
        "os.kill(os.getpid(), signal.SIGKILL)": ("(signal SIGKILL); another is started in 0.4 s",),
        "return": ("(status 0); another is started in 0.4 s",),
    }
    with ExitStack() as stack:
        logs = {work: tmp_path / f"pids-{number}" for number, work in enumerate(told)}
        processes = {work: stack.enter_context(supervised(2, work, log)) for work, log in logs.items()}
        wait(lambda: all(len(pids(log)) >= 6 for log in logs.values()))  # two workers, three times
        time.sleep(0.4)  # the next start is 0.8 s after the third
        for work, process in processes.items():
            assert len(pids(logs[work])) < 20
            process.terminate()
            _, errors = process.communicate(timeout=10)
            assert process.returncode == 0
            assert all(words in errors for words in told[work]), errors


def test_every_worker_ends_when_the_first_process_is_told_to(tmp_path: Path) -> None:
    log = tmp_path / "pids"
    with supervised(3, "signal.pause()", log) as process:
        wait(lambda: len(pids(log)) == 3)
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0
    for pid in pids(log):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_one_that_dies_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    log = tmp_path / "pids"
    with supervised(2, "signal.pause()", log) as process:
        wait(lambda: len(pids(log)) == 2)
        first, second = pids(log)
        os.kill(first, signal.SIGKILL)
        wait(lambda: len(pids(log)) == 3)
        os.kill(second, 0)
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 0


def test_a_process_that_cannot_be_made_is_tried_again(tmp_path: Path) -> None:
    log = tmp_path / "pids"
    none = (
        "fork, refused = os.fork, iter([True, True])\n"
        "def few():\n"
        "    if next(refused, False): raise BlockingIOError(11, 'Resource temporarily unavailable')\n"
        "    return fork()\n"
        "os.fork = few\n"
    )
    with supervised(1, "signal.pause()", log, none) as process:
        wait(lambda: len(pids(log)) == 1)
        process.terminate()
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert errors.splitlines() == [
        f"no worker can be started: Resource temporarily unavailable; tried again in {pause} s" for pause in (0.2, 0.4)
    ]
