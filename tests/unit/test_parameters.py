"""What survives of each parameter: single cases, and the cleaning table stated a second time, by itself.

In the words of the specification: `L` a letter, `D` a digit, `A` a letter of A-Z and a-z, `U` one of A-Z; `+>` says
that a plus becomes a blank. What stands in `TABLE` is not read by telectl, and reads nothing of it.
"""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from telectl.parameters import CLEANING, RELOADS, Parameters, clean, digits_of, narrowed


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


@pytest.mark.parametrize("name", RELOADS)
def test_a_reload_is_known_in_any_case_and_nothing_else_is(name: str) -> None:
    assert dict(clean({name.upper(): b"x-1!", name.title(): b"2"}, non_latin=False)) == {name: "2"}
    assert dict(clean({"VALUE": b"1", "Value": b"2"}, non_latin=False)) == {}


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("(727) 555-1212", "7275551212"),
        ("+49 30/123", "4930123"),
        ("", ""),
        (None, ""),
        ("\u0661x\ud800", ""),
        ("1\u00b22", "12"),
    ],
)
def test_the_digits_of_a_number_as_people_write_it(text: str | None, digits: str) -> None:
    assert digits_of(text) == digits


def test_a_name_longer_than_its_column_is_cut_and_stays_nobodys() -> None:
    assert cleaned("user", b"6" * 2**16) == "6" * 21
    assert cleaned("alt_user", b"x" * 2**16) == "x" * 101


TABLE = r"""
LD-_            user agent_user function focus preview search status dial_ingroup cid_choice outbound_cid recipient
LD-.+/=_        pass
LD-_|           value
LD              alt_user group_alias dial_prefix source format text_color middle_initial
LD -._          +> notes callback_comments
LD -:._         +> callback_datetime
LD-._           qm_dispo_code
U               vtiger_callback blended set_as_default dial_override consultative callback_type country_code gender
UD              alt_dial
LD -_           +> ingroup_choices
DX              phone_code
D*#             phone_number
D               lead_id rank text_size duration maxParticleCount particleSpeed
D-_.            gmt_offset_now
D-              date_of_birth
all but ;#      +> vendor_id vendor_lead_code source_id comments notification_text
LD '-_.         title
LD '-._         +> first_name last_name alt_phone province
LD '-.:/@_      +> address1 address2 address3 city security_phrase owner
LD '-.:/@_%     +> email
LD -            state
LD -            +> postal_code
all but '"\;    stage
all but         request_id
LD -.:|_        agent_debug
L_              recipient_type
YNyn            notification_retry show_confetti
D :-            notification_date
L ,-            text_font
L,              text_weight
D,              multi_dial_phones
AD              md_check tw_check
AD-_            close_window_link dnc_check campaign_dnc_check
"""
WORDS_ONLY = {  # our own: a word, or sent at all
    *("language", "formreload", "scriptreload", "script2reload", "emailreload", "chatreload", "callbacksreload"),
}
CUT = {  # to one character more than the column has: nobody's name stays nobody's
    **dict.fromkeys(("user", "agent_user", "recipient", "dial_ingroup", "source"), 21),
    "group_alias": 31,
    "function": 51,
    "alt_user": 101,
}
NARROWER = {"external_dial": "D", "preview_dial_action": "UD", "change_ingroups": "U"}


def rules() -> dict[str, tuple[str, bool]]:
    """Read the table: what each parameter keeps, and whether a plus becomes a blank."""
    found = {}
    for line in TABLE.strip().splitlines():
        kept, names = line[:16].rstrip(), line[16:].split()
        for name in names:
            if name != "+>":
                found[name] = (kept, names[0] == "+>")
    return found


def by_hand(name: str, raw: bytes, *, any_letter: bool) -> str:
    """Clean a value as the specification tells it."""
    kept, blank = rules().get(name, ("LD-_", False))
    if kept.startswith("all but"):
        text = raw.decode("utf-8", "replace")
        text = "".join(char for char in text if char not in kept.removeprefix("all but").strip())
    else:
        text = as_text(raw, whole="L" in kept and any_letter)
        text = "".join(char for char in text if (char == "+" and blank) or is_kept(char, kept, any_letter=any_letter))
    return (text.replace("+", " ") if blank else text)[: CUT.get(name)]


def as_text(raw: bytes, *, whole: bool) -> str:
    """Without letters of every alphabet, bytes beyond ASCII vanish; with them, a value is UTF-8 or it is nothing."""
    if not whole:
        return bytes(byte for byte in raw if byte < 128).decode()
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return ""


def is_kept(char: str, kept: str, *, any_letter: bool) -> bool:
    capital, small = "A" <= char <= "Z", "a" <= char <= "z"
    letter = unicodedata.category(char).startswith("L") if any_letter else capital or small
    classes, others = kept[: len(kept) - len(kept.lstrip("LDAU"))], kept.lstrip("LDAU")
    return (
        ("L" in classes and letter)
        or ("A" in classes and (capital or small))
        or ("U" in classes and capital)
        or ("D" in classes and "0" <= char <= "9")
        or char in others
    )


SENT = st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
SENT |= st.text(alphabet="aZ9 +-_.:/@%'\"\\;#*|,=XYNn\xe9\u0416\u0661\u02b0\xb2\r\n\0", max_size=30).map(str.encode)


def test_both_tables_have_the_same_parameters() -> None:
    assert rules().keys() | WORDS_ONLY == CLEANING.keys()


def test_nothing_that_ends_a_line_or_a_quote_survives_outside_free_text() -> None:
    kept = {name: kept for name, (kept, _) in rules().items() if not kept.startswith("all but")}
    assert [name for name in kept if set(kept[name]) & set('\r\n\0"\\;`')] == []


@pytest.mark.parametrize("name", sorted(CLEANING))
@settings(max_examples=25)  # of each
@given(raw=SENT, any_letter=st.booleans())
@example(raw=b"\xff", any_letter=True)
@example(raw=b"x" * 200, any_letter=False)
@example(raw="\U00020000\U0001e140\U0001d7d9\U00010107".encode(), any_letter=True)
@example(raw="\u0416\u0661\u02b0\xb2".encode(), any_letter=True)
def test_what_is_kept_of_any_bytes(name: str, raw: bytes, any_letter: bool) -> None:
    assert clean({name: raw}, non_latin=any_letter)[name] == by_hand(name, raw, any_letter=any_letter)


@given(raw=SENT, any_letter=st.booleans())
def test_send_dtmf_keeps_star_and_pound_too(raw: bytes, any_letter: bool) -> None:
    kept = "LD-_|*#"
    text = as_text(raw, whole=any_letter)
    wanted = "".join(char for char in text if is_kept(char, kept, any_letter=any_letter))
    assert clean({"function": b"send_dtmf", "value": raw}, non_latin=any_letter)["value"] == wanted


@pytest.mark.parametrize("function", NARROWER)
@given(raw=SENT | st.just(b"MANUALNEXT"), any_letter=st.booleans())
def test_functions_that_keep_less_of_their_value_do_so_last(function: str, raw: bytes, any_letter: bool) -> None:
    sent: Parameters = clean({"function": function.encode(), "value": raw}, non_latin=any_letter)
    as_sent = by_hand("value", raw, any_letter=any_letter)
    assert sent["value"] == as_sent
    wanted = "".join(char for char in as_sent if is_kept(char, NARROWER[function], any_letter=False))
    if function == "external_dial" and as_sent == "MANUALNEXT":
        wanted = as_sent
    assert narrowed(function, sent["value"]) == wanted
