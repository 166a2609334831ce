"""Hang up the third party, or everybody but the agent (call-control.md sections 7.2 and 13.4)."""

from __future__ import annotations

from functools import partial

from telectl.asterisk import Link
from telectl.calls.command import CommandContext
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.hangup.sql import CLEAR_TRANSFER_FLAG, WANT_END
from telectl.calls.hangup.wrap_up import CallRow, WrapUp
from telectl.calls.park.rows import drop_parked
from telectl.calls.saga.confirm import ConfirmedActions
from telectl.calls.saga.owed import OwedRows
from telectl.calls.saga.steps import Step, in_order
from telectl.calls.session.parked import parked_customer, parked_third
from telectl.calls.session.parties import Parties, Party, find_parties, third_on_its_way, uniqueid_of
from telectl.calls.session.session import Session
from telectl.database import Database
from telectl.database.call_rows import ParkedChannel

Leg = tuple[Link, str]


class HangUp:
    """Hangs parties up."""

    def __init__(self, database: Database, owed: OwedRows, actions: ConfirmedActions, wrap_up: WrapUp) -> None:
        self._database = database
        self._owed = owed
        self._actions = actions
        self._wrap_up = wrap_up

    async def hang_up_third(self, session: Session, command: CommandContext) -> Step:
        """Check that there is a third party, answered, ringing or parked, and return the step that hangs it up.

        Raises:
            CallFailure: there is none.
        """
        parked = await parked_third(self._database, session)
        legs = _third_legs(session, find_parties(session), parked)
        if not legs:
            raise CallFailure(Failure.NO_THIRD)
        return Step("third party hung up", lambda: self._end_third(session, legs, parked, command))

    async def hang_up_both(self, session: Session, command: CommandContext) -> None:
        """Hang up customer, third party and whoever else is in the room, and release the agent.

        Raises:
            CallFailure: neither customer nor third party is there; or one was hung up and the other could not be.
        """
        reached = (session.link.server_ip, session.customer_link.server_ip)
        if session.parked is not None and session.parked.server_ip not in reached:
            raise CallFailure(
                Failure.SERVER_UNAVAILABLE, session.parked.server_ip
            )  # it would wait on with nobody to come back
        parties = find_parties(session)
        customer = parked_customer(session) or parties.customer
        parked = await parked_third(self._database, session)
        third = _third_legs(session, parties, parked)
        legs = _customer_legs(session, parties, customer)
        if not legs and not third:
            raise CallFailure(Failure.CUSTOMER_GONE)
        uniqueid = uniqueid_of(session, customer) if customer else session.agent.uniqueid or ""
        steps = []
        if legs:
            steps.append(Step("customer hung up", lambda: self._end_customer(session, legs, command)))
        if third:
            steps.append(Step("third party hung up", lambda: self._end_third(session, third, parked, command)))
        others = [(session.link, member.name) for member in parties.others]
        steps.append(Step("others hung up", lambda: self._hang_up_legs(others, command)))
        await in_order(*steps)
        ended = partial(self._wrap_up.end_call, session, uniqueid, CallRow.ENDS, command)
        await self._owed.write(f"the end of call {session.agent.call_id}", ended, session.agent.user)
        await self._wrap_up.stop_recordings(session, command)

    async def _end_customer(self, session: Session, legs: list[Leg], command: CommandContext) -> None:
        await self._hang_up_legs(legs, command)
        if session.parked is not None:
            dropped = partial(drop_parked, self._database, session, session.parked, command)
            await self._owed.write("the end of the customer's wait", dropped)

    async def _end_third(
        self, session: Session, legs: list[Leg], parked: ParkedChannel | None, command: CommandContext
    ) -> None:
        await self._database.write(WANT_END, lead_id=session.agent.lead_id, agent=session.agent.user)
        await self._hang_up_legs(legs, command)
        await self._owed.write("the end of the third party", partial(self._end_third_rows, session, parked, command))

    async def _end_third_rows(self, session: Session, parked: ParkedChannel | None, command: CommandContext) -> None:
        if parked is not None:
            await drop_parked(self._database, session, parked, command)
        await self._database.write(CLEAR_TRANSFER_FLAG, user=session.agent.user)

    async def _hang_up_legs(self, legs: list[Leg], command: CommandContext) -> None:
        """Hang up one leg after the other: with the first of a Local pair the whole chain ends."""
        for link, channel in legs:
            if link.state.channel(channel) is not None or not link.usable:  # without a link, say so
                await self._actions.hang_up(command, link, channel)


def _legs(party: Party, session: Session) -> list[Leg]:
    """Return what stands for a party in the room first, then its own channel, which may be on another server."""
    legs = [(party.link, party.channel.name)]
    if party.member is not None and party.member.name != party.channel.name:
        legs.insert(0, (session.link, party.member.name))
    return legs


def _customer_legs(session: Session, parties: Parties, customer: Party | None) -> list[Leg]:
    if customer is not None:
        return _legs(customer, session)
    ringing = parties.customer_ringing
    return [(session.link, ringing.name)] if ringing is not None else []


def _third_legs(session: Session, parties: Parties, parked: ParkedChannel | None) -> list[Leg]:
    if parties.third is not None:
        return _legs(parties.third, session)
    ringing = parties.third_ringing or third_on_its_way(session)
    if ringing is not None:
        return [(session.link, ringing.name)]
    if parked is not None and session.link.state.channel(parked.channel) is not None:
        return [(session.link, parked.channel)]
    return []
