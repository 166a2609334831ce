"""A scenario that is not as written fails, and says what is there instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab.scenarios import expecting
from lab.scenarios.ladder import drawn
from lab.scenarios.loading import load_file
from lab.scenarios.playing import Outcome, play
from lab.scenarios.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
PARK = """
      - ask: park_call
        with: {value: PARK_CUSTOMER}
        answer: "SUCCESS: park_call function set - PARK_CUSTOMER|1000"
"""


async def told(stage: Stage, path: Path, story: str) -> Outcome:
    file = path / "wrong.yaml"
    file.write_text(f"scenarios:\n  - name: a story\n{story}")
    return await play(stage, load_file(file)[0])


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expecting, "WITHIN", 0.4)
    monkeypatch.setattr(expecting, "SLOW", 0.4)


WRONG = {
    "answer": (
        "    steps: [{ask: park_call, with: {value: GRAB_CUSTOMER}, answer: 'SUCCESS {user}'}]",
        "ERROR: park_call error - customer is not parked - 1000\n  expected\n    SUCCESS 1000",
    ),
    "sound": (
        f"    steps:{PARK}      - hears: {{customer: agent}}",
        "step 2 (hears): customer hears music on hold, expected agent",
    ),
    "ring": (
        "    steps: [{third party: answers}]",
        "step 1 (third party answers): third party was not rung within 0.4 s",
    ),
    "call": (
        "    steps: [{customer: hangs up}, {hears: {customer: agent}}]",
        "step 2 (hears): customer is in no call",
    ),
    "name": (
        "    steps: [{customer: sees V123}]",
        "step 1 (customer sees V123): customer sees '{call}', expected 'V123'",
    ),
    "digits": (
        "    steps: [{digits: {customer: '12', agent: none}}]",
        "step 1 (digits): customer got no digits, expected 12",
    ),
    "silence between digits": (
        "    steps: [{ask: send_dtmf, with: {value: '12'}, answer: 'SUCCESS{any}'}, {digits: {customer: '1,2'}}]",
        "step 2 (digits): customer got 12, expected 1,2",
    ),
    "row": (
        f"    steps:{PARK}    rows: {{park_log: [{{status: GRABBED, user: '1000', grab_time: now}}]}}",
        "rows: park_log: status is 'PARKED', expected 'GRABBED'; grab_time is 'null', expected 'now'",
    ),
    "no row": (
        "    steps: [{later: 3 s}]\n    rows: {park_log: [{status: PARKED}]}",
        "rows: park_log has no row with status = PARKED",
    ),
    "a row too many": (
        "    steps: [{later: 3 s}]\n    rows: {vicidial_auto_calls: []}",
        "vicidial_auto_calls has 1 rows, 0 are expected; too many: ",
    ),
    "no column": (
        f"    steps:{PARK}    rows: {{parked_channels: [{{colour: any}}]}}",
        "rows: parked_channels: there is no column colour",
    ),
    "no table": ("    steps: [{later: 3 s}]\n    rows: {no_table: []}", "no_table' doesn't exist"),
    "event": (
        f"    steps:{PARK}    events: [{{ConfbridgeLeave: {{Conference: '9600099'}}}}]",
        "(Conference: 9600099) here in the order; there were ConfbridgeLeave (Conference: 9600051)",
    ),
    "event that must not come": (
        f"    steps:{PARK}    never: [{{ConfbridgeLeave: {{Conference: '{{room}}'}}}}]",
        "never: ConfbridgeLeave (Conference: 9600051) came, and must not",
    ),
    "third party's call": ("    steps: [{call: {state: busy}}]", "step 1 (call): no third party was dialled so far"),
}
"""What is not as written -> the story, and a part of what is said."""


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("story", "failure"), WRONG.values(), ids=WRONG)
async def test_what_is_not_as_written_is_said(stage: Stage, tmp_path: Path, story: str, failure: str) -> None:
    outcome = await told(stage, tmp_path, story)
    call_id = stage.phone("customer").calls[-1].caller_name
    assert outcome.failure.startswith("wrong.yaml, 'a story', ")
    assert failure.replace("{call}", call_id) in outcome.failure


@pytest.mark.usefixtures("hasty")
async def test_events_must_come_in_their_order(stage: Stage, tmp_path: Path) -> None:
    grab = PARK.replace("PARK_CUSTOMER", "GRAB_CUSTOMER")
    events = "[{MusicOnHoldStop: {}}, {MusicOnHoldStart: {}}]"
    steps = f"{PARK}      - hears: {{customer: music}}{grab}      - hears: {{customer: agent}}"
    outcome = await told(stage, tmp_path, f"    steps:{steps}\n    events: {events}")
    assert "events: no event MusicOnHoldStart () here in the order; there were MusicOnHoldStart ()" in outcome.failure


async def test_the_ladder_shows_who_did_what_on_which_channel(stage: Stage, tmp_path: Path) -> None:
    outcome = await told(stage, tmp_path, f"    steps:{PARK}      - hears: {{customer: music, agent: silence}}")
    assert outcome.failure == ""
    lines = drawn(outcome.ladder).splitlines()
    assert lines[0].split() == ["agent", "customer"]
    assert [word.rpartition("-")[0] for word in lines[1].split()] == ["PJSIP/gs101", "PJSIP/customer1"]
    assert [line.split(maxsplit=1)[1] for line in lines if "▶" in line or "◀" in line] == [
        "▶ park_call value=PARK_CUSTOMER",
        "◀ SUCCESS: park_call function set - PARK_CUSTOMER|1000",
    ]
    assert any("leaves 9600051" in line for line in lines)
    assert lines[-1].split(maxsplit=1)[1].split() == ["├", "hears", "silence", "├", "hears", "music"]
    assert max(map(len, lines)) <= 110
