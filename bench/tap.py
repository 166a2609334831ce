"""A proxy in front of the manager interface that notes when each action was answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Tap:
    """Listens in on telectl's manager connection."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.answered: dict[str, float] = {}
        self._target = port

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Tap]:
        """Listen on a free port."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    def last_answer(self, request_id: str) -> float:
        """Return when the last action of a request was answered: the one that does the work."""
        return max(at for action, at in self.answered.items() if action.startswith(f"{request_id}/"))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(self._pass(reader, there_writer), self._watch(there_reader, writer))

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
        sink.close()

    async def _watch(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        tail = b""
        while data := await source.read(65536):
            at = time.monotonic()
            sink.write(data)
            *frames, tail = (tail + data).split(b"\r\n\r\n")
            for frame in frames:
                lines = frame.decode("utf-8", "replace").split("\r\n")
                if "Response: Success" in lines and not any(line.startswith("Event:") for line in lines):
                    for line in lines:
                        if line.startswith("ActionID: "):
                            self.answered[line.removeprefix("ActionID: ")] = at
        sink.close()
