"""Every scenario of asterisk-test/scenarios is as written."""

from __future__ import annotations

import pytest
from lab.scenarios.ladder import drawn
from lab.scenarios.loading import load
from lab.scenarios.model import Scenario
from lab.scenarios.playing import play
from lab.scenarios.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("scenario", [pytest.param(one, id=one.name) for one in load()])
async def test_scenario(stage: Stage, scenario: Scenario) -> None:
    outcome = await play(stage, scenario)
    if outcome.failure:
        pytest.fail(f"{outcome.failure}\n\n{drawn(outcome.ladder)}", pytrace=False)
