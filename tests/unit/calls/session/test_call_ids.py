"""The ids by which a call is followed (call-control.md section 1.1)."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telectl.asterisk import Channel
from telectl.calls.session.call_ids import (
    bears,
    call_id,
    calls_into,
    is_agent_call,
    is_of_the_page,
    new_channel_id,
    third_party_call_id,
    third_party_lead,
    third_party_pattern,
)
from telectl.database import Instant

LETTERS = [f"{letter}1123000000000001002" for letter in "MVYJ"]
THIRDS = [f"D{letter}449600W0000001002W" for letter in "CVO"]
AGENTS = ["S2611230800009600051", "ACagcW1234567890", "ACagcW"]
NONE = [
    *("", "X1123000000000001002", "V112300000000000100", "V11230000000000010021", "V112300000000000100x"),
    *("v1123000000000001002", "xV1123000000000001002", "D1449600W0000001002W", "DC44960W0000001002W"),
    *("DC449600W000000100W", "DC449600W0000001002", "DC449600X0000001002W", "DX449600W0000001002W"),
    *("DC449600W0000001002Wx", "S261123080000960005", "S26112308000096000511", "acagcW1", "Agent"),
    "V\u0661123000000000001002",  # a digit, but none that a program of VICIdial's writes
]


def channel(caller: str = "", connected: str = "") -> Channel:
    return Channel("PJSIP/x-1", "1.1", caller_id_name=caller, connected_name=connected)


@pytest.mark.parametrize("identity", [*LETTERS, *THIRDS, *AGENTS])
def test_an_id_is_the_caller_id_name_up_to_its_first_blank_else_the_connected_name(identity: str) -> None:
    other = LETTERS[0] if identity != LETTERS[0] else LETTERS[1]
    assert call_id(channel(identity)) == identity
    assert call_id(channel(f"{identity} 7275551212 x")) == identity
    assert call_id(channel("Anna", identity)) == identity
    assert call_id(channel("", f"{identity} x")) == identity
    assert call_id(channel(identity, other)) == identity
    assert call_id(channel(f" {identity}")) == ""


@pytest.mark.parametrize("name", NONE[:-1])
def test_what_is_no_id_is_none(name: str) -> None:
    assert call_id(channel(name)) == ""
    assert call_id(channel(name, name)) == ""


@pytest.mark.parametrize(
    ("caller", "connected", "found"),
    [
        ("odd", "", True),
        ("odd 727", "", True),
        ("", "odd", True),
        ("x", "odd y", True),
        ("odder", "", False),
        ("od", "", False),
        ("x odd", "", False),
        ("ODD", "", False),
        ("", "", False),
    ],
)
def test_who_bears_an_id_of_any_form_bears_exactly_it(caller: str, connected: str, found: bool) -> None:
    assert bears(channel(caller, connected), "odd") is found


def test_nobody_bears_no_id() -> None:
    assert not bears(channel("", ""), "")
    assert not bears(channel("x", ""), "")


@pytest.mark.parametrize("identity", THIRDS)
def test_a_third_partys_id_has_its_lead(identity: str) -> None:
    assert third_party_lead(identity) == 1002


@pytest.mark.parametrize("identity", [*LETTERS, *AGENTS, *NONE])
def test_no_other_id_has_one(identity: str) -> None:
    assert third_party_lead(identity) is None


def test_the_call_to_an_agents_phone_is_known_by_its_id() -> None:
    assert [identity for identity in [*LETTERS, *THIRDS, *AGENTS, *NONE] if is_agent_call(identity)] == AGENTS


def test_the_call_to_an_agents_phone_tells_into_which_room_or_that_the_page_made_it() -> None:
    into = [identity for identity in [*LETTERS, *THIRDS, *AGENTS, *NONE] if calls_into(channel(identity), "9600051")]
    assert into == [AGENTS[0]]
    assert not calls_into(channel(AGENTS[0]), "9600052")
    assert calls_into(channel("", AGENTS[0]), "9600051")
    page = [identity for identity in [*LETTERS, *THIRDS, *AGENTS, *NONE] if is_of_the_page(channel(identity))]
    assert page == AGENTS[1:]


@given(st.integers(0, 2**33), st.integers(0, 10**10 - 1))
def test_a_third_partys_id_that_telectl_makes_is_one_and_is_found_by_its_pattern(epoch: int, lead: int) -> None:
    made = third_party_call_id(Instant(epoch, datetime(2026, 1, 1)), lead)  # noqa: DTZ001 - a wall clock's
    assert third_party_lead(made) == lead
    assert len(made) == 20
    like = third_party_pattern(lead)
    assert len(like) == len(made)
    assert all(wanted in ("_", got) for wanted, got in zip(like, made, strict=True))
    assert like.count("_") == 6
    assert made[2:8] == f"{epoch:06d}"[-6:]


def test_a_channel_id_is_new_each_time_and_fits_its_column() -> None:
    instant = Instant(1_793_000_000, datetime(2026, 1, 1))  # noqa: DTZ001
    made = {new_channel_id(instant) for _ in range(50)}
    assert len(made) > 40
    for one in made:
        assert one.startswith("1793000000.")
        assert one.endswith("t")
        assert len(one) == 18
