"""`telectl call`: a request from the command line, without the password on it."""

from __future__ import annotations

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


async def test_nobody_there_is_one_line() -> None:
    status, _, errors = await call("http://127.0.0.1:1", "version")
    assert status == 2
    assert errors.startswith("telectl: no answer from http://127.0.0.1:1: ")
    assert errors.count("\n") == 1
