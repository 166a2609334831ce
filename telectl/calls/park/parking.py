"""Park customer and third party, and bring them back (call-control.md sections 6 and 13.4)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from telectl.asterisk import Event, Link, Redirect
from telectl.calls.command import CommandContext
from telectl.calls.failures import CallFailure, ChannelGone, Failure
from telectl.calls.park.rows import (
    MUSIC,
    Hold,
    drop_parked,
    write_grab,
    write_park,
    write_parked_channel,
    write_unparked_channel,
)
from telectl.calls.park.sql import CLEAR_PARK_FLAG
from telectl.calls.queue_metrics import QueueEvent, QueueMetrics
from telectl.calls.saga.confirm import ConfirmedActions, joined_room, left_room, music_started, require_extension
from telectl.calls.saga.reconcile import Fate, PendingOutcome, Reconciler
from telectl.calls.saga.row_changes import RowChanges
from telectl.calls.saga.steps import Step
from telectl.calls.session.admission import require_place
from telectl.calls.session.parked import no_third, parked_customer, parked_third
from telectl.calls.session.parties import Party, find_parties, third_party_id
from telectl.calls.session.session import Session
from telectl.database import Database
from telectl.database.call_rows import ParkedChannel
from telectl.described_enum import DescribedEnum

log = logging.getLogger(__name__)


class Park(DescribedEnum):
    """What park_call's value asks for."""

    PARK_CUSTOMER = "PARK_CUSTOMER", "send the customer to the park extension, with music"
    GRAB_CUSTOMER = "GRAB_CUSTOMER", "take the parked customer back into the agent's session"
    PARK_IVR_CUSTOMER = "PARK_IVR_CUSTOMER", "send the customer to the campaign's park IVR; it may come back by itself"
    GRAB_IVR_CUSTOMER = "GRAB_IVR_CUSTOMER", "take the customer back from the park IVR"
    PARK_XFER = "PARK_XFER", "park the third party"
    GRAB_XFER = "GRAB_XFER", "take the parked third party back"
    SWAP_PARK_CUSTOMER = "SWAP_PARK_CUSTOMER", "park the customer and take the third party back"
    SWAP_PARK_XFER = "SWAP_PARK_XFER", "park the third party and take the customer back"
    HANGUP_XFER_GRAB_CUSTOMER = "HANGUP_XFER_GRAB_CUSTOMER", "hang up the third party and take the customer back"


_PARKS_CUSTOMER = frozenset({Park.PARK_CUSTOMER, Park.PARK_IVR_CUSTOMER, Park.SWAP_PARK_CUSTOMER})


@dataclass(frozen=True, slots=True)
class _Move:
    """One party's way to or from the park extension, checked and ready."""

    party: Party
    extension: str
    into_room: bool
    write: Callable[[RowChanges], Awaitable[None]]
    gone: str
    lost: ParkedChannel
    """What is cleaned up when the channel turns out to have ended."""
    told: tuple[QueueEvent, ...] = ()
    """What QueueMetrics is told when it is done."""
    leaving: int = 0
    """How many members the command takes out of the room before."""


class Parking:
    """Parks the parties of a call and brings them back. Each method checks, and returns the step that acts."""

    def __init__(
        self, database: Database, reconciler: Reconciler, actions: ConfirmedActions, queue_metrics: QueueMetrics
    ) -> None:
        self._database = database
        self._reconciler = reconciler
        self._actions = actions
        self._queue_metrics = queue_metrics

    async def park_customer(self, session: Session, command: CommandContext, hold: Hold = MUSIC) -> Step:
        """Redirect the customer to the park extension."""
        if session.parked is not None:
            if parked_customer(session) is not None:
                raise CallFailure(Failure.ALREADY_PARKED)
            await self._drop_lost(session, session.parked, command)
        customer = find_parties(session).customer
        if customer is None or not customer.is_up:
            raise CallFailure(Failure.CUSTOMER_GONE)

        async def write(changes: RowChanges) -> None:
            await write_park(changes, session, customer, hold, command)

        lost = _row_of(customer, session.agent.call_id)
        told = (QueueEvent("CALLERONHOLD", session.agent.call_id, session.group, hold.told),)
        move = _Move(
            customer,
            session.park_extension,
            into_room=False,
            write=write,
            gone=Failure.CUSTOMER_GONE,
            lost=lost,
            told=told,
        )
        return await self._step("customer parked", session, move, command)

    async def grab_customer(
        self, session: Session, command: CommandContext, hold: Hold = MUSIC, *, for_third: bool = False
    ) -> Step:
        """Redirect the parked customer into the agent's room; `for_third`: in the place of the third party."""
        parked = session.parked
        if parked is None:
            raise CallFailure(Failure.NOT_PARKED)
        customer = parked_customer(session)
        if customer is None:
            await self._drop_lost(session, parked, command)
            raise CallFailure(Failure.CUSTOMER_GONE, parked.channel)
        parties = find_parties(session)
        if parties.agent is None:
            raise CallFailure(Failure.SESSION_EMPTY)

        way_back = session.room if customer.link is session.link else session.way_back

        async def write(changes: RowChanges) -> None:
            await write_grab(changes, session, customer, parked, command, hold=hold)

        told = (QueueEvent("CALLEROFFHOLD", session.agent.call_id, session.group),)
        move = _Move(
            customer,
            way_back,
            into_room=True,
            write=write,
            gone=Failure.CUSTOMER_GONE,
            lost=parked,
            told=told,
            leaving=int(for_third and parties.third_is_here),
        )
        return await self._step("customer grabbed", session, move, command)

    async def park_third(self, session: Session, command: CommandContext) -> Step:
        """Redirect the third party to the park extension."""
        third = find_parties(session).third
        if third is None:
            raise await no_third(self._database, session)
        if not third.is_up:
            raise CallFailure(Failure.THIRD_RINGING)
        identity = third_party_id(third, session)

        async def write(changes: RowChanges) -> None:
            await write_parked_channel(changes, session, third, identity, command)

        lost = _row_of(third, identity)
        move = _Move(third, session.park_extension, into_room=False, write=write, gone=Failure.THIRD_GONE, lost=lost)
        return await self._step("third party parked", session, move, command)

    async def grab_third(self, session: Session, command: CommandContext, *, for_customer: bool = False) -> Step:
        """Redirect the parked third party into the agent's room; `for_customer`: in the customer's place."""
        parked = await parked_third(self._database, session)
        if parked is None:
            raise CallFailure(Failure.THIRD_NOT_PARKED)
        channel = session.link.state.channel(parked.channel)
        if channel is None:
            await self._drop_lost(session, parked, command)
            raise CallFailure(Failure.THIRD_GONE, parked.channel)
        parties = find_parties(session)
        if parties.agent is None:
            raise CallFailure(Failure.SESSION_EMPTY)
        third = Party(channel, session.link, None)

        async def write(changes: RowChanges) -> None:
            await write_unparked_channel(changes, third, parked, command)

        move = _Move(
            third,
            session.room,
            into_room=True,
            write=write,
            gone=Failure.THIRD_GONE,
            lost=parked,
            leaving=int(for_customer and parties.customer_is_here),
        )
        return await self._step("third party grabbed", session, move, command)

    async def is_done(self, session: Session, what: Park) -> bool:
        """Return whether the parties are where this brings them, so that doing it again would be once too often."""
        if what is Park.PARK_XFER or what is Park.GRAB_XFER:
            waits = await parked_third(self._database, session) is not None
            return waits is (what is Park.PARK_XFER)
        if what in _PARKS_CUSTOMER:
            return parked_customer(session) is not None
        customer = find_parties(session).customer
        return customer is not None and customer.member is not None

    async def _step(self, done: str, session: Session, move: _Move, command: CommandContext) -> Step:
        await require_extension(move.party.link, session.context, move.extension, move.party.channel.name)
        if move.into_room:
            await require_place(session, leaving=move.leaving)
        return Step(done, lambda: self._carry_out(session, move, command))

    async def _carry_out(self, session: Session, move: _Move, command: CommandContext) -> None:
        party = move.party
        try:
            async with RowChanges(self._database, self._reconciler, session.agent.user) as changes:
                await move.write(changes)
                changes.sent(self._pending(session, move, command))
                await self._actions.redirect(
                    command,
                    party.link,
                    Redirect(channel=party.channel.name, context=session.context, exten=move.extension),
                    _arrival(session, move),
                    watch=_where_seen(session, move),
                    gone=move.gone,
                )
                await changes.follow_up("the end of the flag", partial(self._clear_flag, session))
        except ChannelGone:
            # the row of its wait was put back, maybe after the hangup logger ran
            if move.into_room and not await self._actions.stays_up(party.link, party.channel.name):
                await self._drop_lost(session, move.lost, command)
            raise
        if move.told:
            await self._queue_metrics.log_events(session.agent.user, command.instant, *move.told)

    async def _clear_flag(self, session: Session) -> None:
        await self._database.write(CLEAR_PARK_FLAG, user=session.agent.user)

    def _pending(self, session: Session, move: _Move, command: CommandContext) -> PendingOutcome:
        """Return how it is found out where the party is, should nobody see it arrive."""
        channel, state = move.party.channel.name, move.party.link.state

        def find() -> Fate:
            if state.channel(channel) is None:
                return Fate.GONE
            parties = find_parties(session)
            here = [party.channel.name for party in (parties.customer, parties.third) if party and party.member]
            return Fate.MOVED if (channel in here) is move.into_room else Fate.STAYED

        async def gone() -> None:
            await self._drop_lost(session, move.lost, command)

        what = f"{command.function} of call {move.lost.channel_group}"
        return PendingOutcome(
            what,
            move.party.link,
            find,
            gone=gone,
            agent=session.agent.user,
            named=command.named,
        )

    async def _drop_lost(self, session: Session, parked: ParkedChannel, command: CommandContext) -> None:
        session.require_links()  # a live state that was lost shows nobody
        await drop_parked(self._database, session, parked, command)
        log.info("parked channel %s of call %s is gone; its row was dropped", parked.channel, parked.channel_group)


def _row_of(party: Party, group: str) -> ParkedChannel:
    return ParkedChannel(party.channel.name, party.link.server_ip, group, "park", None, None)


def _arrival(session: Session, move: _Move) -> Callable[[Event], bool]:
    party = move.party
    if move.into_room:
        return joined_room(session.room, lambda event: _is_party(event, party, session))
    return left_room(party.member.name) if party.member else music_started(party.channel.name)


def _where_seen(session: Session, move: _Move) -> Link:
    return session.link if move.into_room or move.party.member else move.party.link


def _is_party(event: Event, party: Party, session: Session) -> bool:
    """Return whether a join is the party's: its own channel, or from another server a leg with the call's id."""
    if party.link is session.link:
        return event["Channel"] == party.channel.name
    return event["CallerIDName"].partition(" ")[0] == session.agent.call_id
