"""The login: by a challenge where the server offers one, so that the secret itself does not travel."""

from __future__ import annotations

import hashlib
import logging

from telectl.asterisk.actions import Action, Challenge, ChallengedLogin, Login
from telectl.asterisk.address import Address, Timeouts
from telectl.asterisk.connection import Connection
from telectl.errors import ActionRefused, LoginRefused

log = logging.getLogger(__name__)


async def log_in(connection: Connection, address: Address, timeouts: Timeouts, events: str) -> None:
    """Log a connection in; `events` are the classes of events that are wanted.

    A server, or a proxy before it, that knows no challenge gets the secret; one that offered a challenge never does.

    Raises:
        LoginRefused: in Asterisk's words.
        OutcomeUnknown: no answer in time.
    """
    challenge = await _challenge(connection, timeouts)
    if challenge:
        login: Action = ChallengedLogin(address.username, events, _key(challenge, address.secret))
    else:
        log.info("Asterisk %s offers no challenge: the secret is sent", address.server_ip)
        login = Login(address.username, events, secret=address.secret)
    try:
        await connection.ask(login, deadline=timeouts.login)
    except ActionRefused as refusal:
        raise LoginRefused(str(refusal)) from refusal


async def _challenge(connection: Connection, timeouts: Timeouts) -> str:
    """Ask for a challenge; empty where the server has none."""
    try:
        return (await connection.ask(Challenge(), deadline=timeouts.login))["Challenge"]
    except ActionRefused:
        return ""


def _key(challenge: str, secret: str) -> str:
    """Return the answer to a challenge; MD5 is what the protocol has."""
    return hashlib.md5(f"{challenge}{secret}".encode(), usedforsecurity=False).hexdigest()
