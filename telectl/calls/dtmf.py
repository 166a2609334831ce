"""Send digits to the parties of a session (call-control.md sections 5 and 13.4).

PlayDTMF on each party's own channel: the agent does not hear it, and no `#` starts a feature of the dialplan.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial

from telectl.asterisk import CallerId, Event, Originate, PlayDtmf
from telectl.calls.command import CommandContext
from telectl.calls.dial_parts import Part, dialled
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.lock.local_lock import LocalLocks
from telectl.calls.saga.concurrency import Background
from telectl.calls.saga.confirm import ConfirmedActions, is_response, joined_room
from telectl.calls.saga.owed import OwedRows
from telectl.calls.session.admission import require_place
from telectl.calls.session.call_ids import new_channel_id
from telectl.calls.session.entries import Way
from telectl.calls.session.parties import Party, find_parties
from telectl.calls.session.session import Session
from telectl.calls.timing import Timing
from telectl.database import Database, Write
from telectl.database.dial_logs import LOG_AGENT_DIAL
from telectl.errors import ActionRefused, AsteriskError, OutcomeUnknown

log = logging.getLogger(__name__)

_LONGEST_LEAD = 10
"""Leading Qs that the answer waits for; behind more, it comes once the parties are found."""
_KEYS = str.maketrans("PS", "#*")
_AS_CALLER_ID = str.maketrans("PSQ", "#*,")
_DEFAULT_SENDER = "local/8500998@default"

CLEAR_DTMF_FLAG = Write(
    "clear the digits flag",
    "UPDATE vicidial_live_agents SET external_dtmf = '' WHERE user = %(user)s AND external_dtmf <> ''",
)


class DigitSender:
    """Sends digits, one string after the other for each agent."""

    def __init__(
        self, database: Database, owed: OwedRows, background: Background, actions: ConfirmedActions, timing: Timing
    ) -> None:
        self._database = database
        self._owed = owed
        self._background = background
        self._actions = actions
        self._timing = timing
        self._locks = LocalLocks()

    async def send(self, session: Session, digits: str, command: CommandContext) -> None:
        """Send digits to customer and third party; return once the first digit was accepted.

        The rest follows in the background. A second string for the same agent waits for the first to end.
        """
        parties = find_parties(session).talking()
        if not parties:
            raise CallFailure(Failure.NOBODY)
        user = session.agent.user
        await self._locks.acquire(user, self._timing.earlier_digits)
        first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        string = digits.translate(_KEYS)
        task = self._background.start(self._play(parties, string, command, first), f"digits {command.request_id}")
        task.add_done_callback(lambda _: self._locks.release(user))
        if len(string) - len(string.lstrip("Q")) <= _LONGEST_LEAD:
            await first
        else:
            first.add_done_callback(_look_at)
        await self._owed.write("the log of digits", partial(self._write_rows, session, digits, command))

    async def send_to_room(self, session: Session, digits: str, command: CommandContext) -> None:
        """Send digits as VICIdial does: a sender joins the room, and everybody there hears them.

        Raises:
            CallFailure: nobody is there, the room lets nobody in, or the sender did not come.
        """
        link, room = session.link, session.room
        if not link.state.room(room):
            raise CallFailure(Failure.NOBODY)
        given = (session.phone.dtmf_send_extension if session.phone else None) or _DEFAULT_SENDER
        sender = dialled(Part.PHONE, given)
        string = digits.translate(_AS_CALLER_ID)
        way = Way.DIGITS.into(room)
        await require_place(session, way)
        originate = Originate(
            channel=sender[:1].upper() + sender[1:],
            context=session.context,
            exten=way,
            caller_id=CallerId(string, string),
            channel_id=new_channel_id(command.instant),
        )
        joined = joined_room(room, lambda event: event["Uniqueid"] == originate.channel_id)

        def failed(event: Event) -> bool:
            if is_response(event, command):
                return event["Response"] == "Failure"
            return event.name == "Hangup" and event["Uniqueid"] == originate.channel_id

        event = await self._actions.send(command, link, originate, lambda event: joined(event) or failed(event))
        if event is None:
            raise OutcomeUnknown(f"no sender of digits in room {room} yet")
        if failed(event):
            raise CallFailure(Failure.NO_SENDER, sender)
        await self._owed.write("the log of digits", partial(self._write_rows, session, digits, command))

    async def _play(
        self, parties: list[Party], string: str, command: CommandContext, first: asyncio.Future[None]
    ) -> None:
        due = time.monotonic()
        for key in string:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if key == "Q":
                due += self._timing.silence
                continue
            due = time.monotonic() + self._timing.pace
            try:
                parties = await self._press(parties, key, command)
            except (AsteriskError, CallFailure) as error:
                if first.done():
                    log.warning("digits stopped: %s", error, extra={"request_id": command.request_id})
                else:
                    first.set_exception(error)
                return
            if not first.done():
                first.set_result(None)
        if not first.done():
            first.set_result(None)  # nothing but silence

    async def _press(self, parties: list[Party], key: str, command: CommandContext) -> list[Party]:
        """Press one key for every party, and return those that are still there."""
        reached = []
        refusal: ActionRefused | None = None
        for party in parties:
            try:
                await party.link.do_on_side_connection(
                    PlayDtmf(channel=party.channel.name, digit=key, duration_ms=int(self._timing.tone * 1000)),
                    action_id=command.request_id,
                )
            except ActionRefused as error:
                refusal = error
            else:
                reached.append(party)
        if not reached:
            gone = ", ".join(party.channel.name for party in parties)
            raise CallFailure(Failure.CUSTOMER_GONE, f"{gone}: {refusal}")
        return reached

    async def _write_rows(self, session: Session, digits: str, command: CommandContext) -> None:
        await self._database.write(CLEAR_DTMF_FLAG, user=session.agent.user)
        await self._database.write(
            LOG_AGENT_DIAL,
            caller_code=digits[:30],
            user=session.agent.user,
            call_date=command.instant.local,
            call_type="SYS",
            notes="",
        )


def _look_at(first: asyncio.Future[None]) -> None:
    if not first.cancelled() and (error := first.exception()) is not None:
        log.warning("digits not sent: %s", error)
