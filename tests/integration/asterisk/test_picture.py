"""The live state: what events make of channels, rooms and bridges."""

from __future__ import annotations

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
