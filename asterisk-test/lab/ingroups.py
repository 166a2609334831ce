"""Stands in for VICIdial's inbound AGI: queues a caller in an in-group and delivers it to a free agent.

The dialplan says by UserEvent `InGroup` that a caller has come (990009..., 998009..., 99909*...) and plays music. Here
is done what the AGI would do next: the caller gets a new Y-id, the rows of a queued call are written, and as soon as an
agent of the group (with AGENTDIRECT: the named one) is free in its room, the caller is sent there. The fields of the
extension are those of call-control.md section 7.6.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.ami import Ami, Event
from lab.call_ids import new_call_id

if TYPE_CHECKING:
    from lab.contact_centre import Rows

LOOK = 0.1
"""Seconds between two looks for a free agent."""
OWN_SERVER = "127*000*000*001*"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who waits in an in-group."""

    channel: str
    uniqueid: str
    call_id: str
    """Its new one."""
    group: str
    lead_id: str
    phone_number: str
    fronter: str
    """The user who sent it."""
    agent_only: str
    """The only user who may get it."""


class InGroups:
    """All in-groups of one Asterisk."""

    def __init__(self, rows: Rows, witness: Ami) -> None:
        self._rows = rows
        self._witness = witness
        self._waiting: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        witness.on_event(self)

    def __call__(self, event: Event) -> None:
        """Take an event of the witness connection."""
        if event.matches("UserEvent", UserEvent="InGroup"):
            task = asyncio.create_task(self._serve(event))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    async def end(self) -> None:
        """Forget everybody who waits; whoever comes later is served again."""
        self._over.set()  # no task is cancelled: that would cost the connection whose answer it awaits
        await asyncio.gather(*self._waiting, return_exceptions=True)
        self._over.clear()

    async def _serve(self, event: Event) -> None:
        caller = await self._caller(event)
        await self._witness.action("Setvar", Channel=caller.channel, Variable="CALLERID(name)", Value=caller.call_id)
        await self._queue(caller)
        while not self._over.is_set() and not self._witness.seen("Hangup", Channel=caller.channel):
            agent = await self._free_agent(caller)
            if agent is not None:
                await self._deliver(caller, *agent)
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), LOOK)

    async def _caller(self, event: Event) -> Caller:
        target = event["Target"]
        if "**LEXTEN*" in target:
            stored = await self._rows.one(
                "SELECT extension FROM vicidial_long_extensions WHERE le_id = %s", target.rpartition("*")[2]
            )
            target = str(stored["extension"])
        fields = (*target.split("*"), *[""] * 9)
        lead_id = fields[3] or "0"
        return Caller(
            channel=event["Channel"],
            uniqueid=event["Uniqueid"],
            call_id=new_call_id("Y", int(lead_id)),
            group=fields[1],
            lead_id=lead_id,
            phone_number=fields[5],
            fronter=fields[6],
            # ra_call_control's string has its agent one field further on
            agent_only=(fields[7] or fields[8] if fields[1].startswith("AGENTDIRECT") else ""),
        )

    async def _queue(self, caller: Caller) -> None:
        """Write the rows of a call that waits."""
        await self._rows.run(
            "INSERT INTO vicidial_xfer_log (lead_id, list_id, campaign_id, call_date, phone_code, phone_number, user,"
            " closer, front_uniqueid, close_uniqueid) VALUES (%s, 101, %s, NOW(), '1', %s, %s, 'VDXL', %s, %s)",
            *(caller.lead_id, caller.group, caller.phone_number, caller.fronter, caller.uniqueid, caller.uniqueid),
        )
        await self._rows.run(
            "DELETE FROM vicidial_auto_calls WHERE uniqueid = %s AND server_ip = '127.0.0.1'", caller.uniqueid
        )
        await self._rows.run(
            "INSERT INTO vicidial_auto_calls (server_ip, campaign_id, status, lead_id, uniqueid, callerid, channel,"
            " phone_code, phone_number, call_time, call_type, stage, agent_only)"
            " VALUES ('127.0.0.1', %s, 'LIVE', %s, %s, %s, %s, '1', %s, NOW(), 'IN', 'LIVE-0', %s)",
            *(caller.group, caller.lead_id, caller.uniqueid, caller.call_id, caller.channel, caller.phone_number),
            caller.agent_only,
        )
        await self._rows.run(
            "INSERT INTO vicidial_closer_log (lead_id, list_id, campaign_id, call_date, start_epoch, status,"
            " phone_code, phone_number, user, uniqueid, agent_only, xfercallid)"
            " SELECT %s, 101, %s, NOW(), UNIX_TIMESTAMP(), 'QUEUE', '1', %s, 'VDCL', %s, %s, MAX(xfercallid)"
            " FROM vicidial_xfer_log WHERE close_uniqueid = %s",
            *(caller.lead_id, caller.group, caller.phone_number, caller.uniqueid, caller.agent_only, caller.uniqueid),
        )

    async def _free_agent(self, caller: Caller) -> tuple[str, str] | None:
        """Return user and room of somebody who may get the call now and sits in the room."""
        for agent in await self._rows.all(
            "SELECT user, conf_exten FROM vicidial_live_agents WHERE status IN ('READY', 'CLOSER')"
            " AND IF(%s <> '', user = %s, closer_campaigns LIKE %s) ORDER BY last_call_finish",
            *(caller.agent_only, caller.agent_only, f"% {caller.group} %"),
        ):
            if await self._witness.members(agent["conf_exten"]):
                return str(agent["user"]), str(agent["conf_exten"])
        return None

    async def _deliver(self, caller: Caller, user: str, room: str) -> None:
        """Give the call to an agent: its rows first, as the AGI does, then the caller itself."""
        taken = await self._rows.run(
            "UPDATE vicidial_live_agents SET status = 'QUEUE', lead_id = %s, uniqueid = %s, channel = %s,"
            " callerid = %s, call_server_ip = '127.0.0.1', comments = 'INBOUND' WHERE user = %s",
            *(caller.lead_id, caller.uniqueid, caller.channel, caller.call_id, user),
        )
        if not taken:
            return
        await self._rows.run(
            "UPDATE vicidial_auto_calls SET status = 'CLOSER', stage = 'CLOSER-0' WHERE callerid = %s", caller.call_id
        )
        await self._rows.run(
            "UPDATE vicidial_closer_log SET status = 'INCALL', user = %s WHERE uniqueid = %s AND campaign_id = %s",
            *(user, caller.uniqueid, caller.group),
        )
        await self._witness.action(
            "Redirect", Channel=caller.channel, Context="default", Exten=f"{OWN_SERVER}{room}", Priority="1"
        )
        # the agent's screen does the rest when it sees the call
        await self._rows.run("UPDATE vicidial_live_agents SET status = 'INCALL' WHERE user = %s", user)
