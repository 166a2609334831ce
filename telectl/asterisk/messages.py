"""What Asterisk says: responses and events, as one kind of message with case-insensitive headers."""

from __future__ import annotations

from typing import TypeAlias

from panoramisk.message import Message as PanoramiskMessage


class Message(PanoramiskMessage):  # type: ignore[misc] # panoramisk is untyped
    """One message of the manager interface; a header that is missing is empty, one sent twice has two lines."""

    def __init__(self, headers: dict[str, str]) -> None:
        # panoramisk's own constructor goes through a slow generic mapping; this is its store, filled directly
        self.__dict__["_store"] = {key.lower(): (key, value) for key, value in headers.items()}
        self.__dict__["manager"] = None

    def __getitem__(self, header: str) -> str:
        found = self.__dict__["_store"].get(header.lower())
        return "" if found is None else str(found[1])

    @property
    def name(self) -> str:
        """The event's name, empty for a response."""
        return self["Event"]

    @property
    def is_event(self) -> bool:
        """Return whether it is an event; OriginateResponse has a Response header, too, and is one."""
        return "Event" in self

    @classmethod
    def parse(cls, frame: bytes) -> Message:
        """Read the lines of one message; bytes that are no UTF-8 are kept as replacement characters.

        panoramisk's `from_line` loses the last line of `Response: Fail`; here every line is a header.
        """
        headers: dict[str, str] = {}
        for line in frame.decode("utf-8", "replace").split("\r\n"):
            key, colon, value = line.partition(":")
            if colon:
                value = value.removeprefix(" ")
                headers[key] = f"{headers[key]}\n{value}" if key in headers else value
        return cls(headers)


Event: TypeAlias = Message
Response: TypeAlias = Message
