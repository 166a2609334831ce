"""`/readyz` under those who ask too often: they share one look at the database."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from telectl.api.health import Health
from telectl.api.stopping import Phase, Stopping
from telectl.asterisk import Fleet
from telectl.calls.saga.owed import OwedRows
from telectl.errors import DatabaseUnavailable

NOTHING_OWED = cast("OwedRows", SimpleNamespace(waiting=0))


class Database:
    """Counts how often it is asked at the same time; it answers when it may."""

    def __init__(self) -> None:
        self.now = self.most = self.asked = 0
        self.broken = False
        self.may_answer = asyncio.Event()

    async def one(self, *_: object, **__: object) -> object:
        self.now, self.asked = self.now + 1, self.asked + 1
        self.most = max(self.most, self.now)
        await self.may_answer.wait()
        self.now -= 1
        if self.broken:
            raise DatabaseUnavailable("gone")
        return object()

    async def write(self, *_: object, **__: object) -> None:
        await asyncio.sleep(0)


class ApiLog:
    waiting = 3


class ThirdPartyTracker:
    outcomes: dict[str, int] = {}  # noqa: RUF012 - of a stand-in


async def test_a_hundred_who_ask_share_one_look_and_the_next_looks_again() -> None:
    database: Any = Database()
    calls: Any = ThirdPartyTracker()
    api_log: Any = ApiLog()
    health = Health(
        database,
        Fleet([]),
        calls,
        api_log,
        NOTHING_OWED,
        stopping=Stopping(),
        needs_asterisk=False,
    )

    async def asked() -> tuple[int, str]:
        response = await health.ready(make_mocked_request("GET", "/readyz"))
        assert isinstance(response, web.Response)
        return response.status, json.loads(response.text or "")["status"]

    asking = [asyncio.create_task(asked()) for _ in range(100)]
    await asyncio.sleep(0.01)
    asking[0].cancel()  # its client went; the others still get their answer
    database.may_answer.set()
    assert await asyncio.gather(*asking[1:]) == [(200, "ready")] * 99
    assert (database.most, database.asked) == (1, 1)
    database.broken = True
    assert await asked() == (503, "not ready")
    assert database.asked == 2


async def test_a_server_that_stops_says_so_without_a_look() -> None:
    database: Any = Database()
    calls: Any = ThirdPartyTracker()
    api_log: Any = ApiLog()
    stopping = Stopping()
    stopping.phase = Phase.LEAVING
    health = Health(
        database,
        Fleet([]),
        calls,
        api_log,
        NOTHING_OWED,
        stopping=stopping,
        needs_asterisk=False,
    )
    response = await health.ready(make_mocked_request("GET", "/readyz"))
    assert isinstance(response, web.Response)
    assert (response.status, json.loads(response.text or "")) == (503, {"status": "stopping"})
    assert database.asked == 0
