"""telectl's AMI user may do what call control needs, and nothing else."""

import pytest
from lab.ami import Ami
from lab.asterisk import Asterisk

from telectl.asterisk.link import EVENTS


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("CoreShowChannels", {}),
        ("ShowDialPlan", {"Context": "default", "Extension": "8301"}),
        ("Ping", {}),
    ],
)
async def test_it_may(asterisk: Asterisk, action: str, headers: dict[str, str]) -> None:
    async with Ami.connect(asterisk.ami_port, *asterisk.manager) as ami:
        await ami.event("FullyBooted")
        assert (await ami.action(action, **headers))["Response"] == "Success"


@pytest.mark.parametrize("action", ["Redirect", "Hangup", "PlayDTMF", "ConfbridgeList", "Originate"])
async def test_it_may_use_the_actions_of_call_control(asterisk: Asterisk, action: str) -> None:
    async with Ami.connect(asterisk.ami_port, *asterisk.manager) as ami:
        assert "Permission denied" not in (await ami.action(action, Channel="x", Conference="1"))["Message"]


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("Command", {"Command": "core show version"}),
        ("MixMonitor", {"Channel": "x", "File": "x"}),
        ("ConfbridgeStartRecord", {"Conference": "9600051"}),
        ("UpdateConfig", {}),
        ("DBPut", {"Family": "a", "Key": "b", "Val": "c"}),
    ],
)
async def test_it_may_not(asterisk: Asterisk, action: str, headers: dict[str, str]) -> None:
    async with Ami.connect(asterisk.ami_port, *asterisk.manager) as ami:
        answer = await ami.action(action, **headers)
        assert (answer["Response"], answer["Message"]) == ("Error", "Permission denied")


async def test_it_reads_the_events_that_the_link_asks_for_and_no_others(asterisk: Asterisk) -> None:
    """What the dialplan executes and its UserEvents, most of what Asterisk tells, go to the witness alone."""
    conf = asterisk.folder.joinpath("etc/manager.conf").read_text()
    section = conf.partition(f"[{asterisk.manager[0]}]")[2].partition("\n[")[0]
    assert f"\nread = {EVENTS}\n" in section
    async with Ami.connect(asterisk.ami_port, *asterisk.manager) as ami, asterisk.witness() as witness:
        await witness.do("Originate", Channel="Local/8301@default", Context="default", Exten="8300", Priority="1")
        await witness.event("UserEvent")
        await ami.event("Hangup")
        assert {"UserEvent", "Newexten"} <= {event.name for event in witness.events}
        assert not {"UserEvent", "Newexten"} & {event.name for event in ami.events}


async def test_it_may_not_run_a_program_by_originate(asterisk: Asterisk) -> None:
    async with Ami.connect(asterisk.ami_port, *asterisk.manager) as ami:
        answer = await ami.action("Originate", Channel="Local/8301@default", Application="System", Data="true")
        assert answer["Response"] == "Error"
