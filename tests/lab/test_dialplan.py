import pytest
from lab.ami import Ami
from lab.asterisk import Asterisk
from lab.phone import Phone, RefusedError
from lab.until import until

ROOM = "9600051"
ORIGINATE = {"Context": "default", "Priority": "1", "Async": "true"}


@pytest.mark.parametrize(
    ("prefix", "profile"),
    [
        ("", "vici_customer_user"),
        ("1", "vici_agent_user"),
        ("2", "vici_agent_user"),
        ("3", "vici_admin_user"),
        ("4", "vici_monitor_user"),
        ("5", "vici_recording_user"),
        ("6", "vici_barge_user"),
        ("7", "vici_dtmf_user"),
        ("8", "vici_audio_user"),
    ],
)
async def test_each_prefix_enters_the_room_with_its_profile(
    witness: Ami, agent: Phone, prefix: str, profile: str
) -> None:
    await agent.call(f"{prefix}{ROOM}")
    await witness.event("ConfbridgeJoin", Conference=ROOM)
    (row,) = [row for row in await witness.channels() if row["Channel"].startswith("PJSIP/gs101-")]
    assert row["ApplicationData"] == f"{ROOM},vici_agent_bridge,{profile}"
    muted = (await witness.listing("ConfbridgeList", Conference=ROOM))[0]["Muted"]
    assert muted == ("Yes" if prefix in {"4", "5", "7"} else "No")


@pytest.mark.parametrize("prefix", ["9", "5555"])
async def test_the_kick_prefixes_empty_the_room(witness: Ami, agent: Phone, customer: Phone, prefix: str) -> None:
    call = await agent.call(f"2{ROOM}")
    await witness.event("ConfbridgeJoin", Conference=ROOM)
    await customer.call(f"{prefix}{ROOM}")
    await call.is_over()


@pytest.mark.parametrize(
    "exten",
    [
        "9600051",
        "29600051",
        "79600051",
        "8300",
        "8301",
        "8303",
        "8320",
        "8320*TEST*1*7275551212*100",
        "8500998",
        "85026666666666100",
        "90009*SALESLINE**100**7275551212*1000**",
        "990009*SALESLINE**100**7275551212*1000**",
        "99909*100",
        "127*000*000*001*9600051",
        "917275551212",
        "97275551212",
        "8309",
    ],
)
async def test_the_extensions_that_telectl_relies_on_are_there(asterisk: Asterisk, exten: str) -> None:
    async with Ami.connect(asterisk.ami_port, *asterisk.manager) as ami:
        answer = await ami.action("ShowDialPlan", Context="default", Extension=exten)
    assert answer["Response"] == "Success", answer


async def test_8300_hangs_up(agent: Phone) -> None:
    with pytest.raises(RefusedError):
        await agent.call("8300")


@pytest.mark.parametrize("exten", ["8320*TEST*1*7275551212*100", "85026666666666100"])
async def test_a_message_is_played_and_reported(witness: Ami, agent: Phone, exten: str) -> None:
    call = await agent.call(exten)
    assert (await witness.event("UserEvent", UserEvent="Message"))["Target"] == exten
    await until(lambda: call.hearing.tones == {900})
    await call.is_over()


@pytest.mark.parametrize("entry", ["90009", "990009"])
async def test_an_ingroup_takes_the_call_with_music(witness: Ami, agent: Phone, entry: str) -> None:
    call = await agent.call(f"{entry}*SALESLINE**100**7275551212*1000**")
    event = await witness.event("UserEvent", UserEvent="InGroup")
    assert (event["Group"], event["Lead"]) == ("SALESLINE", "100")
    assert event["Channel"].startswith("PJSIP/loop-side" if entry == "90009" else "PJSIP/gs101")
    await until(lambda: call.hearing.music)


async def test_the_own_address_in_front_leads_to_the_rest(witness: Ami, agent: Phone) -> None:
    await agent.call(f"127*000*000*001*{ROOM}")
    await witness.event("ConfbridgeJoin", Conference=ROOM)


async def test_another_servers_address_leads_nowhere(agent: Phone) -> None:
    with pytest.raises(RefusedError):
        await agent.call(f"010*000*000*009*{ROOM}")


@pytest.mark.parametrize("dial", ["917275551212", "97275551212", "17275551212", "7275551212"])
async def test_the_carrier_takes_numbers_with_and_without_prefixes(agent: Phone, dial: str) -> None:
    call = await agent.call(dial)
    await until(lambda: call.hearing.tones == {1300})


@pytest.mark.parametrize(
    ("number", "code", "cause"),
    [
        ("5554041234", 404, 1),
        ("5554801234", 480, 19),
        ("5554861234", 486, 17),
        ("5555021234", 502, 27),
        ("5555031234", 503, 34),
        ("5556031234", 403, 21),
    ],
)
async def test_the_carrier_fails_as_the_number_says(
    witness: Ami, agent: Phone, number: str, code: int, cause: int
) -> None:
    with pytest.raises(RefusedError) as refused:
        await agent.call(f"91{number}")
    assert (refused.value.code, agent.calls[-1].cause) == (code, cause)
    await until(
        lambda: (
            {"PJSIP/carrier", "PJSIP/gs101"}
            <= {e["Channel"].rpartition("-")[0] for e in witness.events if e.matches("Hangup", Cause=str(cause))}
        )
    )


async def test_a_number_rings_for_its_time_and_answers(agent: Phone) -> None:
    call = await agent.call("915552061234")
    ringing, answered = (
        next(event.at for event in agent.events if event.kind == kind) for kind in ("ringing", "answered")
    )
    assert 5.8 < answered - ringing < 7
    assert call.up


@pytest.mark.parametrize("number", ["5552081234", "5552101234", "5552121234", "5553001234"])
async def test_a_number_rings(agent: Phone, number: str) -> None:
    call = agent.dial(f"91{number}")
    await until(lambda: any(event.kind == "ringing" for event in agent.events))
    assert not call.up
    await call.hangup()


async def test_a_number_rings_a_customers_phone_with_the_call_id(agent: Phone, customer: Phone, witness: Ami) -> None:
    await witness.do(
        "Originate",
        Channel="Local/915557011234@default",
        Exten=ROOM,
        CallerID='"DC123456W0000000100W" <7275551000>',
        **ORIGINATE,
    )
    call = await customer.talking()
    assert call.caller_name == "DC123456W0000000100W"
    await witness.event("ConfbridgeJoin", Conference=ROOM)
    (member,) = await witness.members(ROOM)
    assert member.startswith("Local/915557011234@default-")
    assert member.endswith(";1")
    talk = await agent.call(f"2{ROOM}")
    await until(lambda: talk.hearing.tones == {500} and call.hearing.tones == {400})


async def test_a_trunk_call_is_one_call_until_it_leaves(witness: Ami) -> None:
    await witness.do(
        "Originate",
        Channel="Local/915552001234@default",
        Exten=ROOM,
        ChannelId="lab-1",
        OtherChannelId="lab-2",
        CallerID='"DC123456W0000000100W" <7275551000>',
        **ORIGINATE,
    )
    await witness.event("ConfbridgeJoin", Conference=ROOM)
    linked = {row["Channel"].split("-0")[0].split("@")[0]: row["Linkedid"] for row in await witness.channels()}
    assert linked["PJSIP/carrier"] == linked["Local/915552001234"]
    assert linked["PJSIP/carrier-side"] != linked["PJSIP/carrier"]


@pytest.mark.parametrize("kind", ["agent", "customer"])
async def test_a_hangup_is_logged(witness: Ami, agent: Phone, customer: Phone, kind: str) -> None:
    phone = agent if kind == "agent" else customer
    call = await phone.call(ROOM, caller_name="V9001010101010101010")
    joined = await witness.event("ConfbridgeJoin", Conference=ROOM)
    await call.hangup()
    log = await witness.event("UserEvent", UserEvent="HangupLog")
    assert (log["Channel"], log["Uniqueid"], log["Cause"]) == (joined["Channel"], joined["Uniqueid"], "16")
    assert log["CallId"] == ("gs101" if kind == "agent" else "V9001010101010101010")
