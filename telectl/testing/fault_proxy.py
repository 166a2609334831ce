"""A TCP proxy on loopback that spoils what passes through it: for tests of what a program makes of a bad network.

    async with FaultProxy("127.0.0.1", 5038) as proxy:
        ...                                      # point the program at proxy.port
        proxy.stall(Direction.TO_CLIENT)         # what is sent arrives, what is answered does not
        proxy.flow()

| fault | what the two ends see |
|---|---|
| `stall` | nothing more in one direction, or both; nothing is lost, and `flow` lets it go on |
| `swallow` | the connections there are never pass anything again, as behind a firewall that forgot them; new ones do |
| `delay` | every piece comes so many seconds late |
| `chunk` | every piece comes as many small ones |
| `cut` | every connection ends, as when a program ends |
| `reset` | every connection is reset (RST), as when a machine has restarted |
| `cut_after` | the connection ends that carries the n-th byte from now in one direction, at that byte |
| `refuse` | nobody listens any more, and the connections there are end; `listen` listens again on the same port |
| `lead_to` | new connections reach another server |

As with TCP itself, what was held back when its sender closed the connection still arrives, and what was held back when
its sender reset it does not.

What reaches the server and what comes from it can be watched with `tap`, on the server's side of every fault: only what
was really handed on is seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import count
from types import TracebackType

from telectl.testing.loopback import LoopbackServer

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER: on, for no time."""


class Direction(Enum):
    """Which way bytes go."""

    TO_SERVER = "to server"
    TO_CLIENT = "to client"


BOTH = tuple(Direction)
Tap = Callable[[int, Direction, bytes], None]
"""Called with the connection's number, the direction and the bytes."""


@dataclass(slots=True)
class _Countdown:
    """Bytes that may still pass in one direction, of all connections together."""

    direction: Direction
    left: int


class FaultProxy(LoopbackServer):
    """Stands in front of one server; `port` is where clients connect."""

    def __init__(self, host: str, port: int, *, tap: Tap | None = None) -> None:
        super().__init__()
        self.chunk = 0
        """Bytes that are passed on at a time; 0 for whatever comes."""
        self.delay = 0.0
        """Seconds that every piece is held back."""
        self.passed = 0
        """Connections that were accepted so far."""
        self.sent = bytearray()
        """What clients have sent so far, kept where nobody watches with `tap`."""
        self._tap = tap
        self._target = (host, port)
        self._flows = _flowing()
        """Of the connections that are made now."""
        self._swallowed: list[dict[Direction, asyncio.Event]] = []
        self._countdown: _Countdown | None = None
        self._numbers = count(1)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()  # what is held back goes nowhere any more
        self.thaw()
        await super().__aexit__(kind, error, trace)

    def stall(self, *directions: Direction) -> None:
        """Pass nothing on in these directions, by default in both; connections stay open, as a dead peer's do."""
        for direction in directions or BOTH:
            self._flows[direction].clear()

    def flow(self) -> None:
        """Pass on again what was held back by `stall`."""
        for direction in BOTH:
            self._flows[direction].set()

    def freeze(self) -> None:
        """Stall both directions."""
        self.stall()

    def thaw(self) -> None:
        """Pass everything on, what was held back first, also of swallowed connections."""
        for flows in (self._flows, *self._swallowed):
            for direction in BOTH:
                flows[direction].set()
        self._swallowed.clear()

    def swallow(self) -> None:
        """Pass nothing on any more of the connections there are, as a firewall that forgot them; new ones flow."""
        self.stall()
        self._swallowed.append(self._flows)
        self._flows = _flowing()

    def lead_to(self, host: str, port: int) -> None:
        """Stand in front of another server from now on; the connections there are stay where they are."""
        self._target = (host, port)

    def cut(self) -> None:
        """End every connection at once."""
        self.drop()

    def reset(self) -> None:
        """Reset every connection: both ends get an error, and what was on its way is lost."""
        for writer in list(self._writers):
            self.reset_connection(writer)

    @staticmethod
    def reset_connection(writer: asyncio.StreamWriter) -> None:
        """End one connection with RST."""
        connection = writer.get_extra_info("socket")
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        writer.transport.abort()

    def cut_after(self, number: int, direction: Direction) -> None:
        """End a connection in the midst of what it carries, once so many bytes more went in a direction; 0: never."""
        self._countdown = _Countdown(direction, number) if number else None

    async def refuse(self) -> None:
        """Listen no more, and end every connection: clients are refused."""
        self.stop_listening()
        await asyncio.sleep(0.02)  # a connection that was just accepted is among those that end
        self.cut()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect to the server, and pass on what comes from either side."""
        self.passed += 1
        number = next(self._numbers)
        flows = self._flows
        self._writers.add(writer)
        try:
            there_reader, there_writer = await asyncio.open_connection(*self._target)
        except OSError:
            self._writers.discard(writer)
            writer.transport.abort()
            return
        ends = (writer, there_writer)
        self._writers.add(there_writer)
        if writer.transport.is_closing():  # cut meanwhile
            there_writer.transport.abort()
        self.keep(asyncio.create_task(self._pass(number, Direction.TO_SERVER, reader, ends, flows)))
        self.keep(asyncio.create_task(self._pass(number, Direction.TO_CLIENT, there_reader, ends[::-1], flows)))

    async def _pass(
        self,
        number: int,
        direction: Direction,
        source: asyncio.StreamReader,
        ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
        flows: dict[Direction, asyncio.Event],
    ) -> None:
        """Pass on what comes from the first of the ends to the second."""
        sink = ends[1]
        try:
            while data := await source.read(65536):
                if direction is Direction.TO_CLIENT:
                    self._watch(number, direction, data)
                step = self.chunk or len(data)
                for start in range(0, len(data), step):
                    if self.delay:
                        await asyncio.sleep(self.delay)
                    await flows[direction].wait()
                    if (lost := source.exception()) is not None:
                        raise lost
                    piece, ends_here = self._counted(data[start : start + step], direction)
                    if direction is Direction.TO_SERVER and not sink.transport.is_closing():
                        self._watch(number, direction, piece)
                    sink.write(piece)
                    await sink.drain()
                    if ends_here:
                        ends[0].close()
                        return
                    if self.chunk:
                        await asyncio.sleep(0)  # a chunk is a packet of its own
        except OSError:
            self.reset_connection(sink)
        finally:
            await self.end(sink)

    def _watch(self, number: int, direction: Direction, data: bytes) -> None:
        if self._tap is not None:
            self._tap(number, direction, data)
        elif direction is Direction.TO_SERVER:
            self.sent += data

    def _counted(self, piece: bytes, direction: Direction) -> tuple[bytes, bool]:
        """Return what of a piece may still pass, and whether its connection ends there."""
        countdown = self._countdown
        if countdown is None or countdown.direction is not direction:
            return piece, False
        if countdown.left > len(piece):
            countdown.left -= len(piece)
            return piece, False
        self._countdown = None
        return piece[: countdown.left], True


def _flowing() -> dict[Direction, asyncio.Event]:
    """Return what two directions wait for, with both open."""
    flows = {direction: asyncio.Event() for direction in BOTH}
    for event in flows.values():
        event.set()
    return flows
