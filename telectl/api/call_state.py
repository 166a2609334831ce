"""`GET /calls/<call id>`: what became of a third party's call, as JSON for API users.

The login is that of the agent API: `user` and `pass` in query or form, or HTTP Basic. Every copy of telectl answers for
calls that any copy dialled (table telectl_calls).

| status | when |
|---|---|
| 200 | the call, see `_told` |
| 401 | no or a wrong login |
| 403 | the API is switched off, or the user's api_allowed_functions do not name `call_state` |
| 404 | no call of this id, or of a campaign that the user's group may not see |
| 429 | too many wrong passwords came before this one; `Retry-After` tells when to try again |
| 503 | the database is not available |
"""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from telectl.api.credentials import with_login
from telectl.api.middlewares import CALLER
from telectl.api.php_request import read_php_request
from telectl.auth.login import Authenticator
from telectl.auth.users import ApiUser
from telectl.calls.third_party.sql import ThirdCallRow
from telectl.calls.third_party.tracker import ThirdPartyTracker
from telectl.database import Clock
from telectl.database.lookups import Lookups, SystemSettings
from telectl.errors import DatabaseError, TooManyGuesses
from telectl.parameters import clean

PERMISSION = "call_state"
"""What api_allowed_functions calls this page."""
_WRONG, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _NO_DATABASE = 401, 403, 404, 429, 503


class CallState:
    """Answers for third parties' calls."""

    def __init__(self, tracker: ThirdPartyTracker, lookups: Lookups, clock: Clock, gate: Authenticator) -> None:
        self._tracker = tracker
        self._lookups = lookups
        self._clock = clock
        self._gate = gate

    async def answer(self, http: web.Request) -> web.Response:
        """Answer one request."""
        try:
            system = await self._lookups.system_settings()
            user = await self._user(http, system)
            if user is None:
                basic = {"WWW-Authenticate": 'Basic realm="telectl", charset="UTF-8"'}
                return _error(_WRONG, "invalid user or password", basic)
            if system.vdc_agent_api_active != "1":
                return _error(_FORBIDDEN, "the API is not active")
            if not user.may_use(PERMISSION):
                return _error(_FORBIDDEN, f"the user's functions do not include {PERMISSION}")
            row = await self._row(http.match_info["call_id"], user)
        except TooManyGuesses as error:
            return _error(_TOO_MANY, "too many requests", {"Retry-After": str(error.retry_after)})
        except DatabaseError:
            return _error(_NO_DATABASE, "database not available")
        return web.json_response(_told(row)) if row else _error(_NOT_FOUND, "no call of this id")

    async def _user(self, http: web.Request, system: SystemSettings) -> ApiUser | None:
        """Check the login, cleaned as the agent API cleans it."""
        given = clean(with_login((await read_php_request(http)).values, http.headers), non_latin=system.non_latin)
        login = await self._gate.login(given["user"], given["pass"], http[CALLER], system, await self._clock.now())
        return login.user

    async def _row(self, call_id: str, user: ApiUser) -> ThirdCallRow | None:
        """Return a call that the user may see; another campaign's is as unknown as none."""
        row = await self._tracker.row(call_id)
        group = await self._lookups.group(user.user_group)
        return row if row is not None and group is not None and group.allows_campaign(row.campaign_id) else None


def _told(row: ThirdCallRow) -> dict[str, object]:
    """Return the call: times are the database's local time, `cause` is a Q.850 cause or null."""
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


def _error(status: int, what: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": what}, status=status, headers=headers)
