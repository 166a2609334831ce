"""Actions on channels, each with the event that confirms it (call-control.md section 13.4)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from telectl.asterisk import Action, Event, GetVar, Hangup, Link, Redirect, extension_exists
from telectl.calls.command import CommandContext
from telectl.calls.failures import CallFailure, ChannelGone, Failure
from telectl.calls.saga.concurrency import gather_all
from telectl.calls.timing import Timing
from telectl.errors import ActionRefused, OutcomeUnknown, ServerUnavailable

LONGEST_EXTENSION = 79
"""Bytes that Asterisk keeps of an extension; it cuts longer ones without a word."""
_GONE = ("does not exist", "not up", "no such channel", "channel not found")


def is_kept(extension: str) -> bool:
    """Return whether Asterisk keeps all of an extension."""
    return len(extension.encode()) <= LONGEST_EXTENSION


def kept_of(extension: str) -> str:
    """Return what Asterisk would keep of an extension."""
    return extension.encode()[:LONGEST_EXTENSION].decode("utf-8", "ignore")


async def require_extension(link: Link, context: str, extension: str, channel: str = "") -> None:
    """End the command before anyone is moved, unless the dialplan has the target for the channel that is to go there.

    Without a channel, the call that is to go there does not exist yet.
    """
    if not extension:
        raise CallFailure(Failure.NO_EXTENSION, f"no extension in {context} on {link.server_ip}")
    if not is_kept(extension):
        raise CallFailure(Failure.TOO_LONG, f"{extension}@{context}", (extension,))
    if not await _can_go(link, context, extension, channel):
        raise CallFailure(Failure.NO_EXTENSION, f"{extension}@{context} on {link.server_ip}", (extension,))


async def _can_go(link: Link, context: str, extension: str, channel: str) -> bool:
    try:
        return await extension_exists(link, context, extension, channel)
    except ActionRefused as refusal:
        if not is_gone(refusal):
            raise
        return True  # who moves the channel finds out that it has ended, and cleans up behind it


class ConfirmedActions:
    """Actions on channels, which return once their effect was seen."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing

    async def send(
        self, command: CommandContext, link: Link, action: Action, shows: Callable[[Event], bool]
    ) -> Event | None:
        """Send an action, and return the first event that shows what became of it; None when none came in time."""
        with link.expect(shows) as effect:
            await link.do(action, action_id=command.request_id)
            return await effect.wait(self._timing.confirm)

    async def redirect(
        self,
        command: CommandContext,
        link: Link,
        action: Redirect,
        confirmed: Callable[[Event], bool] | None,
        *,
        watch: Link | None = None,
        gone: str = Failure.CUSTOMER_GONE,
    ) -> None:
        """Redirect a channel and wait until it is there.

        `confirmed` recognises the event that shows it; without one (a channel that is in no room may arrive without
        any event) Asterisk is asked where the channel is. `watch` is the link where the event comes, when it is another
        one; `gone` is the failure that the channel is not there.

        Raises:
            ChannelGone: nobody was moved.
            ActionRefused: Asterisk refused for another reason.
            ServerUnavailable: nothing was sent.
            OutcomeUnknown: sent, and nobody saw its effect.
        """
        before = () if confirmed else await _place_before(link, action.channel)

        def seen(event: Event) -> bool:
            return bool(confirmed and confirmed(event)) or hung_up(event, action.channel)

        with (watch or link).expect(seen) as arrival:
            try:
                await link.do(action, action_id=command.request_id)
            except ActionRefused as refusal:
                if is_gone(refusal):
                    raise ChannelGone(gone, f"{action.channel}: {refusal}") from refusal
                raise
            if confirmed is None and await self._has_moved(link, action.channel, before):
                return
            event = await arrival.wait(self._timing.confirm)
        if event is None:
            raise OutcomeUnknown(f"{action.channel} was not seen at {action.exten}@{action.context}")
        if hung_up(event, action.channel):
            raise ChannelGone(gone, f"{action.channel} hung up on the way")

    async def hang_up(self, command: CommandContext, link: Link, channel: str) -> bool:
        """Hang a channel up and wait until it is, and return whether it was there.

        Raises:
            OutcomeUnknown: no event showed its end.
        """
        try:
            end = await self.send(command, link, Hangup(channel), lambda event: hung_up(event, channel))
        except ActionRefused as refusal:
            if is_gone(refusal):
                return False
            raise
        if end is None:
            raise OutcomeUnknown(f"the end of {channel} was not seen")
        return True

    async def stays_up(self, link: Link, channel: str) -> bool:
        """Return whether a channel is still there a moment later.

        Raises:
            OutcomeUnknown: the link was lost, and its empty live state tells nothing.
        """
        if not link.usable:
            raise OutcomeUnknown(f"{link.server_ip}: {link.trouble}")
        with link.expect(lambda event: hung_up(event, channel)) as end:
            return link.state.channel(channel) is not None and await end.wait(self._timing.stays_up) is None

    async def _has_moved(self, link: Link, channel: str, before: tuple[str, ...]) -> bool:
        """Ask until a channel is elsewhere in the dialplan; no, when it is gone or time is up."""
        until = time.monotonic() + self._timing.confirm
        try:
            while (now := await _place(link, channel)) == before and time.monotonic() < until:  # noqa: ASYNC110 - no event
                await asyncio.sleep(self._timing.place_poll)
        except ServerUnavailable as error:  # of the question; the redirect was sent before it
            raise OutcomeUnknown(str(error)) from error
        return now not in (before, ())


def left_room(member: str) -> Callable[[Event], bool]:
    """Return what recognises the event that a room's member has left it."""
    return lambda event: event.name in ("ConfbridgeLeave", "MeetmeLeave") and event["Channel"] == member


def joined_room(room: str, joins: Callable[[Event], bool]) -> Callable[[Event], bool]:
    """Return what recognises the event that someone has joined a room."""

    def seen(event: Event) -> bool:
        at = {"ConfbridgeJoin": "Conference", "MeetmeJoin": "Meetme"}.get(event.name)
        return at is not None and event[at] == room and joins(event)

    return seen


def music_started(channel: str) -> Callable[[Event], bool]:
    """Return what recognises that music plays to a channel, which has come from no room to where it waits."""
    return lambda event: event.name == "MusicOnHoldStart" and event["Channel"] == channel


async def _place(link: Link, channel: str) -> tuple[str, ...]:
    """Return context and extension of a channel; empty when it is gone."""
    try:
        answers = await gather_all(*(link.do(GetVar(channel, name)) for name in ("CONTEXT", "EXTEN")))
        return tuple(answer["Value"] for answer in answers)
    except ActionRefused:
        return ()


async def _place_before(link: Link, channel: str) -> tuple[str, ...]:
    """Return where a channel is; if that cannot be told, nothing is sent."""
    try:
        return await _place(link, channel)
    except OutcomeUnknown as error:
        raise ServerUnavailable(str(error)) from error


def is_response(event: Event, command: CommandContext) -> bool:
    """Return whether an event tells what became of a call that this command originated."""
    return event.name == "OriginateResponse" and event["ActionID"].partition("/")[0] == command.request_id


def hung_up(event: Event, channel: str) -> bool:
    """Return what recognises the event that a channel has ended."""
    return event.name == "Hangup" and event["Channel"] == channel


def is_gone(refusal: ActionRefused) -> bool:
    """Return whether Asterisk refused because there is no such channel any more."""
    return any(words in str(refusal).lower() for words in _GONE)
