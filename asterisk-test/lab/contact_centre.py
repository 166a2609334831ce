"""A small contact centre on this machine: MariaDB, Asterisk, the rows of a call, and the phones that are in it.

What VICIdial's own programs would do around telectl is done here, in plain sight: the call that a routing AGI would
bring to the agent (`deliver`), and the rows that the hangup logger would clean up (`HangupLog`, fed by the dialplan's
`h` extension).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiomysql

from lab.ami import Ami, Event
from lab.asterisk import Asterisk
from lab.call_ids import new_call_id
from lab.mariadb import MariaDB, as_lab
from lab.phone import Phone
from lab.until import until

if TYPE_CHECKING:
    from lab.phone import Call

SERVER_IP = "127.0.0.1"
CONTEXT = "default"


class Rows:
    """Plain SQL for the lab, as the lab's own user: what a test sets up and looks at."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: Any = None
        self._one_at_a_time = asyncio.Lock()

    async def open(self) -> None:
        """Connect."""
        from telectl.database import DatabaseUrl  # noqa: PLC0415 - the lab knows of telectl only where it stores

        where = DatabaseUrl.parse(as_lab(self.url))
        self._connection = await aiomysql.connect(
            host=where.host,
            port=where.port,
            user=where.user,
            password=where.password,
            db=where.database,
            autocommit=True,
            charset="utf8mb4",
            cursorclass=aiomysql.DictCursor,
            init_command="SET NAMES utf8mb4 COLLATE utf8mb4_general_ci, sql_mode='NO_ENGINE_SUBSTITUTION'",
        )

    async def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            await self._connection.ensure_closed()

    async def run(self, sql: str, *values: object) -> int:
        """Run a statement and return the number of changed rows."""
        async with self._one_at_a_time, self._connection.cursor() as cursor:
            await cursor.execute(sql, values or None)
            return int(cursor.rowcount)

    async def all(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Return all rows of a query."""
        async with self._one_at_a_time, self._connection.cursor() as cursor:
            await cursor.execute(sql, values or None)
            return list(await cursor.fetchall())

    async def one(self, sql: str, *values: object) -> dict[str, Any]:
        """Return the only row of a query; empty when there is none."""
        rows = await self.all(sql, *values)
        return rows[0] if rows else {}


class HangupLog:
    """Stands in for VICIdial's FastAGI hangup logger: cleans up the rows of a call whose channel has ended.

    A channel of a parked call that leaves its room is no end: while parked_channels has the call, its rows stay.
    """

    def __init__(self, rows: Rows) -> None:
        self.rests = False
        """It is down, and ends of calls go unseen."""
        self._rows = rows
        self._jobs: set[asyncio.Task[None]] = set()

    def __call__(self, event: Event) -> None:
        """Take a Hangup event of the witness connection."""
        if not self.rests and event.name == "Hangup" and not event["Channel"].startswith("Local/"):
            job = asyncio.create_task(self._clean_up(event["Channel"], event["Uniqueid"]))
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)

    async def settle(self) -> None:
        """Wait for what is being cleaned up."""
        await asyncio.gather(*self._jobs, return_exceptions=True)

    async def _clean_up(self, channel: str, uniqueid: str) -> None:
        await self._rows.run(
            "UPDATE park_log SET status = 'HUNGUP', hangup_time = NOW(),"
            " parked_sec = TIMESTAMPDIFF(SECOND, parked_time, NOW())"
            " WHERE uniqueid = %s AND channel = %s AND grab_time IS NULL AND hangup_time IS NULL",
            uniqueid,
            channel,
        )
        await self._rows.run("DELETE FROM parked_channels WHERE channel = %s", channel)
        await self._rows.run("DELETE FROM vicidial_auto_calls WHERE channel = %s AND uniqueid = %s", channel, uniqueid)


@dataclass
class Line:
    """One agent's call: who is on it, and by which id VICIdial knows it."""

    user: str
    room: str
    lead_id: int
    call_id: str = ""
    channel: str = ""
    uniqueid: str = ""
    agent: Call | None = None
    customer: Call | None = None


@dataclass
class ContactCentre:
    """The running parts."""

    asterisk: Asterisk
    database_url: str
    rows: Rows
    witness: Ami
    hangups: HangupLog
    stack: AsyncExitStack
    phones: dict[str, Phone] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def start(cls, mariadb: MariaDB, asterisk: Asterisk) -> AsyncIterator[ContactCentre]:
        """Make a database with the demo data that knows this Asterisk."""
        async with cls.attach(await mariadb.database(schema=True, demo=True), asterisk) as centre:
            username, secret = asterisk.manager
            await centre.rows.run(
                "UPDATE servers SET telnet_port = %s, ASTmgrUSERNAME = %s, ASTmgrSECRET = %s WHERE server_ip = %s",
                asterisk.ami_port,
                username,
                secret,
                SERVER_IP,
            )
            yield centre

    @classmethod
    @asynccontextmanager
    async def attach(cls, url: str, asterisk: Asterisk) -> AsyncIterator[ContactCentre]:
        """Join a database with the demo data that knows this Asterisk."""
        async with AsyncExitStack() as stack:
            rows = Rows(url)
            await rows.open()
            stack.push_async_callback(rows.close)
            witness = await stack.enter_async_context(asterisk.witness())
            hangups = HangupLog(rows)
            witness.on_event(hangups)
            stack.push_async_callback(hangups.settle)
            yield cls(asterisk, url, rows, witness, hangups, stack)

    async def rejoin(self) -> None:
        """Look at a restarted Asterisk again, and register the phones there."""
        self.witness = await self.stack.enter_async_context(self.asterisk.witness())
        self.witness.on_event(self.hangups)
        for phone in self.phones.values():
            for call in phone.calls:
                call.close()
            phone.calls.clear()
            await phone.register()

    async def clear(self) -> None:
        """Hang up whatever lives on Asterisk, and wait until nothing does."""

        async def nobody_is_left() -> bool:
            channels = await self.witness.channels()
            for channel in channels:
                await self.witness.action("Hangup", Channel=channel["Channel"])
            return not channels

        await until(nobody_is_left, 8, every=0.05, what="an Asterisk without channels")
        await self.hangups.settle()

    async def phone(self, user: str, tone: int, name: str = "") -> Phone:
        """Return a registered phone that speaks with a tone of its own (Hz)."""
        if user not in self.phones:
            phone = Phone(self.asterisk.sip, user, self.asterisk.phone_secret, tone, name=name)
            self.phones[user] = await self.stack.enter_async_context(phone)
            await phone.register()
        return self.phones[user]

    async def seat(self, user: str, phone: Phone, room: str, lead_id: int) -> Line:
        """Put an agent's row where VICIdial's login would: phone and room, no call yet."""
        await self.rows.run(
            "UPDATE vicidial_live_agents SET conf_exten = %s, extension = %s, server_ip = %s, status = 'PAUSED',"
            " lead_id = 0, callerid = '', channel = '', uniqueid = '', call_server_ip = '' WHERE user = %s",
            room,
            f"PJSIP/{phone.user}",
            SERVER_IP,
            user,
        )
        return Line(user, room, lead_id)

    async def call_into_room(self, phone: Phone, room: str, caller_id: str, *, prefix: str = "") -> Call:
        """Ring a phone, and let it enter a room when it answers; return its call once it is there."""
        await self.witness.do(
            "Originate",
            Channel=f"PJSIP/{phone.user}",
            Context=CONTEXT,
            Exten=f"{prefix}{room}",
            Priority="1",
            CallerID=caller_id,
            Timeout="10000",
            Async="true",
        )
        call = await phone.talking(within=10)

        async def joined() -> str | None:
            members = await self.witness.members(room)
            return next((name for name in members if name.startswith(f"PJSIP/{phone.user}-")), None)

        await until(joined, 5, what=f"{phone.user} in room {room}")
        return call

    async def dialled(self, number: str, line: Line, exten: str, *, options: str = "") -> str:
        """Dial a customer as VICIdial's dialler does, by a Local pair, and lead it to an extension when it answers.

        Return the near half, which the dialler's rows name. It goes once the call is bridged, unless `options` is
        `/n`: Asterisk then joins its neighbours without it.
        """
        line.call_id = new_call_id("V", line.lead_id)
        mark = len(self.witness.events)
        await self.witness.do(
            "Originate",
            Channel=f"Local/{number}@{CONTEXT}{options}",
            Context=CONTEXT,
            Exten=exten,
            Priority="1",
            CallerID=f'"{line.call_id}" <7275551212>',
            Timeout="10000",
            Async="true",
        )

        def near_half() -> Event | None:
            made = (event for event in self.witness.events[mark:] if event.name == "Newchannel")
            return next((event for event in made if event["Channel"].endswith(";1")), None)

        half = await until(near_half, what="the dialler's Local channel")
        line.channel, line.uniqueid = half["Channel"], half["Uniqueid"]
        return line.channel

    async def deliver(self, line: Line, customer: Phone, *, ingroup: str = "") -> None:
        """Bring a customer's call to the agent, with the rows that the dialler or the in-group's AGI would write."""
        line.call_id = new_call_id("Y" if ingroup else "V", line.lead_id)
        line.customer = await self.call_into_room(customer, line.room, f'"{line.call_id}" <7275551212>')
        members = await self.witness.members(line.room)
        line.channel = next(name for name in members if name.startswith(f"PJSIP/{customer.user}-"))
        channels = await self.witness.channels()
        line.uniqueid = next(row["Uniqueid"] for row in channels if row["Channel"] == line.channel)
        await self.write_call(line, ingroup)

    async def deliver_remote(self, line: Line, customer: Phone, agent: Phone, *, ingroup: str = "") -> None:
        """Bring a customer's call to a remote agent: the customer's channel itself dials the agent's phone."""
        line.call_id = new_call_id("Y" if ingroup else "V", line.lead_id)
        await self.witness.do(
            "Originate",
            Channel=f"PJSIP/{customer.user}",
            Context=CONTEXT,
            Exten=agent.user,
            Priority="1",
            CallerID=f'"{line.call_id}" <7275551212>',
            Timeout="10000",
            Async="true",
        )
        line.customer = await customer.talking(within=10)
        line.agent = await agent.talking(within=10) if agent.auto_answer else await agent.ringing()
        found = [row for row in await self.witness.channels() if row["Channel"].startswith(f"PJSIP/{customer.user}-")]
        line.channel, line.uniqueid = found[0]["Channel"], found[0]["Uniqueid"]
        await self.write_call(line, ingroup)
        await self.rows.run(
            "UPDATE vicidial_live_agents SET comments = 'REMOTE', extension = %s, server_ip = %s WHERE user = %s",
            f"R/{agent.user}",
            SERVER_IP,
            line.user,
        )

    async def write_call(self, line: Line, ingroup: str = "") -> None:
        """Write the rows of a call that an agent has just got."""
        await self.rows.run("DELETE FROM vicidial_auto_calls WHERE lead_id = %s", line.lead_id)
        campaign = (await self.rows.one("SELECT campaign_id FROM vicidial_live_agents WHERE user = %s", line.user))[
            "campaign_id"
        ]
        status, call_type, stage = ("CLOSER", "IN", "CLOSER-1") if ingroup else ("XFER", "OUT", "XFER-1")
        await self.rows.run(
            "INSERT INTO vicidial_auto_calls (server_ip, campaign_id, status, lead_id, uniqueid, callerid, channel,"
            " phone_code, phone_number, call_time, call_type, stage)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, '1', '7275551212', NOW(), %s, %s)",
            SERVER_IP,
            ingroup or campaign,
            status,
            line.lead_id,
            line.uniqueid,
            line.call_id,
            line.channel,
            call_type,
            stage,
        )
        log = "vicidial_closer_log" if ingroup else "vicidial_log"
        await self.rows.run(
            f"INSERT INTO {log} (uniqueid, lead_id, list_id, campaign_id, call_date, start_epoch, status, phone_code,"
            " phone_number, user) VALUES (%s, %s, 101, %s, NOW(), UNIX_TIMESTAMP(), 'INCALL', '1', '7275551212', %s)",
            line.uniqueid,
            line.lead_id,
            ingroup or campaign,
            line.user,
        )
        await self.rows.run(
            "UPDATE vicidial_live_agents SET status = 'INCALL', lead_id = %s, callerid = %s, channel = %s,"
            " uniqueid = %s, call_server_ip = %s, comments = %s WHERE user = %s",
            line.lead_id,
            line.call_id,
            line.channel,
            line.uniqueid,
            SERVER_IP,
            "INBOUND" if ingroup else "AUTO",
            line.user,
        )
