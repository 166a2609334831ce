"""The login of an API request: password, lockout, servers, IP lists (agent-api-rules.md, "Authentication").

    known here? -> turn in the queue -> guesses left? -> locked? -> password -> count, or confirm -> servers, IP lists

1. A password that was right before from the same site is no guess: it costs no turn, and no limit holds it up.
2. Any other is a guess. It is taken from its user's limit (per site) and its site's before it is judged, and given back
   unless it was wrong. Beyond its user's limit a guess is not judged; beyond its site's it is judged slowly.
3. A verdict is told only after one conditional UPDATE has found the user below ten failures: one that counts a wrong
   password, or one that changes nothing for a right one. So whatever runs at the same time, in this process or in
   another copy, the answers are those of some order of the guesses one after the other, and after the tenth wrong one
   nobody learns whether a guess was right.
4. A user that does not exist costs what a wrong password costs: the same hash, and an UPDATE that matches nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

from telectl.auth.caller import Caller, Network
from telectl.auth.guess_queue import LoginQueue
from telectl.auth.known import KnownLogins, folded
from telectl.auth.passwords import PasswordCheck, Scheme
from telectl.auth.throttle import OnceIn, Throttle
from telectl.auth.users import ApiUser
from telectl.database import Database, Instant, Write
from telectl.database.lookups import LONGEST_NAME, Lookups, SystemSettings, UserRow
from telectl.errors import TooManyGuesses

log = logging.getLogger(__name__)

_MOST_FAILURES = 10
_LOCKED_FOR = 15
"""Minutes."""
_SHORTEST = 2
_SLOW = 1.0
"""Seconds between two wrong passwords of a site that has used up its limit."""
_MOST_SLOW = 5
"""How many of such a site may wait for their turn."""


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
        """Return the error's fields: user, an always empty password, auth, auth_api, the word."""
        auth, auth_api = ("1" if flag else "0" for flag in (self.verdict is Verdict.GOOD, self.api_access))
        return f"{name}||{auth}|{auth_api}|{self.verdict}"


_NOT_LOCKED = (
    " WHERE user = %(user)s AND (failed_login_count < 10 OR last_login_date IS NULL OR last_login_date < %(old)s)"
)
# The columns are set from left to right, so what depends on the count comes before it. A lockout lasts 15 minutes from
# its beginning: the tenth failure dates it, unless a date that is recent enough is there already.
COUNT_WRONG_PASSWORD = Write(
    "count a wrong password",
    "UPDATE vicidial_users SET failed_last_type_today = IF(failed_login_count < 10, '01cBAD', '02cBAD'),"
    " failed_last_ip_today = %(address)s,"
    " failed_login_attempts_today = failed_login_attempts_today + 1,"
    " failed_login_count_today = failed_login_count_today + 1,"
    " last_login_date = IF(failed_login_count >= 9 AND (last_login_date IS NULL OR last_login_date < %(old)s),"
    " %(now)s, last_login_date),"
    " failed_login_count = IF(failed_login_count < 10, failed_login_count + 1, 1)" + _NOT_LOCKED,
)
CONFIRM_RIGHT_PASSWORD = Write(
    "confirm that a user is not locked",
    "UPDATE vicidial_users SET failed_login_count = failed_login_count" + _NOT_LOCKED,
)
COUNT_ATTEMPT = Write(
    "count a refused login",
    "UPDATE vicidial_users SET failed_login_attempts_today = failed_login_attempts_today + 1,"
    " failed_last_type_today = %(type)s WHERE user = %(user)s",
)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A login as it was sent, with what holds at that moment."""

    name: str
    password: str = field(repr=False)
    caller: Caller
    system: SystemSettings
    scheme: Scheme
    now: Instant

    def key(self, name: str) -> tuple[str, str]:
        """Return what a user's guesses are counted under: one entry for all spellings, and a short one."""
        return self.caller.site, folded(name[:LONGEST_NAME])


class Authenticator:
    """Lets API users in."""

    def __init__(
        self,
        database: Database,
        lookups: Lookups,
        passwords: PasswordCheck,
        *,
        user_failures: int,
        site_failures: int,
        demo_from: Sequence[Network] = (),
    ) -> None:
        """Take the limits on wrong passwords in 15 minutes, 0 for none.

        Args:
            database: where failures are counted.
            lookups: where users, servers and IP lists are read.
            passwords: judges them.
            user_failures: for one user from one site; 0 switches both limits off, and what lifts VICIdial's lockout.
            site_failures: for all users from one site.
            demo_from: networks beside this machine from where the demo's users may log in.
        """
        self._database = database
        self._lookups = lookups
        self._passwords = passwords
        self._known = KnownLogins()
        self._queue = LoginQueue()
        self._of_user = Throttle(user_failures)
        self._of_site = Throttle(site_failures if user_failures else 0)
        self._limited = user_failures > 0
        self._demo_from = demo_from
        self._warned = OnceIn()

    async def login(self, name: str, password: str, caller: Caller, system: SystemSettings, now: Instant) -> Login:
        """Check a user's name and password, and count the failure if it is one.

        Raises:
            TooManyGuesses: the password was not judged.
        """
        scheme = Scheme(int(system.pass_hash_enabled or 0) > 0, system.pass_key or "", system.pass_cost)
        attempt = _Attempt(name, password, caller, system, scheme, now)
        if not (name and password):  # no guess, so nothing to count
            return self._told(attempt, await self._lookups.user(name) if name else None, Verdict.BAD)
        known = await self._known_login(attempt)
        if known is not None:
            return known
        if self._of_user.exhausted(attempt.key(name)):
            self._refuse(attempt, self._of_user.wait(attempt.key(name)))
        if self._of_site.exhausted(caller.site) and self._queue.length(caller.site) >= _MOST_SLOW:
            self._refuse(attempt, _MOST_SLOW)
        async with self._queue.hold(caller.site) as turn:
            login = await self._known_login(attempt)  # whoever was before us may have shown it
            if login is None:
                login = await self._guess(attempt)
                if login.verdict is Verdict.BAD and self._of_site.exhausted(caller.site):
                    turn.pause = _SLOW
        return login

    async def _known_login(self, attempt: _Attempt) -> Login | None:
        """Return the verdict on a password that was right from there before; None if it has to be judged."""
        site = attempt.caller.site
        if not self._known.has(site, attempt.name):
            return None
        row = await self._lookups.user(attempt.name)
        if row is None or not self._known.proves(site, attempt.name, attempt.password, attempt.scheme, row):
            return None
        if not self._limited and _locked(row, attempt.now):
            verdict = Verdict.LOCK
        elif not _may_log_in(row):
            return None
        else:
            verdict = await self._hindrance(attempt, row)
        await self._count_attempt(attempt, row, verdict)
        return self._told(attempt, row, verdict)

    async def _guess(self, attempt: _Attempt) -> Login:
        """Judge a password that is not known to be right, within the limits."""
        self._lookups.forget_user(attempt.name)  # a password that was just changed is no failure
        row = await self._lookups.user(attempt.name)
        site = attempt.caller.site
        user = attempt.key(row.user if row is not None else attempt.name)
        if not self._of_user.take_guess(user):
            self._refuse(attempt, self._of_user.wait(user))
        of_site = self._of_site.take_guess(site)
        verdict = None
        try:
            verdict = await self._judge(attempt, row)
        finally:
            if verdict is not Verdict.BAD:
                self._of_user.give_back(user)
                if of_site:
                    self._of_site.give_back(site)
        login = self._told(attempt, row, verdict)
        if row is not None and login.user is not None:
            self._known.remember(site, attempt.name, attempt.password, attempt.scheme, row)
        return login

    async def _judge(self, attempt: _Attempt, row: UserRow | None) -> Verdict:
        if row is not None and _locked(row, attempt.now):
            return await self._count_attempt(attempt, row, Verdict.LOCK)
        stored = (row.password, row.pass_hash or "") if row is not None else (None, None)
        right = await self._passwords.matches(attempt.password, attempt.scheme, *stored)
        right = right and row is not None and _may_log_in(row)
        counted = await self._database.write(
            CONFIRM_RIGHT_PASSWORD if right else COUNT_WRONG_PASSWORD,
            user=row.user if row is not None else "",
            address=attempt.caller.address,
            now=attempt.now.local,
            old=attempt.now.earlier(minutes=_LOCKED_FOR),
        )
        if not right:
            self._lookups.forget_user(attempt.name)
        if row is None:
            return Verdict.BAD
        if not counted.matched:
            return await self._count_attempt(attempt, row, Verdict.LOCK)
        if not right:
            return Verdict.BAD
        return await self._count_attempt(attempt, row, await self._hindrance(attempt, row))

    async def _hindrance(self, attempt: _Attempt, row: UserRow) -> Verdict:
        """Return what keeps a right password out: no server, an IP list, one that all know; GOOD for nothing."""
        if row.of_demo and not attempt.caller.is_near(self._demo_from):
            return Verdict.IPBLOCK
        if not await self._lookups.has_active_server():
            return Verdict.ERRSERVERS
        if attempt.system.allow_ip_lists > "0" and row.ignore_ip_list != "1" and await self._blocked(attempt, row):
            return Verdict.IPBLOCK
        return Verdict.GOOD

    async def _blocked(self, attempt: _Attempt, row: UserRow) -> bool:
        """Return whether a list keeps an address out; one that cannot be read is on the wrong side of every list."""
        blacklist, address = attempt.system.system_ip_blacklist, attempt.caller.address
        group = await self._lookups.group(row.user_group or "")
        allowed = (group.api_ip_list or "") if group is not None else ""
        if not attempt.caller.readable:
            return bool(blacklist or allowed)
        if blacklist and await self._lookups.address_listed(blacklist, address):
            return True
        return bool(allowed) and not await self._lookups.address_listed(allowed, address)

    async def _count_attempt(self, attempt: _Attempt, row: UserRow, verdict: Verdict) -> Verdict:
        """Count a login that was refused although its password may be right; return the verdict."""
        if verdict is not Verdict.GOOD:
            kind = "03cLOCK" if verdict is Verdict.LOCK else f"04c{verdict}"
            await self._database.write(COUNT_ATTEMPT, user=row.user, type=kind)
            self._lookups.forget_user(attempt.name)
        return verdict

    def _told(self, attempt: _Attempt, row: UserRow | None, verdict: Verdict) -> Login:
        access = row is not None and row.vdc_agent_api_access == "1"
        long_enough = min(len(attempt.name), len(attempt.password)) >= _SHORTEST
        admitted = verdict is Verdict.GOOD and access and long_enough
        return Login(verdict, access, ApiUser(row) if row is not None and admitted else None)

    def _refuse(self, attempt: _Attempt, retry_after: int) -> NoReturn:
        """Refuse to judge a password; a line for fail2ban once in a quarter of an hour (docs/install.md)."""
        if self._warned.first(attempt.caller.site):
            name = attempt.name[:LONGEST_NAME]
            log.warning("too many wrong passwords from %s, the last for user %s", attempt.caller.address, name)
        raise TooManyGuesses(retry_after)


def _may_log_in(row: UserRow) -> bool:
    return row.user_level > 0 and row.active == "Y"


def _locked(row: UserRow, now: Instant) -> bool:
    recent = row.last_login_date is not None and row.last_login_date >= now.earlier(minutes=_LOCKED_FOR)
    return row.failed_login_count >= _MOST_FAILURES and recent
