"""`telectl call`: a request from the command line, without the password on it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lab.mariadb import MariaDB
from parts import telectl_process
from test_serve import served

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def call(base: str, *words: str, password: str = "1234") -> tuple[int | None, str, str]:
    process = await telectl_process("call", *words, "--url", base, user="6666", password=password)
    output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


async def test_it_prints_the_answer_and_its_status_tells_success(mariadb: MariaDB) -> None:
    url = await mariadb.database(demo=True)
    async with served(url) as running:
        status, answer, _ = await call(running.base, "external_hangup", "agent_user=1000", "value=1")
        assert (status, answer) == (0, "SUCCESS: external_hangup function set - 1|1000\n")
        status, answer, _ = await call(running.base, "external_hangup", "agent_user=1001", "value=1")
        assert (status, answer) == (1, "ERROR: agent_user is not logged in - 1001\n")
        status, answer, _ = await call(running.base, "logout", password="wrong")
        assert status == 1
        assert "Invalid Username/Password" in answer
        status, _, errors = await call(running.base, "logout", "no-equals")
        assert (status, errors) == (2, "telectl: 'no-equals': expected name=value\n")


async def test_what_needs_no_login_asks_for_none_and_an_unknown_function_is_told(mariadb: MariaDB) -> None:
    url = await mariadb.database(demo=True)
    async with served(url) as running:
        process = await telectl_process("call", "version", url=running.base)
        output, _ = await process.communicate()
        assert (process.returncode, output.startswith(b"VERSION: ")) == (0, True)
        status, answer, errors = await call(running.base, "external_puase", "agent_user=1000")
        assert (status, answer) == (2, "")
        told = "the answer is empty: there is no function external_puase; do you mean external_pause"
        assert errors.startswith(f"telectl: {told}")


async def test_an_answer_that_only_speaks_of_errors_is_a_success_and_commands_no_terminal(mariadb: MariaDB) -> None:
    url = await mariadb.database(demo=True)
    async with served(url) as running:
        words = ("update_fields", "agent_user=6666", "comments=so ERROR: none \x1b[2J")
        status, answer, _ = await call(running.base, *words)
        told = "comments='so ERROR: none ?[2J'"
        assert (status, answer) == (0, f"SUCCESS: update_fields lead updated - 6666|6666|1003|{told}\n")


async def test_user_and_password_may_be_in_the_settings_file(mariadb: MariaDB, tmp_path: Path) -> None:
    url = await mariadb.database(demo=True)
    async with served(url) as running:
        file = tmp_path / "telectl.toml"
        file.write_text(f'url = "{running.base}"\nuser = "6666"\npassword = "1234"\n', encoding="utf-8")
        process = await telectl_process("call", "external_hangup", "agent_user=1000", "value=1", config=str(file))
        output, _ = await process.communicate()
        assert (process.returncode, output) == (0, b"SUCCESS: external_hangup function set - 1|1000\n")


async def test_who_is_no_telectl_is_told_in_one_line(mariadb: MariaDB) -> None:
    async def speak_something_else(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-\x1b[2J\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(speak_something_else, "127.0.0.1", 0) as other:
        place = f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}"
        status, _, errors = await call(place, "external_hangup")
        assert (status, errors) == (2, f"telectl: {place} is no telectl: it speaks no HTTP\n")
    url = await mariadb.database(demo=True)
    async with served(url) as running:
        status, _, errors = await call(f"{running.base}/elsewhere", "external_hangup")
        assert (status, errors) == (2, f"telectl: {running.base}/elsewhere is no telectl: it answers HTTP 404\n")


async def test_nobody_there_is_one_line() -> None:
    status, _, errors = await call("http://127.0.0.1:1", "version")
    assert status == 2
    assert errors.startswith("telectl: no answer from http://127.0.0.1:1: ")
    assert errors.count("\n") == 1
