"""What each part of a dial string may hold (call-control.md section 7.9), stated a second time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import ANY, made

from telectl.calls.dial_parts import Part, dialled
from telectl.calls.failures import CallFailure, Failure

LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
KEPT = {
    Part.NUMBER: DIGITS + "*#",
    Part.PREFIX: LETTERS + DIGITS + "*#+._-",
    Part.PHONE_CODE: DIGITS + "X+",
    Part.CALL_NUMBER: LETTERS + DIGITS + "+._-",
    Part.INGROUP: LETTERS + DIGITS + "_-",
    Part.CAMPAIGN: LETTERS + DIGITS + "_-",
    Part.USER: LETTERS + DIGITS + "_-",
    Part.ROOM: DIGITS,
    Part.ROUTE: DIGITS + "*",
    Part.EXTENSION: LETTERS + DIGITS + "*#+._-",
    Part.CONTEXT: LETTERS + DIGITS + "_.-",
    Part.RECORDING: LETTERS + DIGITS + "_-|",
}
MAY_BE_EMPTY = {Part.NUMBER, Part.PREFIX, Part.PHONE_CODE, Part.CALL_NUMBER, Part.CAMPAIGN, Part.USER}
OF_ANY_ALPHABET = {Part.INGROUP, Part.CAMPAIGN, Part.USER, Part.CONTEXT, Part.RECORDING}


def allowed(part: Part, value: str) -> bool:
    found = made(lambda: dialled(part, value))
    if isinstance(found, CallFailure):
        assert (found.what, found.fields) == (Failure.NOT_DIALLABLE, (part.label,))
        assert found.detail == f"{part.label} {value!a}"
        return False
    assert found == value
    return True


def test_every_part_is_in_the_table() -> None:
    assert set(Part) == {*KEPT, Part.PHONE}


@pytest.mark.parametrize("part", KEPT, ids=lambda part: part.name)
def test_a_part_keeps_its_characters_and_no_other(part: Part) -> None:
    assert allowed(part, KEPT[part])
    others = [chr(code) for code in range(256) if chr(code) not in KEPT[part]]
    letters = {char for char in others if char.isalpha() or char.isdigit() or char.isnumeric()}
    refused = {char for char in others if not allowed(part, f"1{char}1")}
    assert refused >= set(others) - letters
    assert bool(letters - refused) is (part in OF_ANY_ALPHABET)
    assert allowed(part, "") is (part in MAY_BE_EMPTY)
    for char in "\n\r\0":  # a pattern's end would forgive one line break there
        assert not allowed(part, f"1{char}")


@given(part=st.sampled_from(list(Part)), value=ANY)
def test_nothing_that_means_more_in_a_dial_string_passes(part: Part, value: str) -> None:
    if allowed(part, value):
        assert not set(value) & set(",&;!()<>\"'\\ ${}\r\n\0")
        assert part is Part.PHONE or not set(value) & set("@/")


@pytest.mark.parametrize(
    ("phone", "found"),
    [
        ("PJSIP/gs101", True),
        ("SIP/cc-1.a", True),
        ("IAX2/a+b_c", True),
        ("DAHDI/25", True),
        ("Local/5551212@default", True),
        ("local/*72#5551212@default", True),
        ("Local/5551212@default/n", True),
        ("Local/5551212@default/nj", False),
        ("Local/5551212@default/n/n", False),
        ("Local/@default", False),
        ("Local/5@", False),
        ("Local/5@a@b", False),
        ("PJSIP/gs101@default", False),
        ("PJSIP/gs101/n", False),
        ("PJSIP/", False),
        ("/gs101", False),
        ("gs101", False),
        ("", False),
        ("PJSIP/gs101&PJSIP/gs102", False),
        ("PJ-SIP/gs101", False),
        ("PJSIP/gs101\n", False),
    ],
)
def test_a_phone_is_a_technology_and_a_name_or_an_extension_in_a_context(phone: str, found: bool) -> None:
    assert allowed(Part.PHONE, phone) is found
