import pytest
from hypothesis import given
from hypothesis import strategies as st

from telectl.parameters import CLEANING, clean, narrowed


def cleaned(name: str, raw: bytes, *, non_latin: bool = False, function: str = "") -> str:
    return clean({"function": function.encode(), name: raw}, non_latin=non_latin)[name]


@pytest.mark.parametrize(
    ("name", "raw", "kept"),
    [
        ("user", b"ap'i\"us;er\\ x", "apiuserx"),
        ("pass", b"a-b.c+d/e=f_g h", "a-b.c+d/e=f_gh"),
        ("value", b"A|b-1_2 3!", "A|b-1_23"),
        ("alt_user", b"CRM_10 02", "CRM1002"),
        ("callback_datetime", b"2012-01-25+12:00:00", "2012-01-25 12:00:00"),
        ("blended", b"YesYES", "YYES"),
        ("alt_dial", b"alt2ALT", "2ALT"),
        ("phone_code", b"X1a2", "X12"),
        ("phone_number", b"+1 (727)*#5", "1727*#5"),
        ("comments", b"it's; a <b>#1\\", "it's a <b>1\\"),
        ("first_name", b"O'Brien+Jr.", "O'Brien Jr."),
        ("email", b"a_b%c@d.e;", "a_b%c@d.e"),
        ("postal_code", b"12'3+4", "123 4"),
        ("stage", b"a'b\"c\\d;e f/", "abcde f/"),
        ("notification_retry", b"yesNO", "yN"),
        ("notification_date", b"2026-11-01+10:00", "2026-11-0110:00"),
        ("multi_dial_phones", b"1,2 3", "1,23"),
    ],
)
def test_each_parameter_keeps_its_characters(name: str, raw: bytes, kept: str) -> None:
    assert cleaned(name, raw) == kept


def test_letters_of_any_alphabet_survive_only_where_the_system_says_so() -> None:
    raw = "Müller Ж".encode()
    assert cleaned("first_name", raw) == "Mller "
    assert cleaned("first_name", raw, non_latin=True) == "Müller Ж"


def test_invalid_utf8_empties_a_letter_parameter_and_drops_bytes_elsewhere() -> None:
    assert cleaned("first_name", b"a\xff\xfeb", non_latin=True) == ""
    assert cleaned("first_name", b"a\xff\xfeb") == "ab"


@pytest.mark.parametrize(
    ("function", "raw", "kept"),
    [
        ("external_dial", b"MANUALNEXT", "MANUALNEXT"),
        ("external_dial", b"727-555x1212", "7275551212"),
        ("preview_dial_action", b"skip-ADR3DIAL", "ADR3DIAL"),
        ("change_ingroups", b"ADD1_x", "ADD"),
        ("send_dtmf", b"12*#PSQ ", "12*#PSQ"),
        ("external_hangup", b"1*#", "1"),
    ],
)
def test_value_means_something_narrower_to_some_functions(function: str, raw: bytes, kept: str) -> None:
    assert narrowed(function, cleaned("value", raw, function=function)) == kept


@pytest.mark.parametrize("function", ["external_dial", "preview_dial_action", "change_ingroups"])
def test_a_request_that_never_reaches_its_function_has_its_value_as_sent(function: str) -> None:
    assert cleaned("value", b"pre-727_A", function=function) == "pre-727_A"


def test_unknown_parameters_are_ignored_and_missing_ones_are_empty_but_not_sent() -> None:
    parameters = clean({"DB": b"1", "email": b""}, non_latin=False)
    assert dict(parameters) == {"email": ""}
    assert parameters["state"] == ""
    assert parameters.sent("email")
    assert not parameters.sent("state")


def test_a_name_longer_than_its_column_is_cut_and_stays_nobodys() -> None:
    assert cleaned("user", b"6" * 2**16) == "6" * 21
    assert cleaned("alt_user", b"x" * 2**16) == "x" * 101


@given(st.sampled_from(sorted(CLEANING)), st.binary(max_size=200), st.just(0) | st.just(1))
def test_any_bytes_are_cleaned_and_nothing_that_ends_a_line_survives_outside_free_text(
    name: str, raw: bytes, non_latin: int
) -> None:
    kept = clean({name: raw}, non_latin=bool(non_latin))[name]
    if CLEANING[name].drop is None:
        assert not set(kept) & set('\r\n\0"\\;`')
