"""The call commands, each in the agent's turn."""

from __future__ import annotations

from telectl.asterisk import Fleet
from telectl.calls.agent_leg import AgentCaller
from telectl.calls.background import Background
from telectl.calls.command import Command
from telectl.calls.dtmf import DigitSender
from telectl.calls.failures import NOT_BUILT, CallFailure
from telectl.calls.login_call import LoginCall
from telectl.calls.park import Park, Parking
from telectl.calls.screen import Screens
from telectl.calls.session import SessionReader
from telectl.calls.settle import Settler
from telectl.calls.turns import Turns
from telectl.database import Database
from telectl.database.agents import LiveAgent
from telectl.settings import Settings


class CallController:
    """Carries call commands out over AMI, or tells that VICIdial's screen is to do it.

    Every command raises CallFailure or AsteriskError with what the caller is told; returning means that Asterisk
    did it.
    """

    def __init__(self, settings: Settings, database: Database, fleet: Fleet) -> None:
        self._settings = settings
        self._background = Background()
        self._turns = Turns()
        self._screens = Screens(database)
        self._sessions = SessionReader(database, fleet, settings.cache_seconds)
        self._parking = Parking(database, Settler(self._background))
        self._digits = DigitSender(database, self._background)
        self._agents = AgentCaller(database)

    async def start(self) -> None:
        """Start what runs beside the requests."""
        if self._settings.call_control == "auto":
            await self._screens.start()

    async def close(self) -> None:
        """Finish what runs beside the requests."""
        await self._screens.close()
        await self._background.close()

    async def leaves_it_to_the_screen(self, user: str) -> bool:
        """Tell whether the agent's screen is to act: telectl writes a flag or queue row then."""
        mode = self._settings.call_control
        return mode == "vicidial" or (mode == "auto" and self._screens.alive(user))

    async def send_dtmf(self, agent: LiveAgent, digits: str, command: Command) -> None:
        """Send digits to the parties of the agent's call, or to the whole room (`TELECTL_DTMF`)."""
        session = await self._sessions.read(agent)
        if self._settings.dtmf == "room":
            await self._digits.send_to_room(session, digits, command)
        else:
            await self._digits.send(session, digits, command)

    async def park(self, agent: LiveAgent, what: Park, command: Command) -> None:
        """Park a party of the agent's call, or take it back."""
        async with self._turns.turn(agent.user):
            session = await self._sessions.read(agent)
            if what is Park.PARK_CUSTOMER:
                await self._parking.park_customer(session, command)
            elif what is Park.GRAB_CUSTOMER:
                await self._parking.grab_customer(session, command)
            else:
                raise CallFailure(NOT_BUILT)

    async def call_agent(self, agent: LiveAgent, login_call: LoginCall, command: Command) -> None:
        """Ring the agent's phone into its session."""
        async with self._turns.turn(agent.user):
            await self._agents.call(await self._sessions.read(agent), login_call, command)
