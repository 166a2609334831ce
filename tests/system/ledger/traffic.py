"""What is asked: agents' calls, each a story of commands, and clients that set flags all the time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from lab.ami import ManagerError
from lab.contact_centre import Line
from lab.sip import SipError

from ledger.calm import PARK_EXTENSIONS, disagreements
from ledger.client import Client
from ledger.records import Asked, Disagreement, Said
from ledger.schedule import COPIES
from ledger.seats import Agent
from ledger.stage import Stage

SETTLED = 10.0
"""Seconds without a fault within which rows and channels must agree, after the last command of a call."""
_LOOK_EVERY = 0.25
_RETRY = 0.3
_TROUBLES = (ManagerError, SipError, OSError, AssertionError, TimeoutError, StopIteration, RuntimeError)
"""What bringing a call to an agent may end in while something is wrong."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a story."""

    function: str
    sent: Mapping[str, str]
    pause: float = 0.0
    """Seconds before it."""


def _park(value: str) -> Step:
    return Step("park_call", {"value": value})


def _transfer(value: str, pause: float = 0.0, **sent: str) -> Step:
    return Step("transfer_conference", {"value": value, **sent}, pause)


_GRAB_IVR, _PARK_IVR = _park("GRAB_IVR_CUSTOMER"), _park("PARK_IVR_CUSTOMER")
_ANSWERED = 0.7
"""Seconds in which a third party has answered, mostly."""
CALL_AGENT = Step("call_agent", {"value": "CALL"}, 0.2)
PARTS: tuple[tuple[Step, ...], ...] = (
    (_park("PARK_CUSTOMER"), _park("GRAB_CUSTOMER")),
    (_park("PARK_CUSTOMER"), _park("GRAB_CUSTOMER")),
    (_PARK_IVR, _GRAB_IVR),
    (Step("send_dtmf", {"value": "#"}),),
    (Step("send_dtmf", {"value": "#"}), Step("send_dtmf", {"value": "#"})),
    (
        _transfer("DIAL_WITH_CUSTOMER", phone_number="#"),
        Step("park_call", {"value": "PARK_XFER"}, _ANSWERED),
        _park("GRAB_XFER"),
        _transfer("HANGUP_XFER"),
    ),
    (
        _transfer("PARK_CUSTOMER_DIAL", phone_number="#"),
        Step("park_call", {"value": "HANGUP_XFER_GRAB_CUSTOMER"}, _ANSWERED),
    ),
    (
        _transfer("DIAL_WITH_CUSTOMER", phone_number="#"),
        Step("park_call", {"value": "SWAP_PARK_XFER"}, _ANSWERED),
        _park("SWAP_PARK_CUSTOMER"),
        _transfer("HANGUP_XFER"),
        _park("GRAB_CUSTOMER"),
    ),
    (CALL_AGENT,),
)
"""What happens in a call; `#` stands for digits, or for a number that no other command dials."""
ENDS: tuple[tuple[Step, ...], ...] = (
    (_transfer("HANGUP_BOTH"),),
    (_transfer("BLIND_TRANSFER", phone_number="#"),),
    (_transfer("LOCAL_CLOSER", ingroup_choices="TEST_IN"),),
    (_transfer("LEAVE_VM"),),
    (_park("PARK_CUSTOMER"), _transfer("BLIND_TRANSFER", phone_number="#")),
    (_transfer("DIAL_WITH_CUSTOMER", phone_number="#"), _transfer("LEAVE_3WAY_CALL", _ANSWERED)),
)
"""How it ends for the agent."""
FLAGS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("update_fields", {"address1": "@"}),
    ("external_add_lead", {"value": "7275550000", "phone_code": "1", "vendor_id": "@"}),
    ("set_timer_action", {"value": "MESSAGE_ONLY", "notes": "@", "rank": "15"}),
    ("send_notification", {"recipient": "*", "recipient_type": "USER", "notification_text": "@"}),
    ("external_pause", {"value": "PAUSE"}),
    ("st_get_agent_active_lead", {"value": "1102", "vendor_id": "x"}),
    ("calls_in_queue_count", {"value": "DISPLAY"}),
)
"""Functions of the other kind; `@` stands for the request's own id, by which its row is found, `*` for the agent."""


class Traffic:
    """Asks until the run is over."""

    def __init__(self, stage: Stage, client: Client, seed: int, *, flag_clients: int, flag_pause: float) -> None:
        self._stage = stage
        self._client = client
        self._seed = seed
        self._flag_clients = flag_clients
        self._flag_pause = flag_pause

    async def run(self) -> None:
        """Let all agents and clients ask, until the stage is over; each ends what it has begun."""
        agents = [self._calls(agent) for agent in self._stage.agents]
        flags = [self._flags(number) for number in range(self._flag_clients)]
        await asyncio.gather(*agents, *flags)

    async def _calls(self, agent: Agent) -> None:
        number = 0
        while not self._stage.over:
            number += 1
            story = Story(self._stage, self._client, agent, f"a{agent.user}s{number:03d}", self._seed)
            await story.play()

    async def _flags(self, number: int) -> None:
        dice = Random(f"flags {self._seed}/{number}")
        sent = 0
        while not self._stage.over:
            sent += 1
            agent = dice.choice(self._stage.agents)
            function, words = dice.choice(FLAGS)
            name = f"f{number}n{sent:06d}"
            words = {key: {"@": name, "*": agent.user}.get(value, value) for key, value in words.items()}
            asked = Asked(name, agent.user, dice.choice(COPIES), function, words, "", 0.0)
            pause = dice.uniform(0, 2 * self._flag_pause)
            await self._client.ask(asked)
            await asyncio.sleep(pause)


class Story:
    """One call of an agent: brought to it, commanded, and looked at when all is quiet."""

    def __init__(self, stage: Stage, client: Client, agent: Agent, name: str, seed: int) -> None:
        self._stage, self._client, self._agent, self._name = stage, client, agent, name
        self._dice = Random(f"story {seed}/{name}")
        self._number = 0

    async def play(self) -> None:
        """Play it to its end."""
        dice = self._dice
        parts = [part for _ in range(dice.randint(1, 3)) for part in dice.choice(PARTS)]
        steps = [*parts, *dice.choice(ENDS)]
        line, lives = await self._begin()
        if line is None:
            return
        for step in steps:
            await asyncio.sleep(step.pause + dice.uniform(0, 0.3))
            if step is CALL_AGENT:
                await self._agent_leaves(line)
            await self._command(step)
        await self._calm(line, lives)

    # ---- commands

    async def _command(self, step: Step) -> None:
        """Give a command: once, again when it was answered, twice at once, or again when the client lost patience."""
        dice = self._dice
        sent = {name: self._filled(name, value) for name, value in step.sent.items()}
        way, first, second = dice.random(), dice.choice(COPIES), dice.choice(COPIES)
        patience = dice.uniform(0.05, 2.0)
        if way < 0.7:
            await self._ask(step, sent, first)
        elif way < 0.8:
            asked = await self._ask(step, sent, first)
            await self._ask(step, sent, second, repeats=asked.id)
        elif way < 0.9:
            asked = self._next(step, sent, first)
            again = self._next(step, sent, COPIES[first == COPIES[0]], repeats=asked.id)
            await asyncio.gather(self._client.ask(asked), self._client.ask(again))
        else:
            asked = self._next(step, sent, first)
            running = asyncio.create_task(self._client.ask(asked, patience))
            await running
            if asked.said is Said.GAVE_UP:
                await self._client.ask(self._next(step, sent, second, repeats=asked.id))

    async def _ask(self, step: Step, sent: Mapping[str, str], copy: str, repeats: str = "") -> Asked:
        return await self._client.ask(self._next(step, sent, copy, repeats))

    def _next(self, step: Step, sent: Mapping[str, str], copy: str, repeats: str = "") -> Asked:
        self._number += 1
        name = f"{self._name}n{self._number:02d}"
        return Asked(name, self._agent.user, copy, step.function, sent, self._name, 0.0, repeats=repeats)

    def _filled(self, name: str, value: str) -> str:
        if value != "#":
            return value
        if name == "value":
            return "".join(self._dice.choices("0123456789", k=self._dice.randint(1, 6)))
        return f"555{self._dice.choice('89')}{self._dice.randrange(10**6):06d}"

    # ---- what VICIdial's programs and people do around telectl

    async def _begin(self) -> tuple[Line | None, int]:
        """Bring a call to the agent, as often as it takes; no line when the run ends before that worked."""
        stage, agent = self._stage, self._agent
        while not stage.over:
            lives = stage.lives
            try:
                await self._clear()
                line = await stage.centre.seat(agent.user, agent.phone, agent.room, agent.lead_id)
                login = f'"S2611230800{agent.room}" <0>'
                line.agent = await stage.centre.call_into_room(agent.phone, agent.room, login, prefix="2")
                await stage.centre.deliver(line, agent.customer)
            except _TROUBLES:
                await asyncio.sleep(_RETRY)
            else:
                if lives == stage.lives:
                    return line, lives
        return None, 0

    async def _clear(self) -> None:
        """Hang up what is left of the agent's calls, and take their rows away."""
        stage, agent = self._stage, self._agent
        names = (f"PJSIP/{agent.phone.user}-", f"PJSIP/{agent.customer.user}-")
        lead = f"{agent.lead_id:010d}"
        members = await stage.witness.members(agent.room)
        for channel in await stage.witness.channels():
            name = channel["Channel"]
            whose = channel["CallerIDName"] + channel["ConnectedLineName"]
            if name.startswith(names) or lead in whose or name in members:
                await stage.witness.action("Hangup", Channel=name)
        for phone in (agent.phone, agent.customer):
            for call in phone.calls:
                call.close()
            phone.calls.clear()
        rows, extension = stage.rows, f"PJSIP/{agent.phone.user}"
        await rows.run(
            "DELETE FROM parked_channels WHERE parked_by = %s OR channel LIKE %s",
            *(extension, f"PJSIP/{agent.customer.user}-%"),
        )
        await rows.run("DELETE FROM vicidial_auto_calls WHERE lead_id = %s", agent.lead_id)
        await rows.run("DELETE FROM telectl_calls WHERE agent = %s", agent.user)
        await rows.run(
            "UPDATE vicidial_confbridges SET extension = IF(conf_exten = %s, %s, ''), leave_3way = '0'"
            " WHERE extension = %s OR conf_exten = %s",
            *(agent.room, extension, extension, agent.room),
        )

    async def _agent_leaves(self, line: Line) -> None:
        """Let the agent's phone hang up, so that it can be called."""
        if line.agent is not None and not line.agent.ended:
            with contextlib.suppress(SipError, OSError):
                await line.agent.hangup()
            await asyncio.sleep(0.1)

    async def _calm(self, line: Line, lives: int) -> None:
        """Wait until rows and channels agree; time with a fault does not count."""
        stage, agent = self._stage, self._agent
        quiet, wrong = 0.0, ["nobody could be asked"]
        while quiet < SETTLED:
            await asyncio.sleep(_LOOK_EVERY)
            if stage.active:
                continue
            if lives != stage.lives:
                return  # Asterisk has died, and the call with it
            started = time.monotonic()
            try:
                ended = self._ended_by_telectl(line)
                wrong = await disagreements(stage, agent, line, ended_by_telectl=ended)
            except _TROUBLES:
                continue
            if not wrong:
                return
            quiet += _LOOK_EVERY + min(time.monotonic() - started, _LOOK_EVERY)
        words = "; ".join(wrong)
        if lives == stage.lives:
            stage.ledger.disagreements.append(Disagreement(time.monotonic(), self._name, words))

    def _ended_by_telectl(self, line: Line) -> bool:
        """Tell whether telectl has hung the customer up or sent it away: then the agent has no call any more."""
        stays = {line.room, *PARK_EXTENSIONS}
        return any(
            acted.channel == line.channel
            and acted.done
            and (acted.name == "Hangup" or (acted.name == "Redirect" and acted.target not in stays))
            for acted in self._stage.ledger.acted[-2000:]
        )
