"""Where scenarios are played: MariaDB, Asterisk, phones, and a telectl, ours or somebody's."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from lab.asterisk import Asterisk
from lab.contact_centre import ContactCentre
from lab.ingroups import InGroups
from lab.mariadb import MariaDB
from lab.phone import Phone
from lab.ports import free_port
from lab.scenarios.model import ROLES
from lab.telectl_process import ready, serve
from lab.until import until

LOGIN = {"source": "scenario", "user": "6666", "pass": "1234"}
PATIENCE = 120.0
"""Seconds that somebody has to start a telectl of their own."""
# Nothing is kept, because each scenario begins with other rows; nobody is throttled; the Asterisk stays the same.
SETTINGS = {"CACHE_SECONDS": "0", "LOGIN_FAILURES": "0"}
_NOBODY_TALKS = (
    "UPDATE vicidial_live_agents SET status = 'PAUSED', lead_id = 0, callerid = '', channel = '', uniqueid = '',"
    " call_server_ip = ''"
)


@dataclass
class Stage:
    """The running parts of all scenarios of a run."""

    mariadb: MariaDB
    centre: ContactCentre
    ingroups: InGroups
    client: ClientSession
    base: str
    """The address of the telectl."""
    clean: str
    """The script that makes the rows as they are before a scenario."""

    @classmethod
    @asynccontextmanager
    async def start(cls, url: str = "", *, say: Callable[[str], None] = lambda _text: None) -> AsyncIterator[Stage]:
        """Start everything.

        Args:
            url: the address of a telectl that is not ours; it is told by `say` which database to use.
            say: told what takes time, in a few words.
        """
        async with AsyncExitStack() as stack:
            mariadb = await stack.enter_async_context(MariaDB.start(say=say))
            asterisk = await stack.enter_async_context(Asterisk.start(say=say))
            centre = await stack.enter_async_context(ContactCentre.start(mariadb, asterisk))
            stack.push_async_callback(centre.clear)  # what hangups still write is written before the database ends
            ingroups = InGroups(centre.rows, centre.witness)
            stack.push_async_callback(ingroups.end)
            if url:
                base = url.rstrip("/")
                say(f"start it: TELECTL_DATABASE_URL={centre.database_url} TELECTL_CACHE_SECONDS=0 telectl serve")
                await until(lambda: asyncio.to_thread(ready, base), PATIENCE, every=0.2, what=f"{base}/readyz ready")
            else:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scenarios-")))
                listen = f"127.0.0.1:{free_port()}"
                base = await stack.enter_async_context(
                    serve(listen, centre.database_url, folder / "telectl.log", **SETTINGS)
                )
            client = await stack.enter_async_context(ClientSession())
            for name, role in ROLES.items():
                await centre.phone(role.phone, role.voice, name)
            yield cls(mariadb, centre, ingroups, client, base, await _clean(centre))

    def phone(self, role: str) -> Phone:
        """Return somebody's phone."""
        return self.centre.phones[ROLES[role].phone]

    async def clear(self) -> None:
        """End every call, and put all rows back to the start."""
        for phone in self.centre.phones.values():
            phone.auto_answer = True
            for call in phone.calls:
                await call.hangup()
        await self.ingroups.end()
        await self.centre.clear()
        for phone in self.centre.phones.values():
            phone.calls.clear()
            phone.digits.clear()
        await self.centre.witness.action("DBDelTree", Family="park_ivr")
        await self.mariadb.sql(self.clean, self.centre.database_url.rpartition("/")[2].partition("?")[0])
        self.centre.witness.events.clear()

    async def ask(self, function: str, **parameters: str) -> str:
        """Send a request of the agent API and give the answer."""
        query = {**LOGIN, "function": function, **parameters}
        async with self.client.get(f"{self.base}/agc/api.php", params=query) as response:
            return (await response.text()).removesuffix("\n")

    async def told(self, call_id: str) -> dict[str, Any]:
        """Ask what became of a third party's call."""
        login = {name: LOGIN[name] for name in ("user", "pass")}
        async with self.client.get(f"{self.base}/calls/{call_id}", params=login) as response:
            return dict(await response.json())

    async def let_pass(self, seconds: float) -> None:
        """Let the last command of every agent lie further back."""
        await self.centre.rows.run("UPDATE telectl_locks SET last_done = last_done - %s", seconds)


async def _clean(centre: ContactCentre) -> str:
    """Write the script: every table but `servers` is emptied, and the demo data comes back without its calls."""
    tables = [str(next(iter(row.values()))) for row in await centre.rows.all("SHOW TABLES")]
    demo = resources.files("telectl.database.setup").joinpath("demo.sql").read_text()
    kept = [part for part in demo.split(";\n") if part.strip() and not re.search(r"(INTO|FROM) servers\b", part)]
    return ";\n".join(
        [
            *(f"DELETE FROM `{table}`" for table in tables if table != "servers"),
            *kept,
            *(f"DELETE FROM {table}" for table in ("vicidial_auto_calls", "vicidial_log", "vicidial_closer_log")),
            _NOBODY_TALKS,
        ]
    )
