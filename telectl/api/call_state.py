"""`GET /calls/<call id>`: what became of a third party's call, as JSON for API users.

The login is that of the agent API: `user` and `pass` in query or form, or HTTP Basic. Every copy of telectl answers for
calls that any copy dialled (table telectl_calls).

| status | when |
|---|---|
| 200 | the call, see `_told` |
| 401 | no or a wrong login |
| 404 | no call of this id |
| 429 | too many wrong passwords from this address |
| 503 | the database is not available |
"""

from __future__ import annotations

from datetime import datetime

from aiohttp import BasicAuth, web

from telectl.api.middlewares import REMOTE_IP
from telectl.api.wire import read_wire
from telectl.auth.login import Gate, Verdict
from telectl.auth.throttle import Throttle
from telectl.calls.third_calls import ThirdCalls
from telectl.database import Clock
from telectl.database.lookups import UNKNOWN_SETTINGS, Lookups
from telectl.database.third_calls import ThirdCallRow
from telectl.errors import DatabaseError
from telectl.parameters import clean

_WRONG, _NOT_FOUND, _TOO_MANY, _NO_DATABASE = 401, 404, 429, 503


class CallState:
    """Answers for third parties' calls."""

    def __init__(self, third_calls: ThirdCalls, lookups: Lookups, clock: Clock, gate: Gate, throttle: Throttle) -> None:
        self._third_calls = third_calls
        self._lookups = lookups
        self._clock = clock
        self._gate = gate
        self._throttle = throttle

    async def answer(self, http: web.Request) -> web.Response:
        """Answer one request."""
        try:
            refusal = await self._refusal(http)
            if refusal is not None:
                return refusal
            row = await self._third_calls.row(http.match_info["call_id"])
        except DatabaseError:
            return _error(_NO_DATABASE, "database not available")
        return web.json_response(_told(row)) if row else _error(_NOT_FOUND, "no call of this id")

    async def _refusal(self, http: web.Request) -> web.Response | None:
        """Check the login; give the answer for a refused one."""
        address = http[REMOTE_IP]
        if self._throttle.exhausted(address):
            return _error(_TOO_MANY, "too many requests")
        system = await self._lookups.system_settings() or UNKNOWN_SETTINGS
        name, password = await _login(http, non_latin=system.non_latin)
        login = await self._gate.login(name, password, address, system, await self._clock.now())
        if login.user is not None:
            return None
        if login.verdict is Verdict.BAD:
            self._throttle.failed(address)
        refused = _error(_WRONG, "invalid user or password")
        refused.headers["WWW-Authenticate"] = 'Basic realm="telectl", charset="UTF-8"'
        return refused


async def _login(http: web.Request, *, non_latin: bool) -> tuple[str, str]:
    """Give user and password as sent, cleaned as the agent API cleans them."""
    values = dict((await read_wire(http)).values)
    given = http.headers.get("Authorization", "")
    if given:
        try:
            basic = BasicAuth.decode(given, encoding="utf-8")
        except ValueError:
            return "", ""
        values |= {"user": basic.login.encode(), "pass": basic.password.encode()}
    parameters = clean(values, non_latin=non_latin)
    return parameters["user"], parameters["pass"]


def _told(row: ThirdCallRow) -> dict[str, object]:
    """Give the call: times are the database's local time, `cause` is a Q.850 cause or null."""
    return {
        "call_id": row.call_id,
        "agent": row.agent,
        "lead_id": row.lead_id,
        "number": row.number,
        "server_ip": row.server_ip,
        "state": row.state,
        "dialstatus": row.dialstatus or None,
        "cause": row.cause or None,
        "cause_text": row.cause_text or None,
        "channel": row.channel or None,
        "started": _time(row.started),
        "rang": _time(row.rang),
        "answered": _time(row.answered),
        "ended": _time(row.ended),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(" ") if moment else None


def _error(status: int, what: str) -> web.Response:
    return web.json_response({"error": what}, status=status)
