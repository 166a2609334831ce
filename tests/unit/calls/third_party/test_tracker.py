"""What a third party's call makes of an Asterisk's events, whatever stands in them."""

from __future__ import annotations

import pytest

from telectl.asterisk import Address, Link, Message, Timeouts
from telectl.calls.third_party.tracker import ThirdPartyCall


def third_call() -> ThirdPartyCall:
    link = Link(Address("10.0.0.1", "127.0.0.1", 5038, "telectl", "telectl"), Timeouts())
    return ThirdPartyCall("DC1", "1000", 1, link, channel_id="1.1", request_id="r", began=0.0)


@pytest.mark.parametrize(
    ("told", "state", "cause"),
    [("17", "busy", 17), ("16", "failed", 16), ("", "failed", 0), ("²", "failed", 0), ("-1", "failed", 0)]
    + [("9" * size, "failed", 0) for size in (4, 5000)],
)
async def test_a_hangup_ends_it_whatever_its_cause_is(told: str, state: str, cause: int) -> None:
    call = third_call()
    assert call.take(Message({"Event": "Hangup", "Channel": "PJSIP/x-1", "Uniqueid": "1.1", "Cause": told}))
    assert (call.state, call.cause) == (state, cause)
