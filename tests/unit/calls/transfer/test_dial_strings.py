"""Where calls are sent: each dial string and caller id, and that no text of a row becomes more than its part."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar, cast

from hypothesis import given
from texts import ANY, made

from telectl.calls.failures import CallFailure, Failure
from telectl.calls.transfer.command import Transfer, TransferCommand
from telectl.calls.transfer.dial_strings import number_to_dial, remote_extension
from telectl.database.call_rows import Campaign
from telectl.database.leads import Lead

T = TypeVar("T")


def row(kind: type[T], **columns: object) -> T:
    """A row whose other columns are empty."""
    names = (column.name for column in fields(cast("Any", kind)))
    return kind(**{**dict.fromkeys(names, ""), **columns})


@given(number=ANY, prefix=ANY, code=ANY)
def test_a_number_is_dialled_in_the_context_that_telectl_chose(number: str, prefix: str, code: str) -> None:
    command = TransferCommand(Transfer.BLIND_TRANSFER, phone_number=number)
    extension = made(lambda: number_to_dial(command, row(Campaign, dial_prefix=prefix), row(Lead, phone_code=code)))
    if isinstance(extension, CallFailure):
        assert extension.what == Failure.NOT_DIALLABLE
        assert extension.fields[0] in {"number", "dial prefix", "phone code"}
        return
    assert not set(extension) & set("@/,&;|!()<>\"'\\ ${}\r\n\0")


@given(ANY, ANY, ANY, ANY)
def test_no_field_of_an_ingroups_extension_is_two(ingroup: str, number: str, agent: str, wanted: str) -> None:
    extension = made(lambda: remote_extension(ingroup, 402028, number, agent, wanted))
    if isinstance(extension, CallFailure):
        assert extension.what == Failure.NOT_DIALLABLE
        return
    assert extension.split("*") == ["90009", ingroup, "", "402028", "", number, agent, wanted, ""]
    assert not set(extension) & set("@/,&;|!()<>\"'\\ ${}\r\n\0")
