"""`telectl call`: send one request to a running telectl. The password comes from the environment or a prompt."""

from __future__ import annotations

import http.client
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from telectl.errors import SettingsError, TelectlError
from telectl.unreachable import why_not

_TIMEOUT = 40.0  # seconds; longer than a request may run
_OURS = ("ERROR: ", "Coffee: ")
_ERROR = re.compile(r"^(Invalid recipient_type .*, )?ERROR: ", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def call(
    url: str, user: str, password: str, function: str, parameters: Sequence[str], *, certificate: Path | None = None
) -> str:
    """Send a function's request and return its answer.

    The request is a form, so that the password is in no proxy's log of addresses, and is not sent on by a redirect.

    Args:
        url: where telectl is.
        user: the API user.
        password: its password.
        function: what is asked.
        parameters: `name=value` each.
        certificate: that telectl's own, if its file is here; whatever name it bears, no other one is believed then.

    Raises:
        SettingsError: a parameter that is no `name=value`, or an address that is none.
        TelectlError: nobody answers there, or somebody else.
    """
    fields = [("source", "telectl"), ("user", user), ("pass", password), ("function", function)]
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if not equals or not name:
            raise SettingsError(f"{parameter!r}: expected name=value")
        fields.append((name, value))
    if not url.startswith(("http://", "https://")):
        raise SettingsError(f"{url}: expected http://host:port")
    page = f"{url.rstrip('/')}/agc/api.php"
    request = urllib.request.Request(page, data=urllib.parse.urlencode(fields).encode())  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT, context=_tls(certificate)) as answer:  # noqa: S310
            return _printable(answer.read())
    except urllib.error.HTTPError as error:
        text = _printable(error.read())
        if text.startswith(_OURS):
            return text
        raise TelectlError(f"{url} is no telectl: it answers HTTP {error.code}") from None
    except http.client.HTTPException:
        raise TelectlError(f"{url} is no telectl: it speaks no HTTP") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None)
        raise TelectlError(
            f"no answer from {url}: {why_not(reason if isinstance(reason, OSError) else error)}"
        ) from None


def _tls(certificate: Path | None) -> ssl.SSLContext:
    if certificate is None:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(certificate)
    return context


def succeeded(answer: str) -> bool:
    """Return whether an answer is one, and none of its lines an error."""
    return bool(answer) and not _ERROR.search(answer)


def _printable(answer: bytes) -> str:
    """Return the text of an answer, without what would command a terminal."""
    return _CONTROL.sub("?", answer.decode("utf-8", "replace"))
