"""Why a database let nobody in, by the error's number or its cause."""

from __future__ import annotations

from telectl.database_url import DatabaseUrl
from telectl.unreachable import why_not

_NO_CONNECTION = {2002, 2003, 2006, 2013}
"""Numbers of the client's own; the cause says more."""


def why_no_login(error: Exception, url: DatabaseUrl) -> str:
    """Return the place and why nothing may be asked there; the password shows nowhere."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    reasons = {
        1040: "the server has too many connections",
        1044: f"user {url.user} may not use database {url.database}",
        1045: f"user or password of {url.user} is wrong",
        1049: f"there is no database {url.database}",
        1129: "the server blocks this machine after too many broken connections (FLUSH HOSTS)",
        1130: "the server lets nobody in from this machine",
        1203: f"user {url.user} has too many connections",
        1226: f"user {url.user} has too many connections",
        1251: f"user {url.user} logs in by a method that telectl does not know",
        1698: f"user {url.user} logs in without a password, by its name on the database's machine (unix_socket)",
        1820: f"the password of {url.user} has expired",
        1862: f"the password of {url.user} has expired",
        2059: f"user {url.user} logs in by a method that telectl does not know",
        3118: f"user {url.user} is locked",
        3159: "the server asks for TLS, which telectl does not speak to a database",
        4151: f"user {url.user} is locked",
    }
    return f"{url.place}: {reasons.get(number) or _cause(error, number)}"


def _cause(error: Exception, number: int) -> str:
    if isinstance(error.__cause__, OSError):
        return why_not(error.__cause__)
    if "cryptography" in str(error):  # MySQL's caching_sha2_password
        return "the user's password goes over TLS or a socket only: use ?unix_socket=, or mysql_native_password"
    if number in _NO_CONNECTION:
        return "the connection was closed"
    if number:
        return f"refused (error {number})"
    return why_not(error).replace("something else", "no MySQL or MariaDB")
