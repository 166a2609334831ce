"""The call of a remote agent, hung up or sent on by its id (call-control.md section 9).

A remote agent's call is in no room: its channel itself is hung up or redirected. The checked command is carried out by
`queue_for_daemon`, which leaves the channel to VICIdial's manager daemon.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from telectl.calls.words import Word
from telectl.database import Database, Instant
from telectl.database.call_rows import SERVER
from telectl.database.manager_queue import QUEUE_ACTION, queued
from telectl.database.pool import Connection
from telectl.database.remote_calls import (
    CLAIM_CALL,
    CLAIM_OWN_CALL,
    CLOSE_INBOUND,
    CLOSE_OUTBOUND,
    CONNECTED,
    QUEUE_EVENT,
    RELEASE_AGENT,
    SET_LEAD_STATUS,
    STOP_RINGING,
    RemoteCall,
)

_DEFAULT_CONTEXT = "default"
_KEPT_OF_ID = 4
"""The first characters of a call's id make way for those of the action."""


class Stage(Word):
    """What ra_call_control's stage asks for."""

    HANGUP = "HANGUP", "hang the call up"
    EXTENSIONTRANSFER = "EXTENSIONTRANSFER", "send the call to phone_number"
    INGROUPTRANSFER = "INGROUPTRANSFER", "send the call to the in-group in ingroup_choices"


@dataclass(frozen=True, slots=True)
class RemoteAgentCommand:
    """What is to become of a remote agent's call, its parameters checked."""

    agent_user: str
    stage: Stage
    call: RemoteCall
    status: str
    """The disposition that lead and logs get."""
    target: str = ""
    """The number or in-group that the call is sent to; empty for a hangup."""
    any_call: bool = False
    """The call need not be the agent's own."""

    @property
    def extension(self) -> str:
        """Where the channel is redirected to in the server's context; empty for a hangup."""
        if self.stage is not Stage.INGROUPTRANSFER:
            return self.target
        number = self.call.phone_number or ""
        return f"90009*{self.target}**{self.call.lead_id}**{number}**{self.agent_user}**"


async def queue_for_daemon(command: RemoteAgentCommand, instant: Instant, database: Database) -> bool:
    """End the call's rows and queue its hangup or redirect; tell whether the call was still there.

    To delete the call's row is to claim the call: of two commands for it only one finds the row. The action is queued
    before the agent is ready again, so that no new call meets the old one.
    """
    call = command.call
    claim = CLAIM_CALL if command.any_call else CLAIM_OWN_CALL
    async with database.connection() as connection:
        server = await connection.one(SERVER, server_ip=call.server_ip)
        action = _action(command, instant, server.ext_context if server else _DEFAULT_CONTEXT)
        claimed = await connection.write(claim, call_id=call.callerid, user=command.agent_user)
        if not claimed.matched:
            return False
        await _close_logs(command, instant, connection)
        await connection.write(QUEUE_ACTION, **action)
        random_id = random.randint(10_000_000, 99_999_999)  # noqa: S311 - a sign of life, no secret
        await connection.write(RELEASE_AGENT, call_id=call.callerid, random_id=random_id, now=instant.local)
        await connection.write(STOP_RINGING, call_id=call.callerid)
    return True


async def tell_queuemetrics(
    command: RemoteAgentCommand, instant: Instant, queuemetrics: Database, server_id: str
) -> None:
    """Write the end of the call, and the agent's short pause after it, into QueueMetrics' queue_log."""
    call, agent = command.call, f"Agent/{command.agent_user}"
    queue = call.campaign_id or ""
    async with queuemetrics.connection() as connection:
        connected = await connection.one(CONNECTED, call_id=call.callerid)
        talked = max(instant.epoch - connected.time_id, 0) if connected and connected.time_id else 0
        waited = (call.stage or "").rpartition("-")[2]
        for verb, call_id, name, *data in (
            ("COMPLETEAGENT", call.callerid, queue, waited, talked, call.queue_position or 1),
            ("CALLSTATUS", call.callerid, queue, command.status, "", ""),
            ("PAUSEALL", "NONE", "NONE", "", "", ""),
            ("UNPAUSEALL", "NONE", "NONE", "", "", ""),
        ):
            await connection.write(
                QUEUE_EVENT,
                partition="P01",
                time_id=instant.epoch,
                call_id=call_id,
                queue=name,
                agent=agent,
                verb=verb,
                data1=data[0],
                data2=data[1],
                data3=data[2],
                serverid=server_id,
            )


async def _close_logs(command: RemoteAgentCommand, instant: Instant, connection: Connection) -> None:
    call = command.call
    known = {"uniqueid": call.uniqueid or "", "lead_id": call.lead_id, "status": command.status}
    if call.call_type == "IN":
        await connection.write(CLOSE_INBOUND, **known, epoch=instant.epoch, campaign_id=call.campaign_id or "")
    else:
        await connection.write(CLOSE_OUTBOUND, **known, epoch=instant.epoch, user=command.agent_user)
    await connection.write(SET_LEAD_STATUS, status=command.status, lead_id=call.lead_id)


def _action(command: RemoteAgentCommand, instant: Instant, context: str) -> dict[str, object]:
    call = command.call
    rest_of_id = call.callerid[_KEPT_OF_ID:]
    channel = ("Channel", call.channel or "")
    if command.stage is Stage.HANGUP:
        return queued(instant, call.server_ip, "Hangup", f"HAPI{rest_of_id}", (channel,))
    action_id = f"XAPI{rest_of_id}"
    headers = (
        channel,
        ("Context", context),
        ("Exten", command.extension),
        ("Priority", "1"),
        ("CallerID", action_id),
    )
    return queued(instant, call.server_ip, "Redirect", action_id, headers)
