"""A TCP server on loopback for as long as an `async with` lasts; at its end, no connection and no task is left."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class LoopbackServer(ABC):
    """What the fakes have in common; `port` is where they listen, 0 for a free one until they do."""

    port: int = 0

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop_listening()
        await asyncio.sleep(0.02)  # a connection that was just accepted gets its tasks
        while self._tasks:  # each ends with its connection
            self.drop()
            await asyncio.wait(self._tasks, timeout=0.1)

    async def listen(self) -> None:
        """Listen, on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def stop_listening(self) -> None:
        """Listen no more; the connections there are stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def drop(self) -> None:
        """End every connection at once."""
        for writer in list(self._writers):
            writer.transport.abort()

    @abstractmethod
    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection."""

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.keep(asyncio.current_task())
        await self.accept(reader, writer)

    def keep(self, task: asyncio.Task[None] | None) -> None:
        """Await a task, which ends with its connection, at the end."""
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def end(self, writer: asyncio.StreamWriter) -> None:
        """Close a connection from here."""
        self._writers.discard(writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
