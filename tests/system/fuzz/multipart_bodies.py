"""Forms as multipart: odd boundaries, headers, nesting, encodings, and many parts."""

from __future__ import annotations

from random import Random

from fuzz.inputs import PAGE, Input, Pairs, login, message
from fuzz.parameters import asked

_BOUNDARIES = (
    *(b"b", b"b" * 70, b"b" * 71, b"----WebKitFormBoundary7MA4YWxkTrZu0gW", b"a b", b"--", b"=_?", b"'()+_,-./:=?"),
    *(b"", b"b\xff", b"\xc3\xa9", b"b;x", b"b" * 5000),
)
_TYPES = (
    *(b'multipart/form-data; boundary="%s"', b"multipart/form-data; boundary=%s", b"Multipart/Form-Data; BOUNDARY=%s"),
    *(b"multipart/form-data; charset=utf-16; boundary=%s", b"multipart/form-data; boundary=%s; boundary=other"),
    *(b"multipart/form-data; boundary*=utf-8''%s", b"multipart/form-data; boundary*0=%s; boundary*1=x"),
    *(b"multipart/form-data;boundary=%s;" + b"x=y;" * 400, b"multipart/mixed; boundary=%s", b"multipart/; boundary=%s"),
    *(b"multipart/form-data", b"multipart/form-data; boundary", b'multipart/form-data; boundary="%s', b"((((%s"),
    *(b";form-data*1*; boundary=%s", b"multipart/form-data; name*0..; boundary=%s", b"multipart/form-data, a; b=%s"),
)
_DISPOSITIONS = (
    *(b'form-data; name="%s"', b"form-data; name=%s", b"form-data; NAME='%s'", b'form-data; name="%s"; name="other"'),
    *(b'form-data; name="%s"; filename="a.txt"', b'form-data; filename=""; name="%s"', b'attachment; name="%s"'),
    *(b"form-data; name*=utf-8''%s", b"form-data; name*0=%s; name*1=x", b"form-data; name*0..=%s", b'form-data; "%s"'),
    *(b'form-data; name="=?utf-8?q?%s?="', b"form-data" + b";" * 4000 + b"name=%s", b'form-data; name="%s\\"'),
    *(b"(" * 3000 + b"%s", b'form-data; name="%s', b"%s", b"form-data; name=" + b"=?utf-8?q?a?= " * 300 + b"%s"),
)
_HEADERS = (
    *(b"Content-Type: text/plain; charset=utf-16", b"Content-Type: application/json", b"Content-Type: message/rfc822"),
    *(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"X: " + b"a" * 9000),
    *(b"Content-Transfer-Encoding: x-uuencode", b"Content-Type: multipart/mixed; boundary=inner", b"\xff\xfe: \xff"),
    *(b"no colon", b" folded", b": empty", b"Content-Length: 99999999999", b"Content-Length: -1", b"A: b\nC: d"),
)


def make(random: Random, name: str) -> Input:
    """Make one multipart request; whatever its body is, it is answered by the rules."""
    who = login(random)
    boundary = random.choice(_BOUNDARIES) if random.random() < 0.2 else b"b"
    pairs = [*who.pairs, *asked(random)]  # the login first: what is broken behind it takes no password along
    if random.random() < 0.02:
        pairs += [(b"x", b"")] * random.choice((150, 250, 4000))
    kind = random.choice(_TYPES) if random.random() < 0.2 else _TYPES[0]
    headers = [
        *((b"Host", b"telectl"), (b"Connection", b"close"), (b"X-Forwarded-For", who.address)),
        (b"Content-Type", kind.replace(b"%s", boundary)),
    ]
    body = _body(random, boundary, pairs)
    return Input(name, (message(b"POST", PAGE, headers, body),), answers=1)


def _body(random: Random, boundary: bytes, pairs: Pairs) -> bytes:
    parts = [_part(random, name, value, plain=number < 3) for number, (name, value) in enumerate(pairs)]
    end = b"\r\n" if random.random() < 0.95 else b"\n"
    line = b"--" + boundary
    body = b"".join(line + end + part + end for part in parts)
    ending = random.randrange(12)
    if ending == 0:
        return body
    if ending == 1:
        return body + line + b"--" + end + random.randbytes(300)
    if ending == 2:
        return random.randbytes(200) + end + body + line + b"--" + end
    if ending == 3:
        return body + (line + end + end) * 300 + line + b"--"
    if ending == 4:
        return body + (line[:-1] + b"\r") * 2000
    return body + line + b"--" + end


def _part(random: Random, name: bytes, value: bytes, *, plain: bool) -> bytes:
    """Write one part; those of the login are plain."""
    odd = not plain and random.random() < 0.15
    disposition = random.choice(_DISPOSITIONS) if odd else _DISPOSITIONS[0]
    lines = [b"Content-Disposition: " + disposition.replace(b"%s", name)]
    if not plain and random.random() < 0.1:
        lines.insert(random.randrange(2), random.choice(_HEADERS))
    if odd and random.random() < 0.1:
        lines += [b"X-%d: y" % number for number in range(random.choice((50, 500)))]
    if odd and random.random() < 0.1:
        value = b"--inner\r\n" * 40 + value
    return b"\r\n".join(lines) + b"\r\n\r\n" + value
