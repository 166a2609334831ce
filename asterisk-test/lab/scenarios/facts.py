"""Placeholders: what they stand for in this run of a scenario, and how a text fits one that has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from lab.scenarios.model import ANY, EMPTY, LEARNT, NOW, NULL, PLACEHOLDER, WILD

JUST_NOW = timedelta(seconds=60)
"""How far a time may lie off to be called now."""

Learnt = Mapping[str, str]


class Facts:
    """What is known so far, and what is learnt on the way."""

    def __init__(self, known: Mapping[str, str], find: Callable[[str], str | None]) -> None:
        """Begin.

        Args:
            known: what the scenario begins with.
            find: looks up the facts that change: `customer channel` and its like.
        """
        self._known = dict(known)
        self._find = find

    def __getitem__(self, name: str) -> str | None:
        return self._known.get(name) or self._find(name)

    def learn(self, learnt: Learnt) -> None:
        """Keep what an expectation that was met has taught."""
        self._known.update(learnt)

    def text(self, template: str) -> str:
        """Return a text with all that is known filled in; what is not stays a placeholder."""
        return PLACEHOLDER.sub(lambda found: self[found[1]] or found[0], template)

    def match(self, template: str, text: str) -> Learnt | None:
        """Compare a text with a template; give what it taught, or None when it does not fit."""
        pattern, last = "", 0
        groups: dict[str, str] = {}
        for found in PLACEHOLDER.finditer(template):
            pattern += re.escape(template[last : found.start()])
            last, name = found.end(), found[1]
            known = self[name]
            if known is not None:
                pattern += re.escape(known)
            elif name in groups.values():
                pattern += f"(?P={next(group for group, of in groups.items() if of == name)})"
            elif name in LEARNT:
                groups[f"g{len(groups)}"] = name
                pattern += f"(?P<g{len(groups) - 1}>{LEARNT[name]})"
            else:
                pattern += WILD.get(name, "(?!)")  # a channel that is not there fits nothing
        fits = re.fullmatch(pattern + re.escape(template[last:]), text, re.DOTALL)
        return {groups[group]: value for group, value in fits.groupdict().items()} if fits else None

    def match_value(self, template: str, value: object) -> Learnt | None:
        """Compare a column's value with what a row must have there."""
        if template in _WORDS:
            return {} if _WORDS[template](value) else None
        return None if value is None else self.match(template, in_words(value))

    def match_row(self, row: Mapping[str, str], there: Mapping[str, object]) -> Learnt | None:
        """Compare the named columns of a row; give what they taught, or None when one does not fit."""
        learnt: dict[str, str] = {}
        for column, template in row.items():
            taught = self.match_value(template, there.get(column))
            if taught is None:
                return None
            learnt |= taught
        return learnt


def in_words(value: object) -> str:
    """Return a value as a scenario writes it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return NULL if value is None else str(value)


def _is_now(value: object) -> bool:
    if isinstance(value, datetime):
        return abs(datetime.now() - value) < JUST_NOW  # noqa: DTZ005 - VICIdial's columns hold local time
    if isinstance(value, int | float):
        return abs(datetime.now().timestamp() - value) < JUST_NOW.total_seconds()  # noqa: DTZ005
    return False


_WORDS: Mapping[str, Callable[[object], bool]] = {
    ANY: lambda value: value is not None,
    NULL: lambda value: value is None,
    EMPTY: lambda value: value in (None, ""),
    NOW: _is_now,
}
