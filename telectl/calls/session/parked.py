"""Who is parked: the customer, and the third party (call-control.md section 6)."""

from __future__ import annotations

from telectl.calls.failures import CallFailure, Failure
from telectl.calls.session.call_ids import bears, third_party_pattern
from telectl.calls.session.parties import Party, find_parties, third_on_its_way
from telectl.calls.session.session import Session
from telectl.database import Database, Select
from telectl.database.call_rows import ParkedChannel

PARKED_THIRD = Select(
    "an agent's parked third party",
    ParkedChannel,
    "FROM parked_channels WHERE channel_group LIKE %(pattern)s AND server_ip = %(server_ip)s"
    " AND parked_by = %(parked_by)s ORDER BY parked_time DESC LIMIT 1",
)


def parked_customer(session: Session) -> Party | None:
    """Return the parked customer if its channel is alive and still bears the call's id."""
    parked = session.parked
    if parked is None:
        return None
    link = session.link if parked.server_ip == session.agent.server_ip else session.customer_link
    channel = link.state.channel(parked.channel)
    return Party(channel, link, None) if channel is not None and bears(channel, session.agent.call_id) else None


async def parked_third(database: Database, session: Session) -> ParkedChannel | None:
    """Return the row of the agent's parked third party, whether its channel lives or not."""
    return await database.one(
        PARKED_THIRD,
        pattern=third_party_pattern(session.agent.lead_id),
        server_ip=session.agent.server_ip,
        parked_by=session.agent.extension or "",
    )


async def no_third(database: Database, session: Session) -> CallFailure:
    """Return the failure that no third party is on the line: it has not answered, it is parked, or there is none."""
    if (find_parties(session).third_ringing or third_on_its_way(session)) is not None:
        return CallFailure(Failure.THIRD_RINGING)
    return CallFailure(Failure.NO_THIRD if await parked_third(database, session) is None else Failure.THIRD_PARKED)
