"""A small manager client for the lab: the independent witness of what Asterisk does.

It shares no code with telectl on purpose: what proves telectl right must not be wrong in the same way.
"""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Self

from lab.until import until

Headers = dict[str, str]

PATIENCE = 5.0
"""Seconds within which an action must be answered."""


class ManagerError(Exception):
    """The manager interface refused something or went away."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event and when it was read, on the clock of time.monotonic()."""

    at: float
    name: str
    headers: Headers

    def __getitem__(self, header: str) -> str:
        return self.headers.get(header, "")

    def matches(self, name: str, **headers: str) -> bool:
        """Return whether it is an event of this name with all these headers."""
        return self.name == name and all(self[key] == value for key, value in headers.items())


class Ami:
    """One connection to a manager interface that keeps every event it reads."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.events: list[Event] = []
        self._reader, self._writer = reader, writer
        self._answers: dict[str, asyncio.Future[Headers]] = {}
        self._listeners: list[Callable[[Event], None]] = []
        self._ids = itertools.count(1)
        self._task = asyncio.create_task(self._read())

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, port: int, username: str, secret: str, *, host: str = "127.0.0.1") -> AsyncIterator[Self]:
        """Connect and log in; close at the end.

        Raises:
            OSError: nobody listens there.
            ManagerError: the login was refused or not answered in time.
        """
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), PATIENCE)
        ami = cls(reader, writer)
        try:
            answer = await ami.action("Login", Username=username, Secret=secret)
            if answer.get("Response") != "Success":
                raise ManagerError(f"login as {username} refused: {answer.get('Message', '')}")
            yield ami
        finally:
            await ami.close()

    async def close(self) -> None:
        """End the connection."""
        self._task.cancel()
        self._writer.close()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._task
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def action(self, action_name: str, **headers: str | list[str]) -> Headers:
        """Send an action and return its answer, successful or not; a header with a list is sent several times.

        Raises:
            ManagerError: no answer within five seconds, or the connection is lost.
        """
        number = f"lab-{next(self._ids)}"
        lines = [f"Action: {action_name}", f"ActionID: {number}"]
        for key, value in headers.items():
            lines += [f"{key}: {one}" for one in ([value] if isinstance(value, str) else value)]
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        try:
            return await asyncio.wait_for(answer, PATIENCE)
        except TimeoutError:
            raise ManagerError(f"no answer to {action_name} within {PATIENCE:g} s") from None
        finally:
            self._answers.pop(number, None)

    async def do(self, action_name: str, **headers: str | list[str]) -> Headers:
        """Send an action that must succeed.

        Raises:
            ManagerError: it was refused; the text is Asterisk's.
        """
        answer = await self.action(action_name, **headers)
        if answer.get("Response") != "Success":
            raise ManagerError(f"{action_name}: {answer.get('Message', answer)}")
        return answer

    async def listing(self, action_name: str, **headers: str) -> list[Headers]:
        """Return the rows of a list action; none when Asterisk says that there is nothing to list."""
        mark = len(self.events)
        answer = await self.action(action_name, **headers)
        if answer.get("Response") != "Success":
            return []
        number = answer["ActionID"]

        def rows() -> list[Event]:
            return [event for event in self.events[mark:] if event["ActionID"] == number]

        await until(lambda: [row for row in rows() if row["EventList"] == "Complete"], what=f"the end of {action_name}")
        return [row.headers for row in rows() if row["EventList"] != "Complete"]

    async def command(self, line: str) -> str:
        """Return what Asterisk's console prints for a line."""
        return (await self.do("Command", Command=line)).get("Output", "")

    async def members(self, room: str) -> list[str]:
        """Return the channels in a conference room."""
        return [row["Channel"] for row in await self.listing("ConfbridgeList", Conference=room)]

    async def channels(self) -> list[Headers]:
        """Return all channels."""
        return await self.listing("CoreShowChannels")

    def seen(self, name: str, *, since: float = 0.0, **headers: str) -> Event | None:
        """Return the first event of a name with these headers that was read after a moment."""
        return next((event for event in self.events if event.at >= since and event.matches(name, **headers)), None)

    async def event(self, name: str, *, within: float = 5.0, since: float = 0.0, **headers: str) -> Event:
        """Return such an event; wait for it if it has not come yet."""
        return await until(
            lambda: self.seen(name, since=since, **headers),
            within,
            every=0.005,
            what=lambda: f"event {name} {headers}; read: {[event.name for event in self.events[-20:]]}",
        )

    def on_event(self, listener: Callable[[Event], None]) -> None:
        """Call a function with every event as it is read."""
        self._listeners.append(listener)

    async def _read(self) -> None:
        try:
            await self._reader.readuntil(b"\r\n")  # the banner
            while True:
                self._take(await self._reader.readuntil(b"\r\n\r\n"), time.monotonic())
        except (asyncio.IncompleteReadError, OSError):
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(ManagerError("the connection was closed"))

    def _take(self, block: bytes, at: float) -> None:
        headers: Headers = {}
        for line in block.decode("utf-8", "replace").split("\r\n"):
            key, colon, value = line.partition(":")
            if colon:
                value = value.removeprefix(" ")
                headers[key] = f"{headers[key]}\n{value}" if key in headers else value
        if "Response" in headers and "Event" not in headers:
            answer = self._answers.get(headers.get("ActionID", ""))
            if answer and not answer.done():
                answer.set_result(headers)
        elif "Event" in headers:
            event = Event(at, headers["Event"], headers)
            self.events.append(event)
            for listener in self._listeners:
                listener(event)
