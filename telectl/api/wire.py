"""Read a request's parameters as VICIdial's PHP does, byte for byte.

Query before form, the query wins; the last of a repeated name wins; `+` and %XX are decoded; `name[]` is ignored.
Bodies other than forms are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import unquote_to_bytes

from aiohttp import web

MASK = "***"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_DROPPED_FROM_LOG = str.maketrans("", "", "'\"\\;")


@dataclass(frozen=True, slots=True)
class Wire:
    """A request as it arrived."""

    values: Mapping[str, bytes]
    """Decoded parameters by name, in the order sent."""
    logged: str
    """The request for vicidial_api_urls: query and form fields once, the password masked."""


async def read_wire(http: web.Request) -> Wire:
    """Read query and form of a request.

    Raises:
        web.HTTPRequestEntityTooLarge: the body is larger than the application's client_max_size.
    """
    query = http.raw_path.partition("?")[2].encode("utf-8", "surrogateescape")
    in_query = _pairs(query)
    in_form = await _form(http) if http.method == "POST" else []
    values = {name: value for name, value in (*in_query, *in_form) if "[" not in name}
    values |= {name: value for name, value in in_query if "[" not in name}
    return Wire(values, _logged(query, in_form))


def _pairs(raw: bytes) -> list[tuple[str, bytes]]:
    parts = (part.partition(b"=") for part in raw.split(b"&") if part)
    return [(_name(_decode(name)), _decode(value)) for name, _, value in parts]


def _decode(raw: bytes) -> bytes:
    return unquote_to_bytes(raw.replace(b"+", b" "))


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").lstrip(" ")


async def _form(http: web.Request) -> list[tuple[str, bytes]]:
    if http.content_type == _FORM:
        return _pairs(await http.read())
    if http.content_type == _MULTIPART:
        return _multipart(http.headers["Content-Type"], await http.read())
    return []


def _multipart(content_type: str, body: bytes) -> list[tuple[str, bytes]]:
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes) and part.get_filename() is None:
            fields.append((name, content))
    return fields


def _logged(query: bytes, form: list[tuple[str, bytes]]) -> str:
    sent = [_masked(part) for part in query.decode("utf-8", "replace").split("&") if part]
    if sent and form:
        sent.append("GET-AND-POST=Y")
    sent += [f"{name}={MASK if _secret(name) else value.decode('utf-8', 'replace')}" for name, value in form]
    return "&".join(sent).translate(_DROPPED_FROM_LOG)


def _masked(part: str) -> str:
    name, equals, _ = part.partition("=")
    return f"{name}={MASK}" if equals and _secret(_name(_decode(name.encode()))) else part


def _secret(name: str) -> bool:
    return "pass" in name.lower()
