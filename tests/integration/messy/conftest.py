"""Calls as they are in a messy world."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from lab.contact_centre import ContactCentre, Line
from parts import AGENT, CUSTOMER
from situations import REMOTE, REMOTE_LEAD, RemoteDesk

_LIVE_AGENT = "extension, server_ip, status, lead_id, callerid, channel, uniqueid, call_server_ip, comments"


@pytest_asyncio.fixture(loop_scope="module")
async def remote(centre: ContactCentre) -> AsyncIterator[RemoteDesk]:
    """Remote agent 1028 with its phone gs103, and a customer's phone; nobody is on a call yet."""
    agent = await centre.phone("gs103", AGENT, "remote agent")
    customer = await centre.phone("customer1", CUSTOMER, "customer")
    before = await centre.rows.one(f"SELECT {_LIVE_AGENT} FROM vicidial_live_agents WHERE user = %s", REMOTE)
    yield RemoteDesk(centre, Line(REMOTE, "", REMOTE_LEAD), agent, customer)
    for phone in (agent, customer):
        for call in phone.calls:
            await call.hangup()
    await centre.clear()
    columns = ", ".join(f"{name} = %s" for name in before)
    await centre.rows.run(f"UPDATE vicidial_live_agents SET {columns} WHERE user = %s", *before.values(), REMOTE)
    await centre.rows.run("DELETE FROM vicidial_auto_calls WHERE lead_id = %s", REMOTE_LEAD)
    await centre.rows.run("DELETE FROM telectl_locks")
