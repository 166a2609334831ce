"""Every error of telectl, in one tree.

    TelectlError
    ├── SettingsError            a setting is missing or wrong; the start stops with this line
    ├── DatabaseError
    │   ├── DatabaseUnavailable  no connection within its deadline, or the connection broke
    │   │   ├── DatabaseUnconfirmed  … after something was sent that writes: it may be written
    │   │   └── DatabaseTroubled the server answers, and cannot do it: it is read-only, its disk is full …
    │   └── StatementFailed      the server refused a statement: a fault of ours
    │       └── NotInstalled     a table, column or right is missing
    ├── TooManyGuesses           a login that is not judged: too many wrong ones came before it
    └── AsteriskError
        ├── ServerUnavailable    no logged-in link to that server; nothing was sent
        ├── UnsafeValue          a value must not travel over AMI; nothing was sent
        ├── ActionRefused        Asterisk answered Error; its words are the message
        │   └── LoginRefused     … to the login
        └── OutcomeUnknown       sent, then the link died or the deadline passed; never retried

The answers an API caller gets are no errors of this tree: see `telectl.functions.common.replies`.
"""

from __future__ import annotations


class TelectlError(Exception):
    """The root of the tree; its text is safe to log and never holds a secret."""


class SettingsError(TelectlError):
    """A setting is missing or wrong; its message names each."""

    def __init__(self, *complaints: str) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = complaints


class DatabaseError(TelectlError):
    """The database did not do what was asked."""


class DatabaseUnavailable(DatabaseError):
    """No connection within the deadline, or the connection broke."""

    words = "database not available"
    """What an API caller is told."""


class DatabaseUnconfirmed(DatabaseUnavailable):
    """A statement that writes was sent, and no answer came: nobody knows whether it is written."""

    words = "outcome unknown - database did not confirm"


class DatabaseTroubled(DatabaseUnavailable):
    """The server answers, and cannot do what was asked: see `telectl.database.troubles`."""

    def __init__(self, message: str, words: str) -> None:
        super().__init__(message)
        self.words = words


class StatementFailed(DatabaseError):
    """The server refused a statement: a fault of ours, not of the network."""


class NotInstalled(StatementFailed):
    """A table, a column or a right that a statement needs is missing."""

    def __init__(self, message: str, words: str) -> None:
        super().__init__(message)
        self.words = words


class TooManyGuesses(TelectlError):
    """A password was not judged, because too many wrong ones came before it or too many wait already."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many requests: try again after {retry_after} s")
        self.retry_after = retry_after
        """Seconds."""


class AsteriskError(TelectlError):
    """An Asterisk did not do what was asked."""


class ServerUnavailable(AsteriskError):
    """There is no logged-in link to that server; nothing was sent."""


class UnsafeValue(AsteriskError):
    """A value must not travel over AMI (a control character, too long); nothing was sent."""


class ActionRefused(AsteriskError):
    """Asterisk answered `Response: Error`; the message is Asterisk's own."""


class LoginRefused(ActionRefused):
    """Asterisk refused the login; the message is Asterisk's own."""


class OutcomeUnknown(AsteriskError):
    """The action was sent, but the link died or the deadline passed before its answer."""
