"""The rows of parking, each with its inverse (call-control.md section 6).

The parked_channels row is written before the redirect: it tells the hangup logger that the call goes on when the
room's leg ends (call-control.md section 3). A third party is parked without a park_log row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from telectl.calls.command import CommandContext
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.park.sql import (
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
from telectl.calls.saga.concurrency import gather_all
from telectl.calls.saga.row_changes import RowChanges
from telectl.calls.session.parties import Party, uniqueid_of
from telectl.calls.session.session import Session
from telectl.database import Database
from telectl.database.call_rows import MARK_CALL, NOTE_CHANNEL, ParkedChannel

_IVR_MARK = "PARK_IVR"


@dataclass(frozen=True, slots=True)
class Hold:
    """A way to be parked, as park_log tells it."""

    parked: str
    grabbed: str
    mark: str
    """vicidial_auto_calls.extension meanwhile."""
    told: str
    """How QueueMetrics knows it."""


MUSIC = Hold("PARKED", "GRABBED", "", "PARK")
IVR = Hold("IVRPARKED", "GRABBEDIVR", _IVR_MARK, "IVRPARK")


def hold_of(session: Session) -> Hold:
    """Return the way in which the customer is parked now."""
    return IVR if session.call and session.call.extension == _IVR_MARK else MUSIC


async def write_park(
    changes: RowChanges, session: Session, customer: Party, hold: Hold, command: CommandContext
) -> None:
    """Write the rows of a customer that is about to be parked."""
    agent = session.agent
    logged = {**_logged(session, customer), "parked_time": command.instant.local, "status": hold.parked}
    values = {
        **logged,
        "channel": customer.channel.name,
        "channel_group": agent.campaign_id,
        "parked_sec": 0,
        "user": agent.user,
        "lead_id": agent.lead_id,
        "campaign_id": session.group,
    }
    await gather_all(
        write_parked_channel(changes, session, customer, agent.call_id, command),
        changes.write_undoable(LOG_PARK, values, UNLOG_PARK, logged),
        _mark(changes, session, hold.mark),
        _note_channel(changes, session, customer),
    )


async def write_grab(
    changes: RowChanges,
    session: Session,
    customer: Party,
    parked: ParkedChannel,
    command: CommandContext,
    *,
    hold: Hold,
) -> None:
    """Write the rows of a customer that is about to come back."""
    logged = {**_logged(session, customer), "now": command.instant.local}
    waiting = {**logged, "status": hold.parked}
    grabbed = {**logged, "status": hold.grabbed, "parked_sec": _waited(parked, command)}
    await gather_all(
        write_unparked_channel(changes, customer, parked, command),
        changes.write_undoable(LOG_GRAB, grabbed, UNLOG_GRAB, waiting),
        _mark(changes, session, ""),
    )


async def write_parked_channel(
    changes: RowChanges, session: Session, party: Party, group: str, command: CommandContext
) -> None:
    """Write that a channel waits; `group` is the id of its call."""
    place = _place(party)
    row = {
        **place,
        "channel_group": group,
        "extension": "park",
        "parked_by": session.agent.extension or "",
        "parked_time": command.instant.local,
    }
    await changes.write_undoable(PARK_CHANNEL, row, UNPARK_CHANNEL, place)


async def write_unparked_channel(
    changes: RowChanges, party: Party, parked: ParkedChannel, command: CommandContext
) -> None:
    """Write that a channel waits no more.

    Raises:
        CallFailure: another copy of telectl was faster.
    """
    recent = {**_place(party), "channel_group": parked.channel_group or "", "park_end_time": command.instant.local}
    await gather_all(
        changes.write_undoable(REMEMBER_PARKED, recent, FORGET_PARKED, recent),
        _unpark(changes, _place(party), asdict(parked)),
    )


async def drop_parked(database: Database, session: Session, parked: ParkedChannel, command: CommandContext) -> None:
    """Clean up behind a parked channel that ended while no hangup logger watched."""
    await database.write(UNPARK_CHANNEL, server_ip=parked.server_ip, channel=parked.channel)
    await database.write(
        LOG_LOST,
        uniqueid=session.agent.uniqueid or "",
        server_ip=parked.server_ip,
        extension=parked.channel_group or "",
        now=command.instant.local,
        parked_sec=_waited(parked, command),
    )


def _waited(parked: ParkedChannel, command: CommandContext) -> int:
    """Return how long a channel has waited, in seconds; none that was parked by this same command."""
    return command.instant.seconds_since(parked.parked_time) if parked.parked_time else 0


async def _unpark(changes: RowChanges, place: Mapping[str, Any], parked: Mapping[str, Any]) -> None:
    if not await changes.write_undoable(UNPARK_CHANNEL, place, PARK_CHANNEL, parked):
        raise CallFailure(Failure.NOT_PARKED, "another copy took the call back")


async def _note_channel(changes: RowChanges, session: Session, customer: Party) -> None:
    """Write which channel a manually dialled customer has, as the agent's screen would, if the call's row has none."""
    known = session.call.channel if session.call else None
    if session.call is not None and (not known or known.startswith("Local/")):
        channel, call_id = customer.channel, session.agent.call_id
        await changes.database.write(NOTE_CHANNEL, channel=channel.name, uniqueid=channel.uniqueid, call_id=call_id)


async def _mark(changes: RowChanges, session: Session, mark: str) -> None:
    """Write into the call's row whether it waits at the IVR, which the park AGI looks at."""
    before = (session.call.extension if session.call else None) or ""
    if before != mark and _IVR_MARK in (before, mark):
        call_id = session.agent.call_id
        await changes.write_undoable(
            MARK_CALL, {"mark": mark, "call_id": call_id}, MARK_CALL, {"mark": before, "call_id": call_id}
        )


def _place(party: Party) -> Mapping[str, Any]:
    return {"server_ip": party.link.server_ip, "channel": party.channel.name}


def _logged(session: Session, customer: Party) -> Mapping[str, Any]:
    return {
        "uniqueid": uniqueid_of(session, customer),
        "server_ip": customer.link.server_ip,
        "extension": session.agent.call_id,
    }
