"""Several processes on one socket: a worker that ends is replaced, and one that ends at once is given a pause first."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds before the start after one that failed; doubled by each that fails, too. A worker that lives as long as the
longest has not failed, and is replaced without any."""
_STOP = {signal.SIGTERM, signal.SIGINT}
_AWAITED = {*_STOP, signal.SIGCHLD}


@dataclass(slots=True)
class Worker:
    """One place among the workers; the process in it comes and goes."""

    started: float = 0.0
    due: float = 0.0
    """When its next process may start, on the monotonic clock."""
    pause: float = 0.0

    def ended(self, now: float) -> None:
        """Set when the next process may start."""
        lived = now - self.started
        self.pause = 0.0 if lived >= LONGEST_PAUSE else min(max(2 * self.pause, FIRST_PAUSE), LONGEST_PAUSE)
        self.due = now + self.pause


def supervise(number: int, work: Callable[[], None], *, stopping: Callable[[], None] = lambda: None) -> None:
    """Run `work` in so many child processes until SIGTERM or SIGINT, which is handed on; return when all have ended.

    Before it is handed on, `stopping` is called: what the children share with this process is theirs alone then.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    running: dict[int, Worker] = {}
    waiting = [Worker() for _ in range(number)]
    try:
        while True:
            waiting = [worker for worker in waiting if not _start(worker, running, work, before)]
            wait = min((worker.due for worker in waiting), default=time.monotonic() + 60) - time.monotonic()
            told = signal.sigtimedwait(_AWAITED, max(wait, 0))
            if told is not None and told.si_signo in _STOP:
                break
            waiting += _ended(running)
        stopping()
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        for pid in running:
            os.waitpid(pid, 0)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(
    worker: Worker, running: dict[int, Worker], work: Callable[[], None], mask: set[int | signal.Signals]
) -> bool:
    """Start a worker's process if it is due, and return whether it runs."""
    now = time.monotonic()
    if worker.due > now:
        return False
    worker.started = now
    try:
        pid = os.fork()
    except OSError as error:
        worker.ended(now)
        log.error("no worker can be started: %s; tried again in %.1f s", error.strerror, worker.pause)  # noqa: TRY400
        return False
    if not pid:
        _work(work, mask)
    running[pid] = worker
    return True


def _work(work: Callable[[], None], mask: set[int | signal.Signals]) -> None:
    """Do a child's work, and end the process."""
    status = 1
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        work()
        status = 0
    except BaseException:
        log.exception("worker %d failed", os.getpid())
    finally:
        os._exit(status)


def _ended(running: dict[int, Worker]) -> list[Worker]:
    """Return the workers whose process has ended; several may have, for one signal."""
    ended = []
    for pid, worker in list(running.items()):
        found, status = os.waitpid(pid, os.WNOHANG)
        if not found:
            continue
        worker.ended(time.monotonic())
        when = f"in {worker.pause:.1f} s" if worker.pause else "now"
        log.error("worker %d ended (%s); another is started %s", pid, _cause(status), when)
        ended.append(running.pop(pid))
    return ended


def _cause(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"
