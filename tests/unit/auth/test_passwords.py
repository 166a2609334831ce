import pytest

from telectl.auth.passwords import PasswordCheck, Scheme, hash_password

KEY = "abcdefghij012345"
PLAIN = Scheme(hashed=False, key="", cost=2)
VECTORS = {
    2: "Y/rkzymK0Wsvt4NbXmoUFTWPqsMI3Xy",
    4: "owdZBE08Ib6WQyR7GiW3z.HhZev4AT2",
    10: "unYoNpBYhRNqFANDwDCDfsxiv070cm2",
}


@pytest.mark.parametrize("cost", VECTORS)
def test_hashes_agree_with_the_recorded_vectors_at_every_cost(cost: int) -> None:
    assert hash_password("test", Scheme(hashed=True, key=KEY, cost=cost)) == VECTORS[cost]


def test_an_unset_cost_is_two() -> None:
    assert hash_password("test", Scheme(hashed=True, key=KEY, cost=0)) == VECTORS[2]


@pytest.mark.parametrize("cost", VECTORS)
async def test_a_hashed_password_matches_and_a_wrong_one_does_not(cost: int) -> None:
    check, scheme = PasswordCheck(), Scheme(hashed=True, key=KEY, cost=cost)
    assert await check.matches("test", scheme, "plain", VECTORS[cost])
    assert not await check.matches("Test", scheme, "Test", VECTORS[cost])


async def test_the_plain_column_is_not_asked_when_hashes_are_on_and_the_other_way_round() -> None:
    check = PasswordCheck()
    assert not await check.matches("secret", Scheme(hashed=True, key=KEY, cost=4), "secret", "")
    assert not await check.matches("test", PLAIN, "", VECTORS[2])


async def test_plain_passwords_are_compared_exactly() -> None:
    check = PasswordCheck()
    assert await check.matches("apiPass1", PLAIN, "apiPass1", None)
    assert not await check.matches("APIPASS1", PLAIN, "apiPass1", None)
    assert not await check.matches("apiPass1 ", PLAIN, "apiPass1", None)


async def test_nobody_matches_nothing() -> None:
    check = PasswordCheck()
    assert not await check.matches("", PLAIN, None, None)
    assert not await check.matches("", PLAIN, "", "")
    assert not await check.matches("x", Scheme(hashed=True, key=KEY, cost=4), None, None)


async def test_a_changed_row_is_a_new_question() -> None:
    check, scheme = PasswordCheck(), Scheme(hashed=True, key=KEY, cost=4)
    other = hash_password("other", scheme)
    assert await check.matches("test", scheme, None, VECTORS[4])
    assert not await check.matches("test", scheme, None, other)


async def test_a_password_longer_than_bcrypt_reads_is_answered() -> None:
    assert not await PasswordCheck().matches("x" * 500, Scheme(hashed=True, key=KEY, cost=4), None, VECTORS[4])
