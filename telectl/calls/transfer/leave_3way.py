"""Leave customer and third party to themselves: the agent's own phone goes to a fresh room (call-control.md 7.7)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from telectl.asterisk import Channel, Redirect
from telectl.calls.command import CommandContext
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.hangup.wrap_up import CallRow, WrapUp
from telectl.calls.park.parking import Parking
from telectl.calls.park.rows import hold_of
from telectl.calls.saga.confirm import ConfirmedActions, joined_room, require_extension
from telectl.calls.saga.reconcile import Fate, PendingOutcome, Reconciler
from telectl.calls.saga.row_changes import RowChanges
from telectl.calls.saga.steps import Step, in_order
from telectl.calls.session.parked import no_third, parked_customer
from telectl.calls.session.parties import find_parties, uniqueid_of
from telectl.calls.session.session import Session
from telectl.calls.transfer.sql import MOVE_AGENT, MOVE_SESSION, ROOMS
from telectl.database import Database

_LEAST_FREE = 2
"""Rooms that must be free on a server before one is taken: VICIdial keeps the last one for a login."""


@dataclass(frozen=True, slots=True)
class _Leaving:
    """An agent's way out of a three-way call, checked and ready."""

    session: Session
    agent: Channel
    """The agent's own phone."""
    room: str
    """The fresh room, reserved."""
    uniqueid: str

    @property
    def extension(self) -> str:
        """What brings the phone into the room."""
        return f"{self.session.server.agent_prefix}{self.room}"


class ThreeWay:
    """Lets agents leave three-way calls."""

    def __init__(
        self,
        database: Database,
        reconciler: Reconciler,
        actions: ConfirmedActions,
        parking: Parking,
        wrap_up: WrapUp,
    ) -> None:
        self._database = database
        self._reconciler = reconciler
        self._actions = actions
        self._parking = parking
        self._wrap_up = wrap_up

    async def leave(self, session: Session, command: CommandContext) -> None:
        """Bring a parked customer back, move the agent's phone to a free room, and release the agent.

        Raises:
            CallFailure: somebody is missing, or no room is free; everybody stays where they are. Or a parked customer
                was brought back, and then it failed.
        """
        parties = find_parties(session)
        if parties.agent is None:
            raise CallFailure(Failure.SESSION_EMPTY)
        customer = parked_customer(session) or parties.customer
        if customer is None:
            raise CallFailure(Failure.CUSTOMER_GONE)
        if parties.third is None:
            raise await no_third(self._database, session)
        steps = []
        if session.parked is not None:
            steps.append(await self._parking.grab_customer(session, command, hold_of(session)))
        async with RowChanges(self._database, self._reconciler, session.agent.user) as reserved:
            room = await self._reserve(reserved, session)
            leaving = _Leaving(session, parties.agent, room, uniqueid_of(session, customer))
            await require_extension(session.link, session.context, leaving.extension, leaving.agent.name)
            steps.append(Step("agent moved", lambda: self._move(leaving, reserved, command)))
            await in_order(*steps)

    async def _reserve(self, changes: RowChanges, session: Session) -> str:
        """Take a room that is free in the table and empty on Asterisk, by one conditional UPDATE."""
        statements = ROOMS[session.server.engine]
        server_ip, owner = session.agent.server_ip, session.agent.extension or session.agent.user
        free = await self._database.all(statements.free, server_ip=server_ip, room=session.room)
        if len(free) >= _LEAST_FREE:
            for room in free:
                key = {"server_ip": server_ip, "room": room.number, "owner": owner}
                if session.link.state.room(room.number):
                    continue
                changes.remember(statements.give_back, key)  # before: the UPDATE may be cut short, and done
                if (await self._database.write(statements.reserve, **key)).matched:
                    return room.number
        raise CallFailure(Failure.NO_ROOM)

    async def _move(self, leaving: _Leaving, reserved: RowChanges, command: CommandContext) -> None:
        """Redirect the agent's phone; the reserved room is the move's from now on, whatever becomes of it."""
        session, phone = leaving.session, leaving.agent.name
        action = Redirect(channel=phone, context=session.context, exten=leaving.extension)
        arrived = joined_room(leaving.room, lambda event: event["Channel"] == phone)
        async with reserved.split_off() as changes:
            changes.sent(self._pending(leaving, command))
            await self._actions.redirect(command, session.link, action, arrived, gone=Failure.AGENT_GONE)
            await changes.follow_up(f"where agent {session.agent.user} is", partial(self._finish, leaving, command))

    def _pending(self, leaving: _Leaving, command: CommandContext) -> PendingOutcome:
        """Return how it is found out where the agent's phone is, should nobody see it arrive."""
        link, phone = leaving.session.link, leaving.agent.name

        def find() -> Fate:
            return Fate.MOVED if link.state.room_of(phone) == leaving.room else Fate.STAYED

        async def finish() -> None:
            await self._finish(leaving, command)

        what = f"{command.function} of agent {leaving.session.agent.user}"
        return PendingOutcome(
            what,
            link,
            find,
            moved=finish,
            agent=leaving.session.agent.user,
            named=command.named,
        )

    async def _finish(self, leaving: _Leaving, command: CommandContext) -> None:
        """Label the room that was left, say where the agent is now, and end the agent's call."""
        session, agent = leaving.session, leaving.session.agent
        place = {"user": agent.user, "server_ip": agent.server_ip}
        await self._database.write(
            ROOMS[session.server.engine].leave,
            server_ip=agent.server_ip,
            room=session.room,
            owner=f"3WAY_{agent.user}",
            now=command.instant.local,
        )
        await self._database.write(MOVE_AGENT, **place, room=leaving.room)
        await self._database.write(MOVE_SESSION, **place, room=leaving.room)
        await self._wrap_up.end_call(session, leaving.uniqueid, CallRow.ENDS, command)
