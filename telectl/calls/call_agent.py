"""Call an agent's phone into its session (call-control.md sections 4 and 13.4)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from telectl.asterisk import CallerId, Channel, Event, Link, Originate
from telectl.calls.command import CommandContext
from telectl.calls.dial_parts import Part, dialled, number_shown
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.login_call import LoginCall
from telectl.calls.saga.confirm import ConfirmedActions, is_response, require_extension
from telectl.calls.saga.owed import OwedRows
from telectl.calls.session.admission import require_place
from telectl.calls.session.call_ids import calls_into, is_of_the_page, new_channel_id
from telectl.calls.session.entries import is_of
from telectl.calls.session.parties import find_parties
from telectl.calls.session.session import Session
from telectl.calls.timing import Timing
from telectl.database import Database
from telectl.database.dial_logs import LOG_AGENT_DIAL
from telectl.errors import OutcomeUnknown

_RINGS = ("Ringing", "Up")


class AgentCaller:
    """Calls agents' phones."""

    def __init__(self, database: Database, owed: OwedRows, actions: ConfirmedActions, timing: Timing) -> None:
        self._database = database
        self._owed = owed
        self._actions = actions
        self._timing = timing

    async def ring_agent(self, session: Session, login_call: LoginCall, command: CommandContext) -> None:
        """Ring the agent's phone; return once it rings. Answered, it is in the agent's room.

        The room is always the session's present one (after a leave-3way the stored call names the old one). A phone
        that is already in the room, or already ringing, is not rung twice.

        Raises:
            CallFailure: the phone refused, or no sign came from it and its call was taken back.
            OutcomeUnknown: what an outside number (a Local phone) does is not known yet; its call goes on.
        """
        if find_parties(session).agent is not None:
            return
        called = self._called(session)
        if called is not None:
            await self._until_it_rings(session.link, called.linkedid, called.name, command)
            return
        context = dialled(Part.CONTEXT, login_call.header("Context") or session.context)
        phone = dialled(Part.PHONE, login_call.header("Channel") or session.agent.extension or "")
        extension = session.agent_extension
        await require_extension(session.link, context, extension)
        await require_place(session, extension)
        caller_code = f"S{command.instant.compact[2:]}{session.room}"
        originate = Originate(
            channel=phone,
            context=context,
            exten=extension,
            caller_id=CallerId(caller_code, number_shown("", session.campaign)),
            timeout_ms=int(self._timing.ring_agent * 1000),
            channel_id=new_channel_id(command.instant),
        )
        await self._until_it_rings(session.link, originate.channel_id, phone, command, originate)
        await self._owed.write("the log of the call", partial(self._log, session, caller_code, command))

    async def _log(self, session: Session, caller_code: str, command: CommandContext) -> None:
        await self._database.write(
            LOG_AGENT_DIAL,
            caller_code=caller_code,
            user=session.agent.user,
            call_date=command.instant.local,
            call_type="APL",
            notes="",
        )

    def is_called(self, session: Session) -> bool:
        """Return whether the phone is in the room, or an earlier command is ringing it now."""
        return find_parties(session).agent is not None or self._called(session) is not None

    def _called(self, session: Session) -> Channel | None:
        """Return the channel of an earlier call of the agent's phone into this room that nobody has answered."""
        waiting = [channel for channel in session.link.state.channels() if channel.state != "Up"]
        for channel in waiting:
            back = is_of_the_page(channel) and is_of(channel, session.agent.extension)
            if back or calls_into(channel, session.room):
                return channel
        return None

    async def _until_it_rings(
        self, link: Link, call: str, phone: str, command: CommandContext, originate: Originate | None = None
    ) -> None:
        """Make a call, or take the one that is under way, and wait until the phone rings and goes on ringing."""
        ended, rings = _ended(call, command), _rings(call, command)
        with ExitStack() as looking:
            sign = looking.enter_context(link.expect(lambda event: ended(event) or rings(event)))
            end = looking.enter_context(link.expect(ended))
            if originate is not None:
                await link.do(originate, action_id=command.request_id)
            event = None if _rings_already(link, call) else await sign.wait(self._timing.confirm)
            if event is None and not _rings_already(link, call):
                await self._take_back(link, call, phone, command)
            elif await end.wait(self._timing.stays_up) is not None:
                raise CallFailure(Failure.PHONE_UNREACHABLE, phone)

    async def _take_back(self, link: Link, call: str, phone: str, command: CommandContext) -> None:
        """End a call of which no sign came; an outside number's phone may ring later, and its call goes on."""
        channel = link.state.by_uniqueid(call)
        if channel is None or channel.name.startswith("Local/"):
            raise OutcomeUnknown(f"{phone} does not ring yet")
        await self._actions.hang_up(command, link, channel.name)
        raise CallFailure(Failure.PHONE_UNREACHABLE, f"{phone}: no sign within {self._timing.confirm} s")


def _rings_already(link: Link, call: str) -> bool:
    """Return whether a phone of the call rings or has answered; half of a Local pair is none."""
    legs = (channel for channel in link.state.channels() if channel.linkedid == call)
    return any(leg.state in _RINGS and not leg.name.startswith("Local/") for leg in legs)


def _rings(call: str, command: CommandContext) -> Callable[[Event], bool]:
    """Return what recognises that the phone rings or has answered, or a dialplan in its place."""

    def seen(event: Event) -> bool:
        if is_response(event, command):
            return event["Response"] == "Success"
        rings = event.name == "Newstate" and event["ChannelStateDesc"] in _RINGS
        return rings and event["Linkedid"] == call and not event["Channel"].startswith("Local/")

    return seen


def _ended(call: str, command: CommandContext) -> Callable[[Event], bool]:
    """Return what recognises that the call has failed, or has ended."""

    def seen(event: Event) -> bool:
        if is_response(event, command):
            return event["Response"] == "Failure"
        return event.name == "Hangup" and event["Uniqueid"] == call

    return seen
