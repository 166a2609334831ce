"""What each value of park_call does, step by step (call-control.md section 6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from telectl.calls.command import CommandContext
from telectl.calls.hangup.hangup import HangUp
from telectl.calls.park.parking import Park, Parking
from telectl.calls.park.rows import IVR
from telectl.calls.saga.steps import Step
from telectl.calls.session.session import Session

Prepare = Callable[[Session, CommandContext], Awaitable[Step]]
"""Checks one step and gives it, ready to be done."""


def park_steps(parking: Parking, hang_up: HangUp) -> Mapping[Park, tuple[Prepare, ...]]:
    """Return the steps of each value; all are checked before the first one acts."""
    return {
        Park.PARK_CUSTOMER: (parking.park_customer,),
        Park.GRAB_CUSTOMER: (parking.grab_customer,),
        Park.PARK_IVR_CUSTOMER: (partial(parking.park_customer, hold=IVR),),
        Park.GRAB_IVR_CUSTOMER: (partial(parking.grab_customer, hold=IVR),),
        Park.PARK_XFER: (parking.park_third,),
        Park.GRAB_XFER: (parking.grab_third,),
        Park.SWAP_PARK_CUSTOMER: (parking.park_customer, parking.grab_third),
        Park.SWAP_PARK_XFER: (parking.park_third, parking.grab_customer),
        Park.HANGUP_XFER_GRAB_CUSTOMER: (hang_up.third, parking.grab_customer),
    }
