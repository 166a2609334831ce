"""What is measured: a row a call command, with who is on the line and what a raw manager client does instead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from lab.until import until
from stage import FRESH_ROOM, LEAD, ROOM, THIRD, Stage

Act = Callable[[Stage], Awaitable[None]]
Effect = Callable[[Stage, float], Awaitable[float]]


# ---- effects: when was it seen?


def sees(name: str, which: Callable[[Stage], dict[str, Any]]) -> Effect:
    """Wait for an event on the witness's connection."""

    async def effect(stage: Stage, since: float) -> float:
        return (await stage.centre.witness.event(name, within=5.0, since=since, **which(stage))).at

    return effect


def invites(phone: str) -> Effect:
    """Wait for a phone's INVITE."""

    async def effect(stage: Stage, since: float) -> float:
        events = stage.centre.phones[phone].events
        found = await until(lambda: [one.at for one in events if one.kind == "invite" and one.at >= since])
        return float(found[0])

    return effect


async def dials(stage: Stage, since: float) -> float:
    """Wait for the third party's trunk channel."""
    witness = stage.centre.witness

    def begun() -> float | None:
        news = (event for event in witness.events if event.at >= since and event.name == "Newchannel")
        return next((event.at for event in news if event["Channel"].startswith("PJSIP/carrier-0")), None)

    return float(await until(begun, every=0.005))


async def hears_digit(stage: Stage, since: float) -> float:
    """Wait for the digit's first packet at the customer's phone."""
    digits = stage.centre.phones["customer1"].digits
    return float((await until(lambda: [digit.at for digit in digits if digit.at >= since]))[0])


CUSTOMER_LEFT = sees("ConfbridgeLeave", lambda stage: {"Channel": stage.line.channel})
CUSTOMER_BACK = sees("ConfbridgeJoin", lambda stage: {"Channel": stage.line.channel})
THIRD_LEFT = sees("ConfbridgeLeave", lambda stage: {"Channel": stage.third_half})
THIRD_BACK = sees("ConfbridgeJoin", lambda stage: {"Channel": stage.third})
THIRD_ENDED = sees("Hangup", lambda stage: {"Channel": stage.third})
AGENT_MOVED = sees("ConfbridgeJoin", lambda stage: {"Channel": stage.agent})
REMOTE_ENDED = sees("Hangup", lambda stage: {"Channel": stage.remote.channel})
REMOTE_LEFT = sees("BridgeLeave", lambda stage: {"Channel": stage.remote.channel})
PLAYER_ENDED = sees("Hangup", lambda stage: {"Channel": stage.player})


# ---- the same by the raw client


def moves(*ways: Callable[[Stage], tuple[str, str]]) -> Act:
    """Redirect channels, one after the other."""

    async def act(stage: Stage) -> None:
        for way in ways:
            await stage.redirect(*way(stage))

    return act


def ends(*which: Callable[[Stage], str]) -> Act:
    """Hang channels up, one after the other."""
    return lambda stage: stage.hang_up(*(one(stage) for one in which))


async def rings_agent(stage: Stage) -> None:
    """Ring the agent's phone."""
    await stage.originate("PJSIP/gs101", f"2{ROOM}", '"S2611230800009600051" <7275550100>')


async def rings_third(stage: Stage) -> None:
    """Dial the third party."""
    await stage.originate(f"Local/{THIRD}@default", ROOM, f'"DC000000W{LEAD:010d}W" <7275550100>')


async def parks_and_rings(stage: Stage) -> None:
    """Park the customer, and dial the third party."""
    await stage.redirect(stage.line.channel, "8301")
    await rings_third(stage)


async def grabs_after_hangup(stage: Stage) -> None:
    """Hang the third party up, and bring the customer back."""
    await stage.hang_up(stage.third_half)
    await stage.redirect(stage.line.channel, ROOM)


async def presses(stage: Stage) -> None:
    """Press a digit on the customer's channel."""
    await stage.raw.do("PlayDTMF", Channel=stage.line.channel, Digit="5", Duration="100")


async def plays(stage: Stage) -> None:
    """Play a recording into the room."""
    await stage.originate(f"Local/47378216{ROOM}@default", "473782158521111", '"greeting" <473782158521111>')


CUSTOMER_PARKS = lambda stage: (stage.line.channel, "8301")  # noqa: E731 - a column of the table below
CUSTOMER_COMES = lambda stage: (stage.line.channel, ROOM)  # noqa: E731
THIRD_PARKS = lambda stage: (stage.third, "8301")  # noqa: E731
THIRD_COMES = lambda stage: (stage.third, ROOM)  # noqa: E731
THREE = ("agent", "customer", "third")
NUMBER = THIRD.removeprefix("91")


def customer_goes(exten: str) -> Act:
    """Redirect the customer to an extension."""
    return moves(lambda stage: (stage.line.channel, exten))


def remote_goes(exten: str) -> Act:
    """Redirect the remote agent's customer to an extension."""
    return moves(lambda stage: (stage.remote.channel, exten))


@dataclass(frozen=True)
class Command:
    """One row: who is on the line, what is asked, what the raw client does, and what shows the effect."""

    name: str
    who: tuple[str, ...]
    query: str
    raw: Act
    effect: Effect


def park(value: str, who: tuple[str, ...], raw: Act, effect: Effect) -> Command:
    """Return a row of park_call."""
    return Command(f"park_call {value}", who, f"agent_user=1000&function=park_call&value={value}", raw, effect)


def transfer(value: str, who: tuple[str, ...], raw: Act, effect: Effect, more: str = "") -> Command:
    """Return a row of transfer_conference."""
    query = f"agent_user=1000&function=transfer_conference&value={value}{more}"
    return Command(f"transfer_conference {value}", who, query, raw, effect)


def remote(stage_name: str, raw: Act, effect: Effect, more: str = "") -> Command:
    """Return a row of ra_call_control."""
    query = f"agent_user=1028&function=ra_call_control&stage={stage_name}&value={{call}}{more}"
    return Command(f"ra_call_control {stage_name}", ("remote",), query, raw, effect)


TALKING, PARKED = ("agent", "customer"), ("agent", "customer", "customer parked")
INGROUP = f"990009*TEST_IN**{LEAD}**7275551212*1000**"
OTHER = "agent_user=1000&function=force_fronter"
COMMANDS = (
    park("PARK_CUSTOMER", TALKING, moves(CUSTOMER_PARKS), CUSTOMER_LEFT),
    park("GRAB_CUSTOMER", PARKED, moves(CUSTOMER_COMES), CUSTOMER_BACK),
    park("PARK_IVR_CUSTOMER", TALKING, moves(CUSTOMER_PARKS), CUSTOMER_LEFT),
    park("GRAB_IVR_CUSTOMER", PARKED, moves(CUSTOMER_COMES), CUSTOMER_BACK),
    park("PARK_XFER", THREE, moves(THIRD_PARKS), THIRD_LEFT),
    park("GRAB_XFER", (*THREE, "third parked"), moves(THIRD_COMES), THIRD_BACK),
    park("SWAP_PARK_CUSTOMER", (*THREE, "third parked"), moves(CUSTOMER_PARKS, THIRD_COMES), THIRD_BACK),
    park("SWAP_PARK_XFER", (*THREE, "customer parked"), moves(THIRD_PARKS, CUSTOMER_COMES), CUSTOMER_BACK),
    park("HANGUP_XFER_GRAB_CUSTOMER", (*THREE, "customer parked"), grabs_after_hangup, CUSTOMER_BACK),
    transfer("HANGUP_XFER", THREE, ends(lambda stage: stage.third_half), THIRD_ENDED),
    transfer("HANGUP_BOTH", THREE, ends(lambda stage: stage.line.channel, lambda stage: stage.third_half), THIRD_ENDED),
    transfer("BLIND_TRANSFER", TALKING, customer_goes(THIRD), CUSTOMER_LEFT, f"&phone_number={NUMBER}"),
    transfer("LEAVE_VM", TALKING, customer_goes(f"8320*DEMO*1*7275551212*{LEAD}"), CUSTOMER_LEFT),
    transfer("LOCAL_CLOSER", TALKING, customer_goes(INGROUP), CUSTOMER_LEFT, "&ingroup_choices=TEST_IN"),
    transfer("DIAL_WITH_CUSTOMER", TALKING, rings_third, dials, f"&phone_number={NUMBER}"),
    transfer("PARK_CUSTOMER_DIAL", TALKING, parks_and_rings, dials, f"&phone_number={NUMBER}"),
    transfer("LEAVE_3WAY_CALL", THREE, moves(lambda stage: (stage.agent, f"2{FRESH_ROOM}")), AGENT_MOVED),
    remote("HANGUP", ends(lambda stage: stage.remote.channel), REMOTE_ENDED),
    remote("EXTENSIONTRANSFER", remote_goes(THIRD), REMOTE_LEFT, f"&phone_number={THIRD}"),
    remote("INGROUPTRANSFER", remote_goes(f"9{INGROUP[2:]}"), REMOTE_LEFT, "&ingroup_choices=TEST_IN"),
    Command(
        "call_agent", ("customer",), "agent_user=1000&function=call_agent&value=CALL", rings_agent, invites("gs101")
    ),
    Command("send_dtmf (one digit)", TALKING, "agent_user=1000&function=send_dtmf&value=5", presses, hears_digit),
    Command(
        "audio_playback PLAY",
        TALKING,
        "agent_user=1000&function=audio_playback&stage=PLAY&value=greeting",
        plays,
        sees("ConfbridgeJoin", lambda _: {"Conference": ROOM}),
    ),
    Command(
        "audio_playback STOP",
        (*TALKING, "player"),
        "agent_user=1000&function=audio_playback&stage=STOP",
        ends(lambda stage: stage.player),
        PLAYER_ENDED,
    ),
    Command(
        "force_fronter_leave_3way",
        (*THREE, "shared lead"),
        "agent_user=6666&function=force_fronter_leave_3way&value=LOCAL_ONLY",
        moves(lambda stage: (stage.agent, f"2{FRESH_ROOM}")),
        AGENT_MOVED,
    ),
    Command(
        "force_fronter_audio_stop",
        (*TALKING, "fronter"),
        "agent_user=1000&function=force_fronter_audio_stop&value=LOCAL_ONLY&stage=now",
        ends(lambda stage: stage.player),
        PLAYER_ENDED,
    ),
)
