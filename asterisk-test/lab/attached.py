"""An Asterisk that runs already, a container or somebody's own: tests and phones use it where it is.

`LAB_ASTERISK=host:port` names its manager interface; the rest has the container's values unless it is given:

| variable | default | what it is |
|---|---|---|
| `LAB_ASTERISK_SIP` | `5060` | its UDP port for SIP |
| `LAB_ASTERISK_MANAGER` | `cron:1234` | telectl's AMI user and its secret |
| `LAB_ASTERISK_OBSERVER` | the same | the AMI user of the tests' witness; some tests need one that sees everything |
| `LAB_ASTERISK_PHONES` | `test` | the SIP secret of gs101-gs110 and customer1-customer6 |

It needs the dialplan of asterisk-test/conf. Whatever it has of calls is hung up after each test.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from typing import NoReturn

from lab.asterisk import Asterisk, AsteriskError
from lab.configuration import Account, Secrets

LONGEST_PORT = 65535


class Attached(Asterisk):
    """An Asterisk that was not started here, and so is never stopped, frozen or configured here."""

    def __init__(self, host: str, ami_port: int, sip_port: int, who: Secrets) -> None:
        self.host, self.ami_port, self.sip_port = host, ami_port, sip_port
        self.manager, self.observer, self.phone_secret = who

    @classmethod
    def named(cls, environment: Mapping[str, str]) -> Attached | None:
        """Return the one that the environment names, None without.

        Raises:
            AsteriskError: a value cannot be read; one line that names it.
        """
        place = environment.get("LAB_ASTERISK", "")
        if not place:
            return None
        host, _, ami = place.rpartition(":")
        manager = _account(environment, "LAB_ASTERISK_MANAGER", "cron:1234")
        observer = _account(environment, "LAB_ASTERISK_OBSERVER", ":".join(manager))
        return cls(
            host,
            _port("LAB_ASTERISK", ami if host else "", "host:port"),
            _port("LAB_ASTERISK_SIP", environment.get("LAB_ASTERISK_SIP", "5060"), "a port"),
            Secrets(manager, observer, environment.get("LAB_ASTERISK_PHONES", "test")),
        )

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse what only an Asterisk has that was started here: its process, its folder, its log, its program."""
        raise AsteriskError(f"this Asterisk was not started here: it has no {name} (is the test own_asterisk?)")


@contextlib.asynccontextmanager
async def asterisk(say: Callable[[str], None] = lambda _text: None) -> AsyncIterator[Asterisk]:
    """Yield the Asterisk that LAB_ASTERISK names; without it, start one and stop it at the end."""
    found = Attached.named(os.environ)
    if found is not None:
        yield found
        return
    async with Asterisk.start(say=say) as started:
        yield started


def _account(environment: Mapping[str, str], name: str, default: str) -> Account:
    username, colon, secret = environment.get(name, default).partition(":")
    if not (username and colon and secret):
        raise AsteriskError(f"{name}: expected user:secret")
    return Account(username, secret)


def _port(name: str, text: str, expected: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LONGEST_PORT):
        raise AsteriskError(f"{name}: expected {expected}")
    return int(text)
