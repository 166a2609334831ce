"""Our fast decoder of %XX says what the standard library's says, of any bytes."""

from urllib.parse import unquote_to_bytes

from hypothesis import given, settings
from hypothesis import strategies as st

from telectl.api.percent import decoded

LIKELY = st.lists(st.sampled_from([bytes([byte]) for byte in b"%%%%==23dD5aF\r\n \t_z.\xff\0+"]), max_size=30).map(
    b"".join
)


@settings(max_examples=500)
@given(LIKELY | st.binary(max_size=60))
def test_any_bytes_are_decoded_as_the_standard_library_does(raw: bytes) -> None:
    assert decoded(raw) == unquote_to_bytes(raw.replace(b"+", b" "))
