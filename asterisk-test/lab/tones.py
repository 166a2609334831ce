"""Sound files made of one sine tone each, so that a phone can tell by ear where its call is."""

import math
import struct
import sys
import wave
from pathlib import Path

RATE = 8000
LEVEL = 4000
"""Loud enough to stand out, soft enough that five at once do not clip."""

MUSIC, PERSON, QUESTION, MESSAGE, GREETING = 700, 1300, 1000, 900, 1100
"""Music on hold; a person without a phone; the park IVR's question; a message; a recording for agents (Hz)."""


def sine(hertz: int, seconds: float) -> list[int]:
    """Return 16-bit samples of a tone."""
    return [round(LEVEL * math.sin(2 * math.pi * hertz * i / RATE)) for i in range(round(RATE * seconds))]


def write_sounds(data: Path) -> None:
    """Write the lab's sound files below Asterisk's data folder."""
    for name, hertz, seconds in (
        ("moh/tone", MUSIC, 4.0),
        ("sounds/en/lab/person", PERSON, 4.0),
        ("sounds/en/lab/question", QUESTION, 2.0),
        ("sounds/en/lab/message", MESSAGE, 3.0),
        ("sounds/en/lab/greeting", GREETING, 20.0),
    ):
        path = data / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = sine(hertz, seconds)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


if __name__ == "__main__":
    write_sounds(Path(sys.argv[1]))
