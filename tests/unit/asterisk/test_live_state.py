"""The live state: what events make of channels, rooms and bridges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from telectl.asterisk import LiveState, Message


def channel(name: str, uniqueid: str, **more: str) -> dict[str, str]:
    return {
        "Channel": name,
        "Uniqueid": uniqueid,
        "Linkedid": more.pop("linkedid", uniqueid),
        "ChannelStateDesc": more.pop("state", "Up"),
        "CallerIDName": more.pop("caller", "<unknown>"),
        **more,
    }


def state(*events: dict[str, str]) -> LiveState:
    made = LiveState()
    for event in events:
        made.apply(Message(event))
    return made


def test_a_channel_lives_from_newchannel_to_hangup() -> None:
    made = state({"Event": "Newchannel", **channel("PJSIP/a-1", "1.1", state="Ring", caller="V1 x")})
    found = made.channel("PJSIP/a-1")
    assert found is not None
    assert (found.state, found.caller_id_name, found.connected_name) == ("Ring", "V1 x", "")
    made.apply(Message({"Event": "Newstate", **channel("PJSIP/a-1", "1.1")}))
    assert made.by_uniqueid("1.1") == made.channel("PJSIP/a-1")
    made.apply(Message({"Event": "Hangup", **channel("PJSIP/a-1", "1.1")}))
    assert made.channel("PJSIP/a-1") is None
    assert made.by_uniqueid("1.1") is None


def test_members_stand_in_the_order_in_which_they_joined_and_in_one_room_only() -> None:
    made = state(
        {"Event": "Newchannel", **channel("PJSIP/a-1", "1.1")},
        {"Event": "Newchannel", **channel("PJSIP/b-2", "1.2")},
        {"Event": "ConfbridgeJoin", "Conference": "9600051", **channel("PJSIP/b-2", "1.2")},
        {"Event": "ConfbridgeJoin", "Conference": "9600051", **channel("PJSIP/a-1", "1.1")},
    )
    assert [member.name for member in made.room("9600051")] == ["PJSIP/b-2", "PJSIP/a-1"]
    made.apply(Message({"Event": "ConfbridgeJoin", "Conference": "9600052", **channel("PJSIP/b-2", "1.2")}))
    assert [member.name for member in made.room("9600051")] == ["PJSIP/a-1"]
    assert made.room_of("PJSIP/b-2") == "9600052"
    made.apply(Message({"Event": "Hangup", **channel("PJSIP/b-2", "1.2")}))
    assert made.room("9600052") == ()
    assert made.rooms() == ["9600051"]


def test_meetme_rooms_are_rooms() -> None:
    made = state(
        {"Event": "Newchannel", **channel("SIP/a-1", "1.1")},
        {"Event": "MeetmeJoin", "Meetme": "8600051", **channel("SIP/a-1", "1.1")},
    )
    assert made.room_of("SIP/a-1") == "8600051"
    made.apply(Message({"Event": "MeetmeLeave", "Meetme": "8600051", **channel("SIP/a-1", "1.1")}))
    assert made.room("8600051") == ()


def test_a_hangup_of_an_earlier_channel_of_the_same_name_ends_nothing() -> None:
    made = state(
        {"Event": "Newchannel", **channel("PJSIP/a-1", "1.2")},
        {"Event": "Hangup", **channel("PJSIP/a-1", "1.1")},
    )
    assert made.channel("PJSIP/a-1") is not None


def test_a_renamed_channel_keeps_its_place() -> None:
    made = state(
        {"Event": "Newchannel", **channel("PJSIP/a-1", "1.1")},
        {"Event": "Newchannel", **channel("PJSIP/b-2", "1.2")},
        {"Event": "ConfbridgeJoin", "Conference": "1", **channel("PJSIP/a-1", "1.1")},
        {"Event": "ConfbridgeJoin", "Conference": "1", **channel("PJSIP/b-2", "1.2")},
        {"Event": "Rename", "Channel": "PJSIP/a-1", "Newname": "PJSIP/a-1<MASQ>", "Uniqueid": "1.1"},
    )
    assert [member.name for member in made.room("1")] == ["PJSIP/a-1<MASQ>", "PJSIP/b-2"]
    assert made.channel("PJSIP/a-1") is None


def test_bridge_peers_and_local_halves_lead_to_the_far_end() -> None:
    made = state(
        {"Event": "Newchannel", **channel("Local/1@d-0;1", "1.1")},
        {"Event": "Newchannel", **channel("Local/1@d-0;2", "1.2", linkedid="1.1")},
        {"Event": "Newchannel", **channel("PJSIP/c-3", "1.3", linkedid="1.1")},
        {"Event": "BridgeEnter", "BridgeUniqueid": "b1", **channel("Local/1@d-0;2", "1.2", linkedid="1.1")},
        {"Event": "BridgeEnter", "BridgeUniqueid": "b1", **channel("PJSIP/c-3", "1.3", linkedid="1.1")},
    )
    other = made.local_other_half("Local/1@d-0;1")
    assert other is not None
    assert [peer.name for peer in made.bridge_peers(other.name)] == ["PJSIP/c-3"]
    made.apply(Message({"Event": "BridgeLeave", "BridgeUniqueid": "b1", **channel("PJSIP/c-3", "1.3")}))
    assert made.bridge_peers(other.name) == ()


def test_what_is_not_known_is_empty_not_an_error() -> None:
    made = LiveState()
    assert made.channel("x") is None
    assert made.room("1") == ()
    assert made.room_of("x") == ""
    assert made.bridge_peers("x") == ()
    assert made.local_other_half("PJSIP/a-1") is None
    made.apply(Message({"Event": "Hangup", "Channel": "x", "Uniqueid": "1"}))
    made.apply(Message({"Event": "ConfbridgeJoin", "Conference": "1", "Channel": "ghost", "Uniqueid": "9"}))
    assert made.room("1") == ()


def test_a_name_or_uniqueid_that_comes_again_is_of_the_new_channel_alone() -> None:
    made = state(
        {"Event": "Newchannel", **channel("PJSIP/a-1", "1.1")},
        {"Event": "ConfbridgeJoin", "Conference": "1", **channel("PJSIP/a-1", "1.1")},
        {"Event": "Newchannel", **channel("PJSIP/a-1", "1.2")},  # the hangup of 1.1 was never seen
    )
    assert (made.by_uniqueid("1.1"), made.room("1")) == (None, ())
    made.apply(Message({"Event": "Newchannel", **channel("PJSIP/b-2", "1.2")}))
    assert [known.name for known in made.channels()] == ["PJSIP/b-2"]


def test_a_rename_takes_over_what_had_the_name_and_never_gives_an_empty_one() -> None:
    made = state(
        {"Event": "Newchannel", **channel("PJSIP/a-1", "1.1")},
        {"Event": "Newchannel", **channel("PJSIP/b-2", "1.2")},
        {"Event": "ConfbridgeJoin", "Conference": "1", **channel("PJSIP/a-1", "1.1")},
        {"Event": "ConfbridgeJoin", "Conference": "2", **channel("PJSIP/b-2", "1.2")},
        {"Event": "Rename", "Newname": "PJSIP/b-2", **channel("PJSIP/a-1", "1.1")},
        {"Event": "Rename", "Newname": "", **channel("PJSIP/b-2", "1.1")},
    )
    assert [known.uniqueid for known in made.channels()] == ["1.1"]
    assert (made.by_uniqueid("1.2"), made.room("2")) == (None, ())
    assert [member.uniqueid for member in made.room("1")] == ["1.1"]


def test_a_field_is_kept_to_a_length() -> None:
    made = state({"Event": "Newchannel", **channel("PJSIP/a-1", "1.1", caller="x" * 100_000)})
    found = made.channel("PJSIP/a-1")
    assert found is not None
    assert len(found.caller_id_name) == 256


def test_a_field_that_was_cut_is_still_known_when_it_comes_again() -> None:
    long = "9" * 1000
    made = state(
        {"Event": "Newchannel", **channel("PJSIP/a-1", long)},
        {"Event": "ConfbridgeJoin", "Conference": long, **channel("PJSIP/a-1", long)},
        {"Event": "BridgeEnter", "BridgeUniqueid": long, **channel("PJSIP/a-1", long)},
    )
    made.apply(Message({"Event": "BridgeLeave", "BridgeUniqueid": long, **channel("PJSIP/a-1", long)}))
    made.apply(Message({"Event": "ConfbridgeLeave", "Conference": long, **channel("PJSIP/a-1", long)}))
    assert [(known.bridge_id, made.room_of(known.name)) for known in made.channels()] == [("", "")]
    made.apply(Message({"Event": "Hangup", **channel("PJSIP/a-1", long)}))
    assert made.size == 0


def test_a_room_that_ends_has_no_members() -> None:
    for joined, ended, room in (
        ("ConfbridgeJoin", "ConfbridgeEnd", "Conference"),
        ("MeetmeJoin", "MeetmeEnd", "Meetme"),
    ):
        made = state(
            {"Event": "Newchannel", **channel("PJSIP/a-1", "1.1")},
            {"Event": joined, room: "1", **channel("PJSIP/a-1", "1.1")},
            {"Event": ended, room: "1"},
        )
        assert (made.rooms(), made.room_of("PJSIP/a-1"), made.size) == ([], "", 1)


def test_a_load_that_races_with_calls_ends_right() -> None:
    made = state(
        {"Event": "CoreShowChannel", "BridgeId": "b1", **channel("PJSIP/a-1", "1.1")},
        {"Event": "CoreShowChannel", "BridgeId": "b1", **channel("PJSIP/b-2", "1.2")},
        {"Event": "Hangup", **channel("PJSIP/b-2", "1.2")},  # between two rows of the list of rooms
        {"Event": "ConfbridgeList", "Conference": "1", **channel("PJSIP/b-2", "1.2")},
        {"Event": "ConfbridgeList", "Conference": "1", **channel("PJSIP/a-1", "1.1")},
        {"Event": "ConfbridgeJoin", "Conference": "1", **channel("PJSIP/a-1", "1.1")},
    )
    assert [member.name for member in made.room("1")] == ["PJSIP/a-1"]
    assert made.bridge_peers("PJSIP/a-1") == ()


def test_any_event_that_describes_a_known_channel_brings_it_up_to_date() -> None:
    made = state(
        {"Event": "Newchannel", "BridgeId": "b1", **channel("PJSIP/a-1", "1.1", state="Ring")},
        {"Event": "NewConnectedLine", "ConnectedLineName": "V1 x", "Exten": "8301", **channel("PJSIP/a-1", "1.1")},
        {"Event": "NewCallerid", **channel("PJSIP/b-2", "1.2")},  # nobody told of it: it is no channel yet
        {"Event": "DeviceStateChange", "Channel": "PJSIP/a-1", "Uniqueid": "1.1"},  # does not describe it
    )
    (found,) = made.channels()
    assert (found.state, found.connected_name, found.exten, found.bridge_id) == ("Up", "V1 x", "8301", "b1")


def test_forgetting_empties_the_same_object() -> None:
    made = state(
        {"Event": "Newchannel", **channel("PJSIP/a-1", "1.1")},
        {"Event": "ConfbridgeJoin", "Conference": "1", **channel("PJSIP/a-1", "1.1")},
        {"Event": "BridgeEnter", "BridgeUniqueid": "b1", **channel("PJSIP/a-1", "1.1")},
    )
    made.forget()
    assert (made.size, made.rooms(), made.room_of("PJSIP/a-1"), made.by_uniqueid("1.1")) == (0, [], "", None)
    made.apply(Message({"Event": "Newchannel", **channel("PJSIP/a-1", "1.9")}))
    assert (made.room_of("PJSIP/a-1"), made.bridge_peers("PJSIP/a-1")) == ("", ())


NAMES = """
    Newchannel CoreShowChannel Newstate Rename Hangup BridgeEnter BridgeLeave
    ConfbridgeJoin ConfbridgeLeave ConfbridgeEnd MeetmeList MeetmeLeave MeetmeEnd
"""
EVENTS = st.fixed_dictionaries(
    {
        "Event": st.sampled_from(NAMES.split()),
        "Channel": st.sampled_from(["", "a", "b", "c"]),
        "Newname": st.sampled_from(["", "a", "b", "d"]),
        "Uniqueid": st.sampled_from(["", "1", "2", "3"]),
        "BridgeId": st.sampled_from(["", "x"]),
        "BridgeUniqueid": st.sampled_from(["", "x", "y"]),
        "Conference": st.sampled_from(["", "8", "9"]),
        "Meetme": st.sampled_from(["7", "8"]),
        "ChannelStateDesc": st.just("Up"),
    }
)


@given(st.lists(EVENTS, max_size=20))
def test_whatever_is_told_the_state_agrees_with_itself(events: list[dict[str, str]]) -> None:
    made = state(*events)
    channels = list(made.channels())
    assert len({known.uniqueid for known in channels}) == made.size
    for known in channels:
        assert known.name
        assert made.channel(known.name) is made.by_uniqueid(known.uniqueid) is known
        assert {peer.bridge_id for peer in made.bridge_peers(known.name)} <= {known.bridge_id}
        others = {other.name for other in channels if other.bridge_id and other.bridge_id == known.bridge_id}
        assert {peer.name for peer in made.bridge_peers(known.name)} == others - {known.name}
        assert (made.room_of(known.name) == "") == all(known not in made.room(room) for room in made.rooms())
    for room in made.rooms():
        assert made.room(room)
        assert {made.room_of(member.name) for member in made.room(room)} == {room}
