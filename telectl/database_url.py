"""Where the database is: `mysql://user:password@host:port/database?unix_socket=path`."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from telectl.errors import SettingsError

DEFAULT_PORT = 3306


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """The parts of a database address; the password shows nowhere."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    unix_socket: str | None = None

    @classmethod
    def parse(cls, text: str) -> DatabaseUrl:
        """Take an address apart; user and password may be percent-encoded.

        Raises:
            SettingsError: it is no such address; the text does not repeat it.
        """
        try:
            parts = urlsplit(text)
            port = parts.port or DEFAULT_PORT
            query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        except ValueError:
            raise _wrong("a letter of / ? # @ % : in a password is written %2F %3F %23 %40 %25 %3A") from None
        database = unquote(parts.path.removeprefix("/"))
        socket = query.pop("unix_socket", [None])[0]
        if parts.scheme != "mysql" or not (parts.hostname or socket):
            raise _wrong()
        if not database or "/" in database or parts.fragment:
            raise _wrong("a database has a name, without / or #")
        if query:
            raise _wrong("behind ? may be unix_socket=path only")
        return cls(
            host=parts.hostname or "localhost",
            port=port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=database,
            unix_socket=socket,
        )

    @property
    def place(self) -> str:
        """What a person is told of it."""
        return self.unix_socket or f"{self.host}:{self.port}"


def _wrong(words: str = "") -> SettingsError:
    expected = "TELECTL_DATABASE_URL: expected mysql://user:password@host:port/database"
    return SettingsError(f"{expected} ({words})" if words else expected)
