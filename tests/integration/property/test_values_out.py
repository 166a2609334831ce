"""Any text in any row or parameter: what leaves telectl is still the one record that it was meant to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telectl.asterisk import CallerId, Hangup, Originate, Redirect
from telectl.calls.dial_parts import Part, dialled
from telectl.calls.failures import NOT_ALLOWED, NOT_DIALLABLE, CallFailure, Failure
from telectl.calls.flags import Flag
from telectl.calls.login_call import LoginCall
from telectl.calls.manager_queue import queue_lines
from telectl.calls.transfer.command import Transfer, TransferCommand
from telectl.calls.transfer.dial_strings import number_to_dial, remote_extension
from telectl.database.call_rows import Campaign
from telectl.database.leads import Lead
from telectl.errors import UnsafeValue
from telectl.functions.common.replies import Refusal, Reply, Result, success

EVIL = st.sampled_from(
    [
        *(
            "7@trunkinbound/n",
            "7@x",
            "7/n",
            "1*admin*6666*",
            "8301,1",
            "7&8",
            "(8301)",
            "7 8",
            "${EXTEN}",
            "7;8",
            "a|b",
        ),
        *(
            'Tom "T" <5551>',
            "5551> <",
            "a!b",
            "a---b",
            "a-",
            "-a",
            "a\r\nAction: Logoff",
            "a\nb",
            "a\0b",
            "\u2028SUCCESS: x",
        ),
        *("\x85SUCCESS: x", "\x0bSUCCESS: x", "é", "²", "٣", "/.*/", "\\", "x" * 300),
    ]
)
T = TypeVar("T")
ANY = EVIL | st.text(max_size=30) | st.text("0123456789*#+-_.ab@/!|,", max_size=12)


def made(make: Callable[[], str]) -> str | Failure:
    """What was made, or why it was refused."""
    try:
        return make()
    except CallFailure as failure:
        return failure.failure


def row(kind: type[T], **columns: object) -> T:
    """A row whose other columns are empty."""
    names = (column.name for column in fields(cast("Any", kind)))
    return kind(**{**dict.fromkeys(names, ""), **columns})


@given(number=ANY, prefix=ANY, code=ANY)
def test_a_number_is_dialled_in_the_context_that_telectl_chose(number: str, prefix: str, code: str) -> None:
    command = TransferCommand(Transfer.BLIND_TRANSFER, phone_number=number)
    extension = made(lambda: number_to_dial(command, row(Campaign, dial_prefix=prefix), row(Lead, phone_code=code)))
    if isinstance(extension, Failure):
        assert extension.what == NOT_DIALLABLE
        assert extension.fields[0] in {"number", "dial prefix", "phone code"}
        return
    assert not set(extension) & set("@/,&;|!()<>\"'\\ ${}\r\n\0")


@given(ANY, ANY, ANY, ANY)
def test_no_field_of_an_ingroups_extension_is_two(ingroup: str, number: str, agent: str, wanted: str) -> None:
    extension = made(lambda: remote_extension(ingroup, 402028, number, agent, wanted))
    if isinstance(extension, Failure):
        assert extension.what == NOT_DIALLABLE
        return
    assert extension.split("*") == ["90009", ingroup, "", "402028", "", number, agent, wanted, ""]
    assert not set(extension) & set("@/,&;|!()<>\"'\\ ${}\r\n\0")


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


@given(
    st.lists(st.tuples(st.sampled_from(["Channel", "Context", "Exten", "CallerID", "Application"]), ANY), max_size=4)
)
def test_a_queued_action_has_the_headers_that_it_was_given(headers: list[tuple[str, str]]) -> None:
    try:
        lines = queue_lines(headers)
    except UnsafeValue:
        return
    told = [line for line in lines.values() if line]
    assert told == [f"{name}: {value}" for name, value in headers]
    assert not any(char in line for line in told for char in "\r\n\0")
    assert "Application" not in dict(headers)
    assert len("".join(told)) < 1024


def test_a_pattern_hangs_up_nobody_through_the_queue_either() -> None:
    with pytest.raises(UnsafeValue):
        queue_lines([("Channel", "/.*/")])
    with pytest.raises(UnsafeValue):
        list(Hangup("/.*/").headers())


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


@given(flag=st.sampled_from([Flag.DIAL, Flag.STATUS, Flag.TRANSFER]), values=st.lists(ANY, min_size=4, max_size=4))
def test_a_flag_is_read_back_as_the_fields_that_it_was_made_of(flag: Flag, values: list[str]) -> None:
    between = {f"field{place}": value for place, value in enumerate(values)}
    text = made(lambda: flag.record(first="X", **between, last=""))
    if isinstance(text, Failure):
        assert text.what == NOT_ALLOWED
        return
    assert text.split(flag.separator) == ["X", *values, ""]


@given(st.lists(ANY, max_size=4), ANY)
def test_an_answer_is_one_line_with_as_many_fields_as_it_has(texts: list[str], translated: str) -> None:
    reply = success("x", *texts, data=texts)
    (line,) = reply.lines(lambda text: text)
    assert line.splitlines() == [line]
    assert len(line.split("|")) == max(len(texts), 1)
    assert len(reply.data.split("|")) == max(len(texts), 1)
    (line,) = reply.lines(lambda _: translated)
    assert line.splitlines() == [line]


@given(ANY)
def test_a_line_that_is_written_whole_is_one_line_too(text: str) -> None:
    for reply in (Reply(Result.NOTICE, text, text=text), Refusal(text, text=text).reply):
        assert "".join(reply.lines(lambda word: word)).splitlines() in ([], reply.lines(lambda word: word))
