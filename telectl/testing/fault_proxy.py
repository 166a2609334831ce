"""A TCP proxy on loopback that can freeze, swallow, cut and chop what passes through it, and lead elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self


class FaultProxy:
    """Stands in front of one server; `port` is where clients connect."""

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self.chunk = 0
        """Bytes that are passed on at a time; 0 for whatever comes."""
        self.passed = 0
        """Connections that were accepted so far."""
        self.sent = bytearray()
        """What clients have sent so far."""
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._flows = asyncio.Event()
        """Of the connections that are made now."""
        self._flows.set()
        self._swallowed: list[asyncio.Event] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        self.thaw()
        await asyncio.sleep(0.02)  # a connection that was just accepted gets its tasks
        while self._tasks:  # each ends with its connection
            self.cut()
            await asyncio.wait(self._tasks, timeout=0.1)

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
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.passed += 1
        self._keep(asyncio.current_task())
        flows = self._flows
        try:
            there_reader, there_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, there_writer}
        self._keep(asyncio.create_task(self._pass(reader, there_writer, flows, self.sent)))
        self._keep(asyncio.create_task(self._pass(there_reader, writer, flows)))

    def _keep(self, task: asyncio.Task[None] | None) -> None:
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

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
        sink.close()
        self._writers.discard(sink)
        with contextlib.suppress(OSError):
            await sink.wait_closed()
