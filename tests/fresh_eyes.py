"""What a telectl that has just been started sees, beside what one sees that has lived through everything.

The live state of a link is kept by events, and Asterisk changes a channel's name, ids, bridge and room without telling
in more ways than anybody has listed. So the oracle of every call command is a second link, loaded at this moment: it
must know of the same channels and rooms, and give the same answers to the same questions.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from lab.contact_centre import SERVER_IP
from parts import Api

from telectl import app
from telectl.asterisk import Link, Timeouts
from telectl.calls.session.parked import parked_customer
from telectl.calls.session.parties import Party, find_parties, third_on_its_way
from telectl.calls.session.session import Session

_ON_ITS_WAY = 0.1
"""Seconds between two looks: an event that is on its way arrives meanwhile."""

Sight = dict[str, Any]


@asynccontextmanager
async def fresh_link(link: Link) -> AsyncIterator[Link]:
    """Return another link to the same server that was loaded just now."""
    fresh = Link(link.address, Timeouts())
    await fresh.start()
    try:
        await fresh.tried(10)
        yield fresh
    finally:
        await fresh.close()


async def differences(api: Api, user: str = "1000", within: float = 1.5) -> list[str]:
    """Return what a telectl says differently from one that was started just now, a line each.

    What is only on its way has `within` seconds to arrive. A link that is lost says nothing, and so nothing wrong.
    """
    link = api.server.app[app.FLEET].links[SERVER_IP]
    end = asyncio.get_running_loop().time() + within
    while True:
        async with fresh_link(link) as fresh:
            if not link.usable or not fresh.usable:
                return []
            found = compare(sight(link), sight(fresh)) + await _answers_that_differ(api, user, fresh)
        if not found or asyncio.get_running_loop().time() > end:
            return found
        await asyncio.sleep(_ON_ITS_WAY)


def sight(link: Link) -> Sight:
    """Return what a link knows of its server's channels and rooms: the one place that reads a link's inside."""
    state = link.state
    channels = {
        channel.uniqueid: {
            "name": channel.name,
            "linkedid": channel.linkedid,
            "state": channel.state,
            "caller id": channel.caller_id_name,
            "connected": channel.connected_name,
            "bridge": channel.bridge_id,
            "room": state.room_of(channel.name),
        }
        for channel in state.channels()
    }
    rooms = {room: sorted(member.uniqueid for member in state.room(room)) for room in state.rooms()}
    return {"channels": channels, "rooms": rooms}


def compare(kept: Sight, fresh: Sight) -> list[str]:
    """Return what a long-lived link knows differently from a fresh one."""
    before, now = kept["channels"], fresh["channels"]
    gone, new = before.keys() - now.keys(), now.keys() - before.keys()
    found = [f"{before[uniqueid]['name']} ({uniqueid}) is no more, and was kept" for uniqueid in gone]
    found += [f"{now[uniqueid]['name']} ({uniqueid}) is there, and was not seen" for uniqueid in new]
    for uniqueid in before.keys() & now.keys():
        for what, value in now[uniqueid].items():
            known = before[uniqueid][what]
            if known != value:
                found.append(f"{now[uniqueid]['name']} ({uniqueid}): {what} is {value!r}, and was kept as {known!r}")
    for room in kept["rooms"].keys() | fresh["rooms"].keys():
        kept_members, members = kept["rooms"].get(room, []), fresh["rooms"].get(room, [])
        if kept_members != members:
            found.append(f"room {room} has {members}, and was kept with {kept_members}")
    return found


async def _answers_that_differ(api: Api, user: str, fresh: Link) -> list[str]:
    """Ask both who is agent, customer and third party of a session, and whether the customer is parked."""
    calls = api.server.app[app.SERVICES].calls
    snapshot = await calls.snapshot(user)
    if snapshot is None:
        return []
    session = await calls._sessions.read(snapshot)  # noqa: SLF001 - what every command begins with
    kept, now = _answers(session), _answers(replace(session, link=fresh, customer_link=fresh))
    return [f"the {who} is {now[who]}, and was said to be {kept[who]}" for who in now if kept[who] != now[who]]


def _answers(session: Session) -> dict[str, str]:
    parties = find_parties(session)
    on_its_way, agent = third_on_its_way(session), parties.agent
    return {
        "agent": agent.name if agent else "nobody",
        "customer": _named(parties.customer),
        "third party": _named(parties.third),
        "ringing third party": str([one.name for one in (parties.third_ringing, on_its_way) if one]),
        "parked customer": _named(parked_customer(session)),
        "others": str(sorted(member.name for member in parties.others)),
    }


def _named(party: Party | None) -> str:
    if party is None:
        return "nobody"
    return f"{party.channel.name} ({party.member.name if party.member else 'not in the room'})"
