"""VICIdial's queue of manager actions, for its own daemon to carry out (call-control.md section 1).

The daemon prints the lines as they are, as a manager user who may do anything. So they are checked here as
`telectl.asterisk.values` checks what telectl itself sends: one header a line, of the few that a queued action needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from telectl.asterisk.values import checked, extension, one_channel
from telectl.database import Instant
from telectl.database.manager_queue import LINES
from telectl.errors import UnsafeValue

Headers = Sequence[tuple[str, str]]
_LONGEST_ID = 20
_ACTIONS = ("Originate", "Redirect", "Hangup")


def _number(header: str, value: str) -> str:
    if not (value.isascii() and value.isdigit()):
        raise UnsafeValue(f"{header} {value!a} is no number")
    return value


_HEADERS: Mapping[str, Callable[[str, str], str]] = {
    "channel": one_channel,
    "context": extension,
    "exten": extension,
    "priority": _number,
    "callerid": lambda _, value: value,  # put together by `CallerId`, or a bare id
    "timeout": _number,
    "account": extension,
}
"""The headers that a queued action may have, and what looks at their values."""


def queue_row(instant: Instant, server_ip: str, action: str, callerid: str, headers: Headers) -> dict[str, object]:
    """Return the row of vicidial_manager of an action.

    Raises:
        UnsafeValue: a value must not travel.
    """
    return {
        "uniqueid": "",
        "entry_date": instant.local,
        "status": "NEW",
        "response": "N",
        "server_ip": server_ip,
        "channel": "",
        "action": known_action(action),
        "callerid": checked("callerid", callerid)[:_LONGEST_ID],
        **queue_lines(headers),
    }


def known_action(action: str) -> str:
    """Return the name of an action that may be queued.

    Raises:
        UnsafeValue: it is another one.
    """
    if action not in _ACTIONS:
        raise UnsafeValue(f"action {action!a} is not queued")
    return action


def queue_lines(headers: Headers) -> dict[str, str]:
    """Return the columns cmd_line_b to cmd_line_k: a header each, the rest empty.

    Raises:
        UnsafeValue: a header that no queued action has, a value that would become a second one, or a line that its
            column would cut.
    """
    if len(headers) > len(LINES):
        raise UnsafeValue(f"{len(headers)} headers")
    lines = dict.fromkeys(LINES, "")
    for (column, longest), (name, value) in zip(LINES.items(), headers, strict=False):
        look = _HEADERS.get(name.lower())
        if look is None:
            raise UnsafeValue(f"header {name!a} is not queued")
        line = f"{name}: {checked(name, look(name, value))}"
        if len(line) > longest:
            raise UnsafeValue(f"{name} is longer than its column, {longest} characters")
        lines[column] = line
    return lines
