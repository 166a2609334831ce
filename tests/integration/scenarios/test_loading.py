"""What cannot be read is said in one line, with file and scenario; every word of every command has a scenario."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab.scenarios.__main__ import choose
from lab.scenarios.loading import ScenarioError, load, load_file
from lab.scenarios.model import Ask, Hears, Later, Scenario

from telectl.calls.player import Playback
from telectl.calls.remote.command import Stage as RemoteAgentStage
from telectl.functions.registry import FUNCTIONS


def read(path: Path, text: str) -> list[Scenario]:
    file = path / "park.yaml"
    file.write_text(text)
    return load_file(file)


def story(rest: str) -> str:
    return f"scenarios:\n  - name: a story\n{rest}"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("scenario: []", "park.yaml: unknown key 'scenario'; perhaps scenarios?"),
        ("scenarios: 5", "park.yaml: expected a list, found '5'"),
        ("scenarios:\n  - steps: []", "park.yaml, 'a scenario without a name': 'name' is missing"),
        ("scenarios: [", "park.yaml, line 1: expected the node content, but found '<stream end>'"),
        (story("    steps: []"), "park.yaml, 'a story': a story needs steps"),
        (story("    steps: []\n    steps: []"), "park.yaml, line 2: 'steps' stands twice"),
        (
            story("    steps: [{custmer: answers}]"),
            "park.yaml, 'a story', step 1: unknown step 'custmer'; perhaps customer?",
        ),
        (
            story("    steps: [{later: 3 s}, {customer: anwsers}]"),
            "park.yaml, 'a story', step 2: unknown deed 'anwsers'; perhaps answers?",
        ),
        (
            story("    steps: [{hears: {agent: costumer}}]"),
            "park.yaml, 'a story', step 1: unknown voice 'costumer'; perhaps customer?",
        ),
        (
            story("    steps: [{hears: {agent: silence and music}}]"),
            "park.yaml, 'a story', step 1: silence is not heard along with something",
        ),
        (story("    steps: [{ask: park_call}]"), "park.yaml, 'a story', step 1: 'answer' is missing"),
        (
            story("    steps: [{ask: park_call, answer: x, wiht: {}}]"),
            "park.yaml, 'a story', step 1: unknown key 'wiht'; perhaps with?",
        ),
        (
            story("    steps: [{ask: park_call, answer: 'SUCCESS {cal}'}]"),
            "park.yaml, 'a story', step 1: unknown placeholder 'cal'; perhaps call?",
        ),
        (
            story("    given: {call: outbond}\n    steps: [{later: 3 s}]"),
            "park.yaml, 'a story', given: unknown call 'outbond'; perhaps outbound?",
        ),
        (
            story("    steps: [{later: three seconds}]"),
            "park.yaml, 'a story', step 1: 'three seconds' is no time; write it as 3 s",
        ),
        (
            story("    steps: [{digits: {customer: 12x}}]"),
            "park.yaml, 'a story', step 1: '12x' is not digits (a comma is a second of silence), and not none",
        ),
        (
            story("    steps: [{later: 3 s}]\n    events: [{Hangup: {}, Newstate: {}}]"),
            "park.yaml, 'a story', events: an event is one name with its headers, such as: Hangup: {Cause: 16}",
        ),
        (
            story("    steps: [{later: 3 s}]\n    rows: {park_log: PARKED}"),
            "park.yaml, 'a story', rows: expected a list, found 'PARKED'",
        ),
    ],
)
def test_what_is_misspelt_is_said_in_one_line(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        read(tmp_path, text)
    assert str(refused.value) == error


def test_every_word_is_text_and_voices_are_a_set(tmp_path: Path) -> None:
    (scenario,) = read(
        tmp_path,
        story(
            "    steps:\n"
            "      - {ask: send_dtmf, with: {value: 0123, consultative: YES}, answer: no}\n"
            "      - hears: {agent: customer and third party, customer: silence}\n"
            "      - later: 1.5 s"
        ),
    )
    asked, heard, later = scenario.steps
    assert asked == Ask("send_dtmf", {"value": "0123", "consultative": "YES"}, "no")
    assert heard == Hears({"agent": frozenset({"customer", "third party"}), "customer": frozenset()})
    assert later == Later(1.5)


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(story("    steps: [{later: 3 s}]"))
    with pytest.raises(ScenarioError, match=r"b.yaml, 'a story': a.yaml has a scenario of this name, too"):
        load(tmp_path)


def test_one_is_chosen_by_its_name_its_beginning_or_its_file() -> None:
    scenarios = load()
    assert [one.name for one in choose(scenarios, "the customer is parked and taken back")] == [
        "the customer is parked and taken back"
    ]
    assert {one.file for one in choose(scenarios, "park")} == {"park.yaml"}
    assert len(choose(scenarios, "blind transfer")) > 1
    assert choose(scenarios, "") == scenarios
    with pytest.raises(ScenarioError, match="perhaps 'the third party is busy'"):
        choose(scenarios, "the third party is bussy")


def test_every_word_of_every_call_command_has_a_scenario() -> None:
    asked = {
        (step.function, word)
        for scenario in load()
        for step in scenario.steps
        if isinstance(step, Ask) and ("SUCCESS" in step.answer or step.parameters.get("value") == "CCC_REMOTE")
        for word in step.parameters.values()
    }
    words = {
        (function.name, value.value)
        for function in FUNCTIONS.values()
        if function.over_ami
        for value in function.values
    }
    words |= {("ra_call_control", stage.value) for stage in RemoteAgentStage}
    words |= {("audio_playback", stage.value) for stage in Playback}
    assert len(words) > 25
    assert words - asked == set()
