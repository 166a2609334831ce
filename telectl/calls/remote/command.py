"""What ra_call_control may ask for, checked and complete: a command that a daemon or telectl itself carries out."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.calls.queue_metrics import EndedCall, QueueEvent
from telectl.calls.remote.sql import RemoteCall
from telectl.described_enum import DescribedEnum


class Stage(DescribedEnum):
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
    to_agent: str = ""
    """The agent that an AGENTDIRECT in-group is to find."""

    @property
    def ended(self) -> EndedCall:
        """The call, as QueueMetrics is told of its end."""
        call = self.call
        return EndedCall(call.callerid, call.campaign_id or "", call.stage or "", call.queue_position or 1)

    @property
    def told(self) -> tuple[QueueEvent, ...]:
        """What QueueMetrics is told after the end: the disposition, and the agent's short pause."""
        status = QueueEvent("CALLSTATUS", self.call.callerid, self.call.campaign_id or "", self.status)
        return (status, QueueEvent("PAUSEALL"), QueueEvent("UNPAUSEALL"))
