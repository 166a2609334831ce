"""The call of a remote agent, hung up or sent on over AMI by its id (call-control.md sections 9 and 13.4).

Such a call is in no room: the customer's channel itself dials the agent's outside number. Logs and lead are closed
before the action, for the program that an in-group's call is sent to reads them; the agent is released after it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

from telectl.asterisk import Channel, Event, Fleet, Link, LiveState, Redirect
from telectl.calls.command import CommandContext
from telectl.calls.dial_parts import Part, dialled
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.hangup.sql import UNTRANSFER_INBOUND
from telectl.calls.queue_metrics import QueueMetrics
from telectl.calls.remote.command import RemoteAgentCommand, Stage
from telectl.calls.remote.sql import (
    CLOSE_INBOUND,
    CLOSE_OUTBOUND,
    INBOUND_LOG_OF_CALL,
    LEAD_STATUS,
    LEAVE_CALL,
    LOG_OF_CALL,
    REOPEN_OUTBOUND,
    SET_LEAD_STATUS,
    STOP_RINGING,
    RemoteCall,
)
from telectl.calls.saga.concurrency import gather_all
from telectl.calls.saga.confirm import ConfirmedActions
from telectl.calls.saga.reconcile import Fate, PendingOutcome, Reconciler
from telectl.calls.saga.row_changes import RowChanges
from telectl.calls.session.call_ids import bears
from telectl.calls.session.session import SessionReader
from telectl.calls.transfer.dial_strings import remote_extension, require_target, shortened
from telectl.database import Database
from telectl.database.call_rows import DELETE_CALL


@dataclass(frozen=True, slots=True)
class _Order:
    """One command, checked and ready."""

    what: RemoteAgentCommand
    link: Link
    channel: Channel
    context: str
    extension: str
    """Where the call is sent; empty for a hangup."""


class RemoteControl:
    """Commands remote agents' calls."""

    def __init__(
        self,
        database: Database,
        fleet: Fleet,
        sessions: SessionReader,
        reconciler: Reconciler,
        actions: ConfirmedActions,
        *,
        queue_metrics: QueueMetrics,
    ) -> None:
        self._database = database
        self._fleet = fleet
        self._sessions = sessions
        self._reconciler = reconciler
        self._actions = actions
        self._queue_metrics = queue_metrics

    async def control_call(self, what: RemoteAgentCommand, command: CommandContext) -> None:
        """Hang the call up or send it on, and release its agent.

        Raises:
            CallFailure: the call is not there, or its target is not; or it ended at the target, where it was sent
                indeed: the agent is released then, too.
            ServerUnavailable, ActionRefused: nothing was done.
            OutcomeUnknown: nobody knows; the rows are set right later.
        """
        order = await self._order(what)
        async with RowChanges(self._database, self._reconciler, what.agent_user) as changes:
            extension = await shortened(order.extension, changes, command.instant)
            await self._close_logs(changes, what, command)
            changes.sent(self._pending(order, command))
            await self._act(order, extension, command)
            alive = not extension or await self._actions.stays_up(order.link, order.channel.name)
            await changes.follow_up(f"the end of call {what.call.callerid}", partial(self._release, what, command))
        if not alive:
            raise CallFailure(Failure.ENDED_AT_TARGET, f"{order.channel.name} at {extension}", acted=True)

    async def _order(self, what: RemoteAgentCommand) -> _Order:
        call = what.call
        link = self._fleet.link(call.server_ip)
        if what.stage is Stage.INGROUPTRANSFER and "AGENTDIRECT" in what.target.upper() and not what.to_agent:
            raise CallFailure(Failure.NO_NUMBER)
        channel = _channel_of(link.state, call) if link.usable else None
        if channel is None:
            await self._database.write(DELETE_CALL, call_id=call.callerid)  # nobody else may have seen its end
            raise CallFailure(Failure.CUSTOMER_GONE, call.channel or "")
        server = await self._sessions.server(call.server_ip)
        context, extension = dialled(Part.CONTEXT, server.context), _extension(what)
        if extension:
            await require_target(link, context, extension, channel.name)
        return _Order(what, link, channel, context, extension)

    async def _close_logs(self, changes: RowChanges, what: RemoteAgentCommand, command: CommandContext) -> None:
        """Write the disposition into the call's log and its lead."""
        log = self._close_inbound if what.call.call_type == "IN" else self._close_outbound
        await gather_all(log(changes, what, command.instant.epoch), self._set_lead(changes, what))

    async def _close_inbound(self, changes: RowChanges, what: RemoteAgentCommand, epoch: int) -> None:
        call = what.call
        key = {"uniqueid": call.uniqueid or "", "lead_id": call.lead_id, "campaign_id": call.campaign_id or ""}
        before = await self._database.one(INBOUND_LOG_OF_CALL, **key)
        if before is not None:
            closing = {**key, "status": what.status, "epoch": epoch}
            await changes.write_undoable(CLOSE_INBOUND, closing, UNTRANSFER_INBOUND, asdict(before))

    async def _close_outbound(self, changes: RowChanges, what: RemoteAgentCommand, epoch: int) -> None:
        key = {"uniqueid": what.call.uniqueid or "", "lead_id": what.call.lead_id}
        before = await self._database.one(LOG_OF_CALL, **key)
        if before is not None:
            closing = {**key, "status": what.status, "epoch": epoch, "user": what.agent_user}
            await changes.write_undoable(CLOSE_OUTBOUND, closing, REOPEN_OUTBOUND, {**key, **asdict(before)})

    async def _set_lead(self, changes: RowChanges, what: RemoteAgentCommand) -> None:
        lead_id = what.call.lead_id
        before = await self._database.one(LEAD_STATUS, lead_id=lead_id)
        if before is not None:
            now, then = {"lead_id": lead_id, "status": what.status}, {"lead_id": lead_id, "status": before.status}
            await changes.write_undoable(SET_LEAD_STATUS, now, SET_LEAD_STATUS, then)

    async def _act(self, order: _Order, extension: str, command: CommandContext) -> None:
        link, channel = order.link, order.channel
        if not extension:
            if not await self._actions.hang_up(command, link, channel.name):
                raise CallFailure(Failure.CUSTOMER_GONE, channel.name)
            return
        seen = _left_bridge(channel.name) if channel.bridge_id else None
        await self._actions.redirect(command, link, Redirect(channel.name, order.context, extension), seen)

    def _pending(self, order: _Order, command: CommandContext) -> PendingOutcome:
        """Return how it is found out what became of the call, should nobody see it."""
        link, before = order.link, order.channel

        def find() -> Fate:
            now = link.state.channel(before.name)
            if now is None or now.uniqueid != before.uniqueid:
                return Fate.GONE
            return Fate.STAYED if now.bridge_id == before.bridge_id else Fate.MOVED

        async def finish() -> None:
            await self._release(order.what, command)

        what = f"{command.function} of call {order.what.call.callerid}"
        return PendingOutcome(
            what, link, find, moved=finish, gone=finish, agent=order.what.agent_user, named=command.named
        )

    async def _release(self, what: RemoteAgentCommand, command: CommandContext) -> None:
        """Write that the agent has the call no more: its row goes by the call's id, it may have another one by now.

        An in-group that the call was sent to gives it a new id, maybe in the same row.
        """
        call_id = {"call_id": what.call.callerid}
        random_id = random.randint(10_000_000, 99_999_999)  # noqa: S311 - a sign of life, no secret
        async with self._database.connection() as connection:
            await connection.write(LEAVE_CALL, **call_id, random_id=random_id, now=command.instant.local)
            await connection.write(DELETE_CALL, **call_id)
            await connection.write(STOP_RINGING, **call_id)
        await self._queue_metrics.log_events(what.agent_user, command.instant, *what.told, ended=what.ended)


def _channel_of(state: LiveState, call: RemoteCall) -> Channel | None:
    """Find the customer's channel, which bears the call's id, by the name or else the uniqueid in the call's row."""
    named = state.channel(call.channel or "") or state.by_uniqueid(call.uniqueid or "")
    return named if named is not None and bears(named, call.callerid) else None


def _extension(what: RemoteAgentCommand) -> str:
    if what.stage is not Stage.INGROUPTRANSFER:
        return dialled(Part.NUMBER, what.target)
    call = what.call
    return remote_extension(what.target, call.lead_id, call.phone_number or "", what.agent_user, what.to_agent)


def _left_bridge(channel: str) -> Callable[[Event], bool]:
    return lambda event: event.name == "BridgeLeave" and event["Channel"] == channel
