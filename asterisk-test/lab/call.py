"""One call of a phone: its SIP dialogue, its sound, and what may be done with it."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from lab.dialogue import Dialogue
from lab.hearing import Heard, listen
from lab.rtp import Stream, voice
from lab.sip import FIRST_RESEND, OK, REFUSED, Endpoint, Message, RefusedError, SipError

RINGING, TERMINATED, TIMED_OUT = 180, 487, 408
RESENDS = 10
"""How often an answer is repeated for want of an ACK."""
MOMENT = 0.24
"""Seconds of sound that make up what is heard now."""
SAMPLED = 8
"""Packets that are looked into at most for one statement about what is heard."""
LOOK = 0.2
"""Seconds between two looks at what is heard; two equal ones make a change."""


class State(Enum):
    """Where a call is in its life."""

    RINGING = "ringing"
    """It rings, here or at the other side."""
    UP = "up"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Digit:
    """A digit that was heard, and when its first packet came (time.monotonic())."""

    key: str
    at: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a phone, and when (time.monotonic()).

    `kind` is one of: `invite` (it rings here; the text is the caller's name), `ringing` (it rings there), `answered`,
    `digit` (the text is the digit), `hears` (what is heard has changed; `heard` says to what), `ended` (the text
    says by whom or why).
    """

    at: float
    kind: str
    text: str
    call: "Call"
    heard: Heard | None = None


class Call:
    """One call, incoming or outgoing. Phones make them."""

    def __init__(self, sip: Endpoint, user: str, tone: int, tell: Callable[[Event], None], *, incoming: bool) -> None:
        self.user, self.incoming = user, incoming
        self.state = State.RINGING
        self.answerable = False
        """It came in, rings, and has a place for its sound."""
        self.code, self.why, self.cause = 0, "", 0
        """How it ended: SIP's code of a refusal, words, and the Q.850 cause that the other side gave."""
        self.digits: list[Digit] = []
        self._sip = sip
        self._dialogue = Dialogue(sip, user)
        self._stream = Stream(tone, self._heard_digit)
        self._tell = tell
        self._acknowledged = self._was_up = False
        self._reported: Heard | None = None
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    # ---- what a test or a person does with it

    @property
    def up(self) -> bool:
        """It was answered and has not ended."""
        return self.state is State.UP

    @property
    def ended(self) -> bool:
        """It is over, answered or not."""
        return self.state is State.ENDED

    @property
    def id(self) -> str:
        """The Call-ID."""
        return self._dialogue.id

    @property
    def replaces(self) -> str:
        """The name under which another phone may take this call over (`Phone.take_over`)."""
        return self._dialogue.replaces

    @property
    def invite(self) -> Message:
        """The INVITE that came, or that was sent: `call.invite.caller_name`, `call.invite["x-some-header"]`."""
        return self._dialogue.invite

    @property
    def caller_name(self) -> str:
        """The caller's name: VICIdial's call id, if Asterisk sent one."""
        return self.invite.caller_name

    @property
    def packets(self) -> int:
        """Packets of sound that came so far."""
        return self._stream.packets

    @property
    def hearing(self) -> Heard:
        """What is heard just now."""
        return self._listen(time.monotonic() - MOMENT)

    async def hears(self, seconds: float = 0.5) -> Heard:
        """Listen for a while, beginning now, and say what was there at least half of the time."""
        start = time.monotonic()
        await asyncio.sleep(seconds)
        return self._listen(start)

    def speak(self, tone: int) -> None:
        """Use another tone as a voice; 0 is silence."""
        self._stream.frame = voice(tone)

    async def press(self, keys: str, seconds: float = 0.1) -> None:
        """Press keys, each for so many seconds; return when the last one is sent."""
        await self._stream.press(keys, seconds)

    async def answered(self, within: float = 30.0) -> None:
        """Wait until the call is answered.

        Raises:
            RefusedError: it was refused, or ended before it was answered.
            SipError: nobody answered in time; the call is given up.
        """
        try:
            await asyncio.wait_for(self._until(lambda: self.state is not State.RINGING), within)
        except TimeoutError:
            await self.hangup()
            raise SipError(f"nobody answered within {within:g} s") from None
        if not self._was_up:
            raise RefusedError(self.code, self.why)

    async def is_over(self, within: float = 5.0) -> None:
        """Wait until the call has ended.

        Raises:
            TimeoutError: it has not.
        """
        await asyncio.wait_for(self._until(lambda: self.ended), within)

    async def answer(self) -> None:
        """Answer an incoming call."""
        if self.incoming and self.state is State.RINGING:
            self._dialogue.respond(OK)
            self._go_up(self.invite)
            self._later(self._repeat_answer())

    def reject(self, code: int = 486) -> None:
        """Refuse an incoming call."""
        if self.incoming and self.state is State.RINGING:
            self._dialogue.respond(code)
            self._end("refused here", code)

    async def transfer(self, extension: str) -> None:
        """Send the other party to an extension, as a phone's transfer key does (REFER); it then ends this call.

        Raises:
            RefusedError: Asterisk will not.
        """
        await self._dialogue.refer(f"sip:{extension}@{self._sip.server[0]}:{self._sip.server[1]}")

    async def connect_to(self, other: "Call") -> None:
        """Join this call's other party with that of another call of the same phone: an attended transfer.

        Raises:
            RefusedError: Asterisk will not.
        """
        named = quote(other.replaces, safe="")
        await self._dialogue.refer(f"sip:{self._sip.server[0]}:{self._sip.server[1]}?Replaces={named}")

    async def hangup(self) -> None:
        """End the call, whatever its state."""
        if self.up:
            self._end("hung up here")
            with contextlib.suppress(SipError):
                await self._dialogue.bye()
        elif self.incoming:
            self.reject()
        elif not self.ended:
            with contextlib.suppress(SipError, TimeoutError):
                await self._dialogue.cancel()
                await self.is_over(2.0)
            self._end("given up here", TERMINATED)

    # ---- what its phone does with it

    async def place(self, uri: str, password: str, caller_name: str, headers: Mapping[str, str]) -> None:
        """Send the INVITE and follow it until it is answered or refused."""
        self._dialogue.port = await self._stream.open(self._sip.host)
        try:
            answer = await self._dialogue.place(uri, password, caller_name, headers, self._progress)
            if answer.code >= REFUSED:
                self._end(answer.reason, answer.code, answer.cause)
            elif self.ended:  # given up while the answer was on its way
                await self._dialogue.bye()
            else:
                self._go_up(answer)
        except SipError as error:
            self._end(str(error), TIMED_OUT)

    async def ring(self, invite: Message) -> None:
        """Take an incoming INVITE and ring."""
        self._dialogue.incoming(invite)
        self._tell(Event(time.monotonic(), "invite", invite.caller_name, self))
        self._dialogue.respond(RINGING)
        self._dialogue.port = await self._stream.open(self._sip.host)
        self.answerable = True

    def take(self, request: Message) -> None:
        """Take a request that belongs to this call."""
        if request.first.startswith("ACK "):
            self._acknowledged = True
            return
        self._dialogue.agree(request)
        if request.method == "BYE":
            self._end("hung up there", 0, request.cause)
        elif request.method == "CANCEL":
            if self.state is State.RINGING:
                self._dialogue.respond(TERMINATED)
                self._end("given up there", TERMINATED, request.cause)
        else:  # re-INVITE or UPDATE, perhaps with another place for our sound
            self._send_to(request)

    def close(self) -> None:
        """Forget everything without a word to the other side."""
        self._end("closed")

    # ---- inside

    def _progress(self, answer: Message) -> None:
        if answer.code >= RINGING:
            self._tell(Event(time.monotonic(), "ringing", answer.reason, self))
            self._send_to(answer)

    async def _repeat_answer(self) -> None:
        """Answer again until the ACK comes, for a 2xx answer may be lost like any datagram."""
        for _ in range(RESENDS):
            await asyncio.sleep(FIRST_RESEND)
            if self._acknowledged or not self.up:
                return
            self._dialogue.respond(OK)

    def _go_up(self, other: Message) -> None:
        self.state, self._was_up = State.UP, True
        self._send_to(other)
        self._tell(Event(time.monotonic(), "answered", "", self))
        self._later(self._watch())
        self._change()

    def _send_to(self, description: Message) -> None:
        address = description.sound_address
        if address and address[1] and address[0] != "0.0.0.0":
            self._stream.send_to(address)

    def _end(self, why: str, code: int = 0, cause: int = 0) -> None:
        if self.ended:
            return
        self.state, self.why, self.code, self.cause = State.ENDED, why, code, cause
        self._stream.close()
        for task in self._tasks:
            task.cancel()
        self._tell(Event(time.monotonic(), "ended", why, self))
        self._change()

    def _heard_digit(self, key: str, at: float) -> None:
        self.digits.append(Digit(key, at))
        self._tell(Event(at, "digit", key, self))

    def _listen(self, since: float) -> Heard:
        frames = [frame for at, frame in self._stream.received if at >= since]
        some = frames[:: max(1, len(frames) // SAMPLED)]
        digits = "".join(digit.key for digit in self.digits if digit.at >= since)
        return listen(some, digits=digits, packets=len(frames))

    async def _watch(self) -> None:
        """Report when what is heard has changed and stays so for two looks."""
        before = None
        while True:
            await asyncio.sleep(LOOK)
            now = self.hearing
            if before and _same(now, before) and not (self._reported and _same(now, self._reported)):
                self._reported = now
                self._tell(Event(time.monotonic(), "hears", "", self, now))
            before = now

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._changed.wait()

    def _change(self) -> None:
        """Wake all who wait for another state."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _same(one: Heard, other: Heard) -> bool:
    return (one.tones, one.music) == (other.tones, other.music)
