import pytest
from hypothesis import given
from texts import ANY

from telectl.calls.dial_parts import Part, dialled
from telectl.calls.failures import CallFailure
from telectl.calls.login_call import LoginCall
from telectl.database.manager_queue import COLUMNS
from telectl.errors import UnsafeValue

STORED = (
    "||2026-11-01 08:00:00|NEW|N|127.10.10.15||Originate|S2611010800008600051|Channel: SIP/cc100|Context: default"
    '|Exten: 8600051|Priority: 1|Callerid: "S2611010800008600051" <7275551212>|||||'
)


def test_the_queue_row_is_the_stored_call_into_the_present_room() -> None:
    row = LoginCall.parse(STORED).queue_row("8600099")
    assert tuple(row) == COLUMNS
    assert row["cmd_line_d"] == "Exten: 8600099"
    assert row["action"] == "Originate"
    assert row["callerid"] == "S2611010800008600051"
    assert row["cmd_line_f"] == 'Callerid: "S2611010800008600051" <7275551212>'
    assert row["cmd_line_k"] == ""


def test_rooms_of_other_lengths_stay_as_they_were_at_the_login() -> None:
    row = LoginCall.parse(STORED.replace("8600051|Priority", "29600051|Priority")).queue_row("9600099")
    assert row["cmd_line_d"] == "Exten: 29600051"


def test_headers_are_found_by_name() -> None:
    call = LoginCall.parse(STORED)
    assert call.header("channel") == "SIP/cc100"
    assert call.header("Context") == "default"
    assert call.header("Timeout") == ""


@pytest.mark.parametrize("phone", ["PJSIP/gs101", "Local/5551212@default", "IAX2/cc-1.a", "DAHDI/25"])
def test_every_kind_of_phone_is_called(phone: str) -> None:
    assert LoginCall.parse(STORED.replace("SIP/cc100", phone)).queue_row("8600099")["cmd_line_b"] == f"Channel: {phone}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SIP/cc100", "SIP/cc100\r\nApplication: System\r\nData: touch x"),
        ("SIP/cc100", "SIP/cc100\nAction: Command"),
        ("SIP/cc100", "Local/7@trunkinbound/n@default"),
        ("SIP/cc100", "SIP/cc100|Application: System|Data: touch x"),
        ("Context: default", "Application: System"),
        ("Context: default", "Context: de,fault"),
        ("Exten: 8600051", "Exten: 8600051@other"),
        ("Priority: 1", "Priority: n(label)"),
        ("Callerid: ", "Variable: "),
        ("Originate", "Command"),
        ("|||||", "||||||||Data: x"),
        (STORED, "junk"),
    ],
)
def test_a_stored_text_that_is_more_than_a_call_is_not_queued(before: str, after: str) -> None:
    with pytest.raises((UnsafeValue, CallFailure)):
        LoginCall.parse(STORED.replace(before, after)).queue_row("8600099")


@pytest.mark.parametrize("column", ['Tom "T" <5551', "727 555 1212", "5551> <1"])
def test_a_free_text_as_the_campaigns_number_leaves_the_calls_id(column: str) -> None:
    row = LoginCall.parse(STORED.replace("7275551212", column)).queue_row("8600099")
    assert row["cmd_line_f"] == 'Callerid: "S2611010800008600051" <>'


@given(phone=ANY, context=ANY, number=ANY)
def test_a_stored_call_is_queued_as_a_call_of_a_phone_or_not_at_all(phone: str, context: str, number: str) -> None:
    text = (
        f"||2026-11-01 08:00:00|NEW|N|127.0.0.1||Originate|S2611010800008600051|Channel: {phone}|Context: {context}"
        f'|Exten: 8600051|Priority: 1|Callerid: "S2611010800008600051" <{number}>|||||'
    )
    try:
        row = LoginCall.parse(text).queue_row("8600099")
    except (UnsafeValue, CallFailure):
        return
    assert row["cmd_line_b"] == f"Channel: {dialled(Part.PHONE, phone)}"
    assert row["cmd_line_c"] == f"Context: {dialled(Part.CONTEXT, context)}"
    assert row["cmd_line_d"] == "Exten: 8600099"
    assert row["cmd_line_f"] in (
        f'Callerid: "S2611010800008600051" <{number if number.lstrip("+").isdecimal() else ""}>',
        'Callerid: "S2611010800008600051" <>',
    )
    assert not any(row[line] for line in ("cmd_line_g", "cmd_line_h", "cmd_line_i", "cmd_line_j", "cmd_line_k"))
