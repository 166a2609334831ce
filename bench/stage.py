"""Who is on the line before a command is measured: set up by the lab itself, never by telectl."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from lab.ami import Ami
from lab.contact_centre import ContactCentre, Line
from lab.until import until

ROOM, FRESH_ROOM, FRONTER_ROOM = "9600051", "9600052", "9600054"
LEAD, REMOTE_LEAD = 1002, 402028
THIRD = "917275552222"
"""Is dialled and answered by the carrier's person."""
_ids = itertools.count(100_000)
_RESET = (
    "UPDATE telectl_locks SET last_done = 0",
    "DELETE FROM parked_channels",
    "DELETE FROM telectl_calls",
    "UPDATE vicidial_confbridges SET extension = '', leave_3way = '0'",
)


@dataclass
class Stage:
    """The contact centre, and one call in it."""

    centre: ContactCentre
    raw: Ami
    """A bare manager connection, without events: what a client of the least effort would use."""
    line: Line
    remote: Line
    third: str = ""
    """The third party's own channel."""
    third_half: str = ""
    """The half of its Local pair that is in the room."""
    player: str = ""
    agent: str = ""
    _number: int = 0

    async def set(self, *who: str) -> None:
        """Clear the line and bring these in, the names of `_bring`, in this order."""
        centre = self.centre
        await centre.clear()
        for phone in centre.phones.values():
            phone.calls.clear()
            phone.digits.clear()
        for statement in _RESET:
            await centre.rows.run(statement)
        await self._seat()
        for one in who:
            await self._bring[one](self)
        centre.witness.events.clear()
        await asyncio.sleep(0.05)  # telectl's live state reads the same events as the witness

    async def redirect(self, channel: str, exten: str) -> None:
        """Redirect a channel, by the raw client."""
        await self.raw.do("Redirect", Channel=channel, Context="default", Exten=exten, Priority="1")

    async def hang_up(self, *channels: str) -> None:
        """Hang channels up, by the raw client."""
        for channel in channels:
            await self.raw.do("Hangup", Channel=channel)

    async def originate(self, channel: str, exten: str, caller_id: str) -> None:
        """Originate a channel, by the raw client."""
        await self.raw.do(
            "Originate",
            Channel=channel,
            Context="default",
            Exten=exten,
            Priority="1",
            CallerID=caller_id,
            Timeout="30000",
            Async="true",
        )

    @property
    def _third_id(self) -> str:
        return f"DC{self._number}W{LEAD:010d}W"

    async def _seat(self) -> None:
        await self.centre.seat("1000", self.centre.phones["gs101"], ROOM, LEAD)
        await self.centre.seat("6666", self.centre.phones["gs102"], FRONTER_ROOM, LEAD)

    async def _bring_agent(self) -> None:
        phone = self.centre.phones["gs101"]
        self.line.agent = await self.centre.call_into_room(phone, ROOM, '"S2611230800009600051" <0>', prefix="2")
        self.agent = await self._member(ROOM, "PJSIP/gs101-")

    async def _bring_customer(self) -> None:
        await self.centre.deliver(self.line, self.centre.phones["customer1"])

    async def _bring_remote(self) -> None:
        await self.centre.deliver_remote(self.remote, self.centre.phones["customer2"], self.centre.phones["gs104"])

    async def _park_customer(self) -> None:
        await self._park(self.line.channel, self.line.call_id)

    async def _park_third(self) -> None:
        await self._park(self.third, self._third_id)

    async def _bring_third(self) -> None:
        self._number = next(_ids)
        await self.originate(f"Local/{THIRD}@default", ROOM, f'"{self._third_id}" <7275550100>')
        self.third_half = await self._member(ROOM, "Local/")
        self.third = await self._channel("PJSIP/carrier-0")

    async def _bring_player(self, room: str = ROOM) -> None:
        await self.originate(f"Local/47378216{room}@default", "473782158521111", '"greeting" <473782158521111>')
        self.player = await self._member(room, "PJSIP/loop-side-")

    async def _bring_fronter(self) -> None:
        phone = self.centre.phones["gs102"]
        await self.centre.call_into_room(phone, FRONTER_ROOM, '"S2611230800009600054" <0>', prefix="2")
        await self._share_lead()
        await self._bring_player(FRONTER_ROOM)

    async def _share_lead(self) -> None:
        """Let agent 6666 be on the same lead as agent 1000."""
        await self.centre.rows.run("UPDATE vicidial_live_agents SET lead_id = %s WHERE user = '6666'", LEAD)

    async def _park(self, channel: str, call_id: str) -> None:
        await self.redirect(channel, "8301")
        await self.centre.witness.event("MusicOnHoldStart", Channel=channel)
        await self.centre.rows.run(
            "INSERT INTO parked_channels (channel, server_ip, channel_group, extension, parked_by, parked_time)"
            " VALUES (%s, '127.0.0.1', %s, 'park', 'PJSIP/gs101', NOW())",
            channel,
            call_id,
        )

    async def _member(self, room: str, start: str) -> str:
        async def there() -> str | None:
            return _first(await self.centre.witness.members(room), start)

        return str(await until(there, 5, what=f"{start}… in room {room}"))

    async def _channel(self, start: str) -> str:
        async def there() -> str | None:
            return _first([row["Channel"] for row in await self.centre.witness.channels()], start)

        return str(await until(there, 5, what=f"a channel {start}…"))

    _bring: ClassVar[dict[str, Callable[[Stage], Awaitable[None]]]] = {
        "agent": _bring_agent,
        "customer": _bring_customer,
        "third": _bring_third,
        "customer parked": _park_customer,
        "third parked": _park_third,
        "player": _bring_player,
        "remote": _bring_remote,
        "fronter": _bring_fronter,
        "shared lead": _share_lead,
    }


def _first(names: Sequence[str], start: str) -> str | None:
    return next((name for name in names if name.startswith(start)), None)
