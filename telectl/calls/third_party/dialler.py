"""Dial a third party into the agent's session (call-control.md section 7.4)."""

from __future__ import annotations

import time
from dataclasses import replace

from telectl.asterisk import Originate
from telectl.calls.command import CommandContext
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.saga.concurrency import gather_all
from telectl.calls.saga.confirm import require_extension
from telectl.calls.saga.reconcile import Reconciler
from telectl.calls.saga.row_changes import RowChanges
from telectl.calls.session.admission import require_place
from telectl.calls.session.call_ids import new_channel_id, third_party_call_id
from telectl.calls.session.parties import find_parties
from telectl.calls.session.session import Session
from telectl.calls.third_party.rows import Dial, write_dial
from telectl.calls.third_party.sql import FORGET_THIRD_CALL, START_THIRD_CALL
from telectl.calls.third_party.tracker import ThirdPartyCall, ThirdPartyTracker
from telectl.calls.timing import Timing
from telectl.calls.transfer.command import Transfer, TransferCommand
from telectl.calls.transfer.dial_strings import (
    caller_id,
    consultation_extension,
    number_to_dial,
    require_target,
    shortened,
)
from telectl.database import Database
from telectl.database.leads import LEAD, Lead

_IDS = 5
"""How many seconds' ids are tried before two dials for one lead collide for good."""


class ThirdPartyDialler:
    """Dials third parties."""

    def __init__(self, database: Database, reconciler: Reconciler, tracker: ThirdPartyTracker, timing: Timing) -> None:
        self._database = database
        self._reconciler = reconciler
        self._tracker = tracker
        self._timing = timing

    async def check_dial(self, session: Session, transfer: TransferCommand, command: CommandContext) -> Lead | None:
        """Check that the dial can be tried (an agent in the room, an extension), and return the call's lead.

        Raises:
            CallFailure: one of them is missing.
        """
        parties = find_parties(session)
        if parties.agent is None:
            raise CallFailure(Failure.SESSION_EMPTY)
        lead = await self._database.one(LEAD, lead_id=session.agent.lead_id)
        extension = self._extension(session, transfer, lead, command)
        await gather_all(
            require_target(session.link, session.context, extension),
            require_extension(session.link, session.context, session.room),
            require_place(
                session, leaving=int(transfer.kind is Transfer.PARK_CUSTOMER_DIAL and parties.customer_is_here)
            ),
        )
        return lead

    async def dial(
        self, session: Session, transfer: TransferCommand, lead: Lead | None, command: CommandContext
    ) -> str:
        """Dial; return the call's id once Asterisk has accepted. `ThirdPartyTracker` follows what becomes of it.

        Raises:
            CallFailure, ActionRefused: nobody is dialled, and the rows are undone.
            OutcomeUnknown: Asterisk gave no answer; the rows stay.
        """
        async with RowChanges(self._database, self._reconciler, session.agent.user) as changes:
            extension = self._extension(session, transfer, lead, command)
            number = await shortened(extension, changes, command.instant)
            call = await self._start(changes, session, number, command)
            originate = self._originate(session, transfer, lead, call, number)
            await write_dial(changes, session, transfer, Dial(call.call_id, originate), command)
            with self._tracker.following(call):
                changes.sent(None)  # who follows the call finds out what becomes of it
                await session.link.do(originate, action_id=command.request_id)
        return call.call_id

    def _extension(
        self, session: Session, transfer: TransferCommand, lead: Lead | None, command: CommandContext
    ) -> str:
        if transfer.consultative:
            return consultation_extension(transfer, session, lead, command.instant)
        return number_to_dial(transfer, session.campaign, lead)

    async def _start(
        self, changes: RowChanges, session: Session, number: str, command: CommandContext
    ) -> ThirdPartyCall:
        """Take a call id that no other dial for this lead has, in telectl_calls."""
        agent, instant = session.agent, command.instant
        channel_id = new_channel_id(instant)
        for later in range(_IDS):
            call_id = third_party_call_id(replace(instant, epoch=instant.epoch + later), agent.lead_id)
            values = {
                "call_id": call_id,
                "agent": agent.user,
                "lead_id": agent.lead_id,
                "campaign_id": agent.campaign_id or "",
                "server_ip": agent.server_ip,
                "number": number,
                "channel_id": channel_id,
                "now": instant.local,
            }
            if await changes.write_undoable(START_THIRD_CALL, values, FORGET_THIRD_CALL, {"call_id": call_id}):
                break
        return ThirdPartyCall(
            call_id, agent.user, agent.lead_id, session.link, channel_id, command.request_id, time.monotonic()
        )

    def _originate(
        self, session: Session, transfer: TransferCommand, lead: Lead | None, call: ThirdPartyCall, number: str
    ) -> Originate:
        campaign = session.campaign
        given = (campaign.manual_dial_timeout if campaign else None) or ""
        if transfer.caller_id:
            account, variables = transfer.group_alias, {"_usegroupalias": "1"}
        else:
            account = ""
            variables = {
                "__vendor_lead_code": (lead.vendor_lead_code if lead else None) or "",
                "__lead_id": str(session.agent.lead_id),
            }
        return Originate(
            channel=f"Local/{number}@{session.context}",
            context=session.context,
            exten=session.room,
            caller_id=caller_id(call.call_id, transfer, session, lead),
            timeout_ms=int(1000 * (int(given) if given.isdecimal() and int(given) else self._timing.ring_third)),
            variables=variables,
            account=account,
            channel_id=call.channel_id,
            other_channel_id=f"{call.channel_id}2",
        )
