"""Who a request says it is from: `user` and `pass` as parameters, or an Authorization header (HTTP Basic).

Parameters win: a request that has either of them keeps both as sent, and a header beside them is not looked at. So a
client behind a web server with a password of its own is still who its parameters say.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

_BASIC = "basic"


def with_login(values: Mapping[str, bytes], headers: Mapping[str, str]) -> Mapping[str, bytes]:
    """Return a request's parameters with `user` and `pass` in them, wherever they were sent."""
    if values.get("user") or values.get("pass"):
        return values
    scheme, _, given = headers.get("Authorization", "").partition(" ")
    return {**values, **_basic(given.strip())} if scheme.lower() == _BASIC else values


def _basic(given: str) -> dict[str, bytes]:
    """Return what HTTP Basic says (RFC 7617), byte for byte; nothing if it cannot be read."""
    try:
        user, colon, password = base64.b64decode(given, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return {}
    return {"user": user, "pass": password} if colon else {}
