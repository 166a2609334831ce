"""Real requests broken at the level of HTTP and of bytes: lines, lengths, chunks, encodings, versions, targets."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from random import Random

from fuzz import multipart_bodies, parameters
from fuzz.inputs import CANARY, PAGE, WRONG, Input, Pairs, cut, login, message, urlencoded

_SECRET = rb"(?:%s|%s)" % (re.escape(CANARY), re.escape(WRONG))
_PASSWORD = re.compile(
    rb"[&?;{<,/]?[^&;{}<>,\s?/]{0,40}"
    + _SECRET
    + rb"[&;]?|name=\"pass\"\s+"
    + _SECRET
    + rb"|Authorization: Basic [^\r]*"
)
"""A password and what makes it one: changed, it would be the sender who writes it elsewhere."""
_FINISH = b"GET /healthz HTTP/1.1\r\nHost: telectl\r\nConnection: close\r\n\r\n"
"""Follows bytes that may be no request: whoever still reads requests answers it and closes."""
_INTERESTING = (
    *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\x00", b" ", b"\t", b":", b"%", b"%0d%0a", b"&", b";", b"?", b"#", b"/"),
    *(b"\xff", b"\x80", b"\xc3", b"HTTP/1.1", b"HTTP/9.9", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    *(b"Content-Length: 5\r\n", b"Content-Encoding: gzip\r\n", b"Expect: 100-continue\r\n", b"Host: \r\n"),
    *(b"Connection: upgrade\r\nUpgrade: websocket\r\n", b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
    *(b"Range: bytes=0-1\r\n", b"Cookie: " + b"a=b; " * 900 + b"\r\n", b"X: " + b"y" * 9000 + b"\r\n"),
    *(b"Content-Length: 99999999999999999999\r\n", b"Content-Length: -1\r\n", b"Content-Length: 0x10\r\n"),
    *(b'X-Forwarded-For: 1.2.3.4:5, [::1]:443, unknown, "_x"\r\n', b"X-Request-Id: a\x00b\r\n"),
    *(b"Authorization: Basic !!!\r\n", b"Authorization: Basic\r\n", b"Authorization: Bearer \xff\r\n"),
    *(b"Authorization: Basic /////w==\r\n", b'Authorization: Digest username="x"\r\n'),
)


def make(random: Random, name: str) -> Input:
    """Make the bytes of one connection."""
    shape = random.choice(_SHAPES)
    data = shape(random)
    if random.random() < 0.5:
        data = mutate(data, random)
    if random.random() < 0.1:
        data = data[: random.randrange(len(data) + 1)]
    pieces = cut(data, random) if random.random() < 0.3 else (data,)
    return Input(name, pieces if random.random() < 0.1 else (*pieces, _FINISH))


def mutate(data: bytes, random: Random) -> bytes:
    """Change a few bytes anywhere but in a password."""
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        start = random.randrange(len(data) + 1)
        end = min(len(data), start + random.choice((0, 1, 1, 2, 8, 60)))
        if any(found.start() < end + 1 and start < found.end() for found in _PASSWORD.finditer(data)):
            continue
        piece = data[start:end]
        how = random.randrange(5)
        if how == 0:
            piece = random.choice(_INTERESTING)
        elif how == 1:
            piece = random.randbytes(len(piece) or 1)
        elif how == 2:
            piece = bytes(byte ^ (1 << random.randrange(8)) for byte in piece)
        elif how == 3:
            piece = piece * random.choice((2, 3, 500))
        else:
            piece = b""
        data = data[:start] + piece + data[end:]
    return data


def _ordinary(random: Random) -> bytes:
    return parameters.make(random, "").data.replace(b"Connection: close\r\n", b"")


def _as_multipart(random: Random) -> bytes:
    return multipart_bodies.make(random, "").data.replace(b"Connection: close\r\n", b"")


def _pipelined(random: Random) -> bytes:
    """Write several requests at once."""
    return b"".join(_ordinary(random) for _ in range(random.choice((2, 3, 12))))


def _form(random: Random) -> tuple[Pairs, bytes]:
    who = login(random)
    body = urlencoded([*who.pairs, *parameters.asked(random)][:40])
    headers = [(b"Host", b"telectl"), (b"X-Forwarded-For", who.address), (b"Content-Type", parameters.FORM)]
    return headers, body


def _raw(method: bytes, target: bytes, headers: Pairs, body: bytes) -> bytes:
    """Write a request without adding a length."""
    return message(method, target, headers, version=b"HTTP/1.1").replace(b"Content-Length: 0\r\n", b"") + body


def _chunked(random: Random) -> bytes:
    """Write a body in chunks, many of them tiny, with sizes that may be wrong."""
    headers, body = _form(random)
    size = random.choice((1, 7, 100, 5000))
    chunks = []
    for at in range(0, min(len(body), size * 4000), size):
        chunk = body[at : at + size]
        length = random.choice((b"%x", b"%X", b"0000%x", b"%x;a=b", b"%x" + b";x" * 400, b"%x ")) % len(chunk)
        if random.random() < 0.5 / (1 + len(body) / size):
            length = random.choice(
                (b"", b"-1", b"ffffffffffffffffff", b"zz", b"0", b"%x" % (len(chunk) + 1), b"7" * 9000)
            )
        chunks.append(length + b"\r\n" + chunk + b"\r\n")
    trailer = random.choice((b"", b"", b"X-Trailer: a\r\n", b"Content-Length: 5\r\n", b"a: b\r\n" * 300))
    lengths: list[Pairs] = [[], [], [(b"Content-Length", b"%d" % len(body))], [(b"Transfer-Encoding", b"identity")]]
    coding = random.choice((b"chunked", b"chunked", b"Chunked", b"gzip, chunked", b"chunked, chunked", b"\x0bchunked"))
    headers += [(b"Transfer-Encoding", coding), *random.choice(lengths)]
    return _raw(b"POST", PAGE, headers, b"".join(chunks) + b"0\r\n" + trailer + b"\r\n")


def _encoded(random: Random) -> bytes:
    """Write a compressed body: sound, broken, or one that unpacks to far more than may be sent."""
    headers, body = _form(random)
    if random.random() < 0.3:
        body = b"value=" + b"a" * random.choice((10_000, 3_000_000))
    packed, coding = random.choice(
        (
            (gzip.compress(body, 9, mtime=0), b"gzip"),
            (zlib.compress(body, 9), b"deflate"),
            (gzip.compress(gzip.compress(body, 9, mtime=0), mtime=0), b"gzip, gzip"),
            (body, b"br"),
            (body, b"zstd"),
            (body, b"gzip"),
            (body, b"identity"),
            (body, b"x-none\xff"),
        )
    )
    headers += [(b"Content-Encoding", coding), (b"Content-Length", b"%d" % len(packed))]
    return _raw(b"POST", PAGE, headers, packed)


def _lengths(random: Random) -> bytes:
    """Write a body whose length is wrong, doubled or none."""
    headers, body = _form(random)
    right = b"%d" % len(body)
    lengths = random.choice(
        (
            *([right, right], [right, b"0"], [b"+" + right], [b" " + right + b" "], [b"0x%x" % len(body)], [b"-1"]),
            *(
                [right + b", " + right],
                ["١٢".encode()],
                [b"9" * 30],
                [b""],
                [],
                [b"%d" % (len(body) + 7)],
                [b"0" * 5000],
            ),
        )
    )
    return _raw(b"POST", PAGE, [*headers, *((b"Content-Length", length) for length in lengths)], body)


def _targets(random: Random) -> bytes:
    """Write a request whose target, method or version is odd."""
    who = login(random)
    query = urlencoded([*who.pairs, *parameters.asked(random)][:30])
    secret = b"%s:%s@" % (who.user if who.user.isalnum() else b"x", who.password)
    target = random.choice(
        (
            *(b"http://%stelectl" % secret + PAGE + b"?" + query, b"//" + secret + b"telectl" + PAGE, b"telectl:443"),
            *(b"*", b"", b"?", PAGE + b"?" + query + b"#x", PAGE + b"#?" + query, PAGE + b"/?" + query),
            *(PAGE + b"?" + query.replace(b"&", b";"), PAGE + b"??" + query, PAGE + b"?&&&" + query + b"&&="),
            *(b"/agc/./api.php?" + query, b"/agc/../agc/api.php?" + query, b"/agc/%61pi.php?" + query),
            *(b"/AGC/API.PHP?" + query, b"/agc\\api.php?" + query, b"/calls/" + random.randbytes(9).hex().encode()),
            *(b"/calls/V1123000000000001002?" + query, b"/calls/%00", b"/calls/" + b"a" * 9000, b"/readyz?" + query),
            *(b"/healthz", b"/" + b"a/" * 4000, b"/%", b"/\xff\xfe?" + query, b"http://[::1?" + query),
            *(b"http://[v1.x]/?" + query, b"http://a:99999/agc/api.php?" + query, PAGE + b"? " + query),
            *("/agc/api.php?notes=señor&".encode() + query, "/agc/api.php?notes=señor&".encode("latin-1") + query),
        )
    )
    methods = (b"GET", b"GET", b"POST", b"HEAD", b"OPTIONS", b"PUT", b"CONNECT", b"TRACE", b"get", b"G\x00T", b"PRI")
    versions = (
        b"HTTP/1.1",
        b"HTTP/1.1",
        b"HTTP/1.0",
        b"HTTP/0.9",
        b"HTTP/2.0",
        b"HTTP/1.10",
        b"",
        b"\xff",
        b"HTTP/1.1 x",
    )
    headers = [(b"Host", random.choice((b"telectl", b"", b"a b", b"\xff", b"[::1", b"telectl:99999", b"h" * 9000)))]
    headers += [who.basic] if random.random() < 0.5 else []
    return message(random.choice(methods), target, headers, version=random.choice(versions))


def _headers(random: Random) -> bytes:
    """Write many, long, folded, doubled headers."""
    who = login(random)
    target = PAGE + b"?" + urlencoded([*who.pairs, *parameters.asked(random)][:20])
    extra: list[Pairs] = [
        [(b"X-%d" % number, b"y") for number in range(random.choice((100, 150, 3000)))],
        [(b"X", b"y" * random.choice((4000, 9000, 70_000, 1_100_000)))],
        [(b"X" * random.choice((300, 9000, 70_000)), b"y")],
        [(b"X", b"a\r\n folded\r\n\tagain")],
        [(b"X-Forwarded-For", b", ".join([b"1.2.3.4"] * random.choice((50, 5000))))],
        [(b"X-Forwarded-For", b'"[2001:db8::1]:443", unknown, ::ffff:1.2.3.4, 1.2.3.4:5, \xff, ::1%eth0')],
        [(b"Host", b"a"), (b"Host", b"b")],
        [(b" X", b"y"), (b"X ", b"y"), (b"", b"y"), (b"X\x00", b"y"), ("é".encode(), b"y")],
        [(b"Content-Type", b"a/b; " + b'x="y"; ' * 2000)],
        [(b"Content-Type", random.choice((b"((((", b";form-data*1*", b"\xff", b"a" * 5000, b"a/b;=;==", b"/")))],
        [(b"Connection", b"keep-alive, close, upgrade, \xff"), (b"Keep-Alive", b"timeout=-1")],
        [(b"Expect", b"100-continue")],
        [(b"If-Modified-Since", b"\xff"), (b"Accept-Encoding", b"gzip;q=\xff"), (b"Accept-Language", b"es;q=1e999")],
    ]
    method = random.choice((b"GET", b"POST"))
    return message(method, target, [(b"Host", b"telectl"), *random.choice(extra)])


def _bodies(random: Random) -> bytes:
    """Write the login and the parameters as something that is no form."""
    who = login(random)
    headers: Pairs = [(b"Host", b"telectl"), (b"X-Forwarded-For", who.address)]
    kind, body = random.choice(
        (
            (b"application/json", b'{"source":"fuzz","user":"%s","pass":"%s"}' % (who.user, who.password)),
            (parameters.FORM, b'{"user":"%s","pass":"%s"}' % (who.user, who.password)),
            (parameters.FORM, b"<api><user>%s</user><pass>%s</pass></api>" % (who.user, who.password)),
            (parameters.FORM, b"source=fuzz;user=x;PASS=%s;function=version" % who.password),
            (parameters.FORM, b"source=fuzz&user=x&%%2570ass=%s&pwd=%s" % (who.password, who.password)),
            (parameters.FORM, b"source=fuzz&PASSWORD=%s&Pass=%s&passwd[]=%s" % ((who.password,) * 3)),
            (b"text/plain", b"pass=" + who.password),
            (b"", b"pass=" + who.password),
            (b"application/x-www-form-urlencoded, multipart/form-data", b"pass=" + who.password),
        )
    )
    return message(b"POST", PAGE, [*headers, (b"Content-Type", kind)], body)


def _no_http(random: Random) -> bytes:
    """Write what other protocols and scanners send."""
    return random.choice(
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + random.randbytes(200),
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(500),
            b"GET /agc/api.php?pass=" + CANARY + b"\r\n\r\n",
            b"GET\r\n\r\n",
            b"\r\n" * random.choice((3, 3000)),
            b"\x00" * 500,
            b"a" * random.choice((100, 9000, 1_100_000)),
            b"GET " + b"a" * 70_000,
            b"Action: Login\r\nUsername: x\r\nSecret: " + CANARY + b"\r\n\r\n",
            b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
            b"EHLO x\r\n",
            b"\x4a\x00\x00\x00\x0a8.0.0\x00",
            random.randbytes(random.choice((1, 20, 2000))),
        )
    )


_SHAPES: tuple[Callable[[Random], bytes], ...] = (
    *(_ordinary, _ordinary, _ordinary, _as_multipart, _pipelined, _chunked, _chunked, _encoded, _lengths, _targets),
    *(_targets, _headers, _headers, _bodies, _no_http),
)
