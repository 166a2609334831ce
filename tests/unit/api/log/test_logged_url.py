"""What the log keeps of a request: known parameters, no password in any spelling, at most 4 KB."""

from __future__ import annotations

from itertools import product
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telectl.api.log.logged_url import LONGEST, MASK, hides_password, logged
from telectl.parameters import CLEANING

PLAIN = [b"", b"6666", b"PAUSE", b"pass", b"a compass", b"bypass it", b"pass me the salt", b"=", b"a=b", b"p.a.s.s="]
HIDING = [
    *(b"6666;pass=x", b"6666;PASS=x", b"user_pass = x", b"pass:x", b"<pass>x</pass>", b"pwd=x", b"my secret: x"),
    *(b'{"password": "x"}', b"<password type='t'>x", b"pass" + b"w" * 24 + b"=x", b"pass pass=x", b"xpass=", b"pass=="),
]


@pytest.mark.parametrize("value", PLAIN)
def test_a_plain_value_hides_nothing(value: bytes) -> None:
    assert not hides_password(value)
    assert not hides_password(quote(value).encode())


@pytest.mark.parametrize("value", HIDING)
@pytest.mark.parametrize("times", range(4))
def test_a_value_that_names_a_password_does_however_often_it_is_encoded(value: bytes, times: int) -> None:
    encoded = value
    for _ in range(times):
        encoded = quote(encoded, safe="").encode()
    assert hides_password(encoded)
    assert logged([("user", encoded)], []) == f"user={MASK}"
    assert logged([], [("user", encoded)]) == f"user={MASK}"


@pytest.mark.parametrize("value", [b"pass" + b"w" * 25 + b"=x", b"pas s=x", b"x=pass"])
def test_a_word_is_a_password_only_where_a_sign_follows_soon(value: bytes) -> None:
    assert not hides_password(value)


def test_the_query_is_logged_as_sent_and_the_form_decoded() -> None:
    assert logged([("value", b"a%2Bb")], []) == "value=a%2Bb"
    assert logged([], [("value", b"a+b")]) == "value=a+b"
    assert logged([("user", b"1"), ("user", b"2")], []) == "user=1&user=2"


def test_a_request_with_both_says_so_between_them() -> None:
    assert logged([("user", b"1")], [("value", b"2")]) == "user=1&GET-AND-POST=Y&value=2"
    assert logged([("user", b"1"), ("x", b"1")], []) == "user=1"
    assert logged([("x", b"1")], [("value", b"2")]) == "value=2"
    assert logged([("user", b"1")], [("x", b"2")]) == "user=1"
    assert logged([], []) == ""


@pytest.mark.parametrize("name", ["pwd", "PASS", "Pass", "password", "x_pass", "", "credential", "pass "])
def test_a_parameter_that_is_not_known_is_left_out_name_and_value(name: str) -> None:
    assert logged([(name, b"canary"), ("user", b"1")], [(name, b"canary")]) == "user=1"


def test_the_password_is_masked_whatever_it_is() -> None:
    for value in (b"canary", b"", b"a%20b"):
        assert logged([("pass", value)], []) == f"pass={MASK}"


def test_quotes_and_what_ends_a_statement_do_not_get_into_the_log() -> None:
    assert logged([("value", b"a'b\"c\\d;e")], []) == "value=abcde"


def test_the_whole_is_cut() -> None:
    assert len(logged([("comments", b"x" * 100_000)], [])) == LONGEST
    many = [("comments", b"x" * 1000)] * 100
    assert len(logged(many, many)) == LONGEST
    assert logged([("user", b"1"), ("comments", b"x" * 5000), ("value", b"2")], [])[:16] == "user=1&comments="


NAMES = st.sampled_from([*sorted(CLEANING), "pwd", "x"])
VALUES = st.binary(max_size=40) | st.sampled_from([*PLAIN, *HIDING])


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8), st.lists(st.tuples(NAMES, VALUES), max_size=8))
def test_of_any_request_known_names_are_kept_in_order(
    query: list[tuple[str, bytes]], form: list[tuple[str, bytes]]
) -> None:
    found = logged(query, form)
    names = [name for name, _ in (*query, *form) if name in CLEANING]
    assert len(found) <= LONGEST
    assert not set(found) & set("'\"\\;")
    for name, value in (*query, *form):
        if name == "pass" and value:
            assert f"pass={MASK}" in found
    assert found.count("=") >= len(names)


def test_no_pair_of_word_and_sign_is_forgotten() -> None:
    for word, sign, between in product((b"pass", b"pwd", b"secret"), (b"=", b":", b">"), (b"", b" ", b"word")):
        assert hides_password(b"x" + word + between + sign + b"y")
