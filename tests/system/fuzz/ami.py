"""Real links to a hostile peer: bounded, nothing escapes them, and they come back when the peer is good again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import mmap
import random as randomness
import resource
import struct
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from lab.until import NotInTimeError, until

from fuzz import ami_bytes, judge, probe
from telectl.asterisk import Address, CoreShowChannels, GetVar, Link, Message, PlayDtmf, Timeouts, extension_exists
from telectl.errors import AsteriskError

_QUICK = Timeouts(
    action=0.2, list=0.4, heartbeat=0.2, backoff_first=0.01, backoff_most=0.05, booted=0.1, refused_login=0.05
)
_STUCK = 30.0
"""Seconds without a new string after which the link is taken for dead."""
_CHUNK = 1 << 15
_WARM = 20_000
"""Strings after which the process has grown to its size."""


@dataclass(slots=True)
class Report:
    """What a run found and measured."""

    strings: int = 0
    sessions: int = 0
    seconds: float = 0.0
    longest_hold: float = 0.0
    growth: int = 0
    findings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.strings} AMI strings in {self.sessions} sessions, {self.seconds:.0f} s, loop held at most"
            f" {self.longest_hold * 1000:.0f} ms, grown by {self.growth / 2**20:.1f} MiB, {len(self.findings)} findings"
        )


class Peer:
    """A manager interface that follows a seed; session n of a seed is always the same."""

    def __init__(self, seed: int, first: int) -> None:
        self.strings = 0
        self.session = first
        self.good = False
        self.port = 0
        self.seed = seed

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        random = None if self.good else Random(f"{self.seed}/ami:{self.session}")
        self.session += 0 if self.good else 1
        with contextlib.suppress(OSError, asyncio.CancelledError):  # cancelled at the end of the run
            await self._serve(reader, writer, random)
        writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, random: Random | None) -> None:
        if random and random.random() < 0.1:
            writer.write(random.choice(ami_bytes.BANNERS))
            self.strings += 1
            await writer.drain()
            await asyncio.sleep(0.01)
            return
        writer.write(ami_bytes.BANNER)
        waiting: list[bytes] = []
        sending: asyncio.Task[None] | None = None
        try:
            while block := await _action(reader):
                waiting[:] = [*waiting[-20:], block.get(b"ActionID", b"")]
                answer = _answer(block)
                if random is not None:
                    if random.random() < 0.1:
                        answer = ami_bytes.string(random, waiting) + (answer if random.random() < 0.5 else b"")
                    if sending is None and (block[b"Action"] == b"MeetmeList" or random.random() < 0.05):
                        sending = asyncio.create_task(self._strings(writer, random, waiting))
                if sending is None or not sending.done():
                    writer.write(answer)
                else:
                    return
        finally:
            if sending is not None:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    async def _strings(self, writer: asyncio.StreamWriter, random: Random, waiting: list[bytes]) -> None:
        """Send the strings of a session, cut anywhere; then close."""
        if random.random() < 0.03:
            for made in ami_bytes.flood(random, waiting):
                await self._send(writer, [made])
        for _ in range(random.choice((10, 300, 1500))):
            await self._send(
                writer, [ami_bytes.string(random, waiting) for _ in range(random.choice((1, 1, 5, 40)))], random
            )
        if random.random() < 0.2:
            await self._send(writer, [ami_bytes.endless(random)])
        writer.close()

    async def _send(self, writer: asyncio.StreamWriter, strings: list[bytes], random: Random | None = None) -> None:
        data = b"".join(strings)
        at = random.randrange(len(data) + 1) if random else 0
        for piece in filter(None, (data[:at], data[at:])):
            writer.write(piece)
            await writer.drain()
        self.strings += len(strings)
        await asyncio.sleep(0)


class Watch(logging.Handler):
    """Keeps what the link logs as a defect."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.lines.append(f"{record.getMessage()} {record.exc_info}")


async def run(seed: int, strings: int, say: Callable[[str], None], first: int = 0, lanes: int = 4) -> Report:
    """Let links meet a hostile peer for a number of strings, from a session on; one link meets them in order."""
    peer = Peer(seed, first)
    randomness.seed(seed)  # the links' jitter
    server = await asyncio.start_server(peer.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    links = [Link(Address(f"10.0.0.{n}", "127.0.0.1", port, "telectl", "telectl"), _QUICK) for n in range(lanes)]
    meter = Meter(peer, say)
    started = time.monotonic()
    with meter.watching():
        for link in links:
            await link.start()
        asking = [asyncio.create_task(_ask(link, meter.note)) for link in links]
        unsubscribes = [link.subscribe(_invariants(link, meter.note)) for link in links]
        await meter.wait_for(strings)
        for task, unsubscribe in zip(asking, unsubscribes, strict=True):
            unsubscribe()
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        peer.good = True
        for link in links:
            await _comes_back(link, meter.note)
        await asyncio.gather(*(link.close() for link in links))
        meter.look()
    server.close()
    report = meter.report
    report.strings, report.sessions, report.seconds = peer.strings, peer.session - first, time.monotonic() - started
    return report


class Meter:
    """Measures this process while links and peer live in it, and keeps what is found."""

    def __init__(self, peer: Peer, say: Callable[[str], None]) -> None:
        self.report = Report()
        self._peer = peer
        self._say = say
        self._watch = Watch()
        self._shared = mmap.mmap(-1, probe.SIZE)
        self._warm = 0

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Look at the loop, at its lost exceptions and at the log while the body runs."""
        loop, log = asyncio.get_running_loop(), logging.getLogger("telectl")
        before = loop.get_exception_handler()
        loop.set_exception_handler(lambda _, context: self._watch.lines.append(str(context)))
        log.addHandler(self._watch)
        try:
            with probe.installed(self._shared):
                yield
        finally:
            log.removeHandler(self._watch)
            loop.set_exception_handler(before)

    async def wait_for(self, strings: int) -> None:
        """Look again and again until the peer has sent that many, or nobody takes any more."""
        seen, changed = 0, time.monotonic()
        while self._peer.strings < strings:
            await asyncio.sleep(0.05)
            self.look()
            if self._peer.strings != seen:
                seen, changed = self._peer.strings, time.monotonic()
            if time.monotonic() - changed > _STUCK:
                self.note("the link does not come back to a hostile peer")
                return

    def look(self) -> None:
        """Let the judge see what there is now."""
        report, hold, resident = self.report, probe.longest(self._shared), _resident()
        struct.pack_into("d", self._shared, 0, 0.0)
        report.longest_hold = max(report.longest_hold, hold)
        if self._peer.strings < _WARM:
            self._warm = max(self._warm, resident)
        growth = resident - self._warm
        report.growth = max(report.growth, growth)
        for complaint in (*judge.of_loop(hold), *judge.of_memory(growth), *self._watch.lines):
            self.note(complaint)
        self._watch.lines.clear()

    def note(self, complaint: str) -> None:
        """Keep a finding, and say it once."""
        if complaint not in self.report.findings:
            self._say(f"ami: {complaint} (SEED={self._peer.seed} ONLY=ami:{max(0, self._peer.session - 1)})")
            self.report.findings.append(complaint)


async def _comes_back(link: Link, note: Callable[[str], None]) -> None:
    """Wait until a link to a peer that is good again has its live state, of no channels."""
    try:
        await until(lambda: link.usable and not link.state.size, 20, what=lambda: link.trouble)
    except NotInTimeError as error:
        note(f"the link does not come back to a good peer: {error}")


async def _ask(link: Link, note: Callable[[str], None]) -> None:
    """Ask for this and that all the time: an AsteriskError is the only end but an answer."""
    while True:
        asked: tuple[Coroutine[Any, Any, object], ...] = (
            link.do(GetVar("PJSIP/a-1", "CONTEXT")),
            link.list(CoreShowChannels()),
            extension_exists(link, "default", "8300"),
            link.do_on_side_connection(PlayDtmf("PJSIP/a-1", "5")),
        )
        for result in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, AsteriskError):
                note(f"{type(result).__name__} escapes the link: {result}")
        await asyncio.sleep(0.02)


def _invariants(link: Link, note: Callable[[str], None]) -> Callable[[Message], None]:
    """Make a listener that looks now and then whether the live state agrees with itself."""
    events = 0

    def look(_: Message) -> None:
        nonlocal events
        events += 1
        if events % 50:
            return
        state = link.state
        if state.size > 100:
            return
        channels = list(state.channels())
        for channel in channels:
            found = state.by_uniqueid(channel.uniqueid)
            if not channel.name or state.channel(channel.name) is not channel:
                note("a channel has no name or another's")
            if found is None or found.uniqueid != channel.uniqueid:
                note("a uniqueid leads to another channel")
            if channel.bridge_id and any(
                peer.bridge_id != channel.bridge_id for peer in state.bridge_peers(channel.name)
            ):
                note("a bridge holds a channel that is elsewhere")
        for room in state.rooms():
            if any(state.room_of(member.name) != room for member in state.room(room)):
                note("a room holds a channel that is elsewhere")

    return look


async def _action(reader: asyncio.StreamReader) -> dict[bytes, bytes]:
    """Read an action; empty at the end of the connection."""
    try:
        block = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, OSError):
        return {}
    return dict(line.split(b": ", 1) for line in block.split(b"\r\n") if b": " in line)


def _answer(action: dict[bytes, bytes]) -> bytes:
    """Answer as an Asterisk without channels does."""
    identity = b"ActionID: " + action.get(b"ActionID", b"") + b"\r\n"
    if action[b"Action"] == b"CoreShowChannels":
        start = b"Response: Success\r\n" + identity + b"EventList: start\r\n\r\n"
        return start + b"Event: CoreShowChannelsComplete\r\n" + identity + b"EventList: Complete\r\n\r\n"
    if action[b"Action"] in (b"ConfbridgeListRooms", b"ConfbridgeList", b"MeetmeList"):
        return b"Response: Error\r\n" + identity + b"Message: No active conferences.\r\n\r\n"
    if action[b"Action"] == b"Challenge":
        return b"Response: Success\r\n" + identity + b"Challenge: 4711\r\n\r\n"
    booted = b"Event: FullyBooted\r\n\r\n" if action[b"Action"] == b"Login" else b""
    return b"Response: Success\r\n" + identity + b"\r\n" + booted


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
