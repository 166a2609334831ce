"""The park IVR's way back (call-control.md sections 6 and 13.6).

The AGI behind the park IVR ends with a flag in vicidial_live_agents, which an agent's screen would act on. Where no
screen is alive telectl acts instead: one copy claims the flag by a conditional UPDATE.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from telectl.calls.command import CommandContext
from telectl.calls.failures import CallFailure, Failure, failure_of
from telectl.calls.park.parking import Park
from telectl.calls.session.session import AgentSnapshot
from telectl.calls.timing import Timing
from telectl.calls.transfer.command import Transfer, TransferCommand
from telectl.database import Clock, Database, Select, Write
from telectl.errors import AsteriskError, DatabaseError

log = logging.getLogger(__name__)

_BETWEEN = "---"
_NOTHING_DONE = (Failure.BUSY, Failure.SERVER_UNAVAILABLE)
"""Why a flag is given back: it is tried again at the next look."""


@dataclass(frozen=True, slots=True)
class Flag:
    """An agent's row whose flag the park IVR has set."""

    user: str
    external_park: str | None
    external_transferconf: str | None


FLAGS = Select(
    "flags of the park IVR",
    Flag,
    "FROM vicidial_live_agents WHERE external_park = 'GRAB_IVR_CUSTOMER'"
    " OR external_transferconf LIKE 'LOCAL_CLOSER---%%'",
)
CLAIM_PARK = Write(
    "claim the park IVR's grab",
    "UPDATE vicidial_live_agents SET external_park = '' WHERE user = %(user)s AND external_park = %(flag)s",
)
CLAIM_TRANSFER = Write(
    "claim the park IVR's transfer",
    "UPDATE vicidial_live_agents SET external_transferconf = ''"
    " WHERE user = %(user)s AND external_transferconf = %(flag)s",
)
GIVE_BACK_PARK = Write(
    "give the park IVR's grab back",
    "UPDATE vicidial_live_agents SET external_park = %(flag)s WHERE user = %(user)s AND external_park = ''",
)
GIVE_BACK_TRANSFER = Write(
    "give the park IVR's transfer back",
    "UPDATE vicidial_live_agents SET external_transferconf = %(flag)s"
    " WHERE user = %(user)s AND external_transferconf = ''",
)


class Commands(Protocol):
    """What the flags are carried out by: the part of the controller that an agent's screen would ask for."""

    async def screen_is_alive(self, user: str) -> bool:
        """Return whether the agent's screen will act on the flag itself."""

    def hold(self, user: str) -> AbstractAsyncContextManager[object]:
        """Hold the agent's lock."""

    async def snapshot(self, user: str) -> AgentSnapshot | None:
        """Read what the tables say of an agent and its call."""

    async def park(self, snapshot: AgentSnapshot, what: Park, command: CommandContext) -> None:
        """Park a party, or take it back."""

    async def transfer(self, snapshot: AgentSnapshot, transfer: TransferCommand, command: CommandContext) -> str:
        """Transfer the customer."""


class IvrReturn:
    """Looks for the park IVR's flags, and does what they ask for."""

    def __init__(self, commands: Commands, database: Database, clock: Clock, timing: Timing) -> None:
        self._commands = commands
        self._database = database
        self._clock = clock
        self._timing = timing
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._watch_flags(), name="flags of the park IVR")

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch_flags(self) -> None:
        while True:
            try:
                found = await self._database.all(FLAGS)
                await asyncio.gather(*(self._act(flag) for flag in found))
            except DatabaseError as error:
                log.debug("no look at the park IVR's flags: %s", error)
            except Exception:
                log.exception("the park IVR's flags")
            await asyncio.sleep(self._timing.ivr_poll)

    async def _act(self, flag: Flag) -> None:
        if await self._commands.screen_is_alive(flag.user):
            return
        if flag.external_park == Park.GRAB_IVR_CUSTOMER:
            await self._claim(flag.user, flag.external_park, CLAIM_PARK, GIVE_BACK_PARK)
        if (flag.external_transferconf or "").startswith(Transfer.LOCAL_CLOSER):
            await self._claim(flag.user, flag.external_transferconf or "", CLAIM_TRANSFER, GIVE_BACK_TRANSFER)

    async def _claim(self, user: str, flag: str, claim: Write, give_back: Write) -> None:
        """Act on a flag if this copy of telectl is the one that gets it."""
        if not (await self._database.write(claim, user=user, flag=flag)).matched:
            return
        try:
            async with self._commands.hold(user):  # the agent's row is read in it, and is true while the command runs
                await self._carry_out(user, flag)
        except (CallFailure, AsteriskError) as error:
            log.warning("the park IVR asked %s for agent %s: %s", flag, user, error)
            if failure_of(error).what in _NOTHING_DONE:
                await self._database.write(give_back, user=user, flag=flag)
        else:
            log.info("the park IVR asked %s for agent %s: done", flag, user)

    async def _carry_out(self, user: str, flag: str) -> None:
        snapshot = await self._commands.snapshot(user)
        if snapshot is None:
            return
        request_id = f"ivr-{secrets.token_hex(6)}"
        kind, *fields = flag.split(_BETWEEN)
        if kind == Park.GRAB_IVR_CUSTOMER:
            command = CommandContext(request_id, "park_call", await self._clock.now())
            await self._commands.park(snapshot, Park.GRAB_IVR_CUSTOMER, command)
        else:
            ingroup, number = (*fields, "", "")[:2]
            transfer = TransferCommand(Transfer.LOCAL_CLOSER, ingroup=ingroup, phone_number=number)
            await self._commands.transfer(
                snapshot, transfer, CommandContext(request_id, "transfer_conference", await self._clock.now())
            )
