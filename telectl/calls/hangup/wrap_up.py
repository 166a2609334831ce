"""The end of an agent's call: agent, call and log tables say what happened (call-control.md sections 7.3 and 8)."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum

from telectl.asterisk import Channel
from telectl.calls.command import CommandContext
from telectl.calls.hangup.sql import (
    END_CALL,
    END_INBOUND,
    END_MANUAL_CALLS,
    END_OUTBOUND,
    END_RECORDINGS,
    END_TALK,
    INBOUND_LOG,
    LOG_EXTENDED,
    OUTBOUND_LOG,
    RELEASE,
    TRANSFER_INBOUND,
    TRANSFER_OUTBOUND,
    UNTRANSFER_INBOUND,
    UNTRANSFER_OUTBOUND,
)
from telectl.calls.queue_metrics import EndedCall, QueueMetrics
from telectl.calls.saga.concurrency import gather_all
from telectl.calls.saga.confirm import ConfirmedActions
from telectl.calls.saga.row_changes import RowChanges
from telectl.calls.session.entries import is_recorder
from telectl.calls.session.session import Session
from telectl.database import Connection, Database
from telectl.database.call_rows import DELETE_CALL, RESTORE_CALL, AutoCall
from telectl.errors import AsteriskError

_CALL_IS_OLD, _RECORDING_IS_OLD = 4, 24
"""Hours after which a log row of the lead is not this call's."""


class CallRow(Enum):
    """What becomes of the call's row in vicidial_auto_calls when the agent's part ends."""

    ENDS = "deleted: nobody looks for the call any more"
    STAYS = "kept: the program that the call was sent to finds the call by it"


class WrapUp:
    """Writes the end of calls."""

    def __init__(self, database: Database, actions: ConfirmedActions, queue_metrics: QueueMetrics) -> None:
        self._database = database
        self._actions = actions
        self._queue_metrics = queue_metrics

    async def write_transfer(
        self, changes: RowChanges, session: Session, uniqueid: str, row: CallRow, command: CommandContext
    ) -> None:
        """Write, before the customer is sent away, that the call is transferred.

        The call's row is gone by then: an in-group that the customer is sent to writes a new one for it.
        """
        agent, call, epoch = session.agent, session.call, command.instant.epoch
        inbound = call is not None and (call.callerid or "").startswith("Y")
        writes = [self._transfer_outbound(changes, uniqueid, agent.lead_id, epoch)]
        if inbound and session.campaign is not None and session.campaign.campaign_allow_inbound == "Y":
            writes.append(self._transfer_inbound(changes, agent.lead_id, command))
        if row is CallRow.ENDS and call is not None:
            writes.append(self._end_row(changes, call))
        await gather_all(*writes)

    async def end_call(self, session: Session, uniqueid: str, row: CallRow, command: CommandContext) -> None:
        """Write that the agent's call is over, and release the agent until the disposition."""
        async with self._database.connection() as connection:
            await self._end_logs(connection, session, uniqueid, command)
            await self._release(connection, session, row, command)
            await self._end_agent_log(connection, session, uniqueid, command)
        if session.call is not None:
            call = session.call
            ended = EndedCall(session.agent.call_id, session.group, call.stage or "", call.queue_position or 1)
            await self._queue_metrics.log_events(session.agent.user, command.instant, ended=ended, connected=True)

    async def stop_recordings(self, session: Session, command: CommandContext) -> None:
        """Hang up what records the agent's room. What is gone already does not matter."""
        for member in session.link.state.room(session.room):
            if is_recorder(member, session.room):
                await self._try_to_hang_up(session, member, command)

    async def _transfer_inbound(self, changes: RowChanges, lead_id: int, command: CommandContext) -> None:
        since = command.instant.earlier(hours=_CALL_IS_OLD)
        before = await self._database.one(INBOUND_LOG, lead_id=lead_id, since=since)
        if before is not None:
            values = {"closecallid": before.closecallid, "epoch": command.instant.epoch}
            await changes.write_undoable(TRANSFER_INBOUND, values, UNTRANSFER_INBOUND, asdict(before))

    async def _transfer_outbound(self, changes: RowChanges, uniqueid: str, lead_id: int, epoch: int) -> None:
        key = {"uniqueid": uniqueid, "lead_id": lead_id}
        before = await self._database.one(OUTBOUND_LOG, **key)
        if before is not None:
            await changes.write_undoable(
                TRANSFER_OUTBOUND, {**key, "epoch": epoch}, UNTRANSFER_OUTBOUND, {**asdict(before), **key}
            )

    async def _end_row(self, changes: RowChanges, call: AutoCall) -> None:
        await changes.write_undoable(DELETE_CALL, {"call_id": call.callerid}, RESTORE_CALL, asdict(call))

    async def _try_to_hang_up(self, session: Session, member: Channel, command: CommandContext) -> None:
        try:
            await self._actions.hang_up(command, session.link, member.name)
        except AsteriskError:
            return  # the call itself has ended as asked; a recorder that stays records silence

    async def _end_logs(self, connection: Connection, session: Session, uniqueid: str, command: CommandContext) -> None:
        agent, instant = session.agent, command.instant
        known = {"lead_id": agent.lead_id, "epoch": instant.epoch}
        if agent.is_inbound:
            await connection.write(END_INBOUND, **known, user=agent.user, since=instant.earlier(hours=_CALL_IS_OLD))
            return
        await connection.write(END_OUTBOUND, **known, uniqueid=uniqueid)
        await connection.write(
            LOG_EXTENDED,
            uniqueid=uniqueid,
            server_ip=agent.server_ip,
            now=instant.local,
            lead_id=agent.lead_id,
            call_id=agent.call_id,
        )

    async def _release(self, connection: Connection, session: Session, row: CallRow, command: CommandContext) -> None:
        agent, campaign = session.agent, session.campaign
        if row is CallRow.ENDS:
            await connection.write(END_CALL, call_id=agent.call_id, lead_id=agent.lead_id)
            if campaign is None or not campaign.dials_by_itself:
                await connection.write(END_MANUAL_CALLS, lead_id=agent.lead_id)
        await connection.write(
            RELEASE,
            user=agent.user,
            server_ip=agent.server_ip,
            call_id=agent.call_id,
            now=command.instant.local,
            inbound=agent.is_inbound,
        )

    async def _end_agent_log(
        self, connection: Connection, session: Session, uniqueid: str, command: CommandContext
    ) -> None:
        agent, instant = session.agent, command.instant
        await connection.write(
            END_TALK, agent_log_id=agent.agent_log_id or 0, user=agent.user, epoch=instant.epoch, uniqueid=uniqueid
        )
        await connection.write(
            END_RECORDINGS,
            user=agent.user,
            lead_id=agent.lead_id,
            now=instant.local,
            epoch=instant.epoch,
            since=instant.earlier(hours=_RECORDING_IS_OLD),
        )
