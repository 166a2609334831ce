"""A remote agent's call, left to VICIdial's manager daemon: rows and a queued action (call-control.md section 9)."""

from __future__ import annotations

import random

from telectl.calls.dial_parts import Part, dialled
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.manager_queue import queue_row
from telectl.calls.remote.command import RemoteAgentCommand, Stage
from telectl.calls.remote.sql import (
    CLAIM_CALL,
    CLAIM_OWN_CALL,
    CLOSE_INBOUND,
    CLOSE_OUTBOUND,
    RELEASE_AGENT,
    SET_LEAD_STATUS,
    STOP_RINGING,
)
from telectl.calls.saga.confirm import is_kept
from telectl.database import Connection, Database, Instant
from telectl.database.call_rows import SERVER, Server
from telectl.database.manager_queue import QUEUE_ACTION

_KEPT_OF_ID = 4
"""The first characters of a call's id make way for those of the action."""


async def queue_for_daemon(command: RemoteAgentCommand, instant: Instant, database: Database) -> bool:
    """End the call's rows and queue its hangup or redirect; return whether the call was still there.

    To delete the call's row is to claim the call: of two commands for it only one finds the row. The action is queued
    before the agent is ready again, so that no new call meets the old one.

    Raises:
        CallFailure, UnsafeValue: a value must not travel to Asterisk; nothing was done.
    """
    call = command.call
    claim = CLAIM_CALL if command.any_call else CLAIM_OWN_CALL
    async with database.connection() as connection:
        server = await connection.one(SERVER, server_ip=call.server_ip) or Server.unknown(call.server_ip)
        action = _action(command, instant, server.context)
        claimed = await connection.write(claim, call_id=call.callerid, user=command.agent_user)
        if not claimed.matched:
            return False
        await _close_logs(command, instant, connection)
        await connection.write(QUEUE_ACTION, **action)
        random_id = random.randint(10_000_000, 99_999_999)  # noqa: S311 - a sign of life, no secret
        await connection.write(RELEASE_AGENT, call_id=call.callerid, random_id=random_id, now=instant.local)
        await connection.write(STOP_RINGING, call_id=call.callerid)
    return True


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
        return queue_row(instant, call.server_ip, "Hangup", f"HAPI{rest_of_id}", (channel,))
    action_id = f"XAPI{rest_of_id}"
    headers = (
        channel,
        ("Context", dialled(Part.CONTEXT, context)),
        ("Exten", _extension(command)),
        ("Priority", "1"),
        ("CallerID", action_id),
    )
    return queue_row(instant, call.server_ip, "Redirect", action_id, headers)


def _extension(command: RemoteAgentCommand) -> str:
    """Return where VICIdial sends the call: the agent stands one field behind its place in the in-group's extension."""
    if command.stage is not Stage.INGROUPTRANSFER:
        return dialled(Part.NUMBER, command.target)
    number, group = dialled(Part.CALL_NUMBER, command.call.phone_number or ""), dialled(Part.INGROUP, command.target)
    extension = f"90009*{group}**{command.call.lead_id}**{number}**{dialled(Part.USER, command.agent_user)}**"
    if not is_kept(extension):
        raise CallFailure(Failure.TOO_LONG, extension, (extension,))
    return extension
