"""A TCP proxy on loopback that can freeze, swallow, cut and chop what passes through it, and lead elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType

from telectl.testing.loopback import LoopbackServer


class FaultProxy(LoopbackServer):
    """Stands in front of one server; `port` is where clients connect."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self.chunk = 0
        """Bytes that are passed on at a time; 0 for whatever comes."""
        self.passed = 0
        """Connections that were accepted so far."""
        self.sent = bytearray()
        """What clients have sent so far."""
        self._target = (host, port)
        self._flows = asyncio.Event()
        """Of the connections that are made now."""
        self._flows.set()
        self._swallowed: list[asyncio.Event] = []

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.thaw()
        await super().__aexit__(kind, error, trace)

    def freeze(self) -> None:
        """Pass nothing on any more; connections stay open, as a dead peer's do."""
        self._flows.clear()

    def thaw(self) -> None:
        """Pass everything on, what was held back first."""
        for flows in (self._flows, *self._swallowed):
            flows.set()

    def swallow(self) -> None:
        """Pass nothing on any more of the connections there are, as a firewall that forgot them; new ones flow."""
        self._flows.clear()
        self._swallowed.append(self._flows)
        self._flows = asyncio.Event()
        self._flows.set()

    def lead_to(self, host: str, port: int) -> None:
        """Stand in front of another server from now on; the connections there are stay where they are."""
        self._target = (host, port)

    def cut(self) -> None:
        """End every connection at once."""
        self.drop()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect to the server, and pass on what comes from either side."""
        self.passed += 1
        flows = self._flows
        try:
            there_reader, there_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, there_writer}
        self.keep(asyncio.create_task(self._pass(reader, there_writer, flows, self.sent)))
        self.keep(asyncio.create_task(self._pass(there_reader, writer, flows)))

    async def _pass(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        flows: asyncio.Event,
        seen: bytearray | None = None,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if seen is not None:
                    seen += data
                step = self.chunk or len(data)
                for start in range(0, len(data), step):
                    await flows.wait()
                    sink.write(data[start : start + step])
                    await sink.drain()
                    if self.chunk:
                        await asyncio.sleep(0)  # a chunk is a packet of its own
        await self.end(sink)
