import asyncio

import pytest
from lab.ami import Ami
from lab.asterisk import Asterisk
from lab.call import Event
from lab.hearing import listen
from lab.phone import Phone, RefusedError, SipError
from lab.rtp import SILENCE, ulaw_decode, ulaw_encode, voice
from lab.until import until

ROOM = "9600051"


def kinds(phone: Phone) -> list[str]:
    return [event.kind for event in phone.events]


async def channel(witness: Ami, user: str) -> str:
    async def find() -> str | None:
        return next((row["Channel"] for row in await witness.channels() if f"/{user}-" in row["Channel"]), None)

    return await until(find)


async def redirect(witness: Ami, user: str, exten: str) -> None:
    await witness.do("Redirect", Channel=await channel(witness, user), Context="default", Exten=exten, Priority="1")


async def ring(witness: Ami, user: str, exten: str, caller_id: str) -> None:
    await witness.do(
        "Originate",
        Channel=f"PJSIP/{user}",
        Context="default",
        Exten=exten,
        Priority="1",
        CallerID=caller_id,
        Async="true",
    )


@pytest.mark.parametrize("sample", range(-32000, 32001, 1600))
def test_ulaw_keeps_a_sample_within_its_step(sample: int) -> None:
    assert abs(ulaw_decode(ulaw_encode(sample)) - sample) <= max(16, abs(sample) // 16)


@pytest.mark.parametrize("tone", [300, 450, 700, 1850, 3350])
def test_a_tone_is_heard_as_itself_only(tone: int) -> None:
    heard = listen([voice(tone)])
    assert (heard.tones, heard.music) == (frozenset({tone} - {700}), tone == 700)


def test_silence_is_no_tone() -> None:
    assert listen([SILENCE] * 4).silence
    assert listen([]).silence


def test_a_tone_between_the_steps_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 50"):
        voice(440)


async def test_a_wrong_password_is_refused(asterisk: Asterisk) -> None:
    async with Phone(asterisk.sip, "gs101", "wrong") as phone:
        with pytest.raises(RefusedError, match="401"):
            await phone.register()


async def test_a_dead_server_is_noticed() -> None:
    async with Asterisk.start() as asterisk:
        nowhere = asterisk.sip
    async with Phone(nowhere, "gs101", "any") as phone:
        with pytest.raises(SipError, match="REGISTER was not answered within"):
            await phone.register()


async def test_phones_in_a_room_hear_each_other(asterisk: Asterisk, agent: Phone, customer: Phone) -> None:
    async with Phone(asterisk.sip, "gs102", asterisk.phone_secret, 600) as third:
        await third.register()
        calls = [await agent.call(f"2{ROOM}"), await customer.call(ROOM), await third.call(ROOM)]
        await until(lambda: calls[0].hearing.tones == {500, 600})
        heard = await asyncio.gather(*(call.hears(0.5) for call in calls))
    assert [one.tones for one in heard] == [{500, 600}, {400, 600}, {400, 500}]
    assert not any(one.music for one in heard)
    assert all(one.packets > 20 for one in heard)


async def test_alone_in_a_room_a_phone_hears_silence(agent: Phone) -> None:
    call = await agent.call(f"2{ROOM}")
    heard = await call.hears(0.5)
    assert heard.silence
    assert heard.packets > 20


@pytest.mark.parametrize("park", ["8301", "8302", "8303"])
async def test_a_parked_phone_hears_music(witness: Ami, agent: Phone, customer: Phone, park: str) -> None:
    call = await agent.call(f"2{ROOM}")
    parked = await customer.call(ROOM)
    await until(lambda: call.hearing.tones == {500})
    await redirect(witness, "customer1", park)
    await until(lambda: parked.hearing.music)
    assert (await call.hears(0.4)).silence
    await redirect(witness, "customer1", ROOM)
    await until(lambda: call.hearing.tones == {500} and parked.hearing.tones == {400})
    assert kinds(customer).count("answered") == 1


async def test_the_park_ivr_asks_reports_the_digit_and_plays_music(witness: Ami, customer: Phone) -> None:
    await witness.do("DBPut", Family="park_ivr", Key="V9001010101010101010", Val="1")
    call = await customer.call("8301", caller_name="V9001010101010101010")
    await until(lambda: call.hearing.tones == {1000}, what="the question")
    await call.press("4")
    event = await witness.event("UserEvent", UserEvent="ParkIvr")
    assert (event["Digit"], event["CallId"]) == ("4", "V9001010101010101010")
    await until(lambda: call.hearing.music)


async def test_a_changed_sound_is_told_within_a_second(witness: Ami, customer: Phone) -> None:
    told: list[Event] = []
    customer.on_event(told.append)
    await customer.call(ROOM)
    await until(lambda: told and told[-1].kind == "hears" and told[-1].heard is not None and told[-1].heard.silence)
    await redirect(witness, "customer1", "8301")
    await until(lambda: told[-1].heard is not None and told[-1].heard.music, within=1)
    assert told[-1].heard is not None
    assert told[-1].heard.in_words({}) == "music on hold"


async def test_digits_sent_by_asterisk_are_timed(witness: Ami, customer: Phone) -> None:
    await customer.call(ROOM)
    name = await channel(witness, "customer1")
    for digit in "15*#":
        await witness.do("PlayDTMF", Channel=name, Digit=digit, Duration="100")
        await asyncio.sleep(0.3)
    await until(lambda: len(customer.digits) == 4)
    assert "".join(digit.key for digit in customer.digits) == "15*#"
    gaps = [b.at - a.at for a, b in zip(customer.digits, customer.digits[1:], strict=False)]
    assert all(0.15 < gap < 0.6 for gap in gaps)


async def test_digits_pressed_reach_a_person_without_a_phone(witness: Ami, agent: Phone) -> None:
    call = await agent.call("915552001234")
    await until(lambda: call.hearing.tones == {1300})
    await call.press("90#")
    await until(lambda: len([e for e in witness.events if e["UserEvent"] == "PersonHeard"]) == 2)
    assert [event["Digit"] for event in witness.events if event["UserEvent"] == "PersonHeard"] == ["9", "0"]
    await until(lambda: call.hearing.tones == {1300}, what="the person goes on talking")


async def test_digits_pressed_in_a_room_reach_nobody(agent: Phone, customer: Phone) -> None:
    call = await agent.call(f"2{ROOM}")
    await customer.call(ROOM)
    await call.press("123")
    await asyncio.sleep(0.5)
    assert customer.digits == []


@pytest.mark.parametrize(("digits", "pressed"), [("12345", "12345"), ("1,2#*", "12#*")])
async def test_the_digit_generator_is_heard_by_all(
    witness: Ami, agent: Phone, customer: Phone, digits: str, pressed: str
) -> None:
    await agent.call(f"2{ROOM}")
    await customer.call(ROOM)
    await witness.do(
        "Originate",
        Channel="Local/8500998@default",
        Context="default",
        Exten=f"7{ROOM}",
        Priority="1",
        CallerID=digits,
        Async="true",
    )
    await until(lambda: len(customer.digits) == len(agent.digits) == len(pressed), within=8)
    assert "".join(digit.key for digit in customer.digits) == pressed
    if "," in digits:
        assert customer.digits[1].at - customer.digits[0].at > 1.0


async def test_an_incoming_call_shows_the_call_id(witness: Ami, agent: Phone) -> None:
    await ring(witness, "gs101", f"2{ROOM}", '"S2401011200009600051" <7275551212>')
    call = await agent.talking()
    assert call.incoming
    assert call.caller_name == "S2401011200009600051"
    assert call.invite.caller_number == "7275551212"
    assert kinds(agent)[:2] == ["invite", "answered"]
    await until(lambda: witness.seen("ConfbridgeJoin", Conference=ROOM))


async def test_a_phone_may_ring_and_be_answered_later(witness: Ami, agent: Phone) -> None:
    agent.auto_answer = False
    await ring(witness, "gs101", f"2{ROOM}", "1")
    call = await agent.ringing()
    await witness.event("Newstate", ChannelStateDesc="Ringing")
    await asyncio.sleep(0.3)
    assert not call.up
    await call.answer()
    await witness.event("ConfbridgeJoin", Conference=ROOM)


async def test_a_phone_may_answer_after_a_while(witness: Ami, agent: Phone) -> None:
    agent.answer_after = 0.5
    await ring(witness, "gs101", f"2{ROOM}", "1")
    await agent.talking()
    invite, answered = (event.at for event in agent.events[:2])
    assert 0.5 <= answered - invite < 1


async def test_a_phone_may_refuse(witness: Ami, agent: Phone) -> None:
    agent.refuse = 486
    await ring(witness, "gs101", f"2{ROOM}", "1")
    hangup = await witness.event("Hangup")
    assert hangup["Cause"] == "17"
    assert agent.calls[-1].code == 486


async def test_a_ringing_phone_notices_that_the_caller_gave_up(witness: Ami, agent: Phone) -> None:
    agent.auto_answer = False
    await ring(witness, "gs101", f"2{ROOM}", "1")
    call = await agent.ringing()
    await witness.do("Hangup", Channel=await channel(witness, "gs101"))
    await call.is_over()
    assert call.why == "given up there"


async def test_a_call_that_is_hung_up_says_why(witness: Ami, customer: Phone) -> None:
    call = await customer.call(ROOM)
    await witness.do("Hangup", Channel=await channel(witness, "customer1"), Cause="16")
    await call.is_over()
    assert (call.why, call.cause) == ("hung up there", 16)
    assert kinds(customer)[-1] == "ended"


async def test_a_phone_that_hangs_up_leaves_no_channel(witness: Ami, customer: Phone) -> None:
    call = await customer.call(ROOM)
    await witness.event("ConfbridgeJoin", Conference=ROOM)
    await call.hangup()
    await witness.event("Hangup", Cause="16")
    assert await witness.channels() == []


async def test_a_call_that_nobody_answers_is_given_up(witness: Ami, agent: Phone) -> None:
    with pytest.raises(SipError, match=r"nobody answered within 0\.5 s"):
        await agent.call("915553001234", within=0.5)

    async def quiet() -> bool:
        return not await witness.channels()

    await until(quiet)


async def test_a_closed_phone_takes_its_calls_and_its_registration_along(asterisk: Asterisk, witness: Ami) -> None:
    async with Phone(asterisk.sip, "gs103", asterisk.phone_secret) as phone:
        await phone.register()
        await phone.call(ROOM)
    await witness.event("Hangup")
    assert "gs103/" not in await witness.command("pjsip show contacts")


async def test_a_lost_answer_is_sent_again(witness: Ami, agent: Phone) -> None:
    send = agent.sip.send
    lost: list[str] = []

    def lossy(message: object) -> None:
        text = str(getattr(message, "first", ""))
        if text == "SIP/2.0 200 OK" and not lost:
            lost.append(text)
            return
        send(message)  # type: ignore[arg-type]

    agent.sip.send = lossy  # type: ignore[method-assign]
    await ring(witness, "gs101", f"2{ROOM}", "1")
    await witness.event("ConfbridgeJoin", Conference=ROOM)
    assert lost
