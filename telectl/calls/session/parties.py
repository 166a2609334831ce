"""Who is in an agent's session (call-control.md section 13.3).

The members of the room are told apart by rules, first hit wins; a Local member only stands for someone else, who is
found at the far end of its bridge. Nobody is ever chosen by a caller id name alone among all channels of a server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from telectl.asterisk import Channel, Link, LiveState
from telectl.calls.session.call_ids import bears, call_id, is_agent_call, third_party_lead
from telectl.calls.session.session import Session

_SERVICE_NAMES = ("CBAnn/", "CBRec/", "IAX2/ASTblind-", "IAX2/ASTplay-")
_RECORDER_PREFIX = "5"
_SERVICE_PREFIXES = "4578"
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
        return self.channel.state == "Up"


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

    def talking(self) -> list[Party]:
        """Return customer and third party, as far as they are in the room and have answered; who is parked is not."""
        both = (self.customer, self.third)
        return [party for party in both if party is not None and party.member is not None and party.is_up]


def find_parties(session: Session) -> Parties:
    """Return who is in the session, from the live state."""
    state = session.link.state
    found = Parties()
    for member in state.room(session.room):
        if is_service(member, session.room):
            continue
        if found.agent is None and _is_agent(member, session):
            found.agent = member
            continue
        far = far_end(state, member)
        if found.customer is None and _is_customer(member, far, session):
            found.customer = _customer_of(member, far, session)
            found.customer_ringing = member if found.customer is None else None
        elif third_party_lead(call_id(member)) == session.agent.lead_id or _tagged(member, far, session):
            _add_third(found, member, far, session.link)
        else:
            found.others.append(member)
    if found.customer is None:
        found.customer = _customer_elsewhere(session)
    if found.third is None and found.third_ringing is None and len(found.others) == 1:
        member = found.others.pop()
        _add_third(found, member, far_end(state, member), session.link)
    return found


def third_on_its_way(session: Session) -> Channel | None:
    """Return the near half of a third party's call that nobody has answered yet: it is in no room so far."""
    state, lead_id = session.link.state, session.agent.lead_id
    for channel in state.channels():
        near_half = channel.name.startswith("Local/") and channel.name.endswith(";1")
        if near_half and third_party_lead(call_id(channel)) == lead_id and not state.room_of(channel.name):
            return channel
    return None


def count_third_parties(session: Session) -> int:
    """Count the third parties of the session's call, in the room or on their way."""
    lead_id, members = session.agent.lead_id, session.link.state.room(session.room)
    return sum(third_party_lead(call_id(member)) == lead_id for member in members) or int(
        third_on_its_way(session) is not None
    )


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


def is_recorder(member: Channel, room: str) -> bool:
    """Return whether a member only records the room."""
    entry = f"{_RECORDER_PREFIX}{room}"
    return member.name.startswith(f"Local/{entry}") or member.exten == entry


def is_service(member: Channel, room: str) -> bool:
    """Return whether a member is nobody: it plays, records or listens."""
    if member.name.startswith(_SERVICE_NAMES) or is_recorder(member, room):
        return True
    return any(member.exten == f"{prefix}{room}" for prefix in _SERVICE_PREFIXES)


def _is_agent(member: Channel, session: Session) -> bool:
    extension = session.agent.extension or ""
    if extension and member.name.startswith(f"{extension}-"):
        return True
    return member.exten == f"2{session.room}" or is_agent_call(call_id(member))


def _known_channels(session: Session) -> set[str]:
    names = {session.agent.channel, session.call.channel if session.call else None}
    return {name for name in names if name}


def _is_customer(member: Channel, far: Channel | None, session: Session) -> bool:
    if bears(member, session.agent.call_id):
        return True
    known = _known_channels(session)
    return member.name in known or (far is not None and far.name in known)


def _tagged(member: Channel, far: Channel | None, session: Session) -> bool:
    return far is not None and third_party_lead(call_id(far)) == session.agent.lead_id and far.name != member.name


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
