"""A storm: random commands, and at a random moment of each something goes wrong; afterwards all must be consistent.

The same storm in every run. STORM_SECONDS=180 STORM_SEED=7 makes a longer or another one.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from lab.contact_centre import SERVER_IP, ContactCentre
from lab.until import until
from parts import NUMBER, THIRD, Api, Desk, start_plain_api

from telectl import app
from telectl.calls.timing import Timing
from telectl.testing import FaultProxy

SECONDS = float(os.environ.get("STORM_SECONDS", "12"))
SEED = int(os.environ.get("STORM_SEED", "1"))
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.own_asterisk,
    pytest.mark.timeout(SECONDS + 60),
]
ROUND = 12.0
"""Seconds in which everything must have settled after one round."""

PARKS = (
    *("PARK_CUSTOMER", "GRAB_CUSTOMER", "PARK_IVR_CUSTOMER", "GRAB_IVR_CUSTOMER", "PARK_XFER", "GRAB_XFER"),
    *("SWAP_PARK_CUSTOMER", "SWAP_PARK_XFER", "HANGUP_XFER_GRAB_CUSTOMER"),
)
TRANSFERS = (
    {"value": "HANGUP_XFER"},
    {"value": "HANGUP_BOTH"},
    {"value": "BLIND_TRANSFER", "phone_number": NUMBER},
    {"value": "LEAVE_VM"},
    {"value": "LOCAL_CLOSER", "ingroup_choices": "TEST_IN"},
    {"value": "DIAL_WITH_CUSTOMER", "phone_number": NUMBER},
    {"value": "PARK_CUSTOMER_DIAL", "phone_number": NUMBER},
    {"value": "LEAVE_3WAY_CALL"},
)


@dataclass
class Storm:
    """What the storm rages over."""

    desk: Desk
    api: Api
    proxy: FaultProxy
    dice: random.Random

    async def command(self) -> str:
        """Return one random command."""
        if self.dice.random() < 0.5:
            return await self.api.ask("park_call", value=self.dice.choice(PARKS))
        return await self.api.ask("transfer_conference", **self.dice.choice(TRANSFERS))

    async def nothing(self) -> None:
        """Let it be."""

    async def customer_hangs_up(self) -> None:
        """End the customer's call, as the customer does."""
        call = self.desk.line.customer
        if call is not None and not call.ended:
            await call.hangup()

    async def agent_hangs_up(self) -> None:
        """End the agent's call, as its phone does."""
        call = self.desk.line.agent
        if call is not None and not call.ended:
            await call.hangup()

    async def cut(self) -> None:
        """Lose the link."""
        self.proxy.cut()

    async def stall(self) -> None:
        """Let nothing through for a while."""
        self.proxy.freeze()
        await asyncio.sleep(self.dice.uniform(0.2, 1.5))
        self.proxy.thaw()

    async def freeze(self) -> None:
        """Stop Asterisk for a while."""
        self.desk.centre.asterisk.freeze()
        await asyncio.sleep(self.dice.uniform(0.1, 0.8))
        self.desk.centre.asterisk.thaw()

    async def kill(self) -> None:
        """Kill Asterisk, and start it again."""
        self.desk.centre.asterisk.kill()
        await self.desk.centre.asterisk.restart()
        await self.desk.centre.rejoin()

    async def another_command(self) -> None:
        """Command the same agent at the same time."""
        await self.command()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proxy(centre: ContactCentre) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(centre.asterisk.host, centre.asterisk.ami_port) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def stormy(centre: ContactCentre, proxy: FaultProxy) -> AsyncIterator[Api]:
    """Return a telectl behind the proxy, which waits less long for everything."""
    timing = Timing(request=1.5, confirm=0.6, still_moving=0.6, third_poll=0.5)
    ami = {SERVER_IP: {"host": "127.0.0.1", "port": proxy.port}}
    async for api in start_plain_api(centre.database_url, timing, ami=ami):
        await api.usable()
        yield api


async def test_whatever_goes_wrong_nothing_is_left_behind(desk: Desk, stormy: Api, proxy: FaultProxy) -> None:
    await desk.centre.phone("customer2", THIRD, "third party")
    storm = Storm(desk, stormy, proxy, random.Random(SEED))
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    end, rounds = time.monotonic() + SECONDS, 0
    kill_at = SECONDS / 2
    try:
        while time.monotonic() < end:
            dead = end - time.monotonic() < kill_at
            kill_at = kill_at - 30 if dead else kill_at
            told = await one_round(storm, storm.kill if dead else None)
            rounds += 1
            await until(lambda: is_empty(storm), ROUND, what=f"nothing left of: {told}")
            print(f"{rounds}: {told}")  # noqa: T201 - shown when a later round fails
    finally:
        asyncio.get_running_loop().set_exception_handler(None)
    gc.collect()
    assert not complaints, complaints
    assert rounds > SECONDS / 10


async def one_round(storm: Storm, trouble: Callable[[], Awaitable[None]] | None) -> str:
    """Bring a call to the agent, command it, let something go wrong, and look when it has settled."""
    desk, api, dice = storm.desk, storm.api, storm.dice
    await begin(storm)
    desk.centre.phones["customer2"].answer_after = dice.choice((0.0, 0.0, 0.1, 0.4))
    prepared = [await api.ask("transfer_conference", **TRANSFERS[dice.choice((5, 6))])] if dice.random() < 0.6 else []
    await asyncio.sleep(dice.uniform(0, 0.4) if prepared else 0)
    if dice.random() < 0.4:
        prepared.append(await api.ask("park_call", value=dice.choice(PARKS[:4])))
    milder = (
        *(storm.nothing, storm.customer_hangs_up, storm.customer_hangs_up, storm.agent_hangs_up),
        *(storm.cut, storm.stall, storm.freeze, storm.another_command),
    )
    trouble = trouble or dice.choice(milder)

    async def go_wrong() -> None:
        await asyncio.sleep(dice.uniform(0, 0.08))
        await trouble()

    answer, _ = await asyncio.gather(storm.command(), go_wrong())
    told = f"{prepared}, then {answer} with {trouble.__name__}"
    await api.usable()
    wrong: list[str] = []

    async def settled() -> bool:
        wrong[:] = await what_is_wrong(storm, died=trouble == storm.kill)
        return not wrong

    await until(settled, ROUND, every=0.1, what=lambda: f"{wrong} settled after {told}")
    await desk.centre.clear()
    return told


async def begin(storm: Storm) -> None:
    """Seat the agent again, with a fresh call."""
    desk, centre = storm.desk, storm.desk.centre
    for table in ("parked_channels", "telectl_calls"):
        await centre.rows.run(f"DELETE FROM {table}")
    await centre.rows.run("UPDATE telectl_locks SET last_done = 0")
    await centre.rows.run("UPDATE vicidial_confbridges SET extension = '', leave_3way = '0'")
    for phone in centre.phones.values():
        for call in phone.calls:
            call.close()
        phone.calls.clear()
    desk.line = await centre.seat("1000", desk.phone, "9600051", lead_id=1002)
    desk.line.agent = await centre.call_into_room(desk.phone, desk.room, '"S2611230800009600051" <0>', prefix="2")
    await centre.deliver(desk.line, desk.customer)


async def what_is_wrong(storm: Storm, *, died: bool) -> list[str]:
    """Compare rows with channels; when Asterisk died, no hangup logger cleaned up behind the parked."""
    centre, line = storm.desk.centre, storm.desk.line
    rows, wrong = centre.rows, still_running()
    channels = {row["Channel"]: row for row in await centre.witness.channels()}
    agent = await storm.desk.flags()
    room = str(agent["conf_exten"])
    for parked in await rows.all("SELECT channel FROM parked_channels"):
        if parked["channel"] not in channels and not died:
            wrong.append(f"{parked['channel']} is parked and dead")
    for owned in await rows.all("SELECT conf_exten FROM vicidial_confbridges WHERE extension LIKE 'PJSIP/%%'"):
        if str(owned["conf_exten"]) != room:
            wrong.append(f"room {owned['conf_exten']} is reserved, the agent is in {room}")
    for lease in await rows.all("SELECT agent FROM telectl_locks WHERE held_until > UNIX_TIMESTAMP()"):
        wrong.append(f"agent {lease['agent']} has a turn")
    phone = next((name for name in channels if name.startswith("PJSIP/gs101-")), "")
    if phone and phone not in await centre.witness.members(room):
        wrong.append(f"{phone} is not in its room {room}")
    held = await rows.all("SELECT 1 FROM vicidial_auto_calls WHERE callerid = %s", line.call_id)
    here = line.channel in await centre.witness.members(room)
    if here and (agent["callerid"] != line.call_id or not held):
        wrong.append(f"the customer is in room {room}, the agent's call is {agent['callerid']!r}, rows {len(held)}")
    return wrong


def still_running() -> list[str]:
    """Return the commands that are being reconciled."""
    names = [task.get_name() for task in asyncio.all_tasks()]
    return [name for name in names if name.startswith(("reconcile ", "lock of "))]


async def is_empty(storm: Storm) -> bool:
    """Return whether telectl remembers nothing of what is over."""
    calls = storm.api.server.app[app.SERVICES].calls
    link = storm.api.server.app[app.FLEET].links[SERVER_IP]
    watched, waiting = calls.tracker, calls._locks  # noqa: SLF001 - what grows unseen
    dials = (watched._by_channel, watched._by_request)  # noqa: SLF001
    locks = (waiting._held, waiting._local._locks)  # noqa: SLF001
    state = (list(link.state.channels()), link.state._names, link.state._bridges)  # noqa: SLF001
    return not any((*dials, *locks, *state, link._listeners._expectations))  # noqa: SLF001
