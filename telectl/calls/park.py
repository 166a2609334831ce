"""Park the customer, and bring it back (call-control.md sections 6 and 13.4)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from telectl.asterisk import Event, Redirect
from telectl.calls.call_ids import bears
from telectl.calls.command import Command
from telectl.calls.failures import (
    ALREADY_PARKED,
    CUSTOMER_GONE,
    NOT_PARKED,
    SESSION_EMPTY,
    CallFailure,
)
from telectl.calls.parties import Party, find_parties
from telectl.calls.session import Session
from telectl.calls.settle import Place, Settler, Unsettled
from telectl.calls.steps import Rows, arrived_at, joined_room, left_room, redirect, require_extension
from telectl.calls.words import Word
from telectl.database import Database
from telectl.database.call_rows import ParkedChannel
from telectl.database.parking import (
    CLEAR_PARK_FLAG,
    FORGET_PARKED,
    LOG_GRAB,
    LOG_LOST,
    LOG_PARK,
    PARK_CHANNEL,
    REMEMBER_PARKED,
    UNLOG_GRAB,
    UNLOG_PARK,
    UNPARK_CHANNEL,
)
from telectl.errors import OutcomeUnknown

log = logging.getLogger(__name__)


class Park(Word):
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


@dataclass(frozen=True, slots=True)
class ParkedPlace:
    """The key of a row of parked_channels."""

    server_ip: str
    channel: str


class Parking:
    """Parks customers and brings them back."""

    def __init__(self, database: Database, settler: Settler) -> None:
        self._database = database
        self._settler = settler

    async def park_customer(self, session: Session, command: Command) -> None:
        """Redirect the customer to the park extension.

        The parked_channels row comes first: it tells the hangup logger that the call goes on when the room's leg
        ends (call-control.md section 3).
        """
        if session.parked is not None:
            if self._parked_party(session) is not None:
                raise CallFailure(ALREADY_PARKED)
            await self._drop_lost(session, session.parked, command)
        customer = self._live_customer(session)
        context, extension = session.context, session.park_extension
        await require_extension(customer.link, context, extension)
        rows = Rows(self._database)
        await self._write_park(rows, session, customer, command)
        member = customer.member
        with self._settled(session, customer, rows, command, wanted_in_room=False):
            await redirect(
                command,
                customer.link,
                Redirect(channel=customer.channel.name, context=context, exten=extension),
                rows,
                left_room(member.name) if member else arrived_at(customer.channel.name, extension),
                watch=session.link if member else customer.link,
            )
        await self._database.write(CLEAR_PARK_FLAG, user=session.agent.user)

    async def grab_customer(self, session: Session, command: Command) -> None:
        """Redirect the parked customer into the agent's room."""
        if session.parked is None:
            raise CallFailure(NOT_PARKED)
        customer = self._parked_party(session)
        if customer is None:
            await self._drop_lost(session, session.parked, command)
            raise CallFailure(CUSTOMER_GONE, session.parked.channel)
        if find_parties(session).agent is None:
            raise CallFailure(SESSION_EMPTY)
        await require_extension(customer.link, session.context, session.way_back)
        rows = Rows(self._database)
        await self._write_grab(rows, session, customer, session.parked, command)
        with self._settled(session, customer, rows, command, wanted_in_room=True):
            await redirect(
                command,
                customer.link,
                Redirect(channel=customer.channel.name, context=session.context, exten=session.way_back),
                rows,
                joined_room(session.room, lambda event: _is_party(event, customer, session)),
                watch=session.link,
            )
        await self._database.write(CLEAR_PARK_FLAG, user=session.agent.user)

    @contextmanager
    def _settled(
        self, session: Session, customer: Party, rows: Rows, command: Command, *, wanted_in_room: bool
    ) -> Iterator[None]:
        """Reconcile the rows later when nobody knows what became of the redirect."""
        place = ParkedPlace(customer.link.server_ip, customer.channel.name)

        def find() -> Place:
            if customer.link.picture.channel(place.channel) is None:
                return Place.GONE
            found = find_parties(session).customer
            in_room = found is not None and found.member is not None
            return Place.MOVED if in_room is wanted_in_room else Place.STAYED

        async def gone() -> None:
            await self._drop_lost(session, place, command)

        try:
            yield
        except OutcomeUnknown:
            what = f"{command.function} of call {session.agent.call_id}"
            self._settler.settle(Unsettled(what, customer.link, find, rows, gone))
            raise

    def _live_customer(self, session: Session) -> Party:
        customer = find_parties(session).customer
        if customer is None or not customer.is_up:
            raise CallFailure(CUSTOMER_GONE)
        return customer

    def _parked_party(self, session: Session) -> Party | None:
        """Give the parked customer if its channel is alive and still bears the call's id."""
        parked = session.parked
        channel = session.customer_link.picture.channel(parked.channel) if parked else None
        if channel is None or not bears(channel, session.agent.call_id):
            return None
        return Party(channel, session.customer_link, None)

    async def _write_park(self, rows: Rows, session: Session, customer: Party, command: Command) -> None:
        agent, now = session.agent, command.instant.local
        place = {"server_ip": customer.link.server_ip, "channel": customer.channel.name}
        await rows.write(
            PARK_CHANNEL,
            {
                **place,
                "channel_group": agent.call_id,
                "extension": "park",
                "parked_by": agent.extension or "",
                "parked_time": now,
            },
            UNPARK_CHANNEL,
            place,
        )
        logged = {
            "uniqueid": _uniqueid(session, customer),
            "server_ip": customer.link.server_ip,
            "extension": agent.call_id,
            "parked_time": now,
            "status": "PARKED",
        }
        await rows.write(
            LOG_PARK,
            {
                **logged,
                "channel": customer.channel.name,
                "channel_group": agent.campaign_id,
                "parked_sec": 0,
                "user": agent.user,
                "lead_id": agent.lead_id,
                "campaign_id": _group(session),
            },
            UNLOG_PARK,
            logged,
        )

    async def _write_grab(
        self, rows: Rows, session: Session, customer: Party, parked: ParkedChannel, command: Command
    ) -> None:
        agent, now = session.agent, command.instant.local
        place = {"server_ip": customer.link.server_ip, "channel": customer.channel.name}
        recent = {**place, "channel_group": agent.call_id, "park_end_time": now}
        await rows.write(REMEMBER_PARKED, recent, FORGET_PARKED, recent)
        if not await rows.write(UNPARK_CHANNEL, place, PARK_CHANNEL, asdict(parked)):
            await self._database.write(FORGET_PARKED, **recent)
            raise CallFailure(NOT_PARKED, "another copy took the customer back")
        logged = {
            "uniqueid": _uniqueid(session, customer),
            "server_ip": customer.link.server_ip,
            "extension": agent.call_id,
            "now": now,
        }
        await rows.write(LOG_GRAB, {**logged, "status": "GRABBED"}, UNLOG_GRAB, {**logged, "status": "PARKED"})

    async def _drop_lost(self, session: Session, parked: ParkedPlace | ParkedChannel, command: Command) -> None:
        """Clean up behind a parked customer that hung up while no hangup logger watched."""
        await self._database.write(UNPARK_CHANNEL, server_ip=parked.server_ip, channel=parked.channel)
        await self._database.write(
            LOG_LOST,
            uniqueid=session.agent.uniqueid or "",
            server_ip=parked.server_ip,
            extension=session.agent.call_id,
            now=command.instant.local,
        )
        log.info("parked channel %s of call %s is gone; its row was dropped", parked.channel, session.agent.call_id)


def _uniqueid(session: Session, customer: Party) -> str:
    return session.agent.uniqueid or (session.call.uniqueid if session.call else None) or customer.channel.uniqueid


def _group(session: Session) -> str:
    """Give the in-group of an inbound call, else the campaign."""
    return (session.call.campaign_id if session.call else None) or session.agent.campaign_id or ""


def _is_party(event: Event, customer: Party, session: Session) -> bool:
    """Tell whether a join is the customer's: its own channel, or from another server a leg with the call's id."""
    if customer.link is session.link:
        return event["Channel"] == customer.channel.name
    return event["CallerIDName"].partition(" ")[0] == session.agent.call_id
