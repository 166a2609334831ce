"""What the phones of a scenario do, hear and are pressed."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping

from lab.phone import Call, Phone
from lab.scenarios import expecting
from lab.scenarios.expecting import Unmet, met
from lab.scenarios.facts import Facts
from lab.scenarios.ladder import Ladder
from lab.scenarios.model import ROLES, VOICES, Deed, Digits, Does, Hears
from lab.scenarios.stage import Stage
from lab.until import NotInTimeError

LISTEN = 0.3
"""Seconds that a phone listens for one statement about what it hears."""
QUIET = 0.3
"""Seconds in which nothing more may come where nothing more is expected."""
SECOND = 0.95
"""Seconds of silence that pass for one between digits: packets travel."""
NAMES = {hertz: name for name, hertz in VOICES.items()}


class Phones:
    """All phones in one story."""

    def __init__(self, stage: Stage, facts: Facts, ladder: Ladder) -> None:
        self._stage, self._facts, self._ladder = stage, facts, ladder
        self.asked = time.monotonic()
        """When telectl was asked last: leading silence before digits counts from there."""
        self._calls = {role: len(stage.phone(role).calls) for role in ROLES}
        for role in ROLES:
            stage.phone(role).digits.clear()
        self._deeds: Mapping[Deed, Callable[[Does, Phone], Awaitable[None]]] = {
            Deed.RINGS: self._rings,
            Deed.ANSWERS: self._answers,
            Deed.REFUSES: self._refuses,
            Deed.HANGS_UP: self._hangs_up,
            Deed.IS_HUNG_UP: self._is_hung_up,
            Deed.STAYS_QUIET: self._stays_quiet,
            Deed.PRESSES: self._presses,
            Deed.SEES: self._sees,
        }

    async def do(self, step: Does) -> None:
        """Let a phone do something, or see it done.

        Raises:
            Unmet: it cannot, or it was not done in time.
        """
        await self._deeds[step.deed](step, self._stage.phone(step.role))

    async def hear(self, step: Hears) -> None:
        """Wait until every phone hears what it must, each listening for itself."""
        await asyncio.gather(*(self._hears(role, voices) for role, voices in step.who.items()))
        now = time.monotonic()
        for role, voices in step.who.items():
            self._ladder.tell(role, f"hears {_in_words(voices)}", "magenta" if "music" in voices else "cyan", now)

    async def get_digits(self, step: Digits) -> None:
        """Wait for digits, and then for the silence after them."""
        for role, keys in step.who.items():
            await met(lambda role=role, keys=keys: self._enough(role, keys), lambda: self._wrong(step), slow=True)
        await asyncio.sleep(QUIET)
        if self._wrong(step):
            raise Unmet(self._wrong(step))

    # ---- deeds

    async def _rings(self, step: Does, phone: Phone) -> None:
        await self._ringing(step, phone)

    async def _answers(self, step: Does, phone: Phone) -> None:
        await (await self._ringing(step, phone)).answer()

    async def _refuses(self, step: Does, phone: Phone) -> None:
        call = await self._ringing(step, phone)
        self._ladder.tell(step.role, "refuses", "red")
        call.reject()

    async def _hangs_up(self, step: Does, phone: Phone) -> None:
        """Hang up, and wait until Asterisk and the hangup logger have done their part."""
        call, channel = self._current(phone), self._facts[f"{step.role} channel"] or ""
        self._ladder.tell(step.role, "hangs up", "red")
        await call.hangup()
        await self._stage.centre.witness.event("Hangup", Channel=channel)
        await self._stage.centre.hangups.settle()

    async def _is_hung_up(self, step: Does, phone: Phone) -> None:
        await met(lambda: phone.current is None, lambda: f"{step.role} is still in its call")

    async def _stays_quiet(self, step: Does, phone: Phone) -> None:
        await asyncio.sleep(QUIET)
        if len(phone.calls) > self._calls[step.role]:
            raise Unmet(f"{step.role} was rung")

    async def _presses(self, step: Does, phone: Phone) -> None:
        self._ladder.note(f"{step.role} presses {step.words}")
        await self._current(phone).press(step.words)

    async def _sees(self, step: Does, phone: Phone) -> None:
        name = self._current(phone).caller_name
        learnt = self._facts.match(step.words, name)
        if learnt is None:
            raise Unmet(f"{step.role} sees {name!r}, expected {self._facts.text(step.words)!r}")
        self._ladder.tell(step.role, f"sees {name}")
        self._facts.learn({**learnt, "seen": name})

    async def _ringing(self, step: Does, phone: Phone) -> Call:
        try:
            return await phone.ringing(expecting.WITHIN)
        except NotInTimeError:
            raise Unmet(f"{step.role} was not rung within {expecting.WITHIN:g} s") from None

    def _current(self, phone: Phone) -> Call:
        if phone.current is None:
            raise Unmet(f"{phone.name} is in no call")
        return phone.current

    # ---- sounds

    async def _hears(self, role: str, voices: frozenset[str]) -> None:
        phone = self._stage.phone(role)
        wanted = {VOICES[voice] for voice in voices if voice != "music"}

        async def as_written() -> bool:
            heard = await self._current(phone).hears(LISTEN)
            return heard.tones == wanted and heard.music == ("music" in voices)

        def instead() -> str:
            there = phone.current.hearing.in_words(NAMES) if phone.current else "nothing, for it is in no call"
            return f"{role} hears {there}, expected {_in_words(voices)}"

        await met(as_written, instead)

    def _enough(self, role: str, keys: str) -> bool:
        return len(self._stage.phone(role).digits) >= len(keys.replace(",", ""))

    def _wrong(self, step: Digits) -> str:
        """Say which digits are not as they must be; empty when all are."""
        return "; ".join(
            f"{role} got {got or 'no digits'}, expected {keys or 'none'}"
            for role, keys in step.who.items()
            if (got := self._got(role, keys)) != keys
        )

    def _got(self, role: str, expected: str) -> str:
        """Write the digits that came, with a comma for each second of silence that was expected and was there."""
        before, words = self.asked, ""
        wanted = [len(commas) for commas in re.findall(r"(,*)[^,]", expected)]
        for number, digit in enumerate(self._stage.phone(role).digits):
            silence = int((digit.at - before) / SECOND)
            pause = min(silence, wanted[number]) if number < len(wanted) else 0
            words, before = words + "," * pause + digit.key, digit.at
        return words


def _in_words(voices: frozenset[str]) -> str:
    return " and ".join(voice for voice in VOICES if voice in voices) or "silence"
