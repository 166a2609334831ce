"""RTP as a telephone speaks it: 20 ms of ulaw in a packet, digits as RFC 4733 events."""

import asyncio
import contextlib
import random
import struct
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from lab.tones import RATE, sine

FRAME = 160
"""Samples in a packet: 20 ms at 8000 Hz."""
STEP = RATE // FRAME
"""Tones are multiples of this (50 Hz): a packet then holds whole waves, and tones cannot be taken for each other."""
KEYS = "0123456789*#ABCD"
ULAW, EVENTS = 0, 101
"""Payload types."""
KEPT = 150
"""Received packets that are kept for listening: three seconds."""
_BIAS, _CLIP = 132, 32635

Address = tuple[str, int]


def ulaw_encode(sample: int) -> int:
    """Return a 16-bit sample as G.711 mu-law."""
    sign = 0x80 if sample < 0 else 0
    level = min(abs(sample), _CLIP) + _BIAS
    exponent = max(0, level.bit_length() - 8)
    return ~(sign | exponent << 4 | level >> (exponent + 3) & 15) & 0xFF


def ulaw_decode(byte: int) -> int:
    """Return a mu-law byte as a 16-bit sample."""
    byte = ~byte & 0xFF
    level = (((byte & 15) << 3) + _BIAS << (byte >> 4 & 7)) - _BIAS
    return -level if byte & 0x80 else level


SILENCE = b"\xff" * FRAME


def voice(tone: int) -> bytes:
    """Return one packet's worth of a tone; no tone is silence."""
    if tone % STEP:
        raise ValueError(f"a phone's tone must be a multiple of {STEP} Hz, not {tone}")
    return bytes(ulaw_encode(sample) for sample in sine(tone, FRAME / RATE)) if tone else SILENCE


class Stream(asyncio.DatagramProtocol):
    """One call's sound: sends a tone and digits, keeps what arrives.

    Timestamps are of time.monotonic(). Packets of sound are kept for three seconds, digits are handed on at the
    first packet of each.
    """

    def __init__(self, tone: int, on_digit: Callable[[str, float], None]) -> None:
        self.frame = voice(tone)
        self.received: deque[tuple[float, bytes]] = deque(maxlen=KEPT)
        self.packets = 0
        self._on_digit = on_digit
        self._digit_stamp: int | None = None
        self._presses: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        self._remote: Address | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._task: asyncio.Task[None] | None = None
        self._sequence, self._stamp = random.getrandbits(15), random.getrandbits(30)
        self._source = random.getrandbits(32)

    async def open(self, host: str = "127.0.0.1") -> int:
        """Open the socket and return its port."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        assert self._transport is not None
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def send_to(self, remote: Address) -> None:
        """Begin to send, or go on sending somewhere else."""
        self._remote = remote
        if self._task is None:
            self._task = asyncio.create_task(self._send())

    async def press(self, keys: str, seconds: float) -> None:
        """Send digits, each of so many seconds with 100 ms between; return when they are sent."""
        for key in keys:
            self._presses.put_nowait((key, seconds))
        await self._presses.join()

    def close(self) -> None:
        """Stop sending and close the socket."""
        if self._task:
            self._task.cancel()
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: Any) -> None:
        """Keep the socket."""
        self._transport = transport

    def datagram_received(self, data: bytes, _address: Any) -> None:
        """Take one packet."""
        if len(data) < 12 or data[0] >> 6 != 2:  # noqa: PLR2004 - an RTP header has 12 bytes, its version is 2
            return
        now = time.monotonic()
        kind, stamp = data[1] & 0x7F, struct.unpack_from("!I", data, 4)[0]
        payload = data[12 + 4 * (data[0] & 15) :]
        if kind == ULAW:
            self.packets += 1
            self.received.append((now, payload))
        elif kind == EVENTS and payload and payload[0] < len(KEYS) and stamp != self._digit_stamp:
            self._digit_stamp = stamp  # all packets of one digit carry the time of its beginning
            self._on_digit(KEYS[payload[0]], now)

    async def _send(self) -> None:
        due = time.monotonic()
        while True:
            with contextlib.suppress(asyncio.QueueEmpty):
                key, seconds = self._presses.get_nowait()
                due = await self._send_digit(key, seconds, due)
                self._presses.task_done()
            self._packet(ULAW, self.frame, marker=False)
            self._stamp += FRAME
            due = await self._pace(due)

    async def _send_digit(self, key: str, seconds: float, due: float) -> float:
        """Send a digit's packets: its length so far in each, the last one three times; then a pause."""
        packets = max(2, round(seconds * STEP))
        for number in range(1, packets + 3):
            ended = number >= packets
            length = min(number, packets) * FRAME
            event = struct.pack("!BBH", KEYS.index(key), (0x80 if ended else 0) | 10, length)
            self._packet(EVENTS, event, marker=number == 1)
            if number <= packets:
                due = await self._pace(due)
        self._stamp += (packets + 5) * FRAME
        due += 5 / STEP
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        return due

    def _packet(self, kind: int, payload: bytes, *, marker: bool) -> None:
        header = struct.pack(
            "!BBHII",
            0x80,
            kind | (0x80 if marker else 0),
            self._sequence & 0xFFFF,
            self._stamp & 0xFFFFFFFF,
            self._source,
        )
        self._sequence += 1
        if self._transport and not self._transport.is_closing() and self._remote:
            self._transport.sendto(header + payload, self._remote)

    @staticmethod
    async def _pace(due: float) -> float:
        """Wait for the next packet's time and return the one after; a late sender does not try to catch up."""
        due = max(due + 1 / STEP, time.monotonic() - 0.1)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        return due
