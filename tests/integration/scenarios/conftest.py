"""One stage for all scenarios of a file of tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from lab.scenarios.stage import Stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with Stage.start() as running:
        yield running
