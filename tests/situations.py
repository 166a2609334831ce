"""What the tests of a messy world have in common: a call as rows tell it, and telectl asked in its several ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from lab.asterisk import Asterisk
from lab.configuration import Account
from lab.contact_centre import SERVER_IP, ContactCentre, Line, Rows
from lab.phone import Phone
from lab.until import until
from parts import Api, Desk, start_plain_api, telectl_process

REMOTE, REMOTE_LEAD = "1028", 402028
_TOLD = {
    "vicidial_live_agents": "SELECT user, status, lead_id, callerid, channel, uniqueid, conf_exten"
    " FROM vicidial_live_agents WHERE user = %s",
    "vicidial_auto_calls": "SELECT callerid, channel, uniqueid, status, extension FROM vicidial_auto_calls"
    " WHERE lead_id = %s",
    "vicidial_log": "SELECT uniqueid, status, end_epoch FROM vicidial_log WHERE lead_id = %s",
    "parked_channels": "SELECT channel, channel_group, parked_by FROM parked_channels",
    "park_log": "SELECT uniqueid, status, hangup_time FROM park_log",
}


async def told(rows: Rows, line: Line) -> dict[str, Any]:
    """What the tables say of a call: everything that a command would change."""
    return {
        table: await rows.all(sql, *([line.user] if "user = %s" in sql else [line.lead_id] if "%s" in sql else []))
        for table, sql in _TOLD.items()
    }


@dataclass
class RemoteDesk:
    """A remote agent's phone, and a customer that talks to it; no room is involved."""

    centre: ContactCentre
    line: Line
    agent: Phone
    customer: Phone

    async def control(self, api: Api, stage: str, **more: str) -> str:
        """Ask for the call's end or transfer."""
        return await api.ask("ra_call_control", agent=self.line.user, stage=stage, value=self.line.call_id, **more)

    async def calls(self) -> list[str]:
        """The rows of the call."""
        found = await self.centre.rows.all(
            "SELECT callerid FROM vicidial_auto_calls WHERE callerid = %s", self.line.call_id
        )
        return [str(row["callerid"]) for row in found]


async def seat_remote(desk: RemoteDesk) -> None:
    """Write the rows of a remote agent with a call."""
    await desk.centre.write_call(desk.line)
    await desk.centre.rows.run(
        "UPDATE vicidial_live_agents SET comments = 'REMOTE', extension = %s, server_ip = %s WHERE user = %s",
        f"R/{desk.agent.user}",
        SERVER_IP,
        desk.line.user,
    )


async def in_room(desk: Desk, start: str, room: str = "") -> list[str]:
    """The channels in the agent's room whose names begin so."""
    return [name for name in await desk.centre.witness.members(room or desk.room) if name.startswith(start)]


async def check(**settings: str) -> tuple[int, list[str]]:
    """Run `telectl check` with these settings and no others; its status and its lines."""
    process = await telectl_process("check", **settings)
    output, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, (output + errors).decode().splitlines()


def wrong(lines: list[str]) -> str:
    """What `telectl check` found wrong."""
    return "\n".join(line for line in lines if not line.startswith("ok"))


def ami_of(asterisk: Asterisk, account: Account) -> dict[str, Any]:
    """The setting TELECTL_AMI for another manager user than the table's."""
    return {SERVER_IP: {"host": asterisk.host, "username": account.username, "secret": account.secret}}


@asynccontextmanager
async def telectl_as(centre: ContactCentre, account: Account, **settings: Any) -> AsyncIterator[Api]:
    """Run a telectl that logs in as this manager user, and wait until it is in, or knows why not."""
    async for api in start_plain_api(centre.database_url, ami=ami_of(centre.asterisk, account), **settings):

        async def tried(api: Api = api) -> bool:
            server = (await api.ready())["asterisk"].get(SERVER_IP, {})
            return bool(server.get("usable")) or "not connected yet" not in server.get("trouble", "not connected yet")

        await until(tried, 15)
        yield api


async def settled(seconds: float = 4.0) -> None:
    """Let the time pass in which telectl finds out what became of an action whose effect nobody saw."""
    await asyncio.sleep(seconds)
