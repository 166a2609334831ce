"""Every scenario of asterisk-test/scenarios is as written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import StringIO

import pytest
import pytest_asyncio
from lab.scenarios.ladder import WIDTH, Ladder
from lab.scenarios.loading import load
from lab.scenarios.model import Scenario
from lab.scenarios.playing import play
from lab.scenarios.stage import Stage
from rich.console import Console

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with Stage.start() as running:
        yield running


@pytest.mark.parametrize("scenario", [pytest.param(one, id=one.name) for one in load()])
async def test_scenario(stage: Stage, scenario: Scenario) -> None:
    outcome = await play(stage, scenario)
    if outcome.failure:
        pytest.fail(f"{outcome.failure}\n\n{drawn(outcome.ladder)}", pytrace=False)


def drawn(ladder: Ladder) -> str:
    console = Console(file=StringIO(), width=WIDTH)
    with console.capture() as capture:
        console.print(ladder)
    return capture.get()
