"""Who is in an agent's session (call-control.md section 13.3).

The members of the room are told apart by how they came in, and by the ids of their calls; a Local member only stands
for someone else, who is found at the far end of its bridge, or for a dialplan that has answered by itself. Nobody is
ever chosen by a caller id name alone among all channels of a server, and nobody for being the only one left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from telectl.asterisk import Channel, Link, LiveState
from telectl.calls.session.call_ids import bears, call_id, third_party_lead
from telectl.calls.session.entries import came_as_agent, is_of, is_service, is_supervisor
from telectl.calls.session.session import Session

_UP, _NEAR = "Up", ";1"
_DEEPEST = 5
"""How many Local pairs may lie between a room's member and the real channel."""


@dataclass(frozen=True, slots=True)
class Party:
    """Someone on the line."""

    channel: Channel
    """The channel to act on."""
    link: Link
    """The server that holds the channel."""
    member: Channel | None
    """What stands for the party in the room; None while it is elsewhere (parked)."""

    @property
    def is_up(self) -> bool:
        """Return whether the party has answered."""
        return self.channel.state == _UP


@dataclass(slots=True)
class Parties:
    """Everybody in one session."""

    agent: Channel | None = None
    customer: Party | None = None
    customer_ringing: Channel | None = None
    """The room's member for a manually dialled customer who has not answered yet."""
    third: Party | None = None
    third_ringing: Channel | None = None
    """The room's member for a third party that nobody has answered yet."""
    others: list[Channel] = field(default_factory=list)
    """Who is neither of these, nor a supervisor, nor an agent: a guest, or somebody that another call left behind."""

    @property
    def customer_is_here(self) -> bool:
        """Return whether somebody stands for the customer in the room, answered or not."""
        return self.customer_ringing is not None or (self.customer is not None and self.customer.member is not None)

    @property
    def third_is_here(self) -> bool:
        """Return whether somebody stands for the third party in the room, answered or not."""
        return self.third_ringing is not None or (self.third is not None and self.third.member is not None)

    def talking(self) -> list[Party]:
        """Return customer and third party, as far as they are in the room and have answered; who is parked is not."""
        both = (self.customer, self.third)
        return [party for party in both if party is not None and party.member is not None and party.is_up]


def find_parties(session: Session) -> Parties:
    """Return who is in the session, from the live state."""
    state, room = session.link.state, session.room
    members = [member for member in state.room(room) if not is_service(member, room)]
    found = Parties(agent=_agent_of(members, session))
    for member in members:
        if member is found.agent:
            continue
        far = _on_the_line(state, member)
        if found.customer is None and _is_customer(member, far, session):
            found.customer = _customer_of(member, far, session)
            found.customer_ringing = member if found.customer is None else None
        elif is_supervisor(member, room):
            continue
        elif is_third_party(member, session) or (far is not None and is_third_party(far, session)):
            _add_third(found, member, far, session.link)
        elif not came_as_agent(member, room) and not is_of(member, session.agent.extension):
            found.others.append(member)
    if found.customer is None:
        found.customer = _customer_elsewhere(session)
    return found


def is_third_party(channel: Channel, session: Session) -> bool:
    """Return whether a channel is of a third party's call for the agent's lead: by its id, or telectl dialled it."""
    if third_party_lead(call_id(channel)) == session.agent.lead_id:
        return True
    return channel.linkedid in session.third_calls


def third_party_id(third: Party, session: Session) -> str:
    """Return the id of a third party's call; a dialplan or carrier may have put another name over it."""
    legs = [channel for channel in (third.member, third.channel) if channel is not None]
    dialled = (session.third_calls.get(leg.linkedid, "") for leg in legs)
    return next(filter(None, (*dialled, *map(call_id, legs))), "")


def third_on_its_way(session: Session) -> Channel | None:
    """Return the near half of a third party's call that nobody has answered yet: it is in no room so far."""
    state = session.link.state
    for channel in state.channels():
        near_half = channel.name.startswith("Local/") and channel.name.endswith(_NEAR)
        if near_half and is_third_party(channel, session) and not state.room_of(channel.name):
            return channel
    return None


def count_third_parties(session: Session) -> int:
    """Count the third parties of the session's call, in the room or on their way."""
    members = session.link.state.room(session.room)
    return sum(is_third_party(member, session) for member in members) or int(third_on_its_way(session) is not None)


def uniqueid_of(session: Session, customer: Party) -> str:
    """Return the uniqueid by which the logs know the customer's call."""
    return session.agent.uniqueid or (session.call.uniqueid if session.call else None) or customer.channel.uniqueid


def far_end(state: LiveState, channel: Channel) -> Channel | None:
    """Follow a Local pair to the real channel; None while nothing is bridged there (ringing, in an application).

    A far channel counts only within the same call (linkedid): beyond an IAX loop another call begins.
    """
    linkedid, current = channel.linkedid, channel
    for _ in range(_DEEPEST + 1):  # the last look is at what lies behind the deepest pair
        if not current.name.startswith("Local/"):
            return current
        other = state.local_other_half(current.name)
        peers = state.bridge_peers(other.name) if other else ()
        found = next((peer for peer in peers if peer.linkedid == linkedid), None)
        if found is None:
            return None
        current = found
    return None


def _on_the_line(state: LiveState, member: Channel) -> Channel | None:
    """Return the channel to act on for a member of the room; None while nobody has answered.

    Where no channel is at the far end of a Local pair, the dialplan itself may have answered (an IVR, a queue, a
    mailbox): what commands then act on is the member.
    """
    return far_end(state, member) or (member if _dialplan_has_answered(state, member) else None)


def _dialplan_has_answered(state: LiveState, member: Channel) -> bool:
    """Return whether the dialplan at the other half of a Local pair has answered.

    Called by half 1 (a third party), half 2 is up once it has. Dialled by half 1 after half 2 was in the room (a
    customer, by hand), half 1 is up from the start: it has answered unless a channel of the call is still called.
    """
    other = state.local_other_half(member.name)
    if other is None or other.state != _UP:
        return False
    if member.name.endswith(_NEAR):
        return True
    pair = (member.name, other.name)
    legs = (channel for channel in state.channels() if channel.linkedid == member.linkedid and channel.name not in pair)
    return all(leg.state == _UP for leg in legs)


def _agent_of(members: list[Channel], session: Session) -> Channel | None:
    """Return the leg of the agent's own phone; without it, one that came in as agents do."""
    phone, room = session.agent.extension, session.room
    own = [member for member in members if is_of(member, phone) and not is_supervisor(member, room)]
    came = [member for member in members if came_as_agent(member, room)]
    by_both = [member for member in own if member in came]
    return next((legs[0] for legs in (by_both, own, came) if legs), None)


def _known_channels(session: Session) -> set[str]:
    names = {session.agent.channel, session.call.channel if session.call else None}
    return {name for name in names if name}


def _is_customer(member: Channel, far: Channel | None, session: Session) -> bool:
    if bears(member, session.agent.call_id):
        return True
    known = _known_channels(session)
    return member.name in known or (far is not None and far.name in known)


def _add_third(found: Parties, member: Channel, far: Channel | None, link: Link) -> None:
    if far is None:
        found.third_ringing = found.third_ringing or member
    else:
        if found.third is not None and found.third.member is not None:
            found.others.append(found.third.member)  # the newest is the one that commands mean
        found.third = Party(far, link, member)


def _customer_of(member: Channel, far: Channel | None, session: Session) -> Party | None:
    if session.customer_link is not session.link:
        remote = _customer_elsewhere(session)
        if remote is not None:
            return Party(remote.channel, remote.link, member)
    return Party(far, session.link, member) if far is not None else None


def _customer_elsewhere(session: Session) -> Party | None:
    """Find a customer that is not in the room: on another server, parked, or the agent's room is empty."""
    state, wanted = session.customer_link.state, session.agent.call_id
    candidates = [channel for channel in _named(state, session) if bears(channel, wanted)]
    if not candidates and session.call and session.call.uniqueid:
        uniqueid = session.call.uniqueid
        candidates = [
            channel
            for channel in state.channels()
            if channel.uniqueid == uniqueid and bears(channel, wanted) and not channel.name.startswith("Local/")
        ]
    return Party(candidates[0], session.customer_link, None) if candidates else None


def _named(state: LiveState, session: Session) -> Iterator[Channel]:
    names: Iterable[str | None] = (
        session.call.channel if session.call else None,
        session.agent.channel,
        session.parked.channel if session.parked else None,
    )
    for name in names:
        channel = state.channel(name) if name else None
        if channel is not None:
            yield channel
