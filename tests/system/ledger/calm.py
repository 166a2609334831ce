"""Whether the rows of an agent's call tell the same as Asterisk, asked of both anew."""

from __future__ import annotations

from dataclasses import dataclass

from lab.contact_centre import Line

from ledger.seats import Agent
from ledger.stage import Stage

PARK_EXTENSIONS = frozenset({"8301", "8302", "8303"})
_PARK_CONTEXTS = frozenset({"park-ivr"})


@dataclass(frozen=True, slots=True)
class _Where:
    """Where the customer's channel is, as Asterisk has it."""

    place: str
    """`session`, `park`, `away` or `gone`."""


async def disagreements(stage: Stage, agent: Agent, line: Line, *, ended_by_telectl: bool) -> list[str]:
    """Return how rows and channels disagree, nothing when they agree.

    Args:
        stage: where.
        agent: whose call it is.
        line: the call, as it was brought to the agent.
        ended_by_telectl: telectl has hung the customer up or sent it away: the agent must have been released.
    """
    rows = stage.rows
    row = await rows.one("SELECT * FROM vicidial_live_agents WHERE user = %s", agent.user)
    where = await _where(stage, line, str(row["conf_exten"]))
    parked = await rows.all("SELECT channel FROM parked_channels WHERE channel = %s", line.channel)
    held = await rows.all("SELECT 1 FROM vicidial_auto_calls WHERE callerid = %s", line.call_id)
    has_call = row["callerid"] == line.call_id
    shown = f"agent {agent.user} is {row['status']} with call {row['callerid'] or 'none'}"
    wrong: list[str] = []
    if where.place in ("session", "park"):
        if not has_call or row["status"] != "INCALL":
            wrong.append(f"the customer is in the {where.place}, {shown}")
        if not held:
            wrong.append(f"the customer is in the {where.place}, and its row of vicidial_auto_calls is gone")
    if where.place == "park" and not parked:
        wrong.append("the customer hears music, and parked_channels does not know it")
    if where.place != "park" and parked:
        wrong.append(f"parked_channels has a customer who is {where.place}")
    if has_call and (where.place == "away" or (where.place == "gone" and ended_by_telectl)):
        wrong.append(f"the customer is {where.place}, {shown}")
    wrong += await _agent_elsewhere(stage, agent, str(row["conf_exten"]))
    wrong += await _strays(stage, agent, str(row["conf_exten"]))
    return wrong


async def _where(stage: Stage, line: Line, room: str) -> _Where:
    channels = {row["Channel"]: row for row in await stage.witness.channels()}
    channel = channels.get(line.channel)
    if channel is None:
        return _Where("gone")
    if line.channel in await stage.witness.members(room):
        return _Where("session")
    parked = channel["Exten"] in PARK_EXTENSIONS or channel["Context"] in _PARK_CONTEXTS
    return _Where("park" if parked else "away")


async def _agent_elsewhere(stage: Stage, agent: Agent, room: str) -> list[str]:
    """Return where the agent's phone is, if that is not its room."""
    phone = f"PJSIP/{agent.phone.user}-"
    names = [row["Channel"] for row in await stage.witness.channels() if row["Channel"].startswith(phone)]
    members = await stage.witness.members(room)
    return [f"{name} is not in the agent's room {room}" for name in names if name not in members]


async def _strays(stage: Stage, agent: Agent, room: str) -> list[str]:
    """Return what is left of earlier commands: a lease, a reserved room, a parked third party that is dead."""
    wrong = []
    extension = f"PJSIP/{agent.phone.user}"
    held = await stage.rows.all(
        "SELECT agent FROM telectl_locks WHERE agent = %s AND held_until >"
        " TIMESTAMPDIFF(SECOND, '1970-01-01', UTC_TIMESTAMP())",
        agent.user,
    )
    if held:
        wrong.append("a command holds the agent still")
    reserved = await stage.rows.all("SELECT conf_exten FROM vicidial_confbridges WHERE extension = %s", extension)
    wrong += [
        f"room {row['conf_exten']} is reserved for an agent who is in {room}"
        for row in reserved
        if str(row["conf_exten"]) not in (room, agent.room)
    ]
    channels = {row["Channel"] for row in await stage.witness.channels()}
    third = await stage.rows.all(
        "SELECT channel FROM parked_channels WHERE parked_by = %s AND channel NOT LIKE %s",
        *(extension, f"PJSIP/{agent.customer.user}-%"),
    )
    wrong += [f"{row['channel']} is parked and dead" for row in third if row["channel"] not in channels]
    return wrong
