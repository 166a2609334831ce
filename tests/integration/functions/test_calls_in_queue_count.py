"""calls_in_queue_count: what the recorded requests do not show."""

from __future__ import annotations

import pytest
from lab.contact_centre import Rows
from parts import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def waiting(rows: Rows, campaign: str, agent_only: str = "", status: str = "LIVE") -> None:
    await rows.run(
        "INSERT INTO vicidial_auto_calls (server_ip, campaign_id, status, agent_only, lead_id, phone_number)"
        " VALUES ('127.0.0.1', %s, %s, %s, 0, '')",
        campaign,
        status,
        agent_only,
    )


async def test_only_the_agents_own_queues_count(api: Api, rows: Rows) -> None:
    await rows.run("DELETE FROM vicidial_auto_calls")
    await rows.run("UPDATE vicidial_live_agents SET closer_campaigns = ' TEST_IN AGENTDIRECT -' WHERE user = '1000'")
    for campaign in ("DEMO", "TEST_IN", "TEST_IN2", "SALESLINE", "TEST"):
        await waiting(rows, campaign)
    await waiting(rows, "TEST_IN", status="IVR")
    await waiting(rows, "AGENTDIRECT", agent_only="1000")
    await waiting(rows, "AGENTDIRECT_X", agent_only="1000")
    await waiting(rows, "AGENTDIRECT", agent_only="1001")
    assert await api.ask("calls_in_queue_count", value="DISPLAY") == "SUCCESS: calls_in_queue_count - 4"
    await rows.run("UPDATE vicidial_live_agents SET closer_campaigns = ' test_in AgentDirect -' WHERE user = '1000'")
    assert await api.ask("calls_in_queue_count", value="DISPLAY") == "SUCCESS: calls_in_queue_count - 4"
    await rows.run("UPDATE vicidial_live_agents SET closer_campaigns = ' TEST_IN -' WHERE user = '1000'")
    assert await api.ask("calls_in_queue_count", value="DISPLAY") == "SUCCESS: calls_in_queue_count - 2"
