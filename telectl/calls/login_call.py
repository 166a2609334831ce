"""The call that brought an agent's phone into its session, as vicidial_session_data keeps it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

_HEADERS = tuple(f"cmd_line_{letter}" for letter in "bcdefghijk")
_SEVEN_DIGITS = re.compile(r"Exten: \d{7}(?=\|Priority)")


@dataclass(frozen=True, slots=True)
class LoginCall:
    """A row of vicidial_manager, joined by bars: agent_login_call (call-control.md section 4)."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "uniqueid",
        "entry_date",
        "status",
        "response",
        "server_ip",
        "channel",
        "action",
        "callerid",
        *_HEADERS,
    )

    text: str

    def queue_row(self, room: str) -> dict[str, str]:
        """Give the columns of a vicidial_manager row that calls the phone into `room`.

        Only a room of seven digits is replaced; VICIdial leaves other lengths as they were at the login.
        """
        _, *columns = _SEVEN_DIGITS.sub(f"Exten: {room}", self.text).split("|")
        padded = columns[: len(self.COLUMNS)] + [""] * (len(self.COLUMNS) - len(columns))
        return dict(zip(self.COLUMNS, padded, strict=True))

    def header(self, name: str) -> str:
        """Give the value of an AMI header of the stored call, empty when it has none."""
        for line in self.text.split("|"):
            key, colon, value = line.partition(":")
            if colon and key.strip().lower() == name.lower():
                return value.strip()
        return ""

    @classmethod
    def parse(cls, text: str) -> LoginCall:
        """Take the stored text as it is; what it lacks is empty."""
        return cls(text)
