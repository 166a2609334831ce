"""Flags of vicidial_live_agents that are records: the agent's screen takes them apart at a separator.

A field that holds the separator would shift the fields behind it, into the caller id for example; so it is refused.
"""

from __future__ import annotations

import re
from enum import Enum

from telectl.calls.failures import CallFailure, Failure

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Flag(Enum):
    """A column, by what separates its fields."""

    DIAL = "external_dial", "!"
    PAUSE = "external_pause", "!"
    STATUS = "external_status", "!"
    TRANSFER = "external_transferconf", "---"
    RECORDING = "external_recording", ""

    def __init__(self, column: str, separator: str) -> None:
        self.column = column
        self.separator = separator

    def record(self, **fields: str) -> str:
        """Return the flag's text, its fields in the order given.

        Raises:
            CallFailure: a field would be read back as something else; the answer names it.
        """
        for name, value in fields.items():
            if _CONTROL.search(value) or not self._stands(value):
                raise CallFailure(Failure.NOT_ALLOWED, f"{name} {value!a} in {self.column}", (name,))
        return self.separator.join(fields.values())

    def _stands(self, value: str) -> bool:
        """Return whether a value is one field between two separators: a dash at its end would move `---`, too."""
        return not self.separator or f"{self.separator}{value}{self.separator}".split(self.separator) == ["", value, ""]
