"""The judge sees each breach, and nothing in a run that is as it should be. No servers needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger.client import PATIENCE
from ledger.judge import DEADLINE, STOPS_WITHIN, WHOLE_WITHIN, judge, until_whole
from ledger.records import Acted, Asked, Changed, Disagreement, Happened, Ledger, Ready, Said, Seen
from ledger.schedule import COPIES, Fault

CHANNEL = "PJSIP/customer1-00000001"
PARK, GRAB = ({"value": f"{verb}_CUSTOMER"} for verb in ("PARK", "GRAB"))
_PLACES = {"PARK_CUSTOMER": ("8301", "ConfbridgeLeave"), "GRAB_CUSTOMER": ("9600051", "ConfbridgeJoin")}


def command(ledger: Ledger, name: str, at: float, sent: dict[str, str] = PARK, repeats: str = "") -> Asked:
    """A command that succeeded, with its action and its effect."""
    asked = Asked(name, "1101", "one", "park_call", sent, "a1101s001", at, at + 0.2, 200, "SUCCESS: done\n")
    ledger.asked.append(replace(asked, repeats=repeats))
    target, event = _PLACES[sent["value"]]
    action = Acted(name, f"{name}/1", "one", 1, "Redirect", CHANNEL, target, at + 0.1, at + 0.11, told=True)
    ledger.acted.append(action)
    ledger.seen.append(Seen(at + 0.12, event, CHANNEL, "1.1", "9600051"))
    ledger.log_rows[name] = 1
    return ledger.asked[-1]


def flag(ledger: Ledger, name: str, at: float) -> Asked:
    """A flag that was set, with its row."""
    words = {"value": "7275550000", "vendor_id": name}
    ledger.asked.append(
        Asked(name, "1101", "two", "external_add_lead", words, "", at, at + 0.1, 200, "SUCCESS: lead\n")
    )
    ledger.changed.append(Changed(at + 0.05, "vicidial_list", "INSERT", {"vendor_lead_code": name}))
    ledger.log_rows[name] = 1
    return ledger.asked[-1]


def digits(ledger: Ledger, name: str, at: float, string: str) -> Asked:
    """Digits that were all pressed."""
    words = {"value": string}
    ledger.asked.append(Asked(name, "1101", "one", "send_dtmf", words, "a1101s001", at, at + 0.2, 200, "SUCCESS: d\n"))
    for number, key in enumerate(string):
        when = at + 0.1 + 0.2 * number
        ledger.acted.append(Acted(name, f"{name}/{number}", "one", 1, "PlayDTMF", CHANNEL, key, when, when, told=True))
    ledger.log_rows[name] = 1
    return ledger.asked[-1]


def good() -> Ledger:
    """A run as it should be: park, the same again at once, grab, digits, a lead, and a fault without consequences."""
    ledger = Ledger(seed=1, seconds=30.0)
    command(ledger, "a1101s001n01", 1.0)
    twin = command(ledger, "a1101s001n02", 1.0, repeats="a1101s001n01")
    ledger.acted.pop()
    ledger.seen.pop()
    assert twin.said is Said.SUCCESS
    command(ledger, "a1101s001n03", 5.0, GRAB)
    digits(ledger, "a1101s001n04", 6.0, "11#")
    flag(ledger, "f0n000001", 7.0)
    ledger.happened.append(Happened(Fault("AMI: cut", 8.0, 0.0, COPIES, 0.5), 8.0, 8.0))
    ledger.ready += [Ready(8.2, name, database=True, asterisk=True) for name in COPIES]
    ledger.stops += [1.0, 2.0]
    return ledger


def test_a_good_run_has_no_breach() -> None:
    assert judge(good()) == []


def acts_twice(ledger: Ledger) -> None:
    ledger.acted.append(replace(ledger.acted[0], action_id="a1101s001n01/2"))


def acts_again_when_repeated(ledger: Ledger) -> None:
    ledger.acted.append(replace(ledger.acted[0], request="a1101s001n02", action_id="a1101s001n02/2"))


def presses_a_digit_too_often(ledger: Ledger) -> None:
    hash_key = next(acted for acted in ledger.acted if acted.target == "#")
    ledger.acted.append(replace(hash_key, action_id="again"))


def adds_a_lead_twice(ledger: Ledger) -> None:
    ledger.changed.append(ledger.changed[0])


def succeeds_without_action(ledger: Ledger) -> None:
    ledger.acted[:] = [acted for acted in ledger.acted if acted.request != "a1101s001n03"]


def succeeds_though_refused(ledger: Ledger) -> None:
    ledger.acted[1].done, ledger.acted[1].refused = 0.0, "No such channel"


def succeeds_without_event(ledger: Ledger) -> None:
    ledger.seen[:] = [seen for seen in ledger.seen if seen.name != "ConfbridgeJoin"]


def succeeds_without_row(ledger: Ledger) -> None:
    ledger.changed.clear()


def loses_a_digit(ledger: Ledger) -> None:
    ledger.acted.pop()


def tells(name: str, answer: str) -> Callable[[Ledger], None]:
    def spoil(ledger: Ledger) -> None:
        ledger.by_id[name].answer = answer

    return spoil


def acts_late(ledger: Ledger) -> None:
    ledger.acted[0].done = 5.2
    ledger.seen[0] = replace(ledger.seen[0], at=5.2)
    ledger.by_id["a1101s001n01"].answer = "ERROR: park_call error - outcome unknown - 1101\n"
    ledger.asked.pop(1)


def acts_late_without_an_answer(ledger: Ledger) -> None:
    acts_late(ledger)
    ledger.acted[0].done, ledger.acted[0].told = 0.0, False
    ledger.seen[1] = replace(ledger.seen[1], at=4.9)
    ledger.acted[1].done = 4.89
    ledger.asked[1].at = 4.7


def takes_too_long(ledger: Ledger) -> None:
    ledger.asked[-1].answered = ledger.asked[-1].at + DEADLINE + 0.1


def is_not_logged(ledger: Ledger) -> None:
    del ledger.log_rows["f0n000001"]


def disagrees(ledger: Ledger) -> None:
    ledger.disagreements.append(Disagreement(9.0, "a1101s001", "the customer is away, agent 1101 is INCALL"))


def is_not_whole(ledger: Ledger) -> None:
    ledger.ready[:] = [replace(ready, at=8.0 + WHOLE_WITHIN + 0.1) for ready in ledger.ready]


def hangs(ledger: Ledger) -> None:
    asked = ledger.asked[-1]
    asked.failure, asked.answered = Said.GAVE_UP, asked.at + PATIENCE


def stops_slowly(ledger: Ledger) -> None:
    ledger.stops.append(STOPS_WITHIN + 1)


def logs_a_defect(ledger: Ledger) -> None:
    ledger.defects.append("Traceback (most recent call last):")


NO_DATABASE = "ERROR: system error - database not available\n"


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        (1, acts_twice),
        (1, acts_again_when_repeated),
        (1, presses_a_digit_too_often),
        (1, adds_a_lead_twice),
        (2, succeeds_without_action),
        (2, succeeds_though_refused),
        (2, succeeds_without_event),
        (2, succeeds_without_row),
        (2, loses_a_digit),
        (3, tells("a1101s001n03", NO_DATABASE)),
        (3, tells("a1101s001n04", NO_DATABASE)),
        (3, tells("f0n000001", NO_DATABASE)),
        (3, tells("a1101s001n03", "ERROR: park_call error - agent is busy with another command - 1101\n")),
        (3, tells("a1101s001n03", "ERROR: park_call error - customer is not parked - 1101\n")),
        (4, acts_late),
        (4, acts_late_without_an_answer),
        (5, takes_too_long),
        (6, is_not_logged),
        (7, disagrees),
        (8, is_not_whole),
        (9, hangs),
        (9, stops_slowly),
        (9, logs_a_defect),
    ],
)
def test_each_breach_is_seen(rule: int, spoil: Callable[[Ledger], None]) -> None:
    ledger = good()
    spoil(ledger)
    assert rule in {finding.rule for finding in judge(ledger)}


@pytest.mark.parametrize(
    "answer",
    [
        "ERROR: park_call error - outcome unknown - 1101\n",
        "ERROR: transfer_conference error - partial - customer parked - third party channel not live - 1101\n",
    ],
)
def test_an_honest_answer_is_no_breach(answer: str) -> None:
    ledger = good()
    ledger.by_id["a1101s001n03"].answer = answer
    assert judge(ledger) == []


def test_a_row_in_the_process_log_is_as_good_as_one_in_the_table() -> None:
    ledger = good()
    ledger.logged["f0n000001"] = ledger.log_rows.pop("f0n000001")
    assert judge(ledger) == []


def test_a_copy_that_is_frozen_need_not_answer_in_time() -> None:
    ledger = good()
    takes_too_long(ledger)
    ledger.happened.append(Happened(Fault("telectl frozen", 7.0, 6.0, ("two",), 0.5), 7.0, 13.0, alone=False))
    assert judge(ledger) == []


def test_how_long_until_whole_is_not_told_where_the_next_fault_came_first() -> None:
    ledger = good()
    fault = ledger.happened[0]
    assert until_whole(ledger, fault, "one") == pytest.approx(0.2)
    ledger.happened.append(replace(fault, began=8.1, ended=8.1))
    assert until_whole(ledger, fault, "one") is None
