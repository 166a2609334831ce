"""Read a request's parameters as VICIdial's Apache and PHP do, byte for byte, at a cost linear in what was sent.

1. Query before form, the query wins; the last of a repeated name wins; `+` and %XX are decoded once.
2. The query ends at `#`. In a name a blank, a dot and a `[` that no `]` follows are `_`, and a zero byte ends it;
   `name[]` is ignored.
3. A form is `application/x-www-form-urlencoded` or `multipart/form-data` in a POST; other bodies are ignored.
4. What is larger than the limits below, packed, broken or late is refused: `RequestRefused` has the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser, parse_options_header

from telectl.api.edge.refusals import NOT_COMPLETE, NOT_READABLE, TOO_LARGE, RequestRefused
from telectl.api.log.logged_url import hides_password, logged
from telectl.api.percent import decoded
from telectl.parameters import CLEANING

QUERY_LIMIT = 2**16
"""Bytes of a query."""
MOST_PARAMETERS = 1000
"""Parameters of query and form together; PHP's max_input_vars."""
MOST_PARTS = 200
"""Parts of a multipart form."""
_PART_HEADERS, _PART_HEADER = 8, 1024
"""Headers of a part, and bytes of each."""
BODY_SECONDS = web.AppKey("body_seconds", float)
"""How long the body may take."""

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"

Pairs = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class PhpRequest:
    """A request as it arrived."""

    values: Mapping[str, bytes]
    """Decoded parameters by name, in the order sent."""
    logged: str
    """The request for vicidial_api_urls: known parameters once, no password."""


async def read_php_request(http: web.Request) -> PhpRequest:
    """Read query and form of a request.

    Raises:
        RequestRefused: it cannot be read (rule 4).
    """
    query = http.raw_path.partition("?")[2].partition("#")[0].encode("utf-8", "surrogateescape")
    if len(query) > QUERY_LIMIT:
        raise RequestRefused(f"{TOO_LARGE} - {QUERY_LIMIT} bytes of query")
    in_query = _pairs(query)
    in_form = await _form(http) if http.method == "POST" else []
    if len(in_query) + len(in_form) > MOST_PARAMETERS:
        raise RequestRefused(f"{TOO_LARGE} - {MOST_PARAMETERS} parameters")
    from_query = {name: decoded(value) for name, value in in_query}
    values = {**from_query, **dict(in_form), **from_query}
    values.pop("", None)
    return PhpRequest(
        {name: _without_password(name, value) for name, value in values.items()}, logged(in_query, in_form)
    )


def _without_password(name: str, value: bytes) -> bytes:
    """Empty a word that holds a password by mistake (`user=6666;pass=…`): it is nobody's name, and would be echoed."""
    rule = CLEANING.get(name)
    return b"" if rule and rule.drop is None and name != "pass" and hides_password(value) else value


def _pairs(raw: bytes) -> Pairs:
    """Split into names and values, the values still encoded."""
    if raw.count(b"&") >= MOST_PARAMETERS:
        raise RequestRefused(f"{TOO_LARGE} - {MOST_PARAMETERS} parameters")
    parts = (part.partition(b"=") for part in raw.split(b"&") if part)
    return [(_name(decoded(name)), value) for name, _, value in parts]


def _name(raw: bytes) -> str:
    """Return a parameter's name as PHP spells it; empty for one that is ignored (rule 2)."""
    name = raw.lstrip(b" ").partition(b"\0")[0]
    head, bracket, index = name.partition(b"[")
    if bracket and b"]" in index:
        return ""
    if bracket:
        return f"{_plain(head)}_{index.decode('utf-8', 'replace')}"
    return _plain(head)


def _plain(raw: bytes) -> str:
    return raw.replace(b" ", b"_").replace(b".", b"_").decode("utf-8", "replace")


async def _form(http: web.Request) -> Pairs:
    kind, options = parse_options_header(http.headers.get("Content-Type", ""))
    if http.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise RequestRefused(f"{NOT_READABLE} - Content-Encoding")
    if http.headers.get("Transfer-Encoding", "chunked").lower() != "chunked":
        raise RequestRefused(f"{NOT_READABLE} - Transfer-Encoding")
    if kind == _FORM:
        return [(name, decoded(value)) for name, value in _pairs(await _body(http))]
    boundary = options.get("boundary", "").encode("utf-8", "surrogateescape")
    if kind == _MULTIPART and boundary:
        return _multipart(boundary, await _body(http))
    return []


async def _body(http: web.Request) -> bytes:
    limit, seconds = http.client_max_size, http.app.get(BODY_SECONDS, 20.0)
    if http.content_length is not None and http.content_length > limit:
        raise RequestRefused(f"{TOO_LARGE} - {limit} bytes")
    try:
        async with asyncio.timeout(seconds):
            body = bytearray()  # http.read() would keep it as long as the request, until the next collection
            async for piece in http.content.iter_any():
                body += piece
                if len(body) > limit:
                    raise RequestRefused(f"{TOO_LARGE} - {limit} bytes")
            return bytes(body)
    except TimeoutError:
        raise RequestRefused(f"{NOT_COMPLETE} - {seconds:g} seconds") from None
    except (web.RequestPayloadError, ConnectionError):
        raise RequestRefused(f"{NOT_READABLE} - body") from None


def _multipart(boundary: bytes, body: bytes) -> Pairs:
    """Return the fields of a multipart form; files are left out, a missing last boundary is forgiven."""
    fields: list[tuple[str, list[bytes]]] = []
    taken: list[bytes] = []
    try:
        parser = PushMultipartParser(
            boundary,
            max_header_count=_PART_HEADERS,
            max_header_size=_PART_HEADER,
            max_segment_count=MOST_PARTS,
            header_charset="latin-1",
            strict=True,  # continued header lines, among others, cost more than their length
        )
        for event in parser.parse(body) if body else ():
            if isinstance(event, MultipartSegment):
                taken = []
                if event.filename is None:
                    fields.append((_name((event.name or "").encode("latin-1", "replace")), taken))
            elif event is not None:
                taken.append(event)
    except ParserLimitReached:
        limits = f"{MOST_PARTS} parts, {_PART_HEADERS * _PART_HEADER} bytes of headers each"
        raise RequestRefused(f"{TOO_LARGE} - {limits}") from None
    except MultipartError:
        raise RequestRefused(f"{NOT_READABLE} - {_MULTIPART}") from None
    return [(name, b"".join(content)) for name, content in fields]
