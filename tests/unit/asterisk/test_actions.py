"""The actions: what each looks like as it is sent, and what none of them sends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from texts import ANY

from telectl.asterisk import (
    Action,
    CallerId,
    ConfbridgeList,
    ConfbridgeListRooms,
    ControlPlayback,
    CoreShowChannels,
    GetVar,
    Hangup,
    ListCommands,
    MeetmeList,
    Originate,
    Ping,
    PlayDtmf,
    Redirect,
    ShowDialplan,
)
from telectl.asterisk.actions import Challenge, ChallengedLogin, Login
from telectl.asterisk.values import LONGEST_LINE
from telectl.errors import UnsafeValue

SENT: list[tuple[Action, list[str]]] = [
    (Challenge(), ["Action: Challenge", "ActionID: r/1", "AuthType: MD5"]),
    (
        Login("u", "system,call", "s"),
        ["Action: Login", "ActionID: r/1", "Events: system,call", "Secret: s", "Username: u"],
    ),
    (
        ChallengedLogin("u", "off", "k"),
        ["Action: Login", "ActionID: r/1", "AuthType: MD5", "Events: off", "Key: k", "Username: u"],
    ),
    (Ping(), ["Action: Ping", "ActionID: r/1"]),
    (
        Originate("PJSIP/gs101", "default", "8600051"),
        [
            "Action: Originate",
            "ActionID: r/1",
            "Async: true",
            "Channel: PJSIP/gs101",
            "Context: default",
            "Exten: 8600051",
            "Priority: 1",
            "Timeout: 30000",
        ],
    ),
    (
        Originate(
            "Local/9@default",
            "default",
            "8600051",
            caller_id=CallerId("V1 x", "777"),
            timeout_ms=20_000,
            variables={"A": "1,2", "B": 'q"\\', "C": ""},
            account="acc",
            channel_id="c1",
            other_channel_id="c12",
        ),
        [
            "Account: acc",
            "Action: Originate",
            "ActionID: r/1",
            "Async: true",
            'CallerID: "V1 x" <777>',
            "Channel: Local/9@default",
            "ChannelId: c1",
            "Context: default",
            "Exten: 8600051",
            "OtherChannelId: c12",
            "Priority: 1",
            "Timeout: 20000",
            r"Variable: A=1\,2",
            r"Variable: B=q\"\\",
            "Variable: C=",
        ],
    ),
    (
        Redirect("PJSIP/a-1", "default", "8301"),
        ["Action: Redirect", "ActionID: r/1", "Channel: PJSIP/a-1", "Context: default", "Exten: 8301", "Priority: 1"],
    ),
    (Hangup("PJSIP/a-1"), ["Action: Hangup", "ActionID: r/1", "Channel: PJSIP/a-1"]),
    (PlayDtmf("PJSIP/a-1", "5"), ["Action: PlayDTMF", "ActionID: r/1", "Channel: PJSIP/a-1", "Digit: 5"]),
    (
        PlayDtmf("PJSIP/a-1", "#", 0),
        ["Action: PlayDTMF", "ActionID: r/1", "Channel: PJSIP/a-1", "Digit: #", "Duration: 0"],
    ),
    (
        ControlPlayback("PJSIP/a-1", "pause"),
        ["Action: ControlPlayback", "ActionID: r/1", "Channel: PJSIP/a-1", "Control: pause"],
    ),
    (GetVar("PJSIP/a-1", "EXTEN"), ["Action: Getvar", "ActionID: r/1", "Channel: PJSIP/a-1", "Variable: EXTEN"]),
    (
        ShowDialplan("default", "8301"),
        ["Action: ShowDialPlan", "ActionID: r/1", "Context: default", "Extension: 8301"],
    ),
    (CoreShowChannels(), ["Action: CoreShowChannels", "ActionID: r/1"]),
    (ConfbridgeListRooms(), ["Action: ConfbridgeListRooms", "ActionID: r/1"]),
    (ConfbridgeList("9600051"), ["Action: ConfbridgeList", "ActionID: r/1", "Conference: 9600051"]),
    (MeetmeList(), ["Action: MeetmeList", "ActionID: r/1"]),
    (ListCommands(), ["Action: ListCommands", "ActionID: r/1"]),
]


@pytest.mark.parametrize(("action", "lines"), SENT, ids=lambda value: getattr(value, "name", ""))
async def test_an_action_is_sent_as_asterisk_reads_it(action: Action, lines: list[str]) -> None:
    assert action.encode("r/1").decode().split("\r\n") == [*lines, "", ""]


def test_every_action_is_in_the_table() -> None:
    assert {type(action).__name__ for action, _ in SENT} == {kind.__name__ for kind in Action.__subclasses__()}


EVIL = ["a\r\nAction: Logoff", "a\nb", "a\0b", "a\x1bb", "a\x7fb", "\ud800", "x" * 2000]


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("field", ["channel", "context", "exten", "account", "channel_id", "other_channel_id"])
async def test_no_field_of_an_action_carries_what_must_not_travel(field: str, evil: str) -> None:
    fields: dict[str, Any] = {"channel": "PJSIP/a", "context": "default", "exten": "1", field: evil}
    with pytest.raises(UnsafeValue):
        Originate(**fields).encode("r/1")


@pytest.mark.parametrize("evil", EVIL)
async def test_no_caller_id_or_variable_carries_it_either(evil: str) -> None:
    for caller_id in (CallerId(evil), CallerId("a", evil)):
        with pytest.raises(UnsafeValue):
            Originate("a", "default", "1", caller_id=caller_id).encode("r/1")
    for variables in ({"A": evil}, {evil: "A"}):
        with pytest.raises(UnsafeValue):
            Originate("a", "default", "1", variables=variables).encode("r/1")


async def test_an_action_id_is_a_value_too() -> None:
    with pytest.raises(UnsafeValue, match="ActionID"):
        Ping().encode("a\r\nAction: Logoff")


@pytest.mark.parametrize(
    "action", [Hangup("/.*/"), Redirect("/.*/", "default", "1"), PlayDtmf("/.*/", "1"), GetVar("/.*/", "EXTEN")]
)
async def test_no_action_is_for_a_pattern_of_channels(action: Action) -> None:
    with pytest.raises(UnsafeValue, match="a pattern in Channel"):
        action.encode("r/1")


@pytest.mark.parametrize("place", ["", "a/b", "1@default", "a b", "1&2", "1,1", "${EXTEN}"])
async def test_a_context_or_extension_is_one(place: str) -> None:
    for action in (
        Redirect("a", "default", place),
        Redirect("a", place, "1"),
        Originate("a", place, "1"),
        Originate("a", "default", place),
        ShowDialplan(place, "1"),
        ShowDialplan("default", place),
    ):
        with pytest.raises(UnsafeValue, match="no extension or context"):
            action.encode("r/1")


async def test_a_line_may_be_as_long_as_asterisk_takes_it() -> None:
    longest = "x" * (LONGEST_LINE - len("Variable: "))
    assert longest.encode() in GetVar("a", longest).encode("r/1")
    with pytest.raises(UnsafeValue, match="longer than 1024 bytes"):
        GetVar("a", f"{longest}x").encode("r/1")


def test_no_secret_is_shown() -> None:
    assert "canary" not in repr((Login("u", "off", "canary"), ChallengedLogin("u", "off", "canary")))


@given(name=ANY, number=ANY)
def test_a_caller_id_is_read_back_as_name_and_number(name: str, number: str) -> None:
    try:
        shown = dict(Originate("PJSIP/a", "default", "1", caller_id=CallerId(name, number)).headers())["CallerID"]
    except UnsafeValue:
        return
    quoted, _, rest = shown.removeprefix('"').partition('"')
    assert (quoted, rest) == (name, f" <{number}>")
    assert set(number) <= set("0123456789ABCD+*#,")


@given(context=ANY, exten=ANY)
def test_a_redirect_goes_nowhere_else(context: str, exten: str) -> None:
    try:
        headers = dict(Redirect("PJSIP/a-1", context, exten).headers())
    except UnsafeValue:
        return
    assert (headers["Exten"], headers["Context"]) == (exten, context)
    assert "/" not in exten + context
    assert "@" not in exten + context
