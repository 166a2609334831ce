"""Reads scenarios from YAML. Every word is text; a key, role or placeholder that does not exist is an error."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.scenarios.model import (
    CHANNEL_FACTS,
    GIVEN,
    KNOWN,
    LEARNT,
    OTHERS,
    PLACEHOLDER,
    ROLES,
    SILENCE,
    VOICES,
    WILD,
    WITH_WORDS,
    Ask,
    CallIs,
    Deed,
    Digits,
    Does,
    EventComes,
    Expected,
    Given,
    Hears,
    Later,
    Row,
    RowsAre,
    Scenario,
    Sets,
    Step,
)

FOLDER = Path(__file__).parents[2] / "scenarios"


class ScenarioError(Exception):
    """A scenario cannot be read. The text is one line that names the file, the scenario and what is wrong."""


class _Text(yaml.SafeLoader):
    """YAML in which every word is text (YES, 0600 and null too), and a key may stand once only."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the library's way; only the merge key << is left of it
        "<": [pair for pair in yaml.SafeLoader.yaml_implicit_resolvers["<"] if pair[0].endswith(":merge")]
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        keys = [key.value for key, _ in node.value if key.value != "<<"]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"'{twice}' stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def load(folder: Path = FOLDER) -> list[Scenario]:
    """Read all scenarios of a folder.

    Raises:
        ScenarioError: one of them cannot be read, or two have the same name.
    """
    found: dict[str, Scenario] = {}
    for path in sorted(folder.glob("*.yaml")):
        for scenario in load_file(path):
            if scenario.name in found:
                raise ScenarioError(f"{scenario}: {found[scenario.name].file} has a scenario of this name, too")
            found[scenario.name] = scenario
    if not found:
        raise ScenarioError(f"there are no scenarios in {folder.name}")
    return list(found.values())


def load_file(path: Path) -> list[Scenario]:
    """Read the scenarios of one file.

    Raises:
        ScenarioError: see above.
    """
    where = _Place(path.name)
    try:
        content = yaml.load(path.read_text(), _Text)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ScenarioError(f"{path.name}{line}: {error.problem}") from None
    file = where.mapping(content, ("about", "words", "scenarios"), needed=("scenarios",))
    return [_scenario(path.name, one) for one in where.items(file["scenarios"])]


def _scenario(file: str, content: object) -> Scenario:
    name = content.get("name") if isinstance(content, dict) else None
    where = _Place(file, name if isinstance(name, str) else "a scenario without a name")
    found = where.mapping(content, ("name", "given", "steps", "events", "never", "rows"), needed=("name", "steps"))
    steps = tuple(
        _step(where.at(f"step {number}"), one) for number, one in enumerate(where.items(found["steps"]), start=1)
    )
    if not steps:
        raise where.error("a story needs steps")
    return Scenario(
        file,
        str(found["name"]),
        _given(where.at("given"), found.get("given", {})),
        steps,
        tuple(_event(where.at("events"), one) for one in where.items(found.get("events", []))),
        tuple(_event(where.at("never"), one) for one in where.items(found.get("never", []))),
        RowsAre(_tables(where.at("rows"), found["rows"])) if "rows" in found else None,
    )


def _given(where: _Place, content: object) -> Given:
    found = where.mapping(content, (*GIVEN, "settings"))
    chosen = {
        key.replace(" ", "_"): where.one_of(value, GIVEN[key], key) for key, value in found.items() if key in GIVEN
    }
    return Given(**chosen, settings=_settings(where, found.get("settings", {})))


# ---- steps


def _step(where: _Place, content: object) -> Step:
    found = where.mapping(content)
    verb = next(iter(found), "")
    if verb in ROLES:
        where.mapping(found, (verb,))
        return _does(where, verb, found[verb])
    if verb not in _STEPS:
        raise where.unknown(verb, (*_STEPS, *ROLES), "step")
    if verb != "ask":
        where.mapping(found, (verb,))
    return _STEPS[verb](where, found)


def _ask(where: _Place, found: Mapping[str, object]) -> Ask:
    where.mapping(found, ("ask", "with", "answer"), needed=("answer",))
    return Ask(where.text(found["ask"]), _texts(where, found.get("with", {})), where.text(found["answer"]))


def _does(where: _Place, role: str, content: object) -> Does:
    sentence = where.text(content)
    for deed in Deed:
        if deed in WITH_WORDS and sentence.startswith(f"{deed.value} "):
            return Does(role, deed, sentence.removeprefix(f"{deed.value} "))
        if deed not in WITH_WORDS and sentence == deed.value:
            return Does(role, deed)
    raise where.unknown(sentence, [deed.value + (" ..." if deed in WITH_WORDS else "") for deed in Deed], "deed")


def _hears(where: _Place, found: Mapping[str, object]) -> Hears:
    who = {}
    for role, sentence in where.mapping(found["hears"], ROLES).items():
        voices = where.text(sentence).split(" and ")
        for voice in voices:
            where.one_of(voice, (*VOICES, SILENCE), "voice")
        who[role] = frozenset() if voices == [SILENCE] else frozenset(voices)
        if SILENCE in who[role]:
            raise where.error("silence is not heard along with something")
    return Hears(who)


def _digits(where: _Place, found: Mapping[str, object]) -> Digits:
    who = {role: where.text(keys) for role, keys in where.mapping(found["digits"], ROLES).items()}
    for keys in who.values():
        if keys != "none" and keys.strip("0123456789*#,ABCD"):
            raise where.error(f"'{keys}' is not digits (a comma is a second of silence), and not none")
    return Digits({role: "" if keys == "none" else keys for role, keys in who.items()})


def _later(where: _Place, found: Mapping[str, object]) -> Later:
    number, _, unit = where.text(found["later"]).partition(" ")
    if unit != "s" or not number.replace(".", "", 1).isdigit():
        raise where.error(f"'{found['later']}' is no time; write it as 3 s")
    return Later(float(number))


def _event_comes(where: _Place, found: Mapping[str, object]) -> EventComes:
    return EventComes(_event(where, found["event"]))


def _rows(where: _Place, found: Mapping[str, object]) -> RowsAre:
    return RowsAre(_tables(where, found["rows"]))


def _call(where: _Place, found: Mapping[str, object]) -> CallIs:
    return CallIs(_texts(where, found["call"]))


def _sets(where: _Place, found: Mapping[str, object]) -> Sets:
    return Sets(_settings(where, found["set"]))


_STEPS: Mapping[str, Callable[[_Place, Mapping[str, object]], Step]] = {
    "ask": _ask,
    "hears": _hears,
    "digits": _digits,
    "later": _later,
    "event": _event_comes,
    "rows": _rows,
    "call": _call,
    "set": _sets,
}


# ---- what several of them hold


def _event(where: _Place, content: object) -> Expected:
    found = where.mapping(content)
    if len(found) != 1:
        raise where.error("an event is one name with its headers, such as: Hangup: {Cause: 16}")
    name, headers = next(iter(found.items()))
    return Expected(name, _texts(where, headers))


def _tables(where: _Place, content: object) -> dict[str, tuple[Row, ...]]:
    return {
        where.text(table): tuple(_texts(where, row) for row in where.items(rows))
        for table, rows in where.mapping(content).items()
    }


def _settings(where: _Place, content: object) -> dict[str, Row]:
    return {table: _texts(where, columns) for table, columns in where.mapping(content).items()}


def _texts(where: _Place, content: object) -> Row:
    return {key: where.text(value) for key, value in where.mapping(content).items()}


class _Place:
    """Where in which file something stands: the first words of an error."""

    def __init__(self, file: str, scenario: str = "", part: str = "") -> None:
        self._file, self._scenario, self._part = file, scenario, part

    def at(self, part: str) -> _Place:
        return _Place(self._file, self._scenario, part)

    def error(self, what: str) -> ScenarioError:
        place = self._file + (f", '{self._scenario}'" if self._scenario else "")
        return ScenarioError(f"{place}{', ' if self._part else ''}{self._part}: {what}")

    def unknown(self, word: str, known: Iterable[str], what: str) -> ScenarioError:
        """Return the error for a word that does not exist, with the one that was meant, or all there are."""
        words = list(known)
        near = difflib.get_close_matches(word, words, 1)
        return self.error(
            f"unknown {what} '{word}'; " + (f"perhaps {near[0]}?" if near else f"know {', '.join(words)}")
        )

    def mapping(
        self, content: object, known: Iterable[str] | None = None, needed: Iterable[str] = ()
    ) -> dict[str, Any]:
        if not isinstance(content, dict):
            raise self.error(f"expected keys with values, found {content!r}")
        for key in content:
            if known is not None and key not in (words := tuple(known)):
                raise self.unknown(key, words, "key")
        missing = next((key for key in needed if key not in content), None)
        if missing is not None:
            raise self.error(f"'{missing}' is missing")
        return content

    def items(self, content: object) -> list[object]:
        if not isinstance(content, list):
            raise self.error(f"expected a list, found {content!r}")
        return content

    def text(self, content: object) -> str:
        if not isinstance(content, str):
            raise self.error(f"expected a word or text, found {content!r}")
        for placeholder in PLACEHOLDER.findall(content):
            if placeholder not in PLACEHOLDERS:
                raise self.unknown(placeholder, PLACEHOLDERS, "placeholder")
        return content

    def one_of(self, content: object, known: Iterable[str], what: str) -> str:
        word = self.text(content)
        if word not in known:
            raise self.unknown(word, known, what)
        return word


PLACEHOLDERS = frozenset(
    {*WILD, *LEARNT, *KNOWN, *(f"{who} {fact}" for who in (*ROLES, *OTHERS) for fact in CHANNEL_FACTS)}
)
