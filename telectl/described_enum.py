"""Words of the API that say what they ask for, which the reference prints."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class DescribedEnum(StrEnum):
    """A word with its meaning, which the reference prints."""

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Self:
        """Make the word."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.meaning = meaning
        return word
