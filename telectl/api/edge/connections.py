"""The edge: what a connection may send, how much of it and for how long, before any handler runs.

aiohttp parses and keeps the connections; here are the rules that it has no setting for.

1. A request's head is handed to the parser only when it is whole, within `HEAD_LIMIT` bytes and `head_seconds` from its
   first byte (a new connection's first request: from the connection's start). Its path has at most `PATH_LIMIT` bytes,
   for aiohttp looks for a route at each slash of it.
2. Raw bytes above 127 in the request line are escaped before that: Apache takes them, and real clients send them.
3. What cannot be read is answered with a fixed text, which holds nothing of what was sent, and logged in one line that
   doesn't either; then the connection ends. aiohttp's own error texts, which quote the request, go nowhere.
4. A kept connection ends after `idle_seconds`; one whose client does not take its answer within `body_seconds`, too.
5. When all connections are taken, a new one gets one line with status 503 and ends; one whose TLS handshake is not
   done counts, too, and is closed without a word.
6. A chunked body of crumbs is refused: each chunk costs as much as a whole small request.
7. While the server stops, an answer ends its connection, so that its client makes the next one elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import ssl
import time
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any, cast
from urllib.parse import quote_from_bytes

from aiohttp import web
from aiohttp.http import HttpVersion10, HttpVersion11
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler, _ErrInfo
from aiohttp.web_server import Server

from telectl.api.edge import listener
from telectl.api.edge.refusals import NOT_COMPLETE, NOT_READABLE, TOO_LARGE, RequestRefused, answer
from telectl.api.edge.tls import Doors
from telectl.api.php_request import QUERY_LIMIT
from telectl.api.stopping import STOPPING, Phase, Stopping

log = logging.getLogger(__name__)

HEAD_LIMIT = QUERY_LIMIT + 2**15
"""Bytes of request line and headers together."""
PATH_LIMIT = 2**11
"""Bytes of method and path together."""
FIELD_LIMIT = 2**14
"""Bytes of one header."""
PARSER_LIMITS: dict[str, Any] = {
    "max_line_size": 3 * HEAD_LIMIT,  # as escaped; what was sent is limited before
    "max_field_size": FIELD_LIMIT,
    "max_headers": 100,
    "lingering_time": 5.0,
    "auto_decompress": False,
    "read_bufsize": 2**15,  # what waits of a body, for each connection: at most twice this; aiohttp's own is 256 KB
}
"""What aiohttp's own parser is told; no request is ever unpacked."""
_CHUNK_OVERHEAD = 2**14
"""Bytes that a chunked body may have beside its content."""
_VERSIONS = (HttpVersion10, HttpVersion11)
_LONGEST_NUMBER = 20
"""Digits of a Content-Length; Python reads no number of thousands."""
_PIECE = 2**14
_MOST_WAITING = 16
"""Pipelined requests of one connection."""
_WAITING_BYTES = 2**14
"""Bytes of their heads, after which no further one is read: each costs several times as much while it waits."""
_GOODBYE = 2.0
"""Seconds that a connection has to take what is left for it when it ends."""
_MOST_TURNED_AWAY = 100

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_ASCII = bytes(range(128))
_BUSY_TEXT = b"ERROR: server is busy - too many connections\n"
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 1\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(_BUSY_TEXT), _BUSY_TEXT)
)
_HEADERS = {
    "Server": "telectl",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
"""What every answer bears."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that are settings."""

    connections: int
    """Open connections of this process."""
    head_seconds: float
    body_seconds: float
    idle_seconds: float


class Connection(RequestHandler):
    """One client's connection."""

    __slots__ = (
        "_body",
        "_edge",
        "_ended",
        "_heads",
        "_is_plain",
        "_left",
        "_raw",
        "_refused",
        "_said_all",
        "_searched",
        "_timer",
        "_turned_away",
        "_wire_bytes",
    )

    def __init__(self, edge: EdgeServer, **settings: Any) -> None:
        super().__init__(edge, **settings)
        self._edge = edge
        self._max_msg_queue_size, self._msg_queue_resume_size = _MOST_WAITING, _MOST_WAITING // 2
        self._raw = bytearray()
        """Received, and not yet handed to the parser."""
        self._searched = 0
        self._heads: deque[int] = deque(maxlen=_MOST_WAITING)
        """Sizes of the last ones."""
        self._body: StreamReader | None = None
        """The body that is being received."""
        self._left: int | None = None
        """Its bytes still to come; None when it is chunked."""
        self._wire_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._turned_away = False
        self._said_all = False
        """The client has ended its half of the connection."""
        self._refused = False
        """The client may still be sending what is not read any more."""
        self._ended = asyncio.Event()
        self._is_plain = True
        """No TLS."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or turn the client away (rule 5)."""
        if not self._edge.has_room():
            self._turned_away = True
            self._edge.turn_away(cast("asyncio.Transport", transport))
            return
        cast("Any", transport).max_size = _PIECE  # of what one read may bring; asyncio's own is 256 KB
        super().connection_made(transport)
        self._is_plain = transport.get_extra_info("sslcontext") is None
        self._timer = self._loop.call_later(self._edge.limits.head_seconds, self._head_is_late)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        self._stop_timer()
        self._ended.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hand on what arrived; aiohttp calls with nothing when its parser may go on."""
        if self._turned_away or self._force_close or self._close:
            return
        if not data:
            super().data_received(data)
        self._raw += data
        while self._raw and not (self._close or self._force_close or self._reading_paused):
            if not (self._feed_body() if self._body is not None else self._feed_head()):
                break
        if not self._raw or self._body is not None:
            self._stop_timer()
        elif self._timer is None and not (self._reading_paused or self._buffer_paused):
            self._timer = self._loop.call_later(self._edge.limits.head_seconds, self._head_is_late)

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio's own reading: True keeps it open
        """Return a client that has said all it will say its answers (`nc -N`); TLS has no such half of an end."""
        waits = self._current_request is not None or bool(self._messages)
        if not (self._is_plain and waits and self._body is None):
            return False
        self._said_all = True
        return True

    def _feed_head(self) -> bool:
        """Feed one whole head, and return whether there may be more to do."""
        waiting = len(self._messages)
        if waiting and (waiting >= _MOST_WAITING or sum(islice(reversed(self._heads), waiting)) >= _WAITING_BYTES):
            self._pause_reading_for_buffer()
            return False
        end = _HEAD_END.search(self._raw, max(0, self._searched - 3))
        if (end.end() if end else len(self._raw)) > HEAD_LIMIT:
            self._refuse(HTTPStatus.OK, RequestRefused(f"{TOO_LARGE} - {HEAD_LIMIT} bytes of headers"))
            return False
        if end is None:
            self._searched = len(self._raw)
            return False
        head = bytes(self._raw[: end.end()]).lstrip(b"\r\n")
        del self._raw[: end.end()]
        self._searched = 0
        if head:
            self._heads.append(len(head))
            line, newline, rest = head.partition(b"\n")
            if len(line.partition(b"?")[0]) > PATH_LIMIT:
                self._refuse(HTTPStatus.OK, RequestRefused(f"{TOO_LARGE} - {PATH_LIMIT} bytes of path"))
                return False
            self._parse(_escaped(line) + newline + rest)
        return True

    def _parse(self, head: bytes) -> None:
        super().data_received(head)
        if not self._messages:
            return
        message, payload = self._messages[-1]
        if isinstance(message, _ErrInfo):
            self._stop_reading()
        elif message.version not in _VERSIONS or len(message.headers.get("Content-Length", "")) > _LONGEST_NUMBER:
            self._messages.pop()
            self._refuse(HTTPStatus.BAD_REQUEST, RequestRefused(NOT_READABLE))
        elif message.headers.get("Expect", "100-continue").lower() != "100-continue":
            self._messages.pop()
            self._refuse(HTTPStatus.EXPECTATION_FAILED, RequestRefused(f"{NOT_READABLE} - Expect"))
        elif self._upgraded:
            self.close()  # nothing here is spoken but HTTP: the request is answered, and that was all
        elif not payload.is_eof():
            self._body = payload
            self._left = None if message.chunked else int(message.headers.get("Content-Length", 0))
            self._wire_bytes = 0

    def _feed_body(self) -> bool:
        """Feed a piece of the body, and return whether there may be more to do."""
        body = cast("StreamReader", self._body)
        if body.is_eof():
            self._body = None
            return True
        most = _PIECE if self._left is None else self._left
        if not most:
            return False  # the parser holds the end of it until the handler has read enough
        piece = bytes(self._raw[:most])
        del self._raw[:most]
        super().data_received(piece)
        if self._left is not None:
            self._left -= len(piece)
        self._wire_bytes += len(piece)
        crumbs = self._left is None and self._wire_bytes - body.total_bytes > _CHUNK_OVERHEAD
        broken = bool(self._messages) and isinstance(self._messages[-1][0], _ErrInfo)
        if broken:
            self._messages.pop()  # one request, one answer: its handler gives it
        if (broken or crumbs) and not body.is_eof():
            body.set_exception(web.RequestPayloadError("broken"))
            body.feed_eof()
            self._stop_reading()
        elif self._upgraded:
            self.close()
        return True

    def _head_is_late(self) -> None:
        self._timer = None
        if self._raw:
            seconds = self._edge.limits.head_seconds
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, RequestRefused(f"{NOT_COMPLETE} - {seconds:g} seconds"))
        else:
            self.force_close()

    def _refuse(self, status: int, why: RequestRefused) -> None:
        """Make this the connection's last answer."""
        self._request_count += 1
        self._messages.append((_ErrInfo(status, why, ""), EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        self._stop_reading()

    def _stop_reading(self) -> None:
        self._refused = True
        self._raw.clear()
        self.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _process_keepalive(self) -> None:
        if self._raw and self._body is None:
            self._keepalive_handle = None  # a request has begun: rule 1 is in force, not rule 4
        else:
            super()._process_keepalive()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what could not be read, or a defect of ours, with a fixed text (rule 3)."""
        del message
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun")
        if isinstance(exc, LineTooLong):
            status, exc = HTTPStatus.OK, RequestRefused(f"{TOO_LARGE} - {FIELD_LIMIT} bytes of a header")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("a request from %s failed", request.remote, exc_info=exc)
            response = answer(RequestRefused("system error - internal error"))
        else:
            refused = exc if isinstance(exc, RequestRefused) else RequestRefused(NOT_READABLE)
            log.info("%s (%s), from %s", refused, type(exc).__name__, request.remote)
            response = answer(refused)
        response.set_status(status)
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer, with the headers that every one bears; abort for a client that does not take it."""
        if isinstance(resp, web.HTTPException):
            resp.text = f"{resp.status}: {HTTPStatus(resp.status).phrase}"  # never aiohttp's, which may quote
        for name, value in _HEADERS.items():
            resp.headers.setdefault(name, value)
        if self._edge.is_stopping and not self._messages:
            resp.force_close()
        try:
            async with asyncio.timeout(self._edge.limits.body_seconds):
                resp, is_gone = await super().finish_response(request, resp, start_time)
        except TimeoutError:
            self.force_close()
            return resp, True
        if self._said_all and not self._messages:
            self.close()
        if self._refused and not is_gone:
            await self._linger()
        return resp, is_gone

    @property
    def is_busy(self) -> bool:
        """Tell whether a request runs, waits or has begun to arrive."""
        return self._request_in_progress or bool(self._messages) or bool(self._raw)

    async def _linger(self) -> None:
        """Read what a client is still sending, so that it sees the answer: bytes after the end may hide it."""
        transport = self.transport
        if transport is None:
            return
        _end_half(transport)
        self._resume_transport_reading()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await self._ended.wait()

    async def start(self) -> None:
        """Answer requests until the connection ends."""
        try:
            await super().start()
        finally:
            self._leave(self.transport, self._edge.limits.body_seconds)

    def force_close(self) -> None:
        """End the connection."""
        transport = self.transport
        super().force_close()
        self._leave(transport, _GOODBYE)

    def _leave(self, transport: asyncio.Transport | None, seconds: float) -> None:
        """See to it that a closed connection ends even if its client takes nothing more; TLS has a time for it."""
        if self._is_plain and transport is not None and transport.get_write_buffer_size():
            self._loop.call_later(seconds, transport.abort)


def _end_half(transport: asyncio.Transport) -> None:
    """Send EOF, where the transport can; the client may be gone."""
    if transport.can_write_eof():
        with contextlib.suppress(OSError):
            transport.write_eof()


def _escaped(line: bytes) -> bytes:
    """Escape raw bytes of a request line (rule 2)."""
    return line if line.isascii() else quote_from_bytes(line, safe=_ASCII).encode()


class EdgeServer(Server):
    """Makes the connections and counts them."""

    def __init__(
        self, limits: Limits, stopping: Stopping, handler: Any, *, request_factory: Any, **settings: Any
    ) -> None:
        super().__init__(handler, request_factory=request_factory, **settings)
        self.limits = limits
        self._stopping = stopping
        self._turned_away = 0
        self._warned = -60.0

    def __call__(self) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(self, loop=self._loop, **self._kwargs)

    @property
    def is_stopping(self) -> bool:
        """Tell whether this server is about to end."""
        return self._stopping.phase is not Phase.SERVING

    @property
    def is_busy(self) -> bool:
        """Tell whether any connection has a request."""
        return any(cast("Connection", connection).is_busy for connection in self._connections)

    def has_room(self, handshakes: int = 0) -> bool:
        """Return whether a connection is free, beside those that are still in their handshake."""
        if len(self._connections) + handshakes < self.limits.connections:
            return True
        if time.monotonic() - self._warned >= 60:  # noqa: PLR2004 - once a minute
            self._warned = time.monotonic()
            log.warning("all %d connections are taken (TELECTL_CONNECTIONS): clients get 503", self.limits.connections)
        return False

    def turn_away(self, transport: asyncio.Transport) -> None:
        """Answer 503, no room; a client that is still sending may need a moment to see it."""
        transport.write(_BUSY)
        if self._turned_away >= _MOST_TURNED_AWAY:
            transport.close()
        else:
            self._turned_away += 1
            self._loop.call_later(_GOODBYE, self._forget, transport)
            _end_half(transport)

    def _forget(self, transport: asyncio.Transport) -> None:
        self._turned_away -= 1
        transport.abort()


class EdgeRunner(web.AppRunner):
    """Runs an application behind this edge."""

    def __init__(self, app: web.Application, limits: Limits, **settings: Any) -> None:
        super().__init__(app, access_log=None, keepalive_timeout=limits.idle_seconds, **PARSER_LIMITS, **settings)
        self._limits = limits
        self.stopping = app[STOPPING] if STOPPING in app else Stopping()

    @property
    def edge(self) -> EdgeServer:
        """What makes and counts the connections, once this is set up."""
        return cast("EdgeServer", self.server)

    async def _make_server(self) -> Server:
        plain = await super()._make_server()
        return EdgeServer(
            *(self._limits, self.stopping, plain.request_handler),
            request_factory=plain.request_factory,
            **self._kwargs,
        )


class EdgeSite(web.SockSite):
    """A listening socket, with or without TLS."""

    def __init__(self, runner: EdgeRunner, sock: Any, limits: Limits, tls: ssl.SSLContext | None) -> None:
        super().__init__(runner, sock, ssl_context=tls)
        self._limits = limits

    async def start(self) -> None:
        """Listen."""
        await web.BaseSite.start(self)
        server = cast("EdgeServer", self._runner.server)
        self._server = await asyncio.get_running_loop().create_server(
            Doors(server, server.has_room, self._limits.head_seconds) if self._ssl_context else server,
            sock=self._sock,
            ssl=self._ssl_context,
            ssl_handshake_timeout=self._limits.head_seconds if self._ssl_context else None,
            ssl_shutdown_timeout=self._limits.body_seconds if self._ssl_context else None,
        )

    async def stop_listening(self) -> None:
        """Let nobody connect any more; who is connected already is accepted."""
        await listener.empty(self._sock)
        await self.stop()
