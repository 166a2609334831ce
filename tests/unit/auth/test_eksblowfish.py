"""Our Eksblowfish against two that others wrote: pycryptodome's at every cost, bcrypt's where that takes part."""

from __future__ import annotations

import base64
import string

import bcrypt
import pytest
from Crypto.Cipher import _EKSBlowfish
from hypothesis import given, settings
from hypothesis import strategies as st

from telectl.auth import eksblowfish

STANDARD = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
OF_BCRYPT = "./" + string.ascii_uppercase + string.ascii_lowercase + string.digits
PASSWORDS = st.binary(max_size=80).filter(lambda password: b"\0" not in password)
SALTS = st.binary(min_size=16, max_size=16)


def in_bcrypts_alphabet(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=").translate(str.maketrans(STANDARD, OF_BCRYPT))


def as_pycryptodome_has_it(password: bytes, salt: bytes, cost: int) -> str:
    cipher = _EKSBlowfish.new((password + b"\0")[:72], _EKSBlowfish.MODE_ECB, salt, cost, invert=True)
    text = b"OrpheanBeholderScryDoubt"
    for _ in range(64):
        text = cipher.encrypt(text)
    return in_bcrypts_alphabet(text[:23])


@given(PASSWORDS, SALTS, st.sampled_from([2, 3]))
@settings(max_examples=12)
def test_low_costs_agree_with_pycryptodome(password: bytes, salt: bytes, cost: int) -> None:
    assert eksblowfish.hash_password(password, salt, cost) == as_pycryptodome_has_it(password, salt, cost)


@pytest.mark.parametrize("password", [b"", b"test", b"x" * 71, b"x" * 72, "pässwort".encode()])
def test_the_least_cost_of_bcrypt_agrees_with_both(password: bytes) -> None:
    salt = b"abcdefghij012345"
    ours = eksblowfish.hash_password(password, salt, 4)
    assert ours == as_pycryptodome_has_it(password, salt, 4)
    assert ours == bcrypt.hashpw(password, b"$2a$04$" + in_bcrypts_alphabet(salt).encode()).decode()[-31:]


@given(st.binary(max_size=40))
def test_the_alphabet_is_bcrypts(data: bytes) -> None:
    assert eksblowfish.base64(data) == in_bcrypts_alphabet(data)
