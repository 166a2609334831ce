"""One run, from its stage to its judgement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger.client import client_of
from ledger.faults import PLANS, rage
from ledger.judge import Finding, judge
from ledger.records import Ledger
from ledger.schedule import Plan, schedule
from ledger.stage import staged
from ledger.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how large a run is."""

    seconds: float
    agents: int = 6
    flag_clients: int = 4
    flag_pause: float = 0.1
    plans: Sequence[Plan] = PLANS


async def run(seed: int, size: Size, say: Callable[[str], None]) -> tuple[Ledger, list[Finding]]:
    """Let everything happen, and judge it."""
    ledger = Ledger(seed, size.seconds)
    faults = schedule(seed, size.seconds, size.plans)
    async with staged(ledger, size.agents) as stage, client_of(ledger, stage.copies) as client:
        ledger.began = time.monotonic()
        traffic = Traffic(stage, client, seed, flag_clients=size.flag_clients, flag_pause=size.flag_pause)
        asking = asyncio.create_task(traffic.run())
        raging = asyncio.create_task(rage(stage, faults))
        while time.monotonic() < ledger.began + size.seconds:
            done, _ = await asyncio.wait({asking, raging}, timeout=5)
            if asking in done or (raging in done and raging.exception() is not None):
                break
            say(f"{time.monotonic() - ledger.began:.0f} s: {len(ledger.asked)} requests, {len(ledger.happened)} faults")
        stage.over = True
        await asyncio.gather(raging, asking)
        ledger.seconds = time.monotonic() - ledger.began
    return ledger, judge(ledger)
