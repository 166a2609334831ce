"""Plays a scenario: step by step, then the events, then the rows. Whatever is not as written ends it, with words."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from lab.ami import ManagerError
from lab.phone import SipError
from lab.scenarios import rows
from lab.scenarios.arranging import arrange
from lab.scenarios.events import Events
from lab.scenarios.expecting import Unmet, met
from lab.scenarios.facts import Facts, in_words
from lab.scenarios.ladder import Ladder
from lab.scenarios.model import (
    Ask,
    CallIs,
    Digits,
    Does,
    EventComes,
    Hears,
    Later,
    RowsAre,
    Scenario,
    Sets,
    Step,
    in_short,
)
from lab.scenarios.phones import Phones
from lab.scenarios.stage import Stage


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scenario went."""

    scenario: Scenario
    seconds: float
    ladder: Ladder
    failure: str = ""
    """What was expected, and what was there; empty when all was as written."""


async def play(stage: Stage, scenario: Scenario) -> Outcome:
    """Play one scenario."""
    started = time.monotonic()
    ladder = Ladder()
    part, failure = "given", ""
    try:
        facts = await arrange(stage, scenario.given)
        with ladder.watching(stage):
            story = _Story(stage, facts, ladder)
            for number, step in enumerate(scenario.steps, start=1):
                part = f"step {number} ({in_short(step)})"
                await story.step(step)
            part = "events"
            await story.events.come(scenario.events)
            if scenario.rows is not None:
                part = "rows"
                await story.rows(scenario.rows)
            part = "never"
            story.events.must_not_have_come(scenario.never)
    except (AssertionError, SipError, ManagerError, TimeoutError) as error:
        failure = f"{scenario}, {part}: {str(error) or type(error).__name__}"
    return Outcome(scenario, time.monotonic() - started, ladder, failure)


class _Story:
    """One scenario that is being played."""

    def __init__(self, stage: Stage, facts: Facts, ladder: Ladder) -> None:
        self._stage, self._facts, self._ladder = stage, facts, ladder
        self._phones = Phones(stage, facts, ladder)
        self.events = Events(stage.centre.witness, facts)

    async def step(self, step: Step) -> None:
        """Do or check one thing.

        Raises:
            Unmet: it is not as written.
        """
        match step:
            case Ask():
                await self._ask(step)
            case Does():
                await self._phones.do(step)
            case Hears():
                await self._phones.hear(step)
            case Digits():
                await self._phones.get_digits(step)
            case Later():
                await self._later(step)
            case EventComes():
                await self.events.comes_now(step.event)
            case RowsAre():
                await self.rows(step)
            case CallIs():
                await self._call(step)
            case Sets():
                await self._set(step)

    async def rows(self, expected: RowsAre) -> None:
        """Wait until all rows are as written.

        Raises:
            Unmet: they are not.
        """
        wrong: list[str] = []

        async def as_written() -> bool:
            wrong.clear()
            learnt: dict[str, str] = {}
            for table, wanted in expected.tables.items():
                there = await rows.read(self._stage.centre.rows, table, self._facts)
                taught, differences = rows.compare(table, wanted, there, self._facts)
                learnt |= taught
                wrong.extend(differences)
            if not wrong:
                self._facts.learn(learnt)
            return not wrong

        await met(as_written, lambda: "\n    ".join(wrong))

    async def _ask(self, ask: Ask) -> None:
        parameters = {name: self._facts.text(value) for name, value in ask.parameters.items()}
        shown = " ".join(f"{name}={value}" for name, value in parameters.items())
        self._phones.asked = time.monotonic()
        self._ladder.request(f"{ask.function} {shown}".rstrip())
        answer = await self._stage.ask(ask.function, **{"agent_user": self._facts["user"] or "", **parameters})
        self._ladder.answer(answer)
        learnt = self._facts.match(ask.answer, answer)
        if learnt is None:
            raise Unmet(f"the answer is\n    {answer}\n  expected\n    {self._facts.text(ask.answer)}")
        self._facts.learn(learnt)

    async def _later(self, step: Later) -> None:
        await self._stage.let_pass(step.seconds)
        self._ladder.note(f"{step.seconds:g} s later, for telectl's memory of identical commands")

    async def _call(self, step: CallIs) -> None:
        call_id = self._facts["second third call"] or self._facts["third call"]
        if call_id is None:
            raise Unmet("no third party was dialled so far")
        told: dict[str, Any] = {}

        async def as_written() -> bool:
            told.clear()
            told.update(await self._stage.told(call_id))
            return self._facts.match_row(step.told, told) is not None

        def instead() -> str:
            return "; ".join(
                f"{key} is {in_words(told.get(key))!r}, expected {self._facts.text(value)!r}"
                for key, value in step.told.items()
                if self._facts.match_value(value, told.get(key)) is None
            )

        await met(as_written, instead, slow=True)
        self._ladder.note(f"/calls/{call_id} says " + ", ".join(f"{key} {told[key]}" for key in step.told))

    async def _set(self, step: Sets) -> None:
        for table, columns in step.tables.items():
            await rows.write(self._stage.centre.rows, table, columns, self._facts)
            self._ladder.note(f"{table}: " + ", ".join(f"{name} = {value}" for name, value in columns.items()))
