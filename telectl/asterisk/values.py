"""What may travel to Asterisk: values of headers are checked here, before anything is sent.

A line break in a value would be a second header or action, and a pattern more channels than one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from telectl.errors import UnsafeValue

LONGEST_LINE = 1024
"""Bytes of one header line; Asterisk refuses a message with a longer one."""
_FIRST_PRINTABLE = 32
_DELETE = 127
_EXTENSION = re.compile(r"[\w*#+.-]+")
_NO_NAME = frozenset('"<>\\')
_NUMBER = re.compile(r"[0-9A-D+*#,]*")
"""A sender of digits takes them as the number: keys, and the comma for silence."""


def checked(header: str, value: str) -> str:
    """Return a value that may travel in a header.

    Raises:
        UnsafeValue: it has a control character, or its line is too long.
    """
    if any(ord(char) < _FIRST_PRINTABLE or ord(char) == _DELETE for char in value):
        raise UnsafeValue(f"a control character in {header}")
    try:
        size = len(f"{header}: {value}".encode())
    except UnicodeEncodeError:
        raise UnsafeValue(f"a broken character in {header}") from None
    if size > LONGEST_LINE:
        raise UnsafeValue(f"{header} is longer than {LONGEST_LINE} bytes")
    return value


def one_channel(header: str, value: str) -> str:
    """Return the name of a channel that is to be acted on.

    Raises:
        UnsafeValue: it is a pattern (`/…/`), which Asterisk would match against every channel.
    """
    if value.startswith("/"):
        raise UnsafeValue(f"a pattern in {header}")
    return value


def extension(header: str, value: str) -> str:
    """Return a context or extension, which may be put into a `Local/<extension>@<context>`, too.

    What the parts of an extension may be is for the caller to check; here nothing passes that means more than itself.

    Raises:
        UnsafeValue: it has another character than letters, digits and `* # + . _ -`.
    """
    if _EXTENSION.fullmatch(value) is None:
        raise UnsafeValue(f"{header} {value!a} is no extension or context")
    return value


@dataclass(frozen=True, slots=True)
class CallerId:
    """A caller id: `"name" <number>`. It is read back as these two, whatever they came from."""

    name: str
    number: str = ""

    def __str__(self) -> str:
        return f'"{self.name}" <{self.number}>'

    def checked(self) -> str:
        """Return it as the header CallerID takes it.

        Raises:
            UnsafeValue: a quote or bracket in it would move the border between name and number.
        """
        if not _NO_NAME.isdisjoint(self.name) or _NUMBER.fullmatch(self.number) is None:
            raise UnsafeValue(f"{str(self)!a} is no caller id")
        return str(self)


def variable(name: str, value: str) -> str:
    """Return a channel variable as the header Variable takes it: an unescaped comma would begin a second one."""
    escaped = value.replace("\\", "\\\\").replace(",", "\\,").replace('"', '\\"')
    return f"{name}={escaped}"


def function(name: str, *arguments: str) -> str:
    """Return a dialplan function with its arguments, as the header Variable takes it.

    Raises:
        UnsafeValue: a comma or bracket in an argument would be read as another one.
    """
    return f"{name}({','.join(extension(name, argument) for argument in arguments)})"


_CHECKS: Mapping[str, Callable[[str, str], str]] = {
    "Channel": one_channel,
    "Context": extension,
    "Exten": extension,
    "Extension": extension,
}
"""The headers whose values are looked at beyond `checked`."""


def checked_header(header: str, value: str) -> str:
    """Return the value of a header of an action.

    Raises:
        UnsafeValue: it must not travel, or not in this header.
    """
    check = _CHECKS.get(header)
    return checked(header, value if check is None else check(header, value))
