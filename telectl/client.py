"""`telectl call`: send one request to a running telectl. The password comes from the environment or a prompt."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence

from telectl.errors import SettingsError, TelectlError

_TIMEOUT = 40.0  # seconds; longer than a request may run


def call(url: str, user: str, password: str, function: str, parameters: Sequence[str]) -> str:
    """Send a function's request and give its answer.

    The request is a form, so that the password is in no proxy's log of addresses.

    Raises:
        SettingsError: a parameter that is no `name=value`, or an address that is none.
        TelectlError: nobody answers there.
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
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            return str(answer.read().decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        return str(error.read().decode("utf-8", "replace"))
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise TelectlError(f"no answer from {url}: {reason}") from None
