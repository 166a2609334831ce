"""What a server refuses without a fault of ours, by number and text."""

from __future__ import annotations

from collections import Counter

from telectl.database.troubles import NOT_INSTALLED, TROUBLES, trouble_of


def test_no_number_means_two_things() -> None:
    numbers = Counter(number for trouble in (*TROUBLES, NOT_INSTALLED) for number in trouble.numbers)
    assert [number for number, times in numbers.items() if times > 1] == []


def test_an_engines_own_number_in_a_text_is_read() -> None:
    def words(number: int, text: str) -> str:
        found = trouble_of(number, text)
        return found.words if found else ""

    assert words(1030, 'Got error 28 "No space left on device" from storage engine Aria') == "database disk is full"
    assert words(1026, "Error writing file './x/y.MYD' (Errcode: 28 \"No space left\")") == "database disk is full"
    assert words(1030, "Got error 145 'Table was marked as crashed' from MyISAM") == "database table is damaged"
    assert words(1030, "Got error 168 'Unknown (generic) error' from ENGINE") == "database storage failed"
    assert words(1064, "You have an error 28 in your syntax") == ""
