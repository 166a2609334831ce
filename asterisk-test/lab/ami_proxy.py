"""A way to a manager interface on which single messages are lost, or come late.

What cuts, stalls or chops the bytes is `telectl.testing.FaultProxy`; here whole messages of Asterisk's go missing, as
behind an event filter, a queue that ran over, or an Asterisk that does not tell what it did.
"""

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from lab.ami import Event

_END = b"\r\n\r\n"

Fits = Callable[[Event], bool]


class AmiProxy:
    """Stands in front of one manager interface; `port` is where clients connect."""

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self.lost: list[Event] = []
        """What did not get through."""
        self.late: list[Event] = []
        """What came after what was told later."""
        self._target = (host, port)
        self._loses: Fits = _nothing
        self._delays: Fits = _nothing
        self._by = 0.0
        self._swallowed = self._cut_after = ""
        self._server: asyncio.Server | None = None
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
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def lose(self, fits: Fits) -> None:
        """Lose every event that fits, from now on."""
        self._loses = fits

    def delay(self, fits: Fits, seconds: float) -> None:
        """Let every event that fits come so much later, from now on; the others overtake it."""
        self._delays, self._by = fits, seconds

    def swallow(self, action: str) -> None:
        """Let every action of this name vanish on its way to Asterisk, from now on."""
        self._swallowed = action

    def cut_after(self, action: str) -> None:
        """End the connection on which the next action of this name comes: Asterisk has it, and its answer is lost."""
        self._cut_after = action

    def pass_all(self) -> None:
        """Lose and delay nothing any more."""
        self._loses = self._delays = _nothing
        self._swallowed = self._cut_after = ""

    def cut(self) -> None:
        """End every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, there_writer}
        self._start(self._up(reader, there_writer, writer))
        self._start(self._down(there_reader, writer))

    def _start(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _up(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, client: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while message := await source.readuntil(_END):
                action = _action(message)
                if action and action == self._swallowed:
                    continue
                if action and action == self._cut_after:
                    self._cut_after = ""
                    client.transport.abort()  # before the answer can come
                    sink.write(message)
                    await sink.drain()
                    break
                sink.write(message)
                await sink.drain()
        sink.close()

    async def _down(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            sink.write(await source.readuntil(b"\r\n"))  # the banner
            while message := await source.readuntil(_END):
                event = _event(message)
                if event is not None and self._loses(event):
                    self.lost.append(event)
                elif event is not None and self._delays(event):
                    self.late.append(event)
                    asyncio.get_running_loop().call_later(self._by, _send, sink, message)
                else:
                    sink.write(message)
                    await sink.drain()
        sink.close()


def _nothing(_event: Event) -> bool:
    return False


def _send(sink: asyncio.StreamWriter, message: bytes) -> None:
    if not sink.is_closing():
        sink.write(message)


def _event(message: bytes) -> Event | None:
    """Read a message; nothing where it is an answer."""
    lines = (line.partition(": ") for line in message.decode("utf-8", "replace").split("\r\n") if line)
    headers = {key: value for key, _, value in lines}
    return Event(0.0, headers["Event"], headers) if "Event" in headers else None


def _action(message: bytes) -> str:
    for line in message.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"action":
            return value.strip().decode("utf-8", "replace")
    return ""
