"""Texts that rows and parameters may hold, and that would be more than one value where nobody looked."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from telectl.calls.failures import CallFailure

EVIL = st.sampled_from(
    [
        *(
            "7@trunkinbound/n",
            "7@x",
            "7/n",
            "1*admin*6666*",
            "8301,1",
            "7&8",
            "(8301)",
            "7 8",
            "${EXTEN}",
            "7;8",
            "a|b",
        ),
        *(
            'Tom "T" <5551>',
            "5551> <",
            "a!b",
            "a---b",
            "a-",
            "-a",
            "a\r\nAction: Logoff",
            "a\nb",
            "a\0b",
            "\u2028SUCCESS: x",
        ),
        *("\x85SUCCESS: x", "\x0bSUCCESS: x", "é", "²", "٣", "/.*/", "\\", "x" * 300),
    ]
)
ANY = EVIL | st.text(max_size=30) | st.text("0123456789*#+-_.ab@/!|,", max_size=12)
"""Any text, the evil ones often."""


def made(make: Callable[[], str]) -> str | CallFailure:
    """What was made, or why it was refused."""
    try:
        return make()
    except CallFailure as failure:
        return failure
