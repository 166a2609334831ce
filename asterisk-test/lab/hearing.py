"""What a phone hears: silence, the music, or which other phones' tones."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import mul

from lab.rtp import FRAME, STEP, ulaw_decode
from lab.tones import LEVEL, MUSIC

_DECODE = tuple(ulaw_decode(byte) for byte in range(256))
TONES = tuple(range(300, 3400, STEP))
"""The tones that are listened for: what a telephone line carries (Hz)."""
_WAVES = {
    tone: tuple(
        tuple(wave(2 * math.pi * tone * i / (STEP * FRAME)) for i in range(FRAME)) for wave in (math.cos, math.sin)
    )
    for tone in TONES
}
LOUD = LEVEL / 8
"""A tone counts from an eighth of what phones send."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard for a while."""

    tones: frozenset[int] = frozenset()
    """Tones of voices, in Hz; the music is not among them."""
    music: bool = False
    digits: str = ""
    packets: int = 0
    """Packets of sound, whatever was in them; 50 a second are usual."""

    @property
    def silence(self) -> bool:
        """Neither music nor a voice."""
        return not self.tones and not self.music

    def in_words(self, names: Mapping[int, str]) -> str:
        """Return it for a person: `music on hold`, `customer and agent`, `silence`."""
        things = ["music on hold"] if self.music else []
        things += [names.get(tone, f"a tone of {tone} Hz") for tone in sorted(self.tones)]
        return " and ".join(things) or "silence"


def listen(frames: Iterable[bytes], *, digits: str = "", packets: int = 0) -> Heard:
    """Say which tones are in at least half of some packets' sound.

    A packet holds whole waves of each tone, so that a single one tells them apart exactly (Goertzel's sums at
    multiples of 50 Hz).
    """
    counts: dict[int, int] = {}
    total = 0
    for frame in frames:
        total += 1
        for tone in _tones(frame):
            counts[tone] = counts.get(tone, 0) + 1
    often = {tone for tone, count in counts.items() if 2 * count >= total}
    return Heard(frozenset(often - {MUSIC}), MUSIC in often, digits, packets)


def _tones(frame: bytes) -> list[int]:
    """Return the tones in one packet: loud ones, and at least a quarter as loud as the loudest."""
    if len(frame) < FRAME:
        return []
    samples = [_DECODE[byte] for byte in frame[:FRAME]]
    if max(samples) < LOUD:
        return []
    levels = {}
    for tone, (cosine, sine) in _WAVES.items():
        level = 2 / FRAME * math.hypot(sum(map(mul, samples, cosine)), sum(map(mul, samples, sine)))
        if level >= LOUD:
            levels[tone] = level
    loudest = max(levels.values(), default=0)
    return [tone for tone, level in levels.items() if level >= loudest / 4]
