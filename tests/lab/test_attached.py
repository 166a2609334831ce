"""An Asterisk that runs already is used as it is, and never stopped."""

from __future__ import annotations

import pytest
from lab import attached
from lab.asterisk import Asterisk, AsteriskError
from lab.attached import Attached
from lab.phone import Phone


def test_nobody_is_attached_to_without_being_named() -> None:
    assert Attached.named({"LAB_ASTERISK_SIP": "5062"}) is None


def test_what_is_not_said_has_the_containers_values() -> None:
    found = Attached.named({"LAB_ASTERISK": "10.0.0.9:5038"})
    assert found is not None
    assert (found.host, found.ami_port, found.sip) == ("10.0.0.9", 5038, ("10.0.0.9", 5060))
    assert (found.manager, found.observer, found.phone_secret) == (("cron", "1234"), ("cron", "1234"), "test")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LAB_ASTERISK", "5038"),
        ("LAB_ASTERISK", "host:"),
        ("LAB_ASTERISK", "host:99999"),
        ("LAB_ASTERISK_SIP", "x"),
        ("LAB_ASTERISK_MANAGER", "cron"),
        ("LAB_ASTERISK_OBSERVER", ":secret"),
    ],
)
def test_a_bad_value_is_one_line_that_names_it(name: str, value: str) -> None:
    with pytest.raises(AsteriskError, match=f"^{name}: expected [^\n]*$"):
        Attached.named({"LAB_ASTERISK": "host:5038", name: value})


async def test_phones_and_witness_find_it(asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ASTERISK", f"localhost:{asterisk.ami_port}")
    monkeypatch.setenv("LAB_ASTERISK_SIP", str(asterisk.sip_port))
    monkeypatch.setenv("LAB_ASTERISK_OBSERVER", ":".join(asterisk.observer))
    monkeypatch.setenv("LAB_ASTERISK_PHONES", asterisk.phone_secret)
    async with attached.asterisk() as there, there.witness() as witness:
        async with Phone(there.sip, "gs101", there.phone_secret, 400) as phone:
            await phone.register()
            assert await witness.channels() == []
        for misuse in (there.kill, there.freeze, there.thaw):
            with pytest.raises(AsteriskError, match="not started here"):
                misuse()
        for misuse_later in (there.stop, there.restart, there.run):
            with pytest.raises(AsteriskError, match="not started here"):
                await misuse_later()
        with pytest.raises(AsteriskError, match="it has no folder"):
            _ = there.folder
    assert asterisk.pid
