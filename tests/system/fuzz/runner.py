"""Send what the generators make, let the judge look, and shrink what fails until a person can read it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count, islice
from random import Random

from fuzz import http_bytes, judge, multipart_bodies, parameters
from fuzz.inputs import API_USER, CANARY, PAGE, Input
from fuzz.served import Served

GENERATORS: Mapping[str, Callable[[Random, str], Input]] = {
    "http": http_bytes.make,
    "parameters": parameters.make,
    "multipart": multipart_bodies.make,
}
_SHARES = ("http", "parameters", "http", "parameters", "multipart")
BATCH = 250
_AT_ONCE = 16
_WARM = 6
"""Batches after which the process has grown to its size."""
_TABLES_EVERY = 100
"""Batches between two looks at every table."""
_SAY_EVERY = 40
"""Batches between two lines that tell how far a run is."""
_ANSWER, _QUIET = 45.0, 0.3
"""Seconds that an answer which must come may take, and after which bytes that are no request are given up."""
_SHRINK_TRIES = 60
_LAST_WORDS = 4096
"""Bytes of a log that are looked at again with the next, for a secret may be cut."""
_SENTINEL = b"GET %s?source=fuzz&user=%s&pass=%s&function=external_pause&value=PAUSE&agent_user=1000 HTTP/1.1\r\n" % (
    *(PAGE, API_USER),
    CANARY,
)


@dataclass(slots=True)
class Report:
    """What a run found and measured."""

    requests: int = 0
    seconds: float = 0.0
    longest_hold: float = 0.0
    growth: int = 0
    slowest_answer: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    """How many of each kind; those of a right password are about half."""
    findings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.requests} requests in {self.seconds:.0f} s, loop held at most {self.longest_hold * 1000:.0f} ms,"
            f" slowest answer {self.slowest_answer:.1f} s, grown by {self.growth / 2**20:.1f} MiB,"
            f" {len(self.findings)} findings; "
            + ", ".join(f"{kind} {number}" for kind, number in self.answers.most_common())
        )


def make(seed: int, name: str) -> Input:
    """Make the input of a name (`generator:number`) again."""
    return GENERATORS[name.partition(":")[0]](Random(f"{seed}/{name}"), name)


def inputs(seed: int, only: str = "") -> Iterator[Input]:
    """Make inputs without end: of all generators in turn, of one, or one input alone."""
    if ":" in only:
        yield make(seed, only)
        return
    for number in count():
        yield make(seed, f"{only or _SHARES[number % len(_SHARES)]}:{number}")


class Runner:
    """Attacks one telectl."""

    def __init__(self, telectl: Served, seed: int, say: Callable[[str], None]) -> None:
        self.report = Report()
        self._telectl = telectl
        self._seed = seed
        self._say = say
        self._tail = b""
        self._excerpt = ""
        self._warm = 0
        self._said: set[str] = set()

    async def run(self, made: Iterable[Input], requests: int) -> Report:
        """Send inputs, batch by batch, while the telectl lives."""
        started = time.monotonic()
        rest = islice(made, requests)
        for number in count(1):
            batch = list(islice(rest, BATCH))
            if not batch or self._telectl.process.returncode is not None:
                break
            await self._batch(batch)
            await self._memory(number, batch)
            if number % _TABLES_EVERY == 0:
                await self._everywhere()
            if number % _SAY_EVERY == 0:
                self.report.seconds = time.monotonic() - started
                self._say(f"{self._telectl.mode}, so far: {self.report}")
        await self._everywhere()
        self.report.seconds = time.monotonic() - started
        return self.report

    async def _batch(self, batch: list[Input]) -> None:
        """Send a batch; what is found of it as a whole is looked for in its inputs, one by one."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(sent: Input) -> list[str]:
            async with slots:
                started = time.monotonic()
                got = await self._exchange(sent)
            complaints = list(judge.of_answer(sent, got))
            self.report.answers[judge.kind(got)] += 1
            if sent.answers:
                self.report.slowest_answer = max(self.report.slowest_answer, time.monotonic() - started)
            return complaints

        async with self._telectl.noise(Random(f"{self._seed}/noise:{batch[0].name}")):
            found = await asyncio.gather(*(one(sent) for sent in batch))
        self.report.requests += len(batch)
        of_process = [*self._process_complaints(), *await self._sentinel()]
        for sent, complaints in zip(batch, found, strict=True):
            for complaint in complaints:
                await self._found(complaint, sent)
        for complaint in of_process:
            await self._search(complaint, batch)
        await self._telectl.restore()

    def _process_complaints(self) -> list[str]:
        """Look at what the process did since the last look."""
        hold = self._telectl.hold()
        self.report.longest_hold = max(self.report.longest_hold, hold)
        log = self._tail + self._telectl.logged()
        self._tail = log[-_LAST_WORDS:]
        found = [*judge.of_loop(hold), *judge.of_log(log)]
        if found:
            self._excerpt, self._tail = judge.excerpt(log), b""
        if self._telectl.process.returncode is not None:
            found.append("the process ended")
        return found

    async def _sentinel(self) -> list[str]:
        """Send a good request: whatever came before, it is answered with success."""
        await self._telectl.restore()
        await asyncio.sleep(0)
        good = Input("sentinel", (_SENTINEL + b"Host: telectl\r\nConnection: close\r\n\r\n",), answers=1)
        got = await self._exchange(good)
        return [] if b"\r\n\r\nSUCCESS: external_pause function set" in got else [f"a good request got {got[-200:]!r}"]

    async def _memory(self, number: int, batch: list[Input]) -> None:
        resident = self._telectl.resident()
        if number <= _WARM:
            self._warm = max(self._warm, resident)
            return
        self.report.growth = max(self.report.growth, resident - self._warm)
        for complaint in judge.of_memory(resident - self._warm):
            self._note(complaint, f"{resident - self._warm} bytes by the batch that ends with {batch[-1].name}")

    async def _everywhere(self) -> None:
        """Look at the pages and every table."""
        for path in ("/readyz", "/healthz", "/metrics"):
            for complaint in judge.of_page(path, await self._telectl.page(path)):
                self._note(complaint, path)
        async for table, text in self._telectl.tables():
            for complaint in judge.of_rows(table, text):
                if complaint not in self._said:
                    self._said.add(complaint)
                    self._note(complaint, "the rows so far")

    async def _search(self, complaint: str, batch: list[Input]) -> None:
        """Find the input of a batch that a complaint about the process is due to."""
        excerpt = self._excerpt
        for sent in batch:
            if await self._complains(sent, complaint):
                await self._found(complaint, sent)
                return
        self._note(complaint, f"none of {batch[0].name} to {batch[-1].name} alone\n{excerpt}")

    async def _found(self, complaint: str, sent: Input) -> None:
        """Shrink an input and note it; of one complaint a few are enough."""
        kind = f"{complaint} {sent.name.partition(':')[0]}"
        if sum(one.startswith(kind) for one in self._said) >= 3:
            self.report.findings.append(f"{complaint}: {sent.name}")
            return
        self._said.add(f"{kind} {sent.name}")
        self._excerpt = ""
        shrunk = await self._shrunk(complaint, sent)
        shown = repr(shrunk.data if len(shrunk.data) < 1500 else shrunk.data[:900] + b" [...] " + shrunk.data[-500:])
        got = await self._exchange(shrunk)
        self._note(
            complaint, f"{sent.name} (SEED={self._seed} ONLY={sent.name})\n    sent {shown}\n    got {got[:400]!r}"
        )

    def _note(self, complaint: str, what: str) -> None:
        self.report.findings.append(f"{complaint}: {what}")
        self._say(f"{self._telectl.mode}: {complaint}: {what}")

    async def _complains(self, sent: Input, complaint: str) -> bool:
        """Return whether an input alone brings a complaint about."""
        self._process_complaints()
        got = await self._exchange(replace(sent, answers=0))
        return complaint in (*judge.of_answer(sent, got), *self._process_complaints())

    async def _shrunk(self, complaint: str, sent: Input) -> Input:
        """Leave out what the complaint does not need, in ever smaller pieces; of a missing answer nothing is known."""
        if complaint == judge.NO_ANSWER:
            return sent
        whole = replace(sent, pieces=(sent.data,))
        if not await self._complains(whole, complaint):
            return sent
        tries, size = 0, len(whole.data) // 2
        while size and tries < _SHRINK_TRIES:
            at = 0
            while at < len(whole.data) and tries < _SHRINK_TRIES:
                less = replace(whole, pieces=(whole.data[:at] + whole.data[at + size :],))
                tries += 1
                if await self._complains(less, complaint):
                    whole = less
                else:
                    at += size
            size //= 2
        return whole

    async def _exchange(self, sent: Input) -> bytes:
        """Send an input on a connection of its own and return everything that comes back."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._telectl.port)
        except OSError:
            return b""
        got = bytearray()
        try:
            with contextlib.suppress(OSError, TimeoutError):
                for piece in sent.pieces:
                    writer.write(piece)
                    async with asyncio.timeout(_ANSWER):
                        await writer.drain()
            with contextlib.suppress(OSError, TimeoutError):
                while True:
                    async with asyncio.timeout(_ANSWER if sent.answers else _QUIET):
                        chunk = await reader.read(1 << 16)
                    if not chunk:
                        break
                    got += chunk
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        return bytes(got)
