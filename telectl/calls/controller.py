"""The call commands, each under its agent's lock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial

from telectl.asterisk import Fleet
from telectl.calls.call_agent import AgentCaller
from telectl.calls.command import CommandContext
from telectl.calls.dial_limit import DialLimit
from telectl.calls.dial_parts import Part, dialled
from telectl.calls.dtmf import DigitSender
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.hangup.hangup import HangUp
from telectl.calls.hangup.wrap_up import WrapUp
from telectl.calls.ivr_return import IvrReturn
from telectl.calls.lock.agent_lock import AgentLock, AgentLocks
from telectl.calls.login_call import LoginCall
from telectl.calls.park.parking import Park, Parking
from telectl.calls.park.rows import IVR
from telectl.calls.player import DirectPlayer, Player, QueuedPlayer, Room, is_playing
from telectl.calls.queue_metrics import QueueMetrics
from telectl.calls.remote.command import RemoteAgentCommand
from telectl.calls.remote.direct import RemoteControl
from telectl.calls.remote.queued import queue_for_daemon
from telectl.calls.requests.named import NamedRequests
from telectl.calls.saga.concurrency import Background, gather_all
from telectl.calls.saga.confirm import ConfirmedActions
from telectl.calls.saga.owed import OwedRows
from telectl.calls.saga.reconcile import Reconciler
from telectl.calls.saga.steps import Step, in_order
from telectl.calls.session.agent_screens import Screens
from telectl.calls.session.parties import count_third_parties
from telectl.calls.session.session import AgentSnapshot, Session, SessionReader
from telectl.calls.third_party.dialler import ThirdPartyDialler
from telectl.calls.third_party.tracker import ThirdPartyTracker
from telectl.calls.timing import Timing
from telectl.calls.transfer.blind import BLIND_KINDS, BlindTransfer
from telectl.calls.transfer.command import DIALS, HANGS_UP, ThirdPartyThere, Transfer, TransferCommand
from telectl.calls.transfer.leave_3way import ThreeWay
from telectl.database import Clock, Database
from telectl.database.leads import Lead
from telectl.settings import Settings

Ready = Callable[[], Awaitable[None]]
Prepare = Callable[[Session, CommandContext], Awaitable[Step]]
"""Checks one step and returns it, ready to run."""


class CallController:
    """Carries call commands out over AMI, or tells that VICIdial's screen is to do it.

    Every command raises CallFailure or AsteriskError with what the caller is told; returning means that Asterisk
    did it.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        fleet: Fleet,
        clock: Clock,
        queue_metrics: QueueMetrics,
        *,
        timing: Timing,
    ) -> None:
        self._settings = settings
        self._database = database
        self._fleet = fleet
        self._queue_metrics = queue_metrics
        self._timing = timing
        self._background = Background()
        self._requests = NamedRequests(database, timing)
        self._locks = AgentLocks(database, timing)
        self._dial_limit = DialLimit(database, settings.dials_per_user, settings.dials_per_agent)
        self._screens = Screens(database, timing)
        self._sessions = SessionReader(database, fleet, settings.cache_seconds)
        self._actions = actions = ConfirmedActions(timing)
        self._owed = OwedRows(self._background, timing)
        reconciler = Reconciler(self._background, self._owed, self._requests, timing)
        wrap_up = WrapUp(database, actions, queue_metrics)
        self._tracker = ThirdPartyTracker(database, fleet, clock, timing)
        self._parking = Parking(database, reconciler, actions, queue_metrics)
        self._dialler = ThirdPartyDialler(database, reconciler, self._tracker, timing)
        self._hang_up = HangUp(database, self._owed, actions, wrap_up)
        self._blind = BlindTransfer(database, reconciler, actions, wrap_up)
        self._three_way = ThreeWay(database, reconciler, actions, self._parking, wrap_up)
        self._parks = _park_steps(self._parking, self._hang_up)
        self._digits = DigitSender(database, self._owed, self._background, actions, timing)
        self._agents = AgentCaller(database, self._owed, actions, timing)
        self._remote = RemoteControl(database, fleet, self._sessions, reconciler, actions, queue_metrics=queue_metrics)
        self._ivr_return = IvrReturn(self, database, clock, timing)

    async def start(self) -> None:
        """Start what runs beside the requests."""
        await self._requests.start()
        if self._settings.call_control != "vicidial":
            await self._locks.start()
            await self._tracker.start()
            await self._screens.start()
            await self._ivr_return.start()

    async def close(self) -> None:
        """Finish what runs beside the requests."""
        await self._ivr_return.close()
        await self._screens.close()
        await self._tracker.close()
        await self._background.close(self._timing.finish)
        await self._requests.close()

    def hold(self, user: str, command: str | None = None) -> AbstractAsyncContextManager[AgentLock]:
        """Hold an agent's lock, as `AgentLocks.hold` does; in `vicidial` mode, where nobody is commanded, hold none."""
        if self._settings.call_control == "vicidial":
            return nullcontext(AgentLock(user, holder=""))
        return self._locks.hold(user, command)

    @property
    def requests(self) -> NamedRequests:
        """What clients named by a key."""
        return self._requests

    @property
    def owed(self) -> OwedRows:
        """What is still to be written behind commands that were done."""
        return self._owed

    @property
    def dial_limit(self) -> DialLimit:
        """How many calls may be dialled."""
        return self._dial_limit

    @property
    def tracker(self) -> ThirdPartyTracker:
        """What became of third parties' calls."""
        return self._tracker

    async def screen_is_alive(self, user: str) -> bool:
        """Return whether the agent's VICIdial screen gave a sign of life within the last seconds."""
        return await self._screens.alive(user)

    async def leaves_it_to_the_screen(self, user: str) -> bool:
        """Return whether the agent's screen is to act: telectl writes a flag or queue row then.

        Raises:
            DatabaseError: nobody knows whether that screen lives.
        """
        mode = self._settings.call_control
        return mode == "vicidial" or (mode == "auto" and await self.screen_is_alive(user))

    async def snapshot(self, user: str) -> AgentSnapshot | None:
        """Read what the tables say of an agent and its call; None for one that is not logged in."""
        await self._owed.settle(user)
        return await self._sessions.snapshot(user)

    async def send_dtmf(self, snapshot: AgentSnapshot, digits: str, command: CommandContext) -> None:
        """Send digits to the parties of the agent's call, or to the whole room (`TELECTL_DTMF`)."""
        session = await self._sessions.read(snapshot)
        if self._settings.dtmf == "room":
            await self._digits.send_to_room(session, digits, command)
        else:
            await self._digits.send(session, digits, command)

    async def park(self, snapshot: AgentSnapshot, what: Park, command: CommandContext) -> None:
        """Park a party of the agent's call, or take it back."""
        async with self._locks.hold(snapshot.agent.user):
            session = await self._sessions.read(snapshot)
            await in_order(*await gather_all(*(step(session, command) for step in self._parks[what])))

    async def transfer(
        self, snapshot: AgentSnapshot, transfer: TransferCommand, command: CommandContext, ready: Ready | None = None
    ) -> str:
        """Transfer the customer, dial a third party, hang parties up, or leave them to themselves.

        `ready` is called once the checks are passed, before anything is done. Return a dialled third party's call
        id, else nothing.

        Raises:
            ThirdPartyThere: the request wants no second third party.
        """
        if transfer.lacks_number:
            raise CallFailure(Failure.NO_NUMBER)
        async with self._locks.hold(snapshot.agent.user):
            session = await self._sessions.read(snapshot, here_if_need_be=transfer.kind in HANGS_UP)
            if transfer.refuse_second and (number := count_third_parties(session)):
                raise ThirdPartyThere(number)
            lead = await self._dialler.check_dial(session, transfer, command) if transfer.kind in DIALS else None
            if ready is not None:
                await ready()
            if transfer.kind in DIALS:
                return await self._dial(session, transfer, lead, command)
            if transfer.kind in BLIND_KINDS:
                await self._blind.send_away(session, transfer, command)
            elif transfer.kind is Transfer.HANGUP_XFER:
                await in_order(await self._hang_up.hang_up_third(session, command))
            elif transfer.kind is Transfer.HANGUP_BOTH:
                await self._hang_up.hang_up_both(session, command)
            else:
                await self._three_way.leave(session, command)
            return ""

    async def leave_3way(self, snapshot: AgentSnapshot, command: CommandContext) -> None:
        """Move an agent out of its three-way call, whoever asks for it."""
        async with self._locks.hold(snapshot.agent.user):
            await self._three_way.leave(await self._sessions.read(snapshot), command)

    async def _dial(
        self, session: Session, transfer: TransferCommand, lead: Lead | None, command: CommandContext
    ) -> str:
        if transfer.kind is Transfer.DIAL_WITH_CUSTOMER:
            return await self._dialler.dial(session, transfer, lead, command)
        dialled: list[str] = []

        async def dial() -> None:
            dialled.append(await self._dialler.dial(session, transfer, lead, command))

        await in_order(await self._parking.park_customer(session, command), Step("third party dialled", dial))
        return dialled[0]

    async def call_agent(self, snapshot: AgentSnapshot, login_call: LoginCall, command: CommandContext) -> None:
        """Ring the agent's phone into its session."""
        async with self._locks.hold(snapshot.agent.user):
            await self._agents.ring_agent(await self._sessions.read(snapshot), login_call, command)

    async def is_parked_as(self, snapshot: AgentSnapshot, what: Park) -> bool:
        """Return whether the parties are where a park or grab of this agent's call brings them."""
        return await self._parking.is_done(await self._sessions.read(snapshot), what)

    async def is_called(self, snapshot: AgentSnapshot) -> bool:
        """Return whether the agent's phone is rung, or in its session."""
        return self._agents.is_called(await self._sessions.read(snapshot))

    async def is_playing(self, snapshot: AgentSnapshot) -> bool:
        """Return whether something plays in the agent's room."""
        session = await self._sessions.read(snapshot)
        return is_playing(session.link, session.room)

    async def control_remote(self, what: RemoteAgentCommand, command: CommandContext) -> bool:
        """Hang up or send on a remote agent's call, or queue that for VICIdial's manager daemon.

        Return whether the call was still there.
        """
        if not await self.leaves_it_to_the_screen(what.agent_user):
            async with self._locks.hold(what.agent_user):
                await self._remote.control_call(what, command)
            return True
        queued = await queue_for_daemon(what, command.instant, self._database)
        if queued:
            await self._queue_metrics.log_events(what.agent_user, command.instant, *what.told, ended=what.ended)
        return queued

    async def player(
        self, user: str, server_ip: str, number: str, command: CommandContext, *, remote: bool = False
    ) -> Player:
        """Return what plays into an agent's room; a remote agent has none.

        Raises:
            ServerUnavailable: the room's server has no usable link.
        """
        server = await self._sessions.server(server_ip)
        room = Room(dialled(Part.ROOM, number), server_ip, dialled(Part.CONTEXT, server.context))
        if await self.leaves_it_to_the_screen(user):
            return QueuedPlayer(self._database, room, command)
        if remote:
            raise CallFailure(Failure.REMOTE_AGENT)
        return DirectPlayer(self._fleet.link(room.server_ip), room, command, self._actions)


def _park_steps(parking: Parking, hang_up: HangUp) -> Mapping[Park, tuple[Prepare, ...]]:
    """Return the steps of each value; all are checked before the first one acts."""
    return {
        Park.PARK_CUSTOMER: (parking.park_customer,),
        Park.GRAB_CUSTOMER: (parking.grab_customer,),
        Park.PARK_IVR_CUSTOMER: (partial(parking.park_customer, hold=IVR),),
        Park.GRAB_IVR_CUSTOMER: (partial(parking.grab_customer, hold=IVR),),
        Park.PARK_XFER: (parking.park_third,),
        Park.GRAB_XFER: (parking.grab_third,),
        Park.SWAP_PARK_CUSTOMER: (parking.park_customer, partial(parking.grab_third, for_customer=True)),
        Park.SWAP_PARK_XFER: (parking.park_third, partial(parking.grab_customer, for_third=True)),
        Park.HANGUP_XFER_GRAB_CUSTOMER: (hang_up.hang_up_third, partial(parking.grab_customer, for_third=True)),
    }
