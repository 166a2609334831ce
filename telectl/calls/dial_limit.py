"""A limit on dialling, per API user and per agent: whoever has a password cannot have a thousand numbers dialled.

What counts is a request that lets a phone ring, whoever makes it ring in the end: telectl, the agent's screen or
VICIdial's daemon. Minutes are those of the clock; a request counts once its own checks are passed, also where Asterisk
refuses the call. Turned off (0) it costs no statement.

| function | counts |
|---|---|
| external_dial | 1 |
| preview_dial_action | 1, not SKIP and FINISH |
| transfer_conference | 1 for DIAL_WITH_CUSTOMER, PARK_CUSTOMER_DIAL, BLIND_TRANSFER, and each of multi_dial_phones |
| set_timer_action | 1 for a preset (D1_DIAL …) and EXTENSION |
| ra_call_control | 1 for EXTENSIONTRANSFER |
| call_agent | 1 |

A transfer to an in-group or to the answering machine's message dials nobody.
"""

from __future__ import annotations

import logging

from telectl.calls.failures import CallFailure, Failure
from telectl.database import Database, Instant, Write
from telectl.errors import StatementFailed

log = logging.getLogger(__name__)

_MINUTE = 60

COUNT_DIALS = Write(
    "count dials",
    "INSERT INTO telectl_dials (whose, of_minute, dials) VALUES (%(whose)s, %(minute)s, %(more)s)"
    " ON DUPLICATE KEY UPDATE dials = LAST_INSERT_ID(IF(of_minute = %(minute)s, dials, 0) + %(more)s),"
    " of_minute = %(minute)s",
)
"""`Written.last_id` is the minute's number so far, those asked for now included; 0 stands for the first ones ever."""
_LONGEST_NAME = 20


class DialLimit:
    """Counts dials, for all copies of telectl together."""

    def __init__(self, database: Database, per_user: int, per_agent: int) -> None:
        self._database = database
        self._limits = (("user", per_user), ("agent", per_agent))

    async def count_dials(self, user: str, agent: str, number: int, instant: Instant) -> None:
        """Count dials that an API user asks for an agent.

        Raises:
            CallFailure: there have been as many in this minute as the settings allow, or they cannot be counted.
            DatabaseUnavailable: the database cannot be asked.
        """
        for (kind, most), name in zip(self._limits, (user, agent), strict=True):
            if most and number and await self._counted(f"{kind} {name[:_LONGEST_NAME]}", number, instant) > most:
                raise CallFailure(Failure.TOO_MANY_DIALS, f"{kind} {name!a}: more than {most} in a minute", (kind,))

    async def _counted(self, whose: str, number: int, instant: Instant) -> int:
        try:
            counted = await self._database.write(COUNT_DIALS, whose=whose, minute=instant.epoch // _MINUTE, more=number)
        except StatementFailed as error:
            raise CallFailure(Failure.NO_DIAL_COUNT, str(error)) from error
        return counted.last_id or number
