"""Call an agent's phone into its session (call-control.md sections 4 and 13.4)."""

from __future__ import annotations

from telectl.asterisk import CallerId, Event, Originate
from telectl.calls.command import CommandContext
from telectl.calls.dial_parts import Part, dialled, number_shown
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.login_call import LoginCall
from telectl.calls.saga.confirm import require_extension
from telectl.calls.session.call_ids import new_channel_id
from telectl.calls.session.parties import find_parties
from telectl.calls.session.session import Session
from telectl.calls.timing import Timing
from telectl.database import Database
from telectl.database.dial_logs import LOG_AGENT_DIAL
from telectl.errors import OutcomeUnknown


class AgentCaller:
    """Calls agents' phones."""

    def __init__(self, database: Database, timing: Timing) -> None:
        self._database = database
        self._timing = timing

    async def ring_agent(self, session: Session, login_call: LoginCall, command: CommandContext) -> None:
        """Ring the agent's phone; return once its channel exists. Answered, it is in the agent's room.

        The room is always the session's present one (after a leave-3way the stored call names the old one). A phone
        that is already in the room, or already ringing, is not rung twice.
        """
        if self.is_called(session):
            return
        context = dialled(Part.CONTEXT, login_call.header("Context") or session.context)
        phone = dialled(Part.PHONE, login_call.header("Channel") or session.agent.extension or "")
        extension = session.agent_extension
        await require_extension(session.link, context, extension)
        caller_code = f"S{command.instant.compact[2:]}{session.room}"
        channel_id = new_channel_id(command.instant)
        originate = Originate(
            channel=phone,
            context=context,
            exten=extension,
            caller_id=CallerId(caller_code, number_shown("", session.campaign)),
            timeout_ms=int(self._timing.ring_agent * 1000),
            channel_id=channel_id,
        )

        def seen(event: Event) -> bool:
            if event.name == "Newchannel":
                return event["Uniqueid"] == channel_id
            return event.name == "OriginateResponse" and event["ActionID"].startswith(command.request_id)

        with session.link.expect(seen) as sign:
            await session.link.do(originate, action_id=command.request_id)
            event = await sign.wait(self._timing.agent_channel)
        if event is None:
            raise OutcomeUnknown(f"no channel for {originate.channel} yet")
        if event.name == "OriginateResponse" and event["Response"] == "Failure":
            raise CallFailure(Failure.PHONE_UNREACHABLE, originate.channel)
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
        return find_parties(session).agent is not None or self._is_ringing(session)

    def _is_ringing(self, session: Session) -> bool:
        """Return whether an earlier command is ringing the phone now."""
        name = f"{session.agent.extension or '?'}-"
        return any(
            channel.name.startswith(name)
            and channel.state in ("Down", "Ring", "Ringing", "Dialing")
            and channel.caller_id_name.startswith("S")
            for channel in session.link.state.channels()
        )
