"""Who is who in a room (call-control.md section 13.3): each rule, and which one decides where two fit."""

from __future__ import annotations

import pytest
from sessions import AGENT_CALL, CALL, LEAD, ROOM, THIRD, Told, row, session

from telectl.calls.session.entries import is_recorder
from telectl.calls.session.parties import (
    Parties,
    Party,
    count_third_parties,
    far_end,
    find_parties,
    third_on_its_way,
    third_party_id,
    uniqueid_of,
)
from telectl.database.call_rows import AutoCall, ParkedChannel

OTHER_LEAD = f"DC449600W{LEAD + 1:010d}W"
STRANGER = "V1123000000000009999"
FAR = "PJSIP/carrier-1"


@pytest.fixture
def told() -> Told:
    return Told()


def name(party: Party | None) -> str:
    return party.channel.name if party else ""


def roles(parties: Parties) -> dict[str, object]:
    """Who is there, by the channel that a command acts on or, while it rings, by the room's member."""
    found = {
        "agent": parties.agent.name if parties.agent else "",
        "customer": name(parties.customer),
        "customer ringing": parties.customer_ringing.name if parties.customer_ringing else "",
        "third": name(parties.third),
        "third ringing": parties.third_ringing.name if parties.third_ringing else "",
        "others": [member.name for member in parties.others],
    }
    return {role: who for role, who in found.items() if who}


def alone(told: Told, channel: str, caller: str = "", **headers: str) -> dict[str, object]:
    """The roles in a room with this one member; a Local one has the carrier's channel at its far end."""
    if channel.startswith("Local/"):
        told.pair(channel.removeprefix("Local/").partition(";")[0], FAR, caller, member=int(channel[-1]))
    else:
        told.channel(channel, caller, room=ROOM, **headers)
    return roles(find_parties(session(told)))


# ---- a service leg is nobody


@pytest.mark.parametrize(
    ("channel", "exten"),
    [
        ("CBAnn/9600051-1;1", ""),
        ("CBRec/9600051-1", ""),
        ("IAX2/ASTblind-1", ""),
        ("IAX2/ASTplay-1", ""),
        (f"Local/5{ROOM}@default-1;1", ""),
        *[("PJSIP/x-1", f"{prefix}{ROOM}") for prefix in "4578"],
    ],
)
@pytest.mark.parametrize("caller", [CALL, AGENT_CALL, THIRD, ""])
def test_a_service_leg_is_nobody_whatever_id_it_bears(told: Told, channel: str, exten: str, caller: str) -> None:
    told.channel(channel, caller, room=ROOM, Exten=exten)
    assert roles(find_parties(session(told))) == {}


def test_who_joins_behind_a_service_leg_is_somebody(told: Told) -> None:
    told.channel("CBAnn/9600051-1;1", room=ROOM)
    told.channel("PJSIP/c-1", CALL, room=ROOM)
    told.channel("PJSIP/m-1", room=ROOM, Exten=f"4{ROOM}")
    told.channel("PJSIP/gs101-1", room=ROOM)
    assert roles(find_parties(session(told))) == {"agent": "PJSIP/gs101-1", "customer": "PJSIP/c-1"}


@pytest.mark.parametrize("exten", [ROOM, f"3{ROOM}", f"9{ROOM}", "5", f"5{ROOM}1", f"15{ROOM}"])
def test_another_extension_is_no_service(told: Told, exten: str) -> None:
    assert alone(told, "PJSIP/x-1", CALL, Exten=exten) == {"customer": "PJSIP/x-1"}


def test_a_number_that_begins_like_the_recorders_is_none(told: Told) -> None:
    assert alone(told, f"Local/5{ROOM}55@default-1;1", THIRD) == {"third": FAR}


def test_only_the_recorder_records(told: Told) -> None:
    told.channel("Local/59600051@default-1;1", room=ROOM)
    told.channel("PJSIP/r-1", room=ROOM, Exten=f"5{ROOM}")
    told.channel("PJSIP/m-1", room=ROOM, Exten=f"4{ROOM}")
    told.channel("CBRec/9600051-1", room=ROOM)
    recording = [member.name for member in told.link.state.room(ROOM) if is_recorder(member, ROOM)]
    assert recording == ["Local/59600051@default-1;1", "PJSIP/r-1"]


# ---- the agent


@pytest.mark.parametrize(
    ("channel", "caller", "exten"),
    [
        ("PJSIP/gs101-00000001", "", ""),
        ("PJSIP/gs101-00000001", CALL, ""),
        ("PJSIP/gs101-00000001", THIRD, ROOM),
        ("PJSIP/other-1", "", f"2{ROOM}"),
        ("PJSIP/other-1", CALL, f"2{ROOM}"),
        ("PJSIP/other-1", AGENT_CALL, ""),
        ("PJSIP/other-1", f"{AGENT_CALL} <0>", ""),
        ("PJSIP/other-1", "ACagcW1234567890", ""),
        ("Local/7275551212@default-1;1", AGENT_CALL, ""),
    ],
)
def test_the_agent_is_known_by_its_phone_its_way_in_or_its_id(
    told: Told, channel: str, caller: str, exten: str
) -> None:
    assert alone(told, channel, caller, Exten=exten) == {"agent": channel}


@pytest.mark.parametrize("channel", ["PJSIP/gs1011-1", "PJSIP/gs101", "SIP/gs101-1", "PJSIP/gs101-mobile-00000001"])
def test_another_phone_is_not_the_agents(told: Told, channel: str) -> None:
    assert "agent" not in alone(told, channel)


def test_an_agent_row_without_a_phone_is_nobodys_name(told: Told) -> None:
    told.channel("-1", room=ROOM)
    assert find_parties(session(told, extension=None)).agent is None


@pytest.mark.parametrize(
    ("extension", "channel"),
    [
        ("PJSIP/gs101-mobile", "PJSIP/gs101-mobile-00000001"),
        ("Local/7275551212@default", "Local/7275551212@default-00000001;1"),
        ("Local/7275551212@default/n", "Local/7275551212@default-00000001;1"),
    ],
)
def test_a_phone_is_all_of_its_name_but_the_number_at_the_end(told: Told, extension: str, channel: str) -> None:
    told.channel(channel, room=ROOM)
    assert roles(find_parties(session(told, extension=extension))) == {"agent": channel}


def test_a_second_phone_of_the_agent_is_somebody_else(told: Told) -> None:
    told.channel("PJSIP/gs101-1", room=ROOM)
    told.channel("PJSIP/gs101-2", CALL, room=ROOM)
    assert roles(find_parties(session(told))) == {"agent": "PJSIP/gs101-1", "customer": "PJSIP/gs101-2"}


@pytest.mark.parametrize("exten", [ROOM, f"6{ROOM}", f"3{ROOM}", f"2{ROOM}"])
def test_another_leg_of_the_agents_phone_is_nobody(told: Told, exten: str) -> None:
    """Whichever came first: the leg that the agent's own call brought is the agent."""
    told.channel("PJSIP/gs101-1", room=ROOM, Exten=exten)
    told.channel("PJSIP/gs101-2", AGENT_CALL, room=ROOM, Exten=f"2{ROOM}")
    agent = "PJSIP/gs101-1" if exten.startswith("2") else "PJSIP/gs101-2"
    assert roles(find_parties(session(told))) == {"agent": agent}


@pytest.mark.parametrize("first", [True, False])
def test_the_agents_own_phone_goes_before_a_colleague_by_the_same_way(told: Told, first: bool) -> None:
    names = ["PJSIP/colleague-1", "PJSIP/gs101-1"]
    for channel in names if first else reversed(names):
        told.channel(channel, room=ROOM, Exten=f"2{ROOM}")
    assert roles(find_parties(session(told))) == {"agent": "PJSIP/gs101-1"}


@pytest.mark.parametrize("exten", [f"6{ROOM}", f"3{ROOM}"])
@pytest.mark.parametrize("caller", ["", "boss", THIRD])
def test_a_supervisor_is_nobody_of_the_call(told: Told, exten: str, caller: str) -> None:
    assert alone(told, "PJSIP/boss-1", caller, Exten=exten) == {}


def test_who_joins_behind_a_supervisor_is_somebody(told: Told) -> None:
    told.channel("PJSIP/boss-1", room=ROOM, Exten=f"3{ROOM}")
    told.channel("PJSIP/c-1", CALL, room=ROOM)
    told.pair("1@default-1", FAR, THIRD)
    assert roles(find_parties(session(told))) == {"customer": "PJSIP/c-1", "third": FAR}


# ---- the customer


@pytest.mark.parametrize("caller", [CALL, f"{CALL} 7275551212"])
@pytest.mark.parametrize("header", ["CallerIDName", "ConnectedLineName"])
def test_who_bears_the_call_id_is_the_customer(told: Told, header: str, caller: str) -> None:
    assert alone(told, "PJSIP/trunk-1", **{header: caller}) == {"customer": "PJSIP/trunk-1"}


def test_an_id_of_a_form_that_nobody_knows_counts_where_it_is_the_agent_rows(told: Told) -> None:
    told.channel("PJSIP/trunk-1", "odd-id", room=ROOM)
    assert roles(find_parties(session(told, callerid="odd-id"))) == {"customer": "PJSIP/trunk-1"}


@pytest.mark.parametrize("callerid", ["", None])
def test_an_agent_without_a_call_has_no_customer(told: Told, callerid: str | None) -> None:
    told.channel("PJSIP/a-1", room=ROOM)
    told.channel("PJSIP/b-1", STRANGER, room=ROOM)
    found = roles(find_parties(session(told, callerid=callerid)))
    assert found == {"others": ["PJSIP/a-1", "PJSIP/b-1"]}


@pytest.mark.parametrize("where", ["agent", "call"])
@pytest.mark.parametrize("local", [False, True], ids=["the member", "its far end"])
def test_a_channel_that_a_row_names_is_the_customers(told: Told, where: str, local: bool) -> None:
    if local:
        told.pair("8600051@default-1", FAR, member=2)
    else:
        told.channel(FAR, room=ROOM)
    told.channel("PJSIP/b-1", STRANGER, room=ROOM)
    call = row(AutoCall, channel=FAR if where == "call" else "")
    found = find_parties(session(told, call=call, channel=FAR if where == "agent" else None))
    assert name(found.customer) == FAR
    assert found.customer is not None
    assert found.customer.member == told.link.state.room(ROOM)[0]


def test_a_customer_dialled_by_hand_is_acted_on_at_its_far_end(told: Told) -> None:
    member = told.pair("7275551212@default-1", FAR, CALL, member=2)
    found = find_parties(session(told))
    assert roles(found) == {"customer": FAR}
    assert found.customer is not None
    assert found.customer.member is not None
    assert found.customer.member.name == member


def test_a_customer_dialled_by_hand_that_has_not_answered_rings(told: Told) -> None:
    told.channel("Local/9600051@default-1;2", CALL, room=ROOM, linked="call")
    told.channel("Local/9600051@default-1;1", CALL, linked="call")
    told.channel(FAR, CALL, linked="call", ChannelStateDesc="Ringing")
    told.channel("PJSIP/elsewhere-1", linked="another call", ChannelStateDesc="Ringing")
    assert roles(find_parties(session(told))) == {"customer ringing": "Local/9600051@default-1;2"}


def test_a_customer_dialled_by_hand_may_be_a_dialplan_that_answered(told: Told) -> None:
    told.channel("Local/9600051@default-1;2", CALL, room=ROOM, linked="call")
    told.channel("Local/9600051@default-1;1", CALL, linked="call")
    told.channel("PJSIP/elsewhere-1", linked="another call", ChannelStateDesc="Ringing")
    assert roles(find_parties(session(told))) == {"customer": "Local/9600051@default-1;2"}


def test_the_first_to_join_of_two_with_the_call_id_is_the_customer(told: Told) -> None:
    told.channel("PJSIP/a-1", CALL, room=ROOM)
    told.channel("PJSIP/b-1", CALL, room=ROOM)
    assert roles(find_parties(session(told))) == {"customer": "PJSIP/a-1", "others": ["PJSIP/b-1"]}


# ---- the third party


@pytest.mark.parametrize("kind", ["DC", "DV", "DO"])
def test_who_bears_an_id_for_the_agents_lead_is_the_third_party(told: Told, kind: str) -> None:
    assert alone(told, "Local/7275551212@default-1;1", f"{kind}{THIRD[2:]}") == {"third": FAR}
    third = find_parties(session(told, Told("10.0.0.2"))).third
    assert third is not None
    assert third.link is told.link  # it is always on the agent's server


def test_whose_far_end_bears_it_is_the_third_party(told: Told) -> None:
    told.channel("PJSIP/one-1", room=ROOM)
    told.channel("PJSIP/two-1", room=ROOM)
    told.channel("Local/x@default-1;1", room=ROOM, linked="call")
    told.channel("Local/x@default-1;2", linked="call")
    told.channel(FAR, THIRD, linked="call")
    told.bridge("Local/x@default-1;2", FAR)
    assert roles(find_parties(session(told))) == {"third": FAR, "others": ["PJSIP/one-1", "PJSIP/two-1"]}


def test_an_id_for_another_lead_is_nobodys_here(told: Told) -> None:
    told.channel("PJSIP/a-1", OTHER_LEAD, room=ROOM)
    told.channel("PJSIP/b-1", OTHER_LEAD, room=ROOM)
    assert roles(find_parties(session(told))) == {"others": ["PJSIP/a-1", "PJSIP/b-1"]}


def test_a_third_party_that_nobody_has_answered_rings(told: Told) -> None:
    told.channel("Local/7275551212@default-1;1", THIRD, room=ROOM)
    told.channel("Local/7275551212@default-1;2", THIRD, ChannelStateDesc="Ring")
    assert roles(find_parties(session(told))) == {"third ringing": "Local/7275551212@default-1;1"}


@pytest.mark.parametrize("behind", ["nothing", "a phone that rings"])
def test_a_dialplan_that_has_answered_is_the_third_party(told: Told, behind: str) -> None:
    """An IVR, or a dialplan that looks for somebody after its answer: commands act on the room's member."""
    told.channel("Local/7700@default-1;1", THIRD, room=ROOM, linked="call")
    told.channel("Local/7700@default-1;2", THIRD, linked="call")
    if behind != "nothing":
        told.channel(FAR, linked="call", ChannelStateDesc="Ringing")
    assert roles(find_parties(session(told))) == {"third": "Local/7700@default-1;1"}
    assert [name(party) for party in find_parties(session(told)).talking()] == ["Local/7700@default-1;1"]


def test_a_third_party_that_telectl_dialled_is_known_without_its_name(told: Told) -> None:
    told.channel("PJSIP/x-1", "Sarah", room=ROOM, linked="1700000000.123456t")
    dialled = {"1700000000.123456t": THIRD}
    found = find_parties(session(told, third_calls=dialled))
    assert roles(found) == {"third": "PJSIP/x-1"}
    assert found.third is not None
    assert third_party_id(found.third, session(told, third_calls=dialled)) == THIRD
    assert third_party_id(found.third, session(told)) == ""
    assert roles(find_parties(session(told))) == {"others": ["PJSIP/x-1"]}


def test_of_two_that_ring_the_first_is_meant(told: Told) -> None:
    for number in (1, 2):
        told.channel(f"Local/{number}@default-1;1", THIRD, room=ROOM)
    assert roles(find_parties(session(told))) == {"third ringing": "Local/1@default-1;1"}


def test_of_two_third_parties_the_newest_is_meant(told: Told) -> None:
    first = told.pair("1@default-1", "PJSIP/first-1", THIRD)
    told.pair("2@default-1", "PJSIP/second-1", THIRD)
    assert roles(find_parties(session(told))) == {"third": "PJSIP/second-1", "others": [first]}


def test_a_customers_channel_is_the_customers_also_with_a_third_partys_id(told: Told) -> None:
    told.channel(FAR, THIRD, room=ROOM)
    assert roles(find_parties(session(told, channel=FAR))) == {"customer": FAR}


# ---- others


def test_an_unknown_is_no_third_party_though_it_be_the_only_one(told: Told) -> None:
    told.channel("PJSIP/gs101-1", room=ROOM)
    told.channel("PJSIP/c-1", CALL, room=ROOM)
    told.channel("PJSIP/x-1", STRANGER, room=ROOM)
    found = {"agent": "PJSIP/gs101-1", "customer": "PJSIP/c-1"}
    assert roles(find_parties(session(told))) == {**found, "others": ["PJSIP/x-1"]}
    told.channel("PJSIP/y-1", room=ROOM)
    assert roles(find_parties(session(told))) == {**found, "others": ["PJSIP/x-1", "PJSIP/y-1"]}


@pytest.mark.parametrize("answered", [True, False])
def test_beside_a_third_party_an_unknown_is_none(told: Told, answered: bool) -> None:
    if answered:
        told.pair("1@default-1", FAR, THIRD)
    else:
        told.channel("Local/1@default-1;1", THIRD, room=ROOM)
    told.channel("PJSIP/x-1", STRANGER, room=ROOM)
    third = {"third": FAR} if answered else {"third ringing": "Local/1@default-1;1"}
    assert roles(find_parties(session(told))) == {**third, "others": ["PJSIP/x-1"]}


def test_who_is_in_another_room_is_not_here(told: Told) -> None:
    told.channel("PJSIP/gs101-1", room="9600052")
    told.channel("PJSIP/x-1", THIRD, room="9600052")
    assert roles(find_parties(session(told))) == {}


# ---- the customer who is not in the room


@pytest.mark.parametrize("where", ["call", "agent", "parked"])
def test_a_customer_elsewhere_is_found_by_the_channel_that_a_row_names(told: Told, where: str) -> None:
    told.channel(FAR, CALL)
    rows = {
        "call": row(AutoCall, channel=FAR if where == "call" else None),
        "parked": row(ParkedChannel, channel=FAR) if where == "parked" else None,
    }
    found = find_parties(session(told, channel=FAR if where == "agent" else "", **rows))  # type: ignore[arg-type]
    assert roles(found) == {"customer": FAR}
    assert found.customer is not None
    assert found.customer.member is None


@pytest.mark.parametrize("caller", ["", STRANGER])
def test_a_channel_of_that_name_that_bears_another_id_is_somebody_elses(told: Told, caller: str) -> None:
    told.channel(FAR, caller, uniqueid="1.1")
    call = row(AutoCall, channel=FAR, uniqueid="1.1")
    assert roles(find_parties(session(told, channel=FAR, call=call))) == {}


def test_a_customer_elsewhere_is_found_by_its_uniqueid_and_id_together(told: Told) -> None:
    told.channel("PJSIP/decoy-1", CALL, uniqueid="1.2")
    told.channel("Local/x@default-1;1", CALL, uniqueid="1.3")
    told.channel(FAR, CALL, uniqueid="1.4")
    assert roles(find_parties(session(told, call=row(AutoCall, uniqueid="1.4")))) == {"customer": FAR}
    assert roles(find_parties(session(told, call=row(AutoCall, uniqueid="1.3")))) == {}  # a Local channel is nobody
    assert roles(find_parties(session(told, call=row(AutoCall, uniqueid="")))) == {}  # never by the id alone
    assert roles(find_parties(session(told))) == {}


def test_on_another_server_the_customer_is_the_channel_there(told: Told) -> None:
    there = Told("10.0.0.2")
    told.channel("IAX2/10.0.0.2-1", CALL, room=ROOM)
    there.channel(FAR, CALL)
    found = find_parties(session(told, there, call=row(AutoCall, channel=FAR)))
    assert found.customer is not None
    assert (found.customer.channel.name, found.customer.link) == (FAR, there.link)
    assert found.customer.member is not None
    assert found.customer.member.name == "IAX2/10.0.0.2-1"


def test_while_the_other_server_does_not_know_the_customer_its_leg_here_is_meant(told: Told) -> None:
    told.channel("IAX2/10.0.0.2-1", CALL, room=ROOM)
    found = find_parties(session(told, Told("10.0.0.2"), call=row(AutoCall, channel=FAR)))
    assert found.customer is not None
    assert (found.customer.channel.name, found.customer.link) == ("IAX2/10.0.0.2-1", told.link)


# ---- far ends


def test_a_channel_that_is_no_local_one_is_its_own_far_end(told: Told) -> None:
    told.channel(FAR)
    channel = told.link.state.channel(FAR)
    assert channel is not None
    assert far_end(told.link.state, channel) is channel


@pytest.mark.parametrize(("pairs", "found"), [(1, True), (5, True), (6, False)])
def test_a_far_end_lies_at_most_five_pairs_away(told: Told, pairs: int, found: bool) -> None:
    for number in range(pairs):
        told.channel(f"Local/{number}@d-1;1", linked="call")
        told.channel(f"Local/{number}@d-1;2", linked="call")
        if number:
            told.bridge(f"Local/{number - 1}@d-1;2", f"Local/{number}@d-1;1")
    told.channel(FAR, linked="call")
    told.bridge(f"Local/{pairs - 1}@d-1;2", FAR)
    near = told.link.state.channel("Local/0@d-1;1")
    assert near is not None
    far = far_end(told.link.state, near)
    assert (far is not None and far.name == FAR) is found


def test_a_circle_of_pairs_has_no_far_end(told: Told) -> None:
    for name_ in ("a", "b"):
        for half in (1, 2):
            told.channel(f"Local/{name_};{half}", linked="call")
    told.bridge("Local/a;2", "Local/b;1")
    told.bridge("Local/b;2", "Local/a;1")
    near = told.link.state.channel("Local/a;1")
    assert near is not None
    assert far_end(told.link.state, near) is None


def test_beyond_a_loop_begins_another_call(told: Told) -> None:
    told.channel("Local/a;1", linked="call")
    told.channel("Local/a;2", linked="call")
    told.channel("IAX2/loop-1", linked="another call")
    told.bridge("Local/a;2", "IAX2/loop-1")
    near = told.link.state.channel("Local/a;1")
    assert near is not None
    assert far_end(told.link.state, near) is None
    told.channel(FAR, linked="call")
    told.bridge("Local/a;2", "IAX2/loop-1", FAR)  # of three in a bridge, who is of this call
    far = far_end(told.link.state, near)
    assert far is not None
    assert far.name == FAR


# ---- a third party on its way, and how many there are


@pytest.mark.parametrize(
    ("channel", "caller", "room", "found"),
    [
        ("Local/1@default-1;1", THIRD, "", True),
        ("Local/1@default-1;2", THIRD, "", False),
        ("PJSIP/x;1", THIRD, "", False),
        ("Local/1@default-1;1", OTHER_LEAD, "", False),
        ("Local/1@default-1;1", CALL, "", False),
        ("Local/1@default-1;1", THIRD, ROOM, False),
    ],
)
def test_a_third_party_on_its_way_is_the_near_half_of_its_pair(
    told: Told,
    channel: str,
    caller: str,
    room: str,
    found: bool,
) -> None:
    told.channel(channel, caller, room=room)
    on_its_way = third_on_its_way(session(told))
    assert (on_its_way is not None and on_its_way.name == channel) is found


def test_third_parties_are_counted_in_the_room_else_on_their_way(told: Told) -> None:
    assert count_third_parties(session(told)) == 0
    told.channel("Local/1@default-1;1", THIRD)
    assert count_third_parties(session(told)) == 1
    told.channel("Local/2@default-1;1", THIRD, room=ROOM)
    told.channel("Local/3@default-1;1", THIRD, room=ROOM)
    told.channel("PJSIP/x-1", OTHER_LEAD, room=ROOM)
    assert count_third_parties(session(told)) == 2


# ---- who talks, and the call's uniqueid


def test_who_is_parked_or_rings_does_not_talk(told: Told) -> None:
    told.channel("PJSIP/c-1", CALL, room=ROOM)
    told.channel("PJSIP/t-1", THIRD, room=ROOM)
    assert [name(party) for party in find_parties(session(told)).talking()] == ["PJSIP/c-1", "PJSIP/t-1"]
    told.channel("PJSIP/t-1", THIRD, room=ROOM, ChannelStateDesc="Ringing")
    assert [name(party) for party in find_parties(session(told)).talking()] == ["PJSIP/c-1"]
    elsewhere = Told()
    elsewhere.channel("PJSIP/c-1", CALL)
    assert find_parties(session(elsewhere, channel="PJSIP/c-1")).talking() == []


@pytest.mark.parametrize(
    ("of_agent", "call", "used"),
    [("1.1", "1.2", "1.1"), ("", "1.2", "1.2"), (None, "", "1.3"), ("", None, "1.3"), ("", "no row", "1.3")],
)
def test_the_logs_know_a_call_by_the_agent_rows_uniqueid_first(
    told: Told, of_agent: str | None, call: str | None, used: str
) -> None:
    told.channel("PJSIP/c-1", CALL, room=ROOM, uniqueid="1.3")
    made = session(told, uniqueid=of_agent, call=None if call == "no row" else row(AutoCall, uniqueid=call))
    customer = find_parties(made).customer
    assert customer is not None
    assert uniqueid_of(made, customer) == used
