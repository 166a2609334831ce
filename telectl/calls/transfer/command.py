"""What transfer_conference may ask for, checked and complete: a command that a screen or telectl itself carries out."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.calls.flags import Flag
from telectl.described_enum import DescribedEnum


class Transfer(DescribedEnum):
    """What transfer_conference's value asks for."""

    HANGUP_XFER = "HANGUP_XFER", "hang up the third party"
    HANGUP_BOTH = "HANGUP_BOTH", "hang up customer and third party"
    BLIND_TRANSFER = "BLIND_TRANSFER", "send the customer to phone_number and end the agent's call"
    LEAVE_VM = "LEAVE_VM", "let the customer's voicemail hear the campaign's message and end the agent's call"
    LOCAL_CLOSER = "LOCAL_CLOSER", "send the customer to an in-group, or with AGENTDIRECT to the agent in phone_number"
    DIAL_WITH_CUSTOMER = "DIAL_WITH_CUSTOMER", "dial a third party into the agent's session"
    PARK_CUSTOMER_DIAL = "PARK_CUSTOMER_DIAL", "park the customer, then dial a third party"
    LEAVE_3WAY_CALL = "LEAVE_3WAY_CALL", "leave customer and third party to themselves"


DIALS = frozenset({Transfer.DIAL_WITH_CUSTOMER, Transfer.PARK_CUSTOMER_DIAL})
"""The transfers that dial a third party."""
HANGS_UP = frozenset({Transfer.HANGUP_XFER, Transfer.HANGUP_BOTH})
"""The transfers that need not reach the customer's server: its leg in the agent's room can be hung up, too."""
_NEEDS_NUMBER = DIALS | {Transfer.BLIND_TRANSFER}


class ThirdPartyThere(Exception):
    """There are third parties on the line, and the request wants no other one."""

    def __init__(self, number: int) -> None:
        super().__init__(f"{number} third parties")
        self.number = number


@dataclass(frozen=True, slots=True)
class TransferCommand:
    """One transfer, its parameters checked."""

    kind: Transfer
    ingroup: str = ""
    phone_number: str = ""
    consultative: bool = False
    dial_override: str = ""
    group_alias: str = ""
    caller_id: str = ""
    refuse_second: bool = False
    """Nothing is done while a third party is on the line (tw_check)."""
    cid_choice: str | None = None
    """None where no caller id is chosen: the flag then ends with its time."""

    @property
    def lacks_number(self) -> bool:
        """Return whether a number is missing that has to be dialled."""
        if self.kind is Transfer.LOCAL_CLOSER:
            return "AGENTDIRECT" in self.ingroup.upper() and not self.phone_number
        return self.kind in _NEEDS_NUMBER and not self.consultative and not self.phone_number

    @property
    def asks_consultative(self) -> str:
        """YES or NO, as answers and flags say it."""
        return "YES" if self.consultative else "NO"

    def flag(self, epoch: str) -> str:
        """Return the text of vicidial_live_agents.external_transferconf.

        Raises:
            CallFailure: a field would be read back as something else.
        """
        choice = {} if self.cid_choice is None else {"cid_choice": self.cid_choice}
        return Flag.TRANSFER.record(
            value=self.kind.value,
            ingroup=self.ingroup,
            phone_number=self.phone_number,
            consultative=self.asks_consultative,
            dial_override=self.dial_override,
            group_alias=self.group_alias,
            caller_id=self.caller_id,
            epoch=epoch,
            **choice,
        )
