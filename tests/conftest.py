"""A contact centre on real parts, one per file of tests, and a telectl in front of it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest_asyncio
from hypothesis import settings
from lab import attached
from lab.asterisk import Asterisk
from lab.contact_centre import ContactCentre
from lab.mariadb import MariaDB
from lab.phone import Phone
from parts import AGENT, CUSTOMER, THIRD, Api, Desk, start_api

# The same examples in every run; quick: fewer of them (make test-unit), search: HYPOTHESIS_PROFILE=search, new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("quick", derandomize=True, deadline=None, max_examples=25)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mariadb() -> AsyncIterator[MariaDB]:
    async with MariaDB.start() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asterisk() -> AsyncIterator[Asterisk]:
    async with attached.asterisk() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(mariadb: MariaDB, asterisk: Asterisk) -> AsyncIterator[ContactCentre]:
    async with ContactCentre.start(mariadb, asterisk) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(centre: ContactCentre) -> AsyncIterator[Api]:
    async for running in start_api(centre):
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(centre: ContactCentre) -> AsyncIterator[Desk]:
    """Agent 1000 with its phone in room 9600051, and a customer's phone that is on no call yet."""
    agent = await centre.phone("gs101", AGENT, "agent")
    customer = await centre.phone("customer1", CUSTOMER, "customer")
    line = await centre.seat("1000", agent, "9600051", lead_id=1002)
    line.agent = await centre.call_into_room(agent, line.room, '"S2611230800009600051" <0>', prefix="2")
    yield Desk(centre, line, agent, customer)
    for phone in centre.phones.values():
        phone.auto_answer, phone.refuse, phone.answer_after, phone.off = True, 0, 0.0, False
        for call in phone.calls:
            if not call.ended:
                await call.hangup()
        phone.digits.clear()
    await centre.clear()
    for table in (
        "parked_channels",
        "park_log",
        "parked_channels_recent",
        "telectl_calls",
        "user_call_log",
        "telectl_locks",
    ):
        await centre.rows.run(f"DELETE FROM {table}")
    await centre.rows.run("UPDATE vicidial_confbridges SET extension = '', leave_3way = '0'")


@pytest_asyncio.fixture(loop_scope="module")
async def call(desk: Desk) -> Desk:
    """The desk, with the customer's call in the agent's room."""
    await desk.centre.deliver(desk.line, desk.customer)
    return desk


@pytest_asyncio.fixture(loop_scope="module")
async def third(call: Desk) -> Phone:
    """The third party's phone, which NUMBER rings, while agent and customer talk."""
    return await call.centre.phone("customer2", THIRD, "third party")
