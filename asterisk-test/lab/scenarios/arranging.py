"""Brings about what is given: who is in which room, whose call it is, and who has been dialled already."""

from __future__ import annotations

from lab.call_ids import new_call_id
from lab.contact_centre import CONTEXT, Line
from lab.ingroups import OWN_SERVER
from lab.scenarios.facts import Facts
from lab.scenarios.model import CHANNEL_FACTS, OTHERS, ROLES, Given
from lab.scenarios.rows import write
from lab.scenarios.stage import Stage
from lab.until import until

LEAD, REMOTE_LEAD = 1002, 402028
PHONE_NUMBER = "7275551212"
AGENT, OTHER = ROLES["agent"], ROLES["other agent"]


class ArrangingError(AssertionError):
    """What is given could not be brought about."""


async def arrange(stage: Stage, given: Given) -> Facts:
    """Clear the stage, bring the scene about, and give the facts that the story begins with."""
    await stage.clear()
    remote = given.call == "to the remote agent"
    lead = REMOTE_LEAD if remote else LEAD
    known = {
        "user": ROLES["remote agent"].user if remote else AGENT.user,
        "room": AGENT.room,
        "lead": str(lead),
        "phone number": PHONE_NUMBER,
    }
    facts = Facts(known, lambda name: channel_fact(stage, name))
    for table, columns in given.settings.items():
        await write(stage.centre.rows, table, columns, facts)
    line = await _seat(stage, given)
    if given.customer != "nobody":
        await _CALLS[given.call](stage, line)
        facts.learn({"call": line.call_id})
    if given.other_agent != "nobody":
        await _seat_other(stage, given)
    if given.stranger != "nobody":
        await stage.centre.call_into_room(stage.phone("stranger"), AGENT.room, '"stranger" <7275559999>')
    if given.park_ivr == "yes":
        await stage.centre.witness.do("DBPut", Family="park_ivr", Key=line.call_id, Val="1")
    for phone in stage.centre.phones.values():
        phone.auto_answer = False
    if given.customer == "parked":
        await _ask(stage, "park_call", value="PARK_CUSTOMER")
    if given.third_party != "nobody":
        await _dial(stage, given, facts)
    await stage.let_pass(60)
    return facts


def channel_fact(stage: Stage, name: str) -> str | None:
    """Return the channel or uniqueid of the newest channel of somebody's phone, or, for a person, of the carrier's."""
    who, _, fact = name.rpartition(" ")
    if fact not in CHANNEL_FACTS:
        return None
    prefix = f"PJSIP/{ROLES[who].phone}-" if who in ROLES else OTHERS[who]
    for event in reversed(stage.centre.witness.events):
        channel = event["Channel"]
        if event.name == "Newchannel" and channel.startswith(prefix) and "carrier-side" not in channel:
            return channel if fact == "channel" else event["Uniqueid"]
    return None


async def _seat(stage: Stage, given: Given) -> Line:
    """Let the agent sit in its room, or nearly."""
    phone = stage.phone("agent")
    line = await stage.centre.seat(AGENT.user, phone, AGENT.room, LEAD)
    if given.agent == "in its room" and given.call != "to the remote agent":
        line.agent = await stage.centre.call_into_room(
            phone, AGENT.room, f'"S261123080000{AGENT.room}" <0>', prefix="2"
        )
    return line


async def _seat_other(stage: Stage, given: Given) -> None:
    phone = stage.phone("other agent")
    await stage.centre.seat(OTHER.user, phone, OTHER.room, LEAD)
    await stage.centre.call_into_room(phone, OTHER.room, f'"S261123080000{OTHER.room}" <0>', prefix="2")
    columns = {"status": "READY"} if given.other_agent == "free in its room" else {"lead_id": str(LEAD)}
    await write(stage.centre.rows, f"vicidial_live_agents user={OTHER.user}", columns, Facts({}, lambda _: None))


# ---- the customer's call


async def _outbound(stage: Stage, line: Line) -> None:
    await stage.centre.deliver(line, stage.phone("customer"))


async def _inbound(stage: Stage, line: Line) -> None:
    await stage.centre.deliver(line, stage.phone("customer"), ingroup="SALESLINE")


async def _manual_dial(stage: Stage, line: Line) -> None:
    """Dial as the agent's screen does: a Local pair stands for the customer in the room."""
    centre, customer = stage.centre, ROLES["customer"]
    line.call_id = new_call_id("M", line.lead_id)
    await centre.witness.do(
        "Originate",
        Channel=f"Local/{line.room}@{CONTEXT}",
        Context=CONTEXT,
        Exten=f"91{customer.number}",
        Priority="1",
        CallerID=f'"{line.call_id}" <7275550100>',
        Async="true",
    )
    line.customer = await stage.phone("customer").talking(10)
    await _in_room(stage, line.room, "Local/")
    line.channel = channel_fact(stage, "customer channel") or ""
    line.uniqueid = channel_fact(stage, "customer uniqueid") or ""
    await centre.write_call(line)
    await centre.rows.run(
        "UPDATE vicidial_live_agents SET channel = '', call_server_ip = '', comments = 'MANUAL' WHERE user = %s",
        line.user,
    )


async def _to_remote(stage: Stage, line: Line) -> None:
    """Deliver as the AGI does for a remote agent, whose phone rings when the story begins."""
    centre, phone = stage.centre, stage.phone("remote agent")
    line.user, line.lead_id = ROLES["remote agent"].user, REMOTE_LEAD
    phone.auto_answer = False
    await centre.deliver_remote(line, stage.phone("customer"), phone, ingroup="SALESLINE")
    outside = f"{OWN_SERVER}{phone.user}"
    await centre.rows.run(
        "UPDATE vicidial_live_agents SET extension = %s, conf_exten = %s, ra_user = %s, ra_extension = %s"
        " WHERE user = %s",
        *(f"R/{line.user}", phone.user, line.user, outside, line.user),
    )
    await centre.rows.run("UPDATE vicidial_auto_calls SET extension = %s WHERE callerid = %s", outside, line.call_id)
    await centre.rows.run(
        "INSERT INTO vicidial_remote_agent_log (callerid, uniqueid, ra_user, user, call_time, extension, lead_id,"
        " phone_number, campaign_id, processed) VALUES (%s, %s, %s, %s, NOW(), %s, %s, %s, 'SALESLINE', 'N')",
        *(line.call_id, line.uniqueid, line.user, line.user, outside, line.lead_id, PHONE_NUMBER),
    )


_CALLS = {
    "outbound": _outbound,
    "inbound": _inbound,
    "manual dial": _manual_dial,
    "to the remote agent": _to_remote,
}


# ---- what was asked of telectl before the story begins


async def _ask(stage: Stage, function: str, **parameters: str) -> str:
    answer = await stage.ask(function, agent_user=AGENT.user, **parameters)
    if not answer.startswith("SUCCESS"):
        raise ArrangingError(f"{function} {parameters}: {answer}")
    return answer


async def _dial(stage: Stage, given: Given, facts: Facts) -> None:
    phone, number = stage.phone("third party"), ROLES["third party"].number
    answer = await _ask(stage, "transfer_conference", value="DIAL_WITH_CUSTOMER", phone_number=number)
    facts.learn({"third call": answer.split("|")[-2]})
    call = await phone.ringing(10)
    if given.third_party == "ringing":
        return
    await call.answer()
    await _in_room(stage, AGENT.room, f"Local/91{number}")
    if given.third_party == "parked":
        await _ask(stage, "park_call", value="PARK_XFER")


async def _in_room(stage: Stage, room: str, start: str) -> None:
    async def there() -> bool:
        return any(name.startswith(start) for name in await stage.centre.witness.members(room))

    await until(there, what=f"{start} in room {room}")
