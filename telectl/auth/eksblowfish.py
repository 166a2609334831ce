"""Eksblowfish at cost 2 and 3: VICIdial's `pass_hash` uses cost 2, which every bcrypt library refuses (least is 4).

The algorithm is Provos and Mazières, "A Future-Adaptable Password Scheme" (USENIX 1999). Blowfish's tables are the
fraction of pi in binary, computed here once when first needed. Slow by intent: about 20 ms at cost 2. It is called in
a thread, and lets the others run every half a millisecond.
"""

from __future__ import annotations

import time
from functools import cache
from itertools import cycle

_ROUNDS = 16
_P_WORDS = _ROUNDS + 2
_BOXES = 4
_BOX_WORDS = 256
_WORD = 32
_MASK = 0xFFFFFFFF
_LET_OTHERS_RUN = 50e-6
"""Seconds. Without it, a thread that waits for the interpreter gets it only after 5 ms, each time anew."""
_MAGIC = b"OrpheanBeholderScryDoubt"
_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def base64(data: bytes) -> str:
    """Encode bytes in bcrypt's own base64 alphabet, without padding."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 6)
    return "".join(_ALPHABET[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6))


def hash_password(password: bytes, salt: bytes, cost: int) -> str:
    """Return the last 31 characters of a `$2a$` hash.

    Args:
        password: up to 72 bytes count, as in bcrypt.
        salt: 16 bytes.
        cost: 2 to the power of this many rounds of the key schedule.
    """
    cipher = _Cipher()
    key = (password + b"\0")[:72]
    cipher.expand(key, salt)
    for _ in range(1 << cost):
        cipher.expand(key)
        cipher.expand(salt)
    words = [int.from_bytes(_MAGIC[i : i + 4], "big") for i in range(0, len(_MAGIC), 4)]
    for i in range(0, len(words), 2):
        left, right = words[i], words[i + 1]
        for _ in range(64):
            left, right = cipher.encrypt(left, right)
        words[i], words[i + 1] = left, right
    return base64(b"".join(word.to_bytes(4, "big") for word in words)[:23])


class _Cipher:
    """A Blowfish whose key schedule takes a salt."""

    def __init__(self) -> None:
        words = _pi_words()
        self._p = list(words[:_P_WORDS])
        boxes = words[_P_WORDS:]
        self._s = [list(boxes[n * _BOX_WORDS : (n + 1) * _BOX_WORDS]) for n in range(_BOXES)]

    def encrypt(self, left: int, right: int) -> tuple[int, int]:
        p, (s0, s1, s2, s3) = self._p, self._s
        for i in range(0, _ROUNDS, 2):
            left ^= p[i]
            right ^= (((s0[left >> 24] + s1[left >> 16 & 255]) ^ s2[left >> 8 & 255]) + s3[left & 255]) & _MASK
            right ^= p[i + 1]
            left ^= (((s0[right >> 24] + s1[right >> 16 & 255]) ^ s2[right >> 8 & 255]) + s3[right & 255]) & _MASK
        return right ^ p[_ROUNDS + 1], left ^ p[_ROUNDS]

    def expand(self, key: bytes, salt: bytes = bytes(16)) -> None:
        """Mix a key, and a salt when there is one, into the tables."""
        stream = cycle(key)
        for i in range(_P_WORDS):
            self._p[i] ^= int.from_bytes(bytes(next(stream) for _ in range(4)), "big")
        salted = cycle(int.from_bytes(salt[i : i + 4], "big") for i in range(0, 16, 4))
        left = right = 0
        for table in (self._p, *self._s):
            for i in range(0, len(table), 2):
                left, right = self.encrypt(left ^ next(salted), right ^ next(salted))
                table[i], table[i + 1] = left, right
            time.sleep(_LET_OTHERS_RUN)


@cache
def _pi_words() -> tuple[int, ...]:
    """Return the first words of pi's fraction: 18 for the P-array, then 1024 for the S-boxes."""
    count = _P_WORDS + _BOXES * _BOX_WORDS
    bits = count * _WORD
    guard = 64  # bits that absorb the truncation of each term
    pi = 4 * (4 * _arctan_inverse(5, bits + guard) - _arctan_inverse(239, bits + guard)) >> guard
    fraction = pi & ((1 << bits) - 1)
    return tuple(fraction >> (bits - _WORD * (n + 1)) & _MASK for n in range(count))


def _arctan_inverse(x: int, bits: int) -> int:
    """Return arctan(1/x) times 2 to the power of `bits` (Machin's formula needs x = 5 and 239)."""
    power = (1 << bits) // x
    total, n, sign = power, 1, 1
    while power:
        power //= x * x
        n, sign = n + 2, -sign
        total += sign * (power // n)
    return total
