"""Send the customer away and end the agent's call: blind transfer, in-group, voicemail (call-control.md 7.3-7.8)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from telectl.asterisk import Redirect
from telectl.calls.command import CommandContext
from telectl.calls.failures import CallFailure, ChannelGone, Failure
from telectl.calls.hangup.wrap_up import CallRow, WrapUp
from telectl.calls.park.rows import drop_parked, hold_of, write_grab
from telectl.calls.saga.confirm import ConfirmedActions, left_room
from telectl.calls.saga.reconcile import Fate, PendingOutcome, Reconciler
from telectl.calls.saga.row_changes import RowChanges
from telectl.calls.session.parked import parked_customer
from telectl.calls.session.parties import Party, find_parties, uniqueid_of
from telectl.calls.session.session import Session
from telectl.calls.transfer.command import Transfer, TransferCommand
from telectl.calls.transfer.dial_strings import (
    ingroup_extension,
    message_extension,
    number_to_dial,
    require_target,
    shortened,
)
from telectl.database import Database
from telectl.database.call_rows import DELETE_CALL
from telectl.database.leads import LEAD

_CALL_ROW = {
    Transfer.BLIND_TRANSFER: CallRow.ENDS,
    Transfer.LOCAL_CLOSER: CallRow.ENDS,
    Transfer.LEAVE_VM: CallRow.STAYS,
}
BLIND_KINDS = frozenset(_CALL_ROW)


@dataclass(frozen=True, slots=True)
class _Departure:
    """A customer's way out of the session, checked and ready."""

    session: Session
    customer: Party
    kind: Transfer
    extension: str

    @property
    def uniqueid(self) -> str:
        """The uniqueid by which the logs know the call."""
        return uniqueid_of(self.session, self.customer)


class BlindTransfer:
    """Sends customers away."""

    def __init__(self, database: Database, reconciler: Reconciler, actions: ConfirmedActions, wrap_up: WrapUp) -> None:
        self._database = database
        self._reconciler = reconciler
        self._actions = actions
        self._wrap_up = wrap_up

    async def send_away(self, session: Session, transfer: TransferCommand, command: CommandContext) -> None:
        """Redirect the customer, parked or in the room, and release the agent.

        Raises:
            CallFailure: the customer is not there, or the target is not; or the call ended at the target, where it
                was sent indeed: the agent is released then, too.
        """
        customer = parked_customer(session) or find_parties(session).customer
        if customer is None or not customer.is_up:
            raise CallFailure(Failure.CUSTOMER_GONE)
        extension = await self._extension(session, transfer)
        await require_target(customer.link, session.context, extension, customer.channel.name)
        try:
            async with RowChanges(self._database, self._reconciler, session.agent.user) as changes:
                extension = await shortened(extension, changes, command.instant)
                departure = _Departure(session, customer, transfer.kind, extension)
                await self._write_rows(changes, departure, command)
                changes.sent(self._pending(departure, command))
                await self._redirect(departure, command)
                alive = await self._actions.stays_up(customer.link, customer.channel.name)
                finish = partial(self._finish, departure, command)
                await changes.follow_up(f"the end of call {session.agent.call_id}", finish)
        except ChannelGone:
            if not await self._actions.stays_up(customer.link, customer.channel.name):
                await self._drop_lost(session, transfer.kind, command)
            raise
        if not alive:
            raise CallFailure(Failure.ENDED_AT_TARGET, f"{customer.channel.name} at {extension}", acted=True)

    async def _extension(self, session: Session, transfer: TransferCommand) -> str:
        lead = await self._database.one(LEAD, lead_id=session.agent.lead_id)
        if transfer.kind is Transfer.BLIND_TRANSFER:
            return number_to_dial(transfer, session.campaign, lead)
        if transfer.kind is Transfer.LEAVE_VM:
            return message_extension(session, lead)
        return ingroup_extension(transfer, session, lead)

    async def _write_rows(self, changes: RowChanges, departure: _Departure, command: CommandContext) -> None:
        session = departure.session
        await self._wrap_up.write_transfer(changes, session, departure.uniqueid, _CALL_ROW[departure.kind], command)
        if session.parked is not None:
            await write_grab(changes, session, departure.customer, session.parked, command, hold=hold_of(session))

    async def _redirect(self, departure: _Departure, command: CommandContext) -> None:
        session, customer = departure.session, departure.customer
        member = customer.member
        action = Redirect(channel=customer.channel.name, context=session.context, exten=departure.extension)
        seen = left_room(member.name) if member else None
        await self._actions.redirect(command, customer.link, action, seen, watch=session.link if member else None)

    async def _drop_lost(self, session: Session, kind: Transfer, command: CommandContext) -> None:
        """Clean up behind a customer that hung up on the way: its rows were put back after the hangup logger ran."""
        if session.parked is not None:
            await drop_parked(self._database, session, session.parked, command)
        if _CALL_ROW[kind] is CallRow.ENDS:
            await self._database.write(DELETE_CALL, call_id=session.agent.call_id)

    def _pending(self, departure: _Departure, command: CommandContext) -> PendingOutcome:
        """Return how it is found out where the customer is, should nobody see it leave."""
        session, customer = departure.session, departure.customer

        def find() -> Fate:
            now = customer.link.state.channel(customer.channel.name)
            if now is None:
                return Fate.GONE
            if customer.member is None:  # it was parked: in no room before and after
                return Fate.STAYED if now.exten == session.park_extension else Fate.MOVED
            here = find_parties(session).customer
            return Fate.STAYED if here is not None and here.member is not None else Fate.MOVED

        async def finish() -> None:
            await self._finish(departure, command)

        what = f"{departure.kind} of call {session.agent.call_id}"
        return PendingOutcome(
            what, customer.link, find, moved=finish, gone=finish, agent=session.agent.user, named=command.named
        )

    async def _finish(self, departure: _Departure, command: CommandContext) -> None:
        await self._wrap_up.end_call(departure.session, departure.uniqueid, _CALL_ROW[departure.kind], command)
        await self._wrap_up.stop_recordings(departure.session, command)
