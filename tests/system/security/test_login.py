"""The login under attack: how many guesses are judged, who is turned away, and what the attempts cost."""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, TCPConnector, encode_basic_auth
from lab.contact_centre import Rows
from lab.mariadb import MariaDB
from lab.until import until
from parts import Api, start_plain_api

from telectl.auth.passwords import Scheme, hash_password
from telectl.logs import JsonFormatter, TextFormatter

pytestmark = pytest.mark.asyncio(loop_scope="module")
DENIED = re.compile(r"ERROR: Invalid Username/Password: \|\w*\|\|[01]\|[01]\|(\w+)\|\n")
TOO_MANY = "ERROR: logout error - too many requests - 1000\n"
FAIL2BAN = Path(__file__).parents[3] / "docs/install.md"


@dataclass
class Door:
    """A telectl whose login is tried from many addresses: a trusted proxy names them."""

    api: Api
    rows: Rows
    client: ClientSession

    async def log_in(self, password: str, user: str = "6666", address: str = "192.0.2.1", **headers: str) -> str:
        """Ask for something harmless; give the login's outcome in a word, or the answer as it came."""
        login = {"user": user, "pass": password} if user else {}
        sent = {"source": "test", **login, "function": "logout", "agent_user": "1000", "value": "LOGOUT"}
        named = {"X-Forwarded-For": address, **headers}
        async with self.client.get(self.api.server.make_url("/agc/api.php"), params=sent, headers=named) as response:
            text = await response.text()
        denied = DENIED.fullmatch(text)
        if denied:
            return denied[1]
        return "IN" if text.startswith("SUCCESS: logout") else "TOO MANY" if text == TOO_MANY else text

    async def failures(self, user: str = "6666") -> int:
        row = await self.rows.one("SELECT failed_login_count FROM vicidial_users WHERE user = %s", user)
        return int(row["failed_login_count"])

    async def forget(self) -> None:
        """Let all be as if nobody had ever failed, as far as the database knows."""
        await self.rows.run(
            "UPDATE vicidial_users SET failed_login_count = 0, last_login_date = '2001-01-01', active = 'Y'"
        )
        await self.rows.run(
            "UPDATE system_settings SET allow_ip_lists = '0', system_ip_blacklist = '', pass_hash_enabled = '0'"
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(mariadb: MariaDB) -> str:
    url = await mariadb.database(demo=True)
    await mariadb.sql(
        "UPDATE vicidial_users SET full_name = 'an ordinary user, not the demo''s';"
        "UPDATE vicidial_users SET vdc_agent_api_access = '1', api_allowed_functions = ' ALL_FUNCTIONS '"
        " WHERE user IN ('1000', '1001', '1028')",
        url.rpartition("/")[2],
    )
    return url


@asynccontextmanager
async def door_to(database: str, **settings: Any) -> AsyncIterator[Door]:
    usual = {"call_control": "vicidial", "login_failures": 5, "cache_seconds": 2, "trusted_proxies": ("127.0.0.1",)}
    rows = Rows(database)
    await rows.open()
    async for api in start_plain_api(database, **{**usual, **settings}):
        async with ClientSession(connector=TCPConnector(limit=0)) as client:
            door = Door(api, rows, client)
            await door.forget()
            yield door
    await rows.close()


@pytest_asyncio.fixture(loop_scope="module")
async def door(database: str) -> AsyncIterator[Door]:
    async with door_to(database) as fresh:
        yield fresh


def passwords(number: int, seed: int) -> list[str]:
    """Return this many passwords, of which one is right, at a random place."""
    found = [f"wrong{n}" for n in range(number)]
    found[random.Random(seed).randrange(number)] = "1234"
    return found


# ---- how many guesses are judged


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_of_a_thousand_guesses_at_once_from_one_address_five_are_judged(door: Door, seed: int) -> None:
    told = Counter(await asyncio.gather(*(door.log_in(guess) for guess in passwords(1000, seed))))
    assert told["BAD"] <= 5
    assert told["IN"] <= 1
    assert told["TOO MANY"] == 1000 - told["BAD"] - told["IN"]
    assert await door.failures() == told["BAD"]


async def test_the_right_guess_after_five_wrong_ones_is_not_told(door: Door) -> None:
    assert [await door.log_in(f"wrong{n}") for n in range(5)] == ["BAD"] * 5
    assert await door.log_in("1234") == "TOO MANY"
    assert await door.log_in("1234", user="6666", address="192.0.2.2") == "IN"


@pytest.mark.parametrize("cache_seconds", [0, 60])
async def test_of_a_thousand_guesses_at_once_from_everywhere_ten_are_judged_by_both_copies_together(
    database: str, cache_seconds: int
) -> None:
    async with (
        door_to(database, cache_seconds=cache_seconds) as one,
        door_to(database, cache_seconds=cache_seconds) as other,
    ):
        await one.log_in("1234", address="192.0.2.1")  # both have read the user's row
        await other.log_in("1234", address="192.0.2.1")
        guesses = passwords(1000, cache_seconds)
        doors = (one, other)
        told = Counter(
            await asyncio.gather(
                *(
                    doors[n % 2].log_in(guess, address=f"10.0.{n // 200}.{n % 200 + 1}")
                    for n, guess in enumerate(guesses)
                )
            )
        )
        assert told["BAD"] <= 10
        assert told["IN"] <= 1
        assert told["BAD"] + told["IN"] + told["LOCK"] + told["TOO MANY"] == 1000
        assert await one.failures() == told["BAD"]


async def test_the_lockout_begins_with_the_tenth_failure_and_tells_nothing_of_a_guess(database: str) -> None:
    async with door_to(database, login_failures=0) as door:
        assert [await door.log_in(f"wrong{n}") for n in range(10)] == ["BAD"] * 10
        assert [await door.log_in(guess) for guess in ("wrong", "1234")] == ["LOCK"] * 2
        await door.rows.run("UPDATE vicidial_users SET last_login_date = NOW() - INTERVAL 16 MINUTE")
        assert await door.log_in("wrong") == "BAD"
        assert await door.failures() == 1
        assert await door.log_in("1234") == "IN"


async def test_a_copy_that_remembers_an_unlocked_user_does_not_tell_either(database: str) -> None:
    async with door_to(database, cache_seconds=60) as door:
        assert await door.log_in("wrong", address="192.0.2.3") == "BAD"
        await door.rows.run("UPDATE vicidial_users SET failed_login_count = 10, last_login_date = NOW()")
        assert await door.log_in("1234", address="192.0.2.4") == "LOCK"


async def test_both_doors_have_one_limit(door: Door) -> None:
    where = door.api.server.make_url("/calls/DC000000W0000000000W")
    for _ in range(3):
        assert await door.log_in("wrong") == "BAD"
    client = {"X-Forwarded-For": "192.0.2.1", "Authorization": encode_basic_auth("6666", "wrong")}
    for code in (401, 401, 429, 429):
        async with door.client.get(where, headers=client) as response:
            assert response.status == code
            assert ("Retry-After" in response.headers) is (code == 429)
            if code == 429:
                assert 1 <= int(response.headers["Retry-After"]) <= 180
    assert await door.log_in("1234") == "TOO MANY"


async def test_a_thousand_guesses_at_once_at_a_calls_page_are_no_more(door: Door) -> None:
    where = door.api.server.make_url("/calls/DC000000W0000000000W")

    async def ask(password: str) -> int:
        async with door.client.get(where, params={"user": "6666", "pass": password}) as response:
            return response.status

    told = Counter(await asyncio.gather(*(ask(guess) for guess in passwords(1000, 7))))
    assert told[401] <= 5
    assert told[404] <= 1
    assert told[429] == 1000 - told[401] - told[404]


async def test_a_user_has_one_limit_however_the_name_is_written(door: Door) -> None:
    await door.rows.run("UPDATE vicidial_users SET user = 'Crmuser' WHERE user = '1028'")
    try:
        names = ("crmuser", "CRMUSER", "CrmUser", "cRMUSER", "Crmuser")
        assert [await door.log_in("wrong", user=name) for name in names] == ["BAD"] * 5
        assert await door.log_in("wrong", user="crmUSER") == "TOO MANY"
    finally:
        await door.rows.run("UPDATE vicidial_users SET user = '1028' WHERE user = 'Crmuser'")


async def test_names_that_no_column_holds_are_nobodys_and_fill_no_memory(door: Door) -> None:
    names = [f"{'n' * 20}{number}{'x' * 5000}" for number in range(8)]
    assert [await door.log_in("1234", user=name) for name in names] == ["BAD"] * 5 + ["TOO MANY"] * 3
    await door.rows.run("UPDATE vicidial_users SET user = %s WHERE user = '1028'", "u" * 20)
    try:
        assert await door.log_in("1234", user="u" * 21) == "BAD"
        assert await door.failures("u" * 20) == 0
        assert await door.log_in("1234", user="u" * 20) == "IN"
    finally:
        await door.rows.run("UPDATE vicidial_users SET user = '1028' WHERE user = %s", "u" * 20)


async def test_a_site_of_ipv6_is_one_address(door: Door) -> None:
    assert [await door.log_in("wrong", address=f"2001:db8::{n}:1") for n in range(1, 6)] == ["BAD"] * 5
    assert await door.log_in("1234", address="2001:db8::ffff:1") == "TOO MANY"
    assert await door.log_in("1234", address="2001:db8:0:1::1") == "IN"


# ---- who is never turned away


async def test_a_right_password_where_it_was_right_before_is_never_turned_away(door: Door) -> None:
    assert await door.log_in("1234") == "IN"
    flood = asyncio.gather(*(door.log_in(f"wrong{n}") for n in range(300)))
    assert [await door.log_in("1234") for _ in range(30)] == ["IN"] * 30
    told = Counter(await flood)
    assert told["BAD"] <= 5
    assert told["BAD"] + told["TOO MANY"] == 300
    assert await door.log_in("1234") == "IN"


async def test_nobody_locks_the_crms_account_from_outside(door: Door) -> None:
    assert await door.log_in("1234") == "IN"
    told = Counter([await door.log_in("wrong", address=f"10.0.0.{n}") for n in range(1, 21)])
    assert (told["BAD"], told["LOCK"]) == (10, 10)
    assert await door.log_in("1234", address="192.0.2.9") == "LOCK"  # VICIdial's lockout holds for everybody else
    assert await door.log_in("1234") == "IN"
    assert await door.failures() == 10


async def test_one_stale_password_silences_no_other_user(door: Door) -> None:
    for _ in range(20):
        await door.log_in("stale", user="1000")
    assert await door.log_in("stale", user="1000") == "TOO MANY"
    assert [await door.log_in("1234", user=user) for user in ("6666", "1001", "1028")] == ["IN"] * 3


async def test_many_at_once_with_the_right_password_all_get_in_also_the_first_time(door: Door) -> None:
    assert Counter(await asyncio.gather(*(door.log_in("1234") for _ in range(300)))) == {"IN": 300}
    assert await door.failures() == 0


async def test_a_login_leaves_no_trace_in_the_users_row(door: Door) -> None:
    await door.rows.run("UPDATE vicidial_users SET failed_login_count = 9, last_login_date = NOW()")
    before = await door.rows.one("SELECT * FROM vicidial_users WHERE user = '6666'")
    assert await door.log_in("1234") == "IN"
    assert await door.rows.one("SELECT * FROM vicidial_users WHERE user = '6666'") == before


async def test_a_changed_password_holds_at_once_where_it_is_sent(database: str) -> None:
    async with door_to(database, cache_seconds=60) as door:
        assert await door.log_in("1234", user="1001") == "IN"
        await door.rows.run("UPDATE vicidial_users SET pass = 'new5678' WHERE user = '1001'")
        try:
            assert await door.log_in("new5678", user="1001") == "IN"
            assert await door.log_in("1234", user="1001") == "BAD"
        finally:
            await door.rows.run("UPDATE vicidial_users SET pass = '1234' WHERE user = '1001'")


async def test_a_user_that_was_switched_off_is_not_let_in_by_memory(database: str) -> None:
    async with door_to(database, cache_seconds=0) as door:
        assert await door.log_in("1234", user="1001") == "IN"
        await door.rows.run("UPDATE vicidial_users SET active = 'N' WHERE user = '1001'")
        assert await door.log_in("1234", user="1001") == "BAD"


async def test_a_request_without_credentials_is_no_guess(door: Door) -> None:
    assert [await door.log_in("", user=user) for user in ("", "6666", "nobody") for _ in range(10)] == ["BAD"] * 30
    assert await door.failures() == 0
    assert [await door.log_in(f"wrong{n}") for n in range(5)] == ["BAD"] * 5


async def test_a_password_that_the_database_could_not_judge_is_no_failure(database: str) -> None:
    async with door_to(database, login_failures=1, cache_seconds=60) as door:
        await door.rows.run("LOCK TABLES vicidial_users WRITE")
        try:
            answer = await door.log_in("1234")
        finally:
            await door.rows.run("UNLOCK TABLES")
        assert answer == "ERROR: system error - database not available\n"
        assert await door.log_in("1234") == "IN"


async def test_a_site_that_guesses_at_everybody_is_slowed_and_the_right_password_gets_through(database: str) -> None:
    async with door_to(database, address_failures=20) as door:
        told = Counter(await asyncio.gather(*(door.log_in("wrong", user=f"user{n}") for n in range(100))))
        assert told["BAD"] <= 20 + 5
        assert told["BAD"] + told["TOO MANY"] == 100
        assert await door.log_in("1234") == "IN"
        assert await door.log_in("wrong", user="somebody", address="192.0.2.2") == "BAD"


# ---- what it costs


@pytest.mark.parametrize("hashed", ["0", "1"])
async def test_an_unknown_user_costs_what_a_wrong_password_costs(database: str, hashed: str) -> None:
    async with door_to(database, login_failures=0) as door:
        await door.rows.run("UPDATE system_settings SET pass_hash_enabled = %s", hashed)

        async def statements(user: str) -> int:
            before = await door.rows.one("SHOW GLOBAL STATUS LIKE 'Questions'")
            assert await door.log_in("wrong", user=user) == "BAD"
            after = await door.rows.one("SHOW GLOBAL STATUS LIKE 'Questions'")
            return int(after["Value"]) - int(before["Value"]) - 1

        await door.log_in("wrong")  # fills the caches
        assert [await statements("6666") for _ in range(3)] == [await statements("nobody") for _ in range(3)]


async def test_two_hundred_wrong_passwords_at_once_under_a_slow_hash_starve_nothing(database: str) -> None:
    key = "abcdefghij012345"
    async with door_to(database, login_failures=5, address_failures=0) as door:
        await door.rows.run("UPDATE system_settings SET pass_hash_enabled = '1', pass_cost = 2, pass_key = %s", key)
        right = hash_password("1234", Scheme(hashed=True, key=key, cost=2))
        await door.rows.run("UPDATE vicidial_users SET pass_hash = %s WHERE user = '6666'", right)
        await until(lambda: _let_in(door), 5)
        addresses = [f"10.1.{n % 50}.{n // 50 + 1}" for n in range(200)]
        guesses = asyncio.gather(
            *(door.log_in("wrong", user=f"user{n}", address=address) for n, address in enumerate(addresses))
        )
        good = [await door.log_in("1234") for _ in range(50)]
        told = Counter(await guesses)
    assert good == ["IN"] * 50
    assert told["BAD"] + told["TOO MANY"] == 200
    assert told["BAD"] >= 20


async def _let_in(door: Door) -> bool:
    return await door.log_in("1234") == "IN"


# ---- who asks


async def test_an_address_that_cannot_be_read_is_refused_where_a_list_is_in_force(door: Door) -> None:
    await door.rows.run("DELETE FROM vicidial_ip_list_entries")
    await door.rows.run("INSERT INTO vicidial_ip_list_entries (ip_list_id, ip_address) VALUES ('BLACK', '10.9.8.7')")
    assert await door.log_in("1234", address="unknown") == "IN"
    await door.rows.run("UPDATE system_settings SET allow_ip_lists = '1', system_ip_blacklist = 'BLACK'")
    await until(lambda: _blocked(door, "10.9.8.7"), 5)
    for spelling in ("::ffff:10.9.8.7", '"10.9.8.7:4711"', "[::ffff:10.9.8.7]:443", "::FFFF:0a09:0807"):
        assert await _blocked(door, spelling), spelling
    for unreadable in ("unknown", "_hidden", "10.9.8", "10.9.8.7.6", "<script>"):
        assert await _blocked(door, unreadable), unreadable
    assert await door.log_in("1234", address="10.9.8.6") == "IN"
    await door.rows.run("UPDATE vicidial_ip_list_entries SET ip_address = '10.9.8.x'")
    await until(lambda: _blocked(door, "::ffff:10.9.8.200"), 5)


async def _blocked(door: Door, address: str) -> bool:
    return await door.log_in("1234", address=address) == "IPBLOCK"


async def test_http_basic_is_a_login_and_parameters_win(door: Door) -> None:
    basic = encode_basic_auth
    await door.rows.run("DELETE FROM vicidial_api_log")
    assert await door.log_in("", user="", Authorization=basic("6666", "1234")) == "IN"
    assert await door.log_in("", user="", Authorization=basic("6666", "1234").replace("Basic", "bASIC")) == "IN"
    assert await door.log_in("", user="", Authorization=basic("6666", "wrong")) == "BAD"
    assert await door.log_in("1234", Authorization=basic("webserver", "of its own")) == "IN"
    assert await door.log_in("wrong", Authorization=basic("6666", "1234")) == "BAD"
    for nonsense in ("Basic", "Basic ###", "Basic NjY2Ng==", "Bearer 1234", "Basic /w==", "x" * 100):
        assert await door.log_in("", user="", Authorization=nonsense) == "BAD"
    logged = await door.rows.all("SELECT user FROM vicidial_api_log WHERE result = 'SUCCESS'")
    assert {row["user"] for row in logged} == {"6666"}
    assert not await door.rows.all("SELECT * FROM vicidial_api_urls WHERE url LIKE '%%1234%%'")


# ---- what an operator sees


async def test_one_warning_tells_of_an_address_and_fail2ban_can_read_it(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "telectl.auth")
    for n in range(20):
        await door.log_in(f"wrong{n}")
        await door.log_in(f"wrong{n}", address="2001:db8::7")
    lines = [record for record in caplog.records if record.name.startswith("telectl.auth")]
    assert [record.getMessage() for record in lines] == [
        "too many wrong passwords from 192.0.2.1, the last for user 6666",
        "too many wrong passwords from 2001:db8::7, the last for user 6666",
    ]
    documented = re.search(r"^ *failregex = (.+)$", FAIL2BAN.read_text(encoding="utf-8"), re.MULTILINE)
    assert documented
    expression = re.compile(documented[1].replace("<HOST>", r"(?P<host>[\d.]+|[0-9a-f:]+)"))
    for formatter in (TextFormatter(), JsonFormatter()):
        found = [expression.search(formatter.format(record)) for record in lines]
        assert [match["host"] for match in found if match] == ["192.0.2.1", "2001:db8::7"]
