"""Requests for one agent at the same moment: each is answered as if alone, none is lost, none half done.

The measure is the requests themselves, one after the other: whatever two or three of them do at once, through two
copies of telectl, answers and rows must be those of one of their orders. Every statement waits a random moment first,
from a seed, so that they overlap in ever other ways.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from lab.mariadb import MariaDB, as_lab
from parts import Api, start_plain_api
from recorded import Watch, connect

from telectl.database import Connection

Outcome = tuple[tuple[str, ...], tuple[str, ...]]
"""Each request's answer, and the changed rows."""
SEARCH = os.environ.get("HYPOTHESIS_PROFILE") == "search"
ROUNDS = 10 if SEARCH else 2
LONGEST_WAIT = 0.004
TABLES = (
    *("vicidial_live_agents", "vicidial_list", "vicidial_users", "vicidial_live_inbound_agents", "vicidial_manager"),
    *("vicidial_auto_calls", "vicidial_closer_log", "vicidial_log", "vicidial_manual_dial_queue", "vicidial_admin_log"),
    *("vicidial_lead_messages", "vicidial_3way_press_multi", "vicidial_api_log", "vicidial_api_urls"),
)
NUMBERED = {"api_id", "run_time", "man_id", "mdq_id", "message_id", "admin_log_id", "random_id", "last_update_time"}
NUMBERED |= {"webserver", "api_url", "length_in_sec"}
"""Columns that differ from run to run, or from copy to copy."""
NUMBERED |= {"last_call_time", "last_call_finish", "last_call_time_filtered", "last_call_finish_filtered"}
"""In-group rows that one request would take away for the next to add again may simply stay."""
TIMES = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\b1\d{9}\b|(?<=[A-Z])\d{14}\b|https?://127\.0\.0\.1:\d+")


SAME_TIME = "['<T>', '<T>']"
"""How a changed time is shown; within the second of the time before, it is no change."""


@dataclass(frozen=True)
class Scene:
    """An agent, what it is doing, and what may be asked of it."""

    agent: str
    requests: dict[str, str]
    before: tuple[str, ...] = field(default=())


DIAL = "function=external_dial&phone_code=1&search=YES&preview=NO&focus=YES&value="
RA = "function=ra_call_control&value=Y0316001655000402028&stage="
SCENES = {
    "in a call": Scene(
        "1000",
        {
            "pause": "function=external_pause&value=PAUSE",
            "log out": "function=logout&value=LOGOUT",
            "hang up": "function=external_hangup&value=1",
            "disposition": "function=external_status&value=A",
            "call back": "function=external_status&value=CALLBK&callback_datetime=2026-12-24+12:00:00",
            "record": "function=recording&value=START&stage=one",
            "end recording": "function=recording&value=STOP",
            "what is recorded": "function=recording&value=STATUS",
            "dial": f"{DIAL}7275550001",
            "dial another": f"{DIAL}7275550002",
            "choose in-groups": "function=change_ingroups&value=CHANGE&blended=NO&ingroup_choices=+TEST_IN3+TEST_IN4+-",
            "one in-group more": "function=change_ingroups&value=ADD&blended=YES&ingroup_choices=+TEST_IN2+-",
            "default in-groups": "function=change_ingroups&value=REMOVE&blended=NO&ingroup_choices=+TEST_IN+-"
            "&set_as_default=YES",
            "move house": "function=update_fields&city=Tampa&address1=1+New+Rd",
            "move on": "function=update_fields&city=Miami&address1=2+Old+St",
            "refresh": "function=refresh_panel&formreload=1",
            "transfer": "function=transfer_conference&value=DIAL_WITH_CUSTOMER&phone_number=8500"
            "&multi_dial_phones=7275551111,7275552222",
            "leave a message": "function=vm_message&value=one",
        },
        ("UPDATE vicidial_live_agents SET external_recording = '7' WHERE user = '1000'",),
    ),
    "a remote agent": Scene(
        "1028",
        {
            "hang up": f"{RA}HANGUP",
            "transfer": f"{RA}EXTENSIONTRANSFER&phone_number=919998888112&status=XFER",
            "to an in-group": f"{RA}INGROUPTRANSFER&ingroup_choices=DEFAULTINGROUP",
            "pause": "function=external_pause&value=PAUSE",
            "move house": "function=update_fields&city=Tampa&address1=1+New+Rd",
            "park": "function=park_call&value=PARK_CUSTOMER",
        },
    ),
    "paused": Scene(
        "1000",
        {
            "dial": f"{DIAL}7275550001",
            "dial another": f"{DIAL}7275550002",
            "skip": "function=preview_dial_action&value=SKIP",
            "break": "function=pause_code&value=BREAK",
            "lunch": "function=pause_code&value=LUNCH",
            "resume": "function=external_pause&value=RESUME",
        },
        (
            "UPDATE vicidial_live_agents SET status = 'PAUSED', lead_id = 0, callerid = '' WHERE user = '1000'",
            "UPDATE vicidial_campaigns SET api_manual_dial = 'STANDARD'",
        ),
    ),
}
ENGINES = ("as VICIdial has them", "InnoDB")


def drawn() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return some pairs and triples of each scene's requests, each for one of the engines; a search takes all."""
    dice = random.Random(10)
    for name, scene in SCENES.items():
        pairs = list(itertools.combinations_with_replacement(scene.requests, 2))
        triples = [tuple(dice.choices(list(scene.requests), k=3)) for _ in range(60 if SEARCH else 6)]
        for names in (*(pairs if SEARCH else dice.sample(pairs, min(len(pairs), 30))), *triples):
            engines = ENGINES if SEARCH else (dice.choice(ENGINES),)
            yield from ((engine, (name, *names)) for engine in engines)


@dataclass
class Stage:
    """Two copies of telectl on one database, and its rows."""

    copies: Sequence[Api]
    watch: Watch
    alone: dict[tuple[str, ...], Outcome] = field(default_factory=dict)
    """What requests do in an order, by scene and order."""

    async def one_by_one(self, scene: str, order: Sequence[str]) -> Outcome:
        key = (scene, *order)
        if key not in self.alone:
            self._set(scene)
            answers = [await self._ask(scene, name, 0) for name in order]
            self.alone[key] = tuple(answers), self._changed()
        return self.alone[key]

    async def at_once(self, scene: str, names: Sequence[str], seed: str) -> Outcome:
        self._set(scene)
        with overlapping(seed):
            answers = await asyncio.gather(*(self._ask(scene, name, number) for number, name in enumerate(names)))
        return tuple(answers), self._changed()

    def _set(self, scene: str) -> None:
        self.watch.restore()
        self.watch.execute(SCENES[scene].before)

    async def _ask(self, scene: str, name: str, number: int) -> str:
        function, _, rest = SCENES[scene].requests[name].removeprefix("function=").partition("&")
        sent = dict(part.split("=", 1) for part in rest.split("&"))
        answer = await self.copies[number % len(self.copies)].ask(function, SCENES[scene].agent, **sent)
        return TIMES.sub("<T>", answer)

    def _changed(self) -> tuple[str, ...]:
        return tuple(sorted(f"{table} {_shown(one)}" for table, found in self.watch.changes().items() for one in found))


def _shown(change: dict[str, Any]) -> str:
    row = change.get("changes") or change.get("row") or change["key"]
    kept = {name: TIMES.sub("<T>", str(value)) for name, value in row.items() if name not in NUMBERED}
    return f"{change['op']} { {name: value for name, value in kept.items() if value != SAME_TIME} }"


@contextmanager
def overlapping(seed: str) -> Iterator[None]:
    """Let every statement wait a random moment first."""
    dice, run_once = random.Random(seed), Connection._run_once  # noqa: SLF001 - where a statement leaves

    async def later(self: Connection, *words: Any) -> Any:
        await asyncio.sleep(dice.random() * LONGEST_WAIT)
        return await run_once(self, *words)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "_run_once", later)
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(mariadb: MariaDB, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    url = await mariadb.database(demo=True)
    connection = connect(as_lab(url))
    if request.param == "InnoDB":
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENGINE = InnoDB")
    async with AsyncExitStack() as stack:
        copies = []
        for _ in range(2):
            running = start_plain_api(url, call_control="vicidial")
            copies.append(await anext(running))
            stack.push_async_callback(anext, running, None)
        yield Stage(copies, Watch(connection, TABLES, renumber=False))
    connection.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("stage", "asked"),
    [pytest.param(engine, asked, id=f"{engine}: {asked[0]}: {', '.join(asked[1:])}") for engine, asked in drawn()],
    indirect=["stage"],
)
async def test_what_is_asked_at_once_is_done_in_some_order(stage: Stage, asked: tuple[str, ...]) -> None:
    scene, *names = asked
    possible = []
    for order in itertools.permutations(range(len(names))):
        answers, rows = await stage.one_by_one(scene, [names[number] for number in order])
        possible.append((tuple(answers[order.index(number)] for number in range(len(names))), rows))
    for round_ in range(ROUNDS):
        found = await stage.at_once(scene, names, f"{asked} {round_}")
        if found not in possible:
            pytest.fail("\n".join(_told(found, possible)), pytrace=False)


def _told(found: Outcome, possible: Sequence[Outcome]) -> Iterator[str]:
    """Return how an outcome differs from those of the orders with the same answers."""
    answers, rows = found
    yield f"no order gives {answers}"
    alike = [other for said, other in possible if said == answers]
    if not alike:
        yield from (f"but {said}" for said in sorted({said for said, _ in possible}))
    for other in alike:
        yield "with an order's rows:"
        yield from (f"- {row}" for row in other if row not in rows)
        yield from (f"+ {row}" for row in rows if row not in other)
