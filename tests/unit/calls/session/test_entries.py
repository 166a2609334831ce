"""How somebody came into a room, from a channel's name, extension and ids."""

from __future__ import annotations

import pytest

from telectl.asterisk import Channel
from telectl.calls.session.entries import came_as_agent, endpoint, is_of, is_recorder, is_service, is_supervisor

ROOM = "9600051"


def channel(name: str = "PJSIP/x-00000001", exten: str = "", caller: str = "") -> Channel:
    return Channel(name, "1.1", exten=exten, caller_id_name=caller)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("PJSIP/gs101-00000001", "PJSIP/gs101"),
        ("PJSIP/gs101-mobile-00000001", "PJSIP/gs101-mobile"),
        ("Local/8300gs101@default-0000000a;1", "Local/8300gs101@default"),
        ("Local/100@from-internal-0000000a;2", "Local/100@from-internal"),
        ("IAX2/ASTplay-17", "IAX2/ASTplay"),
        ("odd", ""),
    ],
)
def test_an_endpoint_is_all_before_the_last_hyphen(name: str, found: str) -> None:
    assert endpoint(name) == found


@pytest.mark.parametrize("extension", ["", None, "PJSIP", "PJSIP/gs10", "PJSIP/gs1011", "PJSIP/gs101-mobile"])
def test_a_channel_is_of_no_other_phone(extension: str | None) -> None:
    assert not is_of(channel("PJSIP/gs101-00000001"), extension)
    assert not is_of(channel("odd"), extension)


@pytest.mark.parametrize(
    ("prefix", "who"),
    [
        ("", set()),
        ("2", {came_as_agent}),
        ("3", {is_supervisor}),
        ("4", {is_service}),
        ("5", {is_service, is_recorder}),
        ("6", {is_supervisor}),
        ("7", {is_service}),
        ("8", {is_service}),
        ("9", set()),
        ("29", set()),
    ],
)
def test_the_digit_before_the_room_tells(prefix: str, who: set[object]) -> None:
    came = channel(exten=f"{prefix}{ROOM}")
    assert {asks for asks in (came_as_agent, is_supervisor, is_service, is_recorder) if asks(came, ROOM)} == who
    other = channel(exten=f"{prefix}9600052")
    assert not any(asks(other, ROOM) for asks in (came_as_agent, is_supervisor, is_service, is_recorder))


@pytest.mark.parametrize("name", ["CBAnn/9600051-1;1", "CBRec/9600051-1", "IAX2/ASTblind-1", "IAX2/ASTplay-1"])
def test_what_asterisk_and_vicidial_put_there_is_a_service(name: str) -> None:
    assert is_service(channel(name), ROOM)


@pytest.mark.parametrize("name", ["IAX2/ASTplayer-1", "PJSIP/CBAnn-1", f"Local/5{ROOM}55@default-1;1"])
def test_a_name_that_only_begins_so_is_none(name: str) -> None:
    assert not is_service(channel(name), ROOM)


@pytest.mark.parametrize("caller", [f"S261123080000{ROOM}", "ACagcW1234567890"])
def test_a_call_to_an_agents_phone_came_as_an_agent(caller: str) -> None:
    assert came_as_agent(channel(exten=ROOM, caller=caller), ROOM)


@pytest.mark.parametrize("caller", ["Sarah", "S", "S12345", "Sales 7275551212"])
def test_a_caller_whose_name_begins_with_s_did_not(caller: str) -> None:
    assert not came_as_agent(channel(exten=ROOM, caller=caller), ROOM)
