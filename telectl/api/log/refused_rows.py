"""How many rows of the API log requests without a login may leave, by address and minute.

Anybody can send such requests, and each would add rows to tables that VICIdial keeps for ever. What is over the limit
is counted and told in one line of the process log when the minute ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

log = logging.getLogger(__name__)

_MINUTE = 60.0
_MOST_SITES = 10_000
_OTHERS = "other addresses"


class RefusedRows:
    """Counts rows in a window of a minute, which begins with the first one."""

    def __init__(self, most: int, minute: float = _MINUTE) -> None:
        """Allow `most` rows a minute for each address; 0 is no limit."""
        self._most = most
        self._minute = minute
        self._rows: Counter[str] = Counter()
        self._end: asyncio.TimerHandle | None = None

    def allow(self, site: str) -> bool:
        """Count a row of an address, or of an IPv6 /64, and return whether it may be written."""
        if not self._most:
            return True
        if self._end is None:
            self._end = asyncio.get_running_loop().call_later(self._minute, self.end_minute)
        if site not in self._rows and len(self._rows) >= _MOST_SITES:
            site = _OTHERS
        self._rows[site] += 1
        return self._rows[site] <= self._most

    def end_minute(self) -> None:
        """Return what was left out, and begin anew; also when the server stops."""
        for site, rows in self._rows.items():
            if rows > self._most:
                over = rows - self._most
                log.warning("%d rows of vicidial_api_log left out: requests without a login from %s", over, site)
        self._rows.clear()
        if self._end is not None:
            self._end.cancel()
            self._end = None
