import pytest
from lab import sipp
from lab.ami import Ami
from lab.asterisk import Asterisk
from lab.debs import loader, private_packages
from lab.phone import Phone, RefusedError
from lab.sipp import Sipp, SippError, callee

ROOM = "9600051"


def private() -> list[str]:
    root = private_packages("sipp", sipp.LOCK)
    return [*loader(root), str(root / "usr/bin/sipp")]


@pytest.mark.parametrize("which", ["usual", "private"])
async def test_a_scripted_caller_enters_a_room(asterisk: Asterisk, witness: Ami, which: str) -> None:
    async with Sipp.start(
        "caller",
        asterisk.sip,
        user="customer1",
        password=asterisk.phone_secret,
        exten=ROOM,
        pause=1200,
        keys={"caller": "V9001010101010101010"},
        words=private() if which == "private" else (),
    ) as caller:
        await witness.event("ConfbridgeJoin", Conference=ROOM, CallerIDName="V9001010101010101010")
        await caller.done()
    await witness.event("Hangup", Cause="16")


async def test_a_scripted_callee_answers(asterisk: Asterisk, agent: Phone) -> None:
    async with callee("callee", asterisk.sip, user="customer2", password=asterisk.phone_secret, pause=300) as sipp_leg:
        call = await agent.call("915557021234")
        await call.hangup()
        await sipp_leg.done()


async def test_a_scripted_callee_refuses(asterisk: Asterisk, agent: Phone) -> None:
    async with callee("refuse", asterisk.sip, user="customer2", password=asterisk.phone_secret) as sipp_leg:
        with pytest.raises(RefusedError, match="486"):
            await agent.call("915557021234")
        await sipp_leg.done()


async def test_a_script_that_does_not_fit_is_an_error(asterisk: Asterisk) -> None:
    keys = {"caller": "x"}
    async with Sipp.start(
        "caller", asterisk.sip, user="customer1", password=asterisk.phone_secret, exten="0", keys=keys
    ) as caller:
        with pytest.raises(SippError, match="404"):
            await caller.done()


def test_sipp_is_unpacked_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.sipp.shutil.which", lambda _name: None)
    assert sipp.command() == private()
