"""Requests at the limits: each as dear as its bytes can be made."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from telectl.parameters import CLEANING

LOGIN = b"source=test&user=6666&pass=wrong&function=logout&value=LOGOUT&agent_user=1000"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
CHUNKED = {"Transfer-Encoding": "chunked"}
MEGABYTE = 2**20 - 2**12
UNITS = {
    "escapes": b"%41",
    "half escapes": b"%",
    "escaped signs": b"%3D%25",
    "no escapes": b"%zz",
    "letters": b"a",
    "foreign letters": "ñ".encode(),
    "broken letters": b"\xff",
    "signs": b"<\"'>",
    "blanks": b"+",
}
NAMES = (
    *("user", "value", "agent_user", "first_name", "last_name", "city", "address1", "address2", "address3", "email"),
    *("stage", "vendor_id", "source_id", "comments", "notes", "province"),
)


def request(target: bytes, body: bytes = b"", kind: str = "", headers: dict[str, str] | None = None) -> bytes:
    """One request whose connection then ends."""
    lines = {"Host": "x", "Connection": "close", **(headers or {})}
    if kind:
        lines |= {"Content-Type": kind}
        lines |= {} if "Transfer-Encoding" in lines else {"Content-Length": str(len(body))}
    method = b"POST" if kind else b"GET"
    head = "".join(f"{name}: {text}\r\n" for name, text in lines.items()).encode("latin-1")
    return method + b" " + target + b" HTTP/1.1\r\n" + head + b"\r\n" + body


def form(body: bytes, kind: str = FORM, headers: dict[str, str] | None = None) -> bytes:
    """A form of a given body."""
    return request(b"/agc/api.php?" + LOGIN, body, kind, headers)


def query(more: bytes) -> bytes:
    """A request with more in its query."""
    return request(b"/agc/api.php?" + LOGIN + b"&" + more)


def part(name: bytes, content: bytes = b"") -> bytes:
    """A part of a multipart form."""
    return b'--b\r\nContent-Disposition: form-data; name="' + name + b'"\r\n\r\n' + content + b"\r\n"


def filled(unit: bytes, size: int = MEGABYTE) -> bytes:
    """As many of a piece as there is room for."""
    return unit * (size // len(unit))


def values() -> Iterator[tuple[str, bytes]]:
    """Values at their limits."""
    for what, unit in UNITS.items():
        yield f"one value of {what}", form(b"comments=" + filled(unit))
        yield f"a user's name of {what}", form(b"user=" + filled(unit))
        each = filled(unit, MEGABYTE // len(NAMES))
        yield f"16 values of {what}", form(b"&".join(name.encode() + b"=" + each for name in NAMES))
        yield f"a query of {what}", query(b"value=" + filled(unit, 2**16 - 200))
    every = "".join(map(chr, range(0x100, 0xD800))).encode()
    yield "every character", form(b"first_name=" + every * 6)
    beyond = "".join(map(chr, range(0x10000, 0x50000))).encode()
    yield "every character beyond", form(b"first_name=" + beyond[:MEGABYTE])
    hidden = b"passpwdsecret" * 900
    yield "values that hide a password", form(b"&".join(name.encode() + b"=" + hidden for name in NAMES))
    for unit in (b"pwd", b"pass", b"secret", b"pass=", b"=" * 9):
        late = (unit * 4096)[:4080].replace(b"=", b"%25253D") + b"pass%25253D"
        yield f"values that hide it late, behind {unit!r}", form(b"&".join([b"notes=" + late[-4090:]] * 250))
        every = b"&".join(name.encode() + b"=" + late[-4090:] for name in sorted(CLEANING))
        yield f"values of all names that hide it late, behind {unit!r}", form(every)


def parameters() -> Iterator[tuple[str, bytes]]:
    """As many parameters as there may be, and more."""
    yield "a thousand parameters", form(b"&".join(b"p%d=" % number + b"x" * 1000 for number in range(980)))
    yield "a thousand of one name", form(b"&".join([b"value=" + b"pass" * 250] * 980))
    yield "parameters without end", form(filled(b"&"))
    yield "names without end", form(filled(b"a&"))
    yield "brackets", query(b"&".join([b"[" * 60] * 900))
    yield "a thousand in the query", query(b"&".join([b"value=%41%41%41%41"] * 990))


def parts() -> Iterator[tuple[str, bytes]]:
    """Multipart forms."""
    words = part(b"=?utf-8?q?a?= " * 60)
    disposition = b"--b\r\nContent-Disposition: form-data"
    packed = gzip.compress(filled(words))
    yield "packed encoded words", form(packed, MULTIPART, {"Content-Encoding": "gzip"})
    yield "encoded words", form(words * 200 + b"--b--", MULTIPART)
    yield "200 parts of a megabyte", form(part(b"comments", b"x" * 5000) * 200 + b"--b--", MULTIPART)
    yield "empty parts", form(filled(b"--b\r\n\r\n\r\n"), MULTIPART)
    yield "boundaries alone", form(filled(b"--b\r\n"), MULTIPART)
    yield "a preamble of lines", form(filled(b"\r\n"), MULTIPART)
    yield "almost boundaries", form(part(b"value", filled(b"\r\n--")) + b"--b--", MULTIPART)
    yield "carriage returns", form(part(b"value", filled(b"\r")) + b"--b--", MULTIPART)
    almost = filled(b"\r\n--" + b"b" * 3999 + b"c")
    long = b"--" + b"b" * 4000 + b'\r\nContent-Disposition: form-data; name="value"\r\n\r\n' + almost
    yield "almost a long boundary", form(long, "multipart/form-data; boundary=" + "b" * 4000)
    yield "header lines", form(filled(b"--b\r\n" + b"A:\r\n" * 8), MULTIPART)
    yield "a header of a part without end", form(b"--b\r\nA: " + filled(b"a"), MULTIPART)
    yield "a continued header", form(b"--b\r\nA: a" + filled(b"\r\n a"), MULTIPART)
    yield "parentheses", form(disposition + b"(" * 900 + b"\r\n\r\n", MULTIPART)
    yield "open quotes", form(filled(disposition + b';a="\\' * 180 + b"\r\n\r\n\r\n"), MULTIPART)
    yield "numbered options", form(filled(disposition + b"; name*0*=a" * 80 + b"\r\n\r\n\r\n"), MULTIPART)
    yield "options of the type", form(b"x", "multipart/form-data" + '; a="\\' * 2000)
    yield "blanks in the type", form(b"x", "multipart/form-data" + ";" * 4000 + " " * 4000 + ";a" + "a" * 4000)


def heads_and_chunks() -> Iterator[tuple[str, bytes]]:
    """What HTTP itself has room for."""
    page = b"/agc/api.php?" + LOGIN
    yield "a hundred headers", request(page, headers={f"X-{number}": "x" * 280 for number in range(95)})
    yield "proxies without end", request(page, headers={"X-Forwarded-For": "1," * 8000})
    yield "a path of dots", request(b"/" + b"./" * 1000 + b"agc/api.php?" + LOGIN)
    yield "a path without end", request(b"/" + b"./" * 30_000 + b"agc/api.php?" + LOGIN)
    yield "a path of no page", request(b"/" + b"%41/" * 500)
    yield "raw bytes", query(b"value=" + b"\xff" * 20_000)
    yield "crumbs", form(filled(b"1\r\na\r\n"), headers=CHUNKED)
    yield "larger crumbs", form(filled(b"40\r\n" + b"a" * 64 + b"\r\n"), headers=CHUNKED)
    yield "chunk extensions", form(b"1;" + filled(b"a") + b"\r\na\r\n", headers=CHUNKED)
    yield "trailers", form(b"0\r\n" + filled(b"a: b\r\n"), headers=CHUNKED)
    yield "a megabyte in one chunk", form(b"f0000\r\n" + b"a" * 0xF0000 + b"\r\n0\r\n\r\n", headers=CHUNKED)
    yield "a header without end", request(page, headers={"Cookie": "a" * 200_000})
    yield "a line without end", request(b"/agc/api.php?" + b"a" * 200_000)


DEAR = dict([*values(), *parameters(), *parts(), *heads_and_chunks()])
"""Every request by its name."""
