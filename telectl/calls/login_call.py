"""The call that brought an agent's phone into its session, as vicidial_session_data keeps it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telectl.asterisk import CallerId
from telectl.calls.dial_parts import Part, dialled, is_shown
from telectl.calls.manager_queue import known_action, queue_lines
from telectl.database.manager_queue import COLUMNS, LINES
from telectl.errors import UnsafeValue

_SEVEN_DIGITS = re.compile(r"Exten: \d{7}(?=\|Priority)")
_CALLER_ID = re.compile(r'"?(S\d+)"?(?: <([^<>]*)>)?')
_PARTS = {"channel": Part.PHONE, "context": Part.CONTEXT, "exten": Part.EXTENSION}


@dataclass(frozen=True, slots=True)
class LoginCall:
    """A row of vicidial_manager, joined by bars: agent_login_call (call-control.md section 4)."""

    text: str

    def queue_row(self, room: str) -> dict[str, str]:
        """Return the columns of a vicidial_manager row that calls the phone into `room`.

        Only a room of seven digits is replaced; VICIdial leaves other lengths as they were at the login.

        Raises:
            UnsafeValue, CallFailure: the text is more than such a call, which a bar or line break in a phone's row
                can make of it.
        """
        _, *columns = _SEVEN_DIGITS.sub(f"Exten: {dialled(Part.ROOM, room)}", self.text).split("|")
        if any(columns[len(COLUMNS) :]):
            raise UnsafeValue(f"a stored call of {len(columns)} columns")
        row = dict(zip(COLUMNS, columns + [""] * len(COLUMNS), strict=False))
        known_action(row["action"])
        return row | queue_lines([_header(row[line]) for line in LINES if row[line]])

    def header(self, name: str) -> str:
        """Return the value of an AMI header of the stored call, empty when it has none."""
        for line in self.text.split("|"):
            key, colon, value = line.partition(":")
            if colon and key.strip().lower() == name.lower():
                return value.strip()
        return ""

    @classmethod
    def parse(cls, text: str) -> LoginCall:
        """Take the stored text as it is; what it lacks is empty."""
        return cls(text)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    part = _PARTS.get(name.lower())
    if part is not None:
        return name, dialled(part, value)
    return name, _caller_id(value) if name.lower() == "callerid" else value


def _caller_id(value: str) -> str:
    """Return the call's id alone where what stands behind it is no number."""
    found = _CALLER_ID.match(value)
    if found is None:
        raise UnsafeValue(f"{value!a} is no caller id of a login")
    whole = found[0] == value and (found[2] is None or found[2] == "" or is_shown(found[2]))
    return value if whole else CallerId(found[1]).checked()
