"""`telectl call`: a request from the command line, without the password on it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from lab.mariadb import MariaDB
from parts import free_port, served, telectl_process

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


async def test_an_answer_that_only_speaks_of_errors_is_a_success(mariadb: MariaDB) -> None:
    url = await mariadb.database(demo=True)
    async with served(url) as running:
        words = ("update_fields", "agent_user=6666", "comments=so ERROR: none")
        status, answer, _ = await call(running.base, *words)
        told = "comments='so ERROR: none'"
        assert (status, answer) == (0, f"SUCCESS: update_fields lead updated - 6666|6666|1003|{told}\n")


@asynccontextmanager
async def answering(words: bytes) -> AsyncIterator[str]:
    """Somebody who says this to any request."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(words)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_an_answer_commands_no_terminal() -> None:
    async with answering(b"HTTP/1.0 200 OK\r\n\r\nSUCCESS: \x1b[2J\x9b2J\r\n") as place:
        status, answer, _ = await call(place, "external_hangup")
        assert (status, answer.startswith("SUCCESS: ?[2J")) == (0, True)
        assert answer.replace("\n", "").isprintable()


async def test_user_and_password_may_be_in_the_settings_file(mariadb: MariaDB, tmp_path: Path) -> None:
    url = await mariadb.database(demo=True)
    async with served(url) as running:
        file = tmp_path / "telectl.toml"
        file.write_text(f'url = "{running.base}"\nuser = "6666"\npassword = "1234"\n', encoding="utf-8")
        process = await telectl_process("call", "external_hangup", "agent_user=1000", "value=1", config=str(file))
        output, _ = await process.communicate()
        assert (process.returncode, output) == (0, b"SUCCESS: external_hangup function set - 1|1000\n")


async def test_who_is_no_telectl_is_told_in_one_line(mariadb: MariaDB) -> None:
    async with answering(b"SSH-2.0-\x1b[2J\r\n") as place:
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


def certificate(folder: Path, name: str) -> tuple[str, str]:
    """Make a certificate for a name that no address has, and give its files: certificate and key."""
    files = str(folder / f"{name}.pem"), str(folder / f"{name}.key")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", f"/CN={name}.example", "-out", files[0], "-keyout", files[1]),
        ],
        check=True,
        capture_output=True,
    )
    return files


async def test_its_own_telectl_is_known_by_its_certificate_and_nobody_else_is_believed(tmp_path: Path) -> None:
    ours, others = certificate(tmp_path, "ours"), certificate(tmp_path, "others")
    tls = {"listen": f"127.0.0.1:{free_port()}", "tls_certificate": ours[0], "tls_key": ours[1]}
    running = await telectl_process("serve", call_control="vicidial", database_url="mysql://u@127.0.0.1:1/x", **tls)
    assert running.stderr is not None
    while b"telectl answers https://" not in (line := await running.stderr.readline()):
        assert line
    try:
        for settings, said in (
            (tls, "VERSION: "),
            ({**tls, "tls_certificate": others[0]}, "TLS: the certificate is not accepted: self-signed certificate"),
            ({"url": f"https://{tls['listen']}"}, "TLS: the certificate is not accepted: self-signed certificate"),
            ({"url": f"http://{tls['listen']}"}, "is no telectl"),
            ({**tls, "tls_certificate": str(tmp_path / "none")}, "there is no such socket or file"),
        ):
            process = await telectl_process("call", "version", **settings)
            output, errors = await process.communicate()
            assert said in (output + errors).decode(), settings
    finally:
        running.terminate()
        await running.communicate()
