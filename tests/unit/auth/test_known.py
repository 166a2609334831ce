from dataclasses import replace
from typing import Any

from telectl.auth.known import KnownLogins, folded
from telectl.auth.passwords import Scheme
from telectl.database.lookups import UserRow

PLAIN = Scheme(hashed=False, key="", cost=2)
HASHED = Scheme(hashed=True, key="k", cost=2)
SITE = "192.0.2.1"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def row(**values: Any) -> UserRow:
    given = dict.fromkeys(UserRow.__dataclass_fields__, "")
    return UserRow(**{**given, "user": "crm", "password": "secret", "pass_hash": "hash", **values})


def test_the_right_password_of_a_site_is_known_there_and_nowhere_else() -> None:
    known = KnownLogins()
    known.remember(SITE, "crm", "secret", PLAIN, row())
    assert known.proves(SITE, "CRM", "secret", PLAIN, row())
    assert not known.proves("192.0.2.2", "crm", "secret", PLAIN, row())
    assert not known.proves(SITE, "other", "secret", PLAIN, row())
    assert not known.proves(SITE, "crm", "Secret", PLAIN, row())


def test_a_changed_row_or_scheme_is_a_new_question() -> None:
    known = KnownLogins()
    known.remember(SITE, "crm", "secret", PLAIN, row())
    assert not known.proves(SITE, "crm", "secret", PLAIN, row(password="new"))
    assert not known.proves(SITE, "crm", "secret", HASHED, row())
    known.remember(SITE, "crm", "secret", HASHED, row())
    assert known.proves(SITE, "crm", "secret", HASHED, row(password="not asked"))
    assert not known.proves(SITE, "crm", "secret", HASHED, row(pass_hash="new"))
    assert not known.proves(SITE, "crm", "secret", replace(HASHED, cost=4), row())


def test_a_login_is_known_for_a_day_after_its_last_use() -> None:
    clock = Clock()
    known = KnownLogins(clock)
    known.remember(SITE, "crm", "secret", PLAIN, row())
    for clock.now in (80_000, 160_000):
        assert known.proves(SITE, "crm", "secret", PLAIN, row())
    clock.now = 160_000 + 86_401
    assert not known.proves(SITE, "crm", "secret", PLAIN, row())


def test_what_is_remembered_is_bounded_and_no_password() -> None:
    known = KnownLogins()
    for number in range(10_050):
        known.remember(str(number), "crm", "secret", PLAIN, row())
    assert len(vars(known)["_proofs"]) == 10_000
    assert "secret" not in repr(vars(known))


def test_names_are_folded_as_the_tables_compare_them() -> None:
    assert folded("José") == folded("JOSE") == "jose"
