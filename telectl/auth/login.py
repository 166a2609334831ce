"""The login of an API request: password, lockout, servers, IP lists (agent-api.md, "Authentication")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from telectl.auth.passwords import PasswordCheck, Scheme
from telectl.auth.users import ApiUser
from telectl.database import Database, Instant, Write
from telectl.database.lookups import Lookups, SystemSettings, UserRow

_MOST_FAILURES = 10
_LOCKED_FOR = timedelta(seconds=900)
_SHORTEST = 2


class Verdict(StrEnum):
    """The last field of the login error."""

    GOOD = "GOOD"
    BAD = "BAD"
    LOCK = "LOCK"
    ERRSERVERS = "ERRSERVERS"
    IPBLOCK = "IPBLOCK"


@dataclass(frozen=True, slots=True)
class Login:
    """The outcome of a login; `user` is set only when the request may go on."""

    verdict: Verdict
    api_access: bool
    user: ApiUser | None

    def fields(self, name: str) -> str:
        """Give the error's fields: user, an always empty password, auth, auth_api, the word."""
        auth, auth_api = ("1" if flag else "0" for flag in (self.verdict is Verdict.GOOD, self.api_access))
        return f"{name}||{auth}|{auth_api}|{self.verdict}"


# One conditional UPDATE counts a failure, so that simultaneous guesses are all counted.
COUNT_WRONG_PASSWORD = Write(
    "count a wrong password",
    "UPDATE vicidial_users SET failed_login_count = failed_login_count + 1,"
    " failed_login_attempts_today = failed_login_attempts_today + 1,"
    " failed_login_count_today = failed_login_count_today + 1,"
    " failed_last_ip_today = %(address)s, failed_last_type_today = '01cBAD'"
    " WHERE user = %(user)s AND failed_login_count < 10",
)
RESTART_COUNT = Write(
    "count the first wrong password after a lockout",
    "UPDATE vicidial_users SET last_login_date = %(now)s, failed_login_count = 1,"
    " failed_login_attempts_today = failed_login_attempts_today + 1,"
    " failed_login_count_today = failed_login_count_today + 1,"
    " failed_last_ip_today = %(address)s, failed_last_type_today = '02cBAD'"
    " WHERE user = %(user)s AND failed_login_count >= 10",
)
COUNT_ATTEMPT = Write(
    "count a refused login",
    "UPDATE vicidial_users SET failed_login_attempts_today = failed_login_attempts_today + 1,"
    " failed_last_type_today = %(type)s WHERE user = %(user)s",
)


class Gate:
    """Lets API users in."""

    def __init__(self, database: Database, lookups: Lookups, passwords: PasswordCheck) -> None:
        self._database = database
        self._lookups = lookups
        self._passwords = passwords

    async def login(self, name: str, password: str, address: str, system: SystemSettings, now: Instant) -> Login:
        """Check a user's name and password from an address, and count the failure if it is one."""
        row = await self._lookups.user(name) if name else None
        scheme = Scheme(int(system.pass_hash_enabled or 0) > 0, system.pass_key or "", system.pass_cost)
        matches = await self._passwords.matches(
            password, scheme, row.password if row else None, (row.pass_hash or "") if row else None
        )
        if row is None:
            return Login(Verdict.BAD, api_access=False, user=None)
        verdict = await self._verdict(row, address, system, now, matches=matches)
        if verdict is not Verdict.GOOD:
            await self._count(verdict, row, address, now)
            self._lookups.forget_user(name)
        access = row.vdc_agent_api_access == "1"
        admitted = verdict is Verdict.GOOD and access and min(len(name), len(password)) >= _SHORTEST
        return Login(verdict, access, ApiUser(row) if admitted else None)

    async def _verdict(
        self, row: UserRow, address: str, system: SystemSettings, now: Instant, *, matches: bool
    ) -> Verdict:
        if row.failed_login_count >= _MOST_FAILURES and not _lock_is_old(row, now):
            return Verdict.LOCK
        if not (matches and row.user_level > 0 and row.active == "Y"):
            return Verdict.BAD
        if not await self._lookups.has_active_server():
            return Verdict.ERRSERVERS
        if system.allow_ip_lists > "0" and row.ignore_ip_list != "1" and await self._blocked(row, address, system):
            return Verdict.IPBLOCK
        return Verdict.GOOD

    async def _blocked(self, row: UserRow, address: str, system: SystemSettings) -> bool:
        blacklist = system.system_ip_blacklist
        if blacklist and await self._lookups.address_listed(blacklist, address):
            return True
        group = await self._lookups.group(row.user_group or "")
        if group is None or not group.api_ip_list:
            return False
        return not await self._lookups.address_listed(group.api_ip_list, address)

    async def _count(self, verdict: Verdict, row: UserRow, address: str, now: Instant) -> None:
        user = row.user
        if verdict is not Verdict.BAD:
            kind = "03cLOCK" if verdict is Verdict.LOCK else f"04c{verdict}"
            await self._database.write(COUNT_ATTEMPT, user=user, type=kind)
        elif row.failed_login_count < _MOST_FAILURES:
            await self._database.write(COUNT_WRONG_PASSWORD, user=user, address=address)
        else:
            await self._database.write(RESTART_COUNT, user=user, address=address, now=now.local)


def _lock_is_old(row: UserRow, now: Instant) -> bool:
    return row.last_login_date is None or row.last_login_date < now.local - _LOCKED_FOR
