"""Call ids as VICIdial makes them: a letter, nine digits that no other call has, the lead's ten."""

import itertools
import time

_numbers = itertools.count(int(time.time()) % 1000 * 1000 + 1)


def new_call_id(letter: str, lead_id: int) -> str:
    """Return an id that no call had before: V for the dialler's, M for manual dials, Y for in-groups."""
    return f"{letter}{next(_numbers):09d}{lead_id:010d}"
