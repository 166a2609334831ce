"""A real SIP phone: registers, calls, answers, sends a tone as its voice and can be asked what it hears.

async with Phone(asterisk.sip, "gs101", asterisk.phone_secret, tone=400) as agent:
    await agent.register()
    call = await agent.call("29600051")
    heard = await call.hears(seconds=0.5)  # heard.music, heard.tones, heard.silence
    await call.press("12#")
    await call.hangup()
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import Self

from lab.call import Call, Digit, Event, State
from lab.sip import (
    OK,
    PROXY_UNAUTHORIZED,
    UNAUTHORIZED,
    Address,
    Endpoint,
    Message,
    RefusedError,
    SipError,
    credentials,
    token,
)
from lab.until import until

__all__ = ["Call", "Digit", "Event", "Phone", "RefusedError", "SipError", "State"]

EXPIRES = 120
"""Seconds that a registration holds; it is renewed at half of that."""
TRY_AGAIN = 2.0
"""Seconds between two attempts to renew a registration at a server that does not answer."""
GOODBYE = 1.0
"""Seconds that the other side has to take leave when a phone is closed."""


class Phone:
    """One phone. Use it in `async with`: the end hangs up, unregisters and closes everything.

    What it does with incoming calls may be changed at any time:

    * `auto_answer`: it answers, after `answer_after` seconds; otherwise it only rings until `call.answer()`;
    * `refuse`: a SIP code such as 486 with which calls are refused;
    * `off`: it answers nothing new, as one that lost its power or network.

    Args:
        server: where Asterisk listens for SIP.
        user: its account, such as gs101.
        password: the account's secret.
        tone: its voice, in Hz, a multiple of 50 between 300 and 3350; 0 is silence.
        name: what a person calls it, for displays.
        auto_answer: see above.
        answer_after: see above.
        refuse: see above.
    """

    def __init__(
        self,
        server: Address,
        user: str,
        password: str,
        tone: int = 0,
        *,
        name: str = "",
        auto_answer: bool = True,
        answer_after: float = 0.0,
        refuse: int = 0,
    ) -> None:
        self.user, self.tone, self.name = user, tone, name or user
        self.auto_answer, self.answer_after, self.refuse = auto_answer, answer_after, refuse
        self.off = False
        self.calls: list[Call] = []
        """All calls there were, the newest last."""
        self.events: list[Event] = []
        self.digits: list[Digit] = []
        """The digits of all calls, in the order in which they came."""
        self.registered = False
        self.sip = Endpoint(server, self._request)
        self._password = password
        self._listeners: list[Callable[[Event], None]] = []
        self._registration = {"Call-ID": token(), "From": f"<sip:{user}@{server[0]}>;tag={token()}"}
        self._number = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.sip.open()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(SipError, TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(call.hangup() for call in self.calls)), GOODBYE)
        if self.registered:
            with contextlib.suppress(SipError, TimeoutError):
                await asyncio.wait_for(self._register(0), GOODBYE)
        for call in self.calls:
            call.close()
        self.sip.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def current(self) -> Call | None:
        """The newest call that has not ended."""
        return next((call for call in reversed(self.calls) if not call.ended), None)

    async def register(self) -> None:
        """Register, and stay registered until the end.

        Raises:
            RefusedError: the server refuses, because of a wrong password say.
            SipError: it does not answer.
        """
        await self._register(EXPIRES)
        self.registered = True
        self._later(self._stay_registered())

    def dial(self, exten: str, *, caller_name: str = "", headers: Mapping[str, str] | None = None) -> Call:
        """Begin a call and return it while it may still ring; `await call.answered()` waits for the answer."""
        call = self._new_call(incoming=False)
        uri = f"sip:{exten}@{self.sip.server[0]}:{self.sip.server[1]}"
        self._later(call.place(uri, self._password, caller_name or self.name, headers or {}))
        return call

    async def call(
        self, exten: str, *, caller_name: str = "", headers: Mapping[str, str] | None = None, within: float = 30.0
    ) -> Call:
        """Call an extension and return the answered call.

        Args:
            exten: what to dial.
            caller_name: the name in From; by default the phone's.
            headers: more SIP headers of the INVITE.
            within: seconds to wait for the answer.

        Raises:
            RefusedError: the call was refused; `code` is SIP's.
            SipError: nobody answered in time.
        """
        call = self.dial(exten, caller_name=caller_name, headers=headers)
        await call.answered(within)
        return call

    async def take_over(self, other: Call, *, caller_name: str = "", within: float = 10.0) -> Call:
        """Take another phone's call over, as "move to my other phone" does (INVITE with Replaces, RFC 3891).

        Raises:
            RefusedError: Asterisk knows no such call.
        """
        headers = {"Replaces": other.replaces, "Require": "replaces"}
        return await self.call(other.user, caller_name=caller_name, headers=headers, within=within)

    async def ringing(self, within: float = 5.0) -> Call:
        """Return the call that rings here; wait for one."""
        return await self._wait_for(lambda call: call.answerable and call.state is State.RINGING, "rings", within)

    async def talking(self, within: float = 5.0) -> Call:
        """Return the call that is up; wait for one."""
        return await self._wait_for(lambda call: call.up, "is in a call", within)

    def on_event(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call a function with everything that happens here; return how to end that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # ---- inside

    async def _wait_for(self, fits: Callable[[Call], bool], what: str, within: float) -> Call:
        def find() -> Call | None:
            return next((call for call in reversed(self.calls) if fits(call)), None)

        return await until(find, within, what=lambda: f"{self.name} {what}; its messages: {self.sip.trace[-12:]}")

    async def _register(self, expires: int) -> None:
        uri = f"sip:{self.sip.server[0]}:{self.sip.server[1]}"
        extra: dict[str, str] = {}
        for last in (False, True):
            self._number += 1
            about = {
                **self._registration,
                "To": f"<sip:{self.user}@{self.sip.server[0]}>",
                "CSeq": f"{self._number} REGISTER",
                "Contact": f"<sip:{self.user}@{self.sip.host}:{self.sip.port}>",
                "Expires": str(expires),
            }
            answer = await self.sip.ask(self.sip.request("REGISTER", uri, about | extra))
            if answer.code == OK:
                return
            if last or answer.code not in {UNAUTHORIZED, PROXY_UNAUTHORIZED}:
                raise RefusedError(answer.code, answer.reason)
            extra = dict([credentials(answer, self.user, self._password, uri)])

    async def _stay_registered(self) -> None:
        pause = EXPIRES / 2
        while True:
            await asyncio.sleep(pause)
            try:
                await self._register(EXPIRES)
                pause = EXPIRES / 2
            except SipError:
                pause = TRY_AGAIN

    def _request(self, request: Message) -> None:
        """Take a request from Asterisk."""
        call = next((call for call in self.calls if call.id == request["call-id"]), None)
        if call:
            call.take(request)
        elif self.off:
            return
        elif request.method == "INVITE" and not request.first.startswith("ACK "):
            call = self._new_call(incoming=True)
            self._later(self._incoming(call, request))
        elif request.method in {"OPTIONS", "NOTIFY", "INFO"}:
            self.sip.respond(request, OK, "OK", {"To": f"{request['to']};tag={token()}"})
        elif not request.first.startswith("ACK "):
            self.sip.respond(request, 481, "Call Does Not Exist", {"To": f"{request['to']};tag={token()}"})

    async def _incoming(self, call: Call, invite: Message) -> None:
        await call.ring(invite)
        if self.refuse:
            call.reject(self.refuse)
        elif self.auto_answer:
            await asyncio.sleep(self.answer_after)
            await call.answer()

    def _new_call(self, *, incoming: bool) -> Call:
        call = Call(self.sip, self.user, self.tone, self._tell, incoming=incoming)
        self.calls.append(call)
        return call

    def _tell(self, event: Event) -> None:
        self.events.append(event)
        if event.kind == "digit":
            self.digits.append(Digit(event.text, event.at))
        for listener in list(self._listeners):
            listener(event)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
