"""Bytes to messages' frames: any chunking of a stream gives the same frames in the same order, in linear time."""

from __future__ import annotations

from collections.abc import Iterator

_BANNER = b"Asterisk Call Manager/"
_END = b"\r\n\r\n"
LONGEST_FRAME = 1 << 20


class FrameError(Exception):
    """The peer does not speak the manager protocol."""


class Framer:
    """Cuts a byte stream at its empty lines; the banner line is no frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self.version = ""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Take bytes and yield the frames that are complete now.

        Raises:
            FrameError: no banner, or a frame without an end.
        """
        self._buffer += chunk
        if not self.version and not self._take_banner():
            return
        start = 0
        while (end := self._buffer.find(_END, max(self._searched, start))) >= 0:
            frame = bytes(self._buffer[start:end])
            start = end + len(_END)
            self._searched = start
            if frame:
                yield frame
        del self._buffer[:start]
        # the end may be split over two chunks: look again at its first bytes only
        self._searched = max(0, len(self._buffer) - len(_END) + 1)
        if len(self._buffer) > LONGEST_FRAME:
            raise FrameError("a message without an end")

    def _take_banner(self) -> bool:
        line, end, rest = self._buffer.partition(b"\r\n")
        if not self._buffer.startswith(_BANNER[: len(self._buffer)]) or (not end and len(line) > len(_BANNER) + 40):
            raise FrameError("the peer is no Asterisk manager interface")
        if not end:
            return False
        self.version = line[len(_BANNER) :].decode("ascii", "replace")
        self._buffer = bytearray(rest)
        return True
