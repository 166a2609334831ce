from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lab.ami import Ami
from lab.asterisk import Asterisk
from lab.phone import Phone
from lab.until import until


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def _shared() -> AsyncIterator[Asterisk]:
    async with Asterisk.start() as running:
        yield running


@pytest.fixture
async def asterisk(_shared: Asterisk) -> AsyncIterator[Asterisk]:
    """A running Asterisk without any call. A module's tests share it: one that ill-treats it starts its own."""
    yield _shared
    async with _shared.witness() as witness:
        await witness.command("channel request hangup all")

        async def quiet() -> bool:
            return not await witness.channels()

        await until(quiet)


@pytest.fixture
async def witness(asterisk: Asterisk) -> AsyncIterator[Ami]:
    async with asterisk.witness() as connection:
        yield connection


@pytest.fixture
async def agent(asterisk: Asterisk) -> AsyncIterator[Phone]:
    async with Phone(asterisk.sip, "gs101", asterisk.phone_secret, 400, name="agent") as phone:
        await phone.register()
        yield phone


@pytest.fixture
async def customer(asterisk: Asterisk) -> AsyncIterator[Phone]:
    async with Phone(asterisk.sip, "customer1", asterisk.phone_secret, 500, name="customer") as phone:
        await phone.register()
        yield phone
