import pytest

from telectl.auth.caller import Caller, read_address

READ = {
    "192.0.2.1": "192.0.2.1",
    " 192.0.2.1 ": "192.0.2.1",
    "192.0.2.1:4711": "192.0.2.1",
    '"192.0.2.1:4711"': "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "::FFFF:C000:0201": "192.0.2.1",
    "[::ffff:192.0.2.1]:443": "192.0.2.1",
    "2001:DB8::0001": "2001:db8::1",
    "[2001:db8::1]": "2001:db8::1",
    '"[2001:db8::1]:443"': "2001:db8::1",
    "fe80::1%eth0": "fe80::1",
    "::1": "::1",
}
UNREADABLE = (
    "",
    "unknown",
    "_hidden",
    "example.com",
    "192.0.2",
    "192.0.2.1.",
    "192.0.2.01",
    "192.0.2.1:",
    "1",
    "[]",
    "::g",
)


@pytest.mark.parametrize("text", READ)
def test_an_address_is_read_however_it_is_written(text: str) -> None:
    assert str(read_address(text)) == READ[text]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_address_is_none(text: str) -> None:
    assert read_address(text) is None


def test_what_counts_as_one_site() -> None:
    assert Caller("192.0.2.1").site == "192.0.2.1"
    assert Caller("2001:db8::1").site == Caller("2001:db8::ffff:2").site == "2001:db8::/64"
    assert Caller("2001:db8:0:1::1").site != Caller("2001:db8::1").site
    assert Caller("192.0.2.1", readable=False).site not in ("192.0.2.1", Caller("192.0.2.2", readable=False).site)
