"""Follow third parties' calls from the first ring to the end, and write what became of them.

One listener a server looks each event up by the id that all channels of the call share (`Linkedid` is the ChannelId
that telectl chose); so events of other calls cost one look into a dictionary.

| state | from |
|---|---|
| dialing | Originate accepted |
| ringing | Newstate Ringing of the third party's channel |
| answered | DialEnd ANSWER, or OriginateResponse Success (a dialplan that answers by itself) |
| busy, no answer, failed | the end before an answer; the Hangup event's cause tells which |
| cancelled | hung up by HANGUP_XFER or HANGUP_BOTH before an answer |
| ended | the end after an answer |
| unknown | the link was lost meanwhile, and the call is no longer there |
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from telectl.asterisk import Event, Fleet, Link
from telectl.calls.third_party.sql import (
    LOG_FAILED_DIAL,
    LOG_THIRD_LEFT,
    PURGE_THIRD_CALLS,
    TELL_THIRD_CALL,
    THIRD_CALL,
    ThirdCallRow,
)
from telectl.calls.timing import Timing
from telectl.database import Clock, Database
from telectl.errors import DatabaseError, OutcomeUnknown

log = logging.getLogger(__name__)

OPEN = ("dialing", "ringing", "answered")
"""The states of a call that has not ended."""
_BY_CAUSE = {17: "busy", 18: "no answer", 19: "no answer", 20: "no answer"}
_Q850 = re.compile(r"[0-9]{1,3}")
"""A cause of ITU-T Q.850, as Hangup tells it."""
_KEPT = 7 * 24
"""Hours that a call is told of."""
_DIAL_IS_OLD = 12
"""Hours after which a dial in an agent's log is not this one."""


@dataclass(slots=True)
class ThirdPartyCall:
    """A third party's call while it is followed."""

    call_id: str
    agent: str
    lead_id: int
    link: Link
    channel_id: str
    request_id: str
    began: float
    """This and the other times are time.monotonic()."""
    state: str = "dialing"
    dialstatus: str = ""
    cause: int = 0
    cause_text: str = ""
    channel: str = ""
    uniqueid: str = ""
    rang: float | None = None
    answered: float | None = None
    ended: float | None = None

    @property
    def is_there(self) -> bool:
        """Return whether one of its channels lives."""
        state = self.link.state
        return any(state.by_uniqueid(one) is not None for one in (self.channel_id, self.uniqueid) if one)

    def apply_event(self, event: Event) -> bool:
        """Apply an event of one of the call's channels, and return whether it changed what is known."""
        if event.name == "Newstate" and event["ChannelStateDesc"] == "Ringing":
            return self._ring(event)
        if event.name == "DialEnd":
            return self._dial_ended(event)
        if event.name == "OriginateResponse":
            return self._answer() if event["Response"] == "Success" else self._end_unanswered()
        if event.name == "Hangup":
            return self._hung_up(event)
        return False

    def _ring(self, event: Event) -> bool:
        if self.state != "dialing" or event["Channel"].startswith("Local/"):
            return False
        self.state, self.rang = "ringing", time.monotonic()
        self.channel, self.uniqueid = event["Channel"], event["Uniqueid"]
        return True

    def _dial_ended(self, event: Event) -> bool:
        self.dialstatus = event["DialStatus"]
        if event["DestChannel"] and not event["DestChannel"].startswith("Local/"):
            self.channel, self.uniqueid = event["DestChannel"], event["DestUniqueid"]
        return self._answer() if self.dialstatus == "ANSWER" else False

    def _answer(self) -> bool:
        if self.answered is not None:
            return False
        self.answered = time.monotonic()
        self.state = "answered" if self.ended is None else "ended"  # its end may be told before its answer
        return True

    def _hung_up(self, event: Event) -> bool:
        cause = int(event["Cause"]) if _Q850.fullmatch(event["Cause"]) else 0
        if cause and not event["Channel"].startswith("Local/"):
            self.cause, self.cause_text = cause, event["Cause-txt"][:100]
        if self.is_there:
            return False
        return self._end("ended") if self.answered is not None else self._end_unanswered()

    def _end_unanswered(self) -> bool:
        return not self.is_there and self._end(_BY_CAUSE.get(self.cause) or self._by_dialstatus())

    def _by_dialstatus(self) -> str:
        return "no answer" if self.dialstatus == "NOANSWER" and self.cause in (0, 16) else "failed"

    def _end(self, state: str) -> bool:
        if self.state not in OPEN:
            return False
        self.state, self.ended = state, time.monotonic()
        return True

    def lose(self) -> None:
        """End it without knowing how."""
        self._end("unknown")


class ThirdPartyTracker:
    """All third parties' calls that this copy of telectl dialled and that have not ended."""

    def __init__(self, database: Database, fleet: Fleet, clock: Clock, timing: Timing) -> None:
        self.outcomes: Counter[str] = Counter()
        """How many calls reached each state, since the start."""
        self._database = database
        self._fleet = fleet
        self._clock = clock
        self._timing = timing
        self._by_channel: dict[str, ThirdPartyCall] = {}
        self._by_request: dict[str, ThirdPartyCall] = {}
        self._changed: asyncio.Queue[ThirdPartyCall] = asyncio.Queue()
        self._links: dict[Link, Callable[[], None]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to write what becomes of calls."""
        self._tasks = [
            asyncio.create_task(self._write_outcomes(), name="third parties' calls"),
            asyncio.create_task(self._find_lost(), name="lost third parties' calls"),
            asyncio.create_task(self._purge_old(), name="old third parties' calls"),
        ]

    async def close(self) -> None:
        """Write what is known, and stop."""
        if self._tasks:
            await asyncio.wait({asyncio.create_task(self._changed.join())}, timeout=self._timing.last_rows)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextmanager
    def following(self, call: ThirdPartyCall) -> Iterator[None]:
        """Follow a call from before its Originate is sent, so that no event is missed; no more if nothing was sent."""
        self._follow(call)
        try:
            yield
        except (OutcomeUnknown, asyncio.CancelledError):
            raise
        except BaseException:
            self.forget(call)
            raise

    def _follow(self, call: ThirdPartyCall) -> None:
        if call.link not in self._links:
            self._links[call.link] = call.link.subscribe(self._apply_event)
        self._by_channel[call.channel_id] = call
        self._by_request[call.request_id] = call

    def forget(self, call: ThirdPartyCall) -> None:
        """Follow a call no more."""
        self._by_channel.pop(call.channel_id, None)
        self._by_request.pop(call.request_id, None)

    async def row(self, call_id: str) -> ThirdCallRow | None:
        """Return what is known of a call, whichever copy dialled it.

        A call that its copy did not live to see the end of is told as unknown.
        """
        row = await self._database.one(THIRD_CALL, call_id=call_id)
        if row is None or row.state not in OPEN or row.channel_id in self._by_channel:
            return row
        link = self._fleet.links.get(row.server_ip)
        if link is None or not link.usable:
            return row
        there = any(link.state.by_uniqueid(one) for one in (row.channel_id, row.uniqueid) if one)
        return row if there else replace(row, state="unknown")

    def _apply_event(self, event: Event) -> None:
        call = self._by_channel.get(event["Linkedid"] or event["DestLinkedid"])
        if call is None and event.name == "OriginateResponse":
            call = self._by_request.get(event["ActionID"].partition("/")[0])
        if call is not None and call.apply_event(event):
            self._report(call)

    def _report(self, call: ThirdPartyCall) -> None:
        self.outcomes[call.state] += 1
        cause = f", cause {call.cause} {call.cause_text}" if call.cause and call.state not in OPEN else ""
        log.info("third party's call %s of agent %s: %s%s", call.call_id, call.agent, call.state, cause)
        self._changed.put_nowait(call)

    async def _write_outcomes(self) -> None:
        while True:
            call = await self._changed.get()
            try:
                await self._write_outcome(call)
            except DatabaseError as error:
                log.warning("third party's call %s: '%s' was not written: %s", call.call_id, call.state, error)
            finally:
                self._changed.task_done()
            if call.ended is not None:
                self.forget(call)

    async def _write_outcome(self, call: ThirdPartyCall) -> None:
        row = await self._database.one(THIRD_CALL, call_id=call.call_id)
        wanted = row is not None and bool(row.end_wanted)
        if wanted and call.state not in OPEN and call.answered is None:
            call.state = "cancelled"
        rang, answered, ended = [
            None if at is None else (await self._clock.at(at)).local for at in (call.rang, call.answered, call.ended)
        ]
        since = (await self._clock.now()).earlier(hours=_DIAL_IS_OLD)
        told = {"call_id": call.call_id, "cause": call.cause, "uniqueid": call.uniqueid}
        await self._database.write(
            TELL_THIRD_CALL,
            **told,
            state=call.state,
            dialstatus=call.dialstatus,
            cause_text=call.cause_text,
            channel=call.channel,
            rang=rang,
            answered=answered,
            ended=ended,
        )
        if call.state in ("busy", "no answer", "failed"):
            await self._database.write(LOG_FAILED_DIAL, **told, cause_text=call.cause_text[:50])
        elif call.state == "ended" and not wanted:
            await self._database.write(LOG_THIRD_LEFT, lead_id=call.lead_id, user=call.agent, now=ended, since=since)

    async def _find_lost(self) -> None:
        """Find calls whose end was missed because the link was down."""
        while True:
            await asyncio.sleep(self._timing.third_poll)
            for call in list(self._by_channel.values()):
                settled = time.monotonic() - call.began > self._timing.third_poll and call.ended is None
                removed = self._fleet.links.get(call.link.server_ip) is not call.link
                if settled and (removed or (call.link.usable and not call.is_there)):
                    call.lose()
                    self._report(call)

    async def _purge_old(self) -> None:
        while True:
            try:
                now = await self._clock.now()
                await self._database.write(PURGE_THIRD_CALLS, since=now.earlier(hours=_KEPT))
            except DatabaseError as error:
                log.debug("old third parties' calls stay: %s", error)
            await asyncio.sleep(self._timing.purge_third)
