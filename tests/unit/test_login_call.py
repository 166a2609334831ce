from telectl.calls.login_call import LoginCall

STORED = (
    "||2026-11-01 08:00:00|NEW|N|127.10.10.15||Originate|S2611010800008600051|Channel: SIP/cc100|Context: default"
    '|Exten: 8600051|Priority: 1|Callerid: "S2611010800008600051" <7275551212>|||||'
)


def test_the_queue_row_is_the_stored_call_into_the_present_room() -> None:
    row = LoginCall.parse(STORED).queue_row("8600099")
    assert tuple(row) == LoginCall.COLUMNS
    assert row["cmd_line_d"] == "Exten: 8600099"
    assert row["action"] == "Originate"
    assert row["callerid"] == "S2611010800008600051"
    assert row["cmd_line_k"] == ""


def test_rooms_of_other_lengths_stay_as_they_were_at_the_login() -> None:
    row = LoginCall.parse(STORED.replace("8600051|Priority", "29600051|Priority")).queue_row("9600099")
    assert row["cmd_line_d"] == "Exten: 29600051"


def test_headers_are_found_by_name() -> None:
    call = LoginCall.parse(STORED)
    assert call.header("channel") == "SIP/cc100"
    assert call.header("Context") == "default"
    assert call.header("Timeout") == ""


def test_a_short_or_long_text_still_gives_every_column() -> None:
    assert set(LoginCall.parse("junk").queue_row("1").values()) == {""}
    assert len(LoginCall.parse("|" * 40).queue_row("1")) == len(LoginCall.COLUMNS)
