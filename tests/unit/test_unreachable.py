"""Why no connection was made: an unknown name, a refused port and silence are told apart, for database and Asterisk."""

from __future__ import annotations

import asyncio
import errno
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from parts import free_port

from telectl.asterisk import Address, Link, Timeouts
from telectl.asterisk.connection import Connection
from telectl.database import Count, Database, Select
from telectl.database import Timeouts as DatabaseTimeouts
from telectl.errors import DatabaseUnavailable, ServerUnavailable
from telectl.unreachable import why_not

PATIENT = DatabaseTimeouts(acquire=30, connect=30)
ONE = Select("one", Count, "")
REFUSED, UNKNOWN = "connection refused: nobody listens there", "unknown host name"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), UNKNOWN),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "the name server does not answer"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('10.0.0.1', 3306)"), REFUSED),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), [Errno 111] Connect call"), REFUSED),
        (TimeoutError(), "timed out: a firewall, or a wrong address"),
        (OSError(errno.EHOSTUNREACH, "x"), "no route to that host"),
        (OSError(errno.EDOM, "x"), "Numerical argument out of domain"),
        (EOFError(), "the connection was closed"),
        (struct.error("x"), "what answers there is something else (error)"),
    ],
)
def test_each_cause_has_words_of_its_own(error: Exception, words: str) -> None:
    assert why_not(error) == words


async def database_says(address: str, timeouts: DatabaseTimeouts = PATIENT) -> str:
    database = Database(f"mysql://u:canary@{address}", timeouts=timeouts)
    with pytest.raises(DatabaseUnavailable) as error:
        await database.one(ONE)
    assert "canary" not in str(error.value)
    return str(error.value)


async def asterisk_says(host: str, port: int, *, tls: bool = False) -> str:
    address = Address("10.0.0.1", host, port, "telectl", "canary", tls)
    connection = Connection(address, Timeouts(connect=30), lambda _: None, lambda _: None)
    with pytest.raises(ServerUnavailable) as error:
        await connection.open()
    return str(error.value)


async def test_an_unknown_name_and_a_refused_port_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    assert await database_says(f"127.0.0.1:{port}/x") == f"127.0.0.1:{port}: {REFUSED}"
    assert await asterisk_says("127.0.0.1", port) == f"no connection to 127.0.0.1:{port}: {REFUSED}"
    assert await database_says("h/x?unix_socket=/nowhere/at/all") == "/nowhere/at/all: there is no such socket or file"
    assert await database_says("a..b/x") == "a..b:3306: not a host name"

    def nobody_knows(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)
    assert await database_says("db.example/x") == f"db.example:3306: {UNKNOWN}"
    assert await asterisk_says("pbx.example", 5038) == f"no connection to pbx.example:5038: {UNKNOWN}"


@asynccontextmanager
async def greeting(words: bytes, *, then_close: bool = True) -> AsyncIterator[int]:
    """Somebody who says this to whoever connects."""

    writers: list[asyncio.StreamWriter] = []

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(words)
        if then_close:
            writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        for writer in writers:
            writer.close()


async def test_silence_is_no_refusal() -> None:
    async with greeting(b"", then_close=False) as port:
        said = await database_says(f"127.0.0.1:{port}/x", DatabaseTimeouts(acquire=30, connect=0.2))
        assert said == f"127.0.0.1:{port}: no answer within 0.2 s: a firewall, or a wrong address"
    async with greeting(b"") as port:
        assert await database_says(f"127.0.0.1:{port}/x") == f"127.0.0.1:{port}: the connection was closed"


async def test_a_server_without_tls_is_said() -> None:
    async with greeting(b"Asterisk Call Manager/11.0.0\r\n") as port:
        assert (await asterisk_says("127.0.0.1", port, tls=True)).endswith("TLS: no TLS is spoken there")


def packet(payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + b"\0" + payload


def refusal(number: int) -> bytes:
    """What a MySQL server says instead of its greeting."""
    return packet(b"\xff" + number.to_bytes(2, "little") + b"some canary of the server's")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (refusal(1130), "the server lets nobody in from this machine"),
        (refusal(1129), "the server blocks this machine"),
        (refusal(1040), "the server has too many connections"),
        (refusal(1234), "refused (error 1234)"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ""),
        (b"HTTP/1.0 400 Bad Request\r\n\r\n" * 9, ""),
        (packet(b"\x0a"), ""),
        (packet(b"\x0a8.0\0" + b"\xff" * 9), ""),
        *[(packet(bytes([10]) + random.Random(seed).randbytes(seed * 3)), "") for seed in range(1, 40)],
    ],
)
async def test_whatever_answers_at_the_databases_port_is_one_line(said: bytes, words: str) -> None:
    again = said == refusal(1040)  # it is asked again, as long as a request may wait
    async with greeting(said) as port:
        line = await database_says(f"127.0.0.1:{port}/x", DatabaseTimeouts(acquire=1.0) if again else PATIENT)
    assert line.startswith(f"127.0.0.1:{port}: {words}")
    assert "\n" not in line


async def test_a_first_attempt_that_failed_is_known_at_once() -> None:
    port = free_port()
    link = Link(Address("10.0.0.1", "127.0.0.1", port, "telectl", "x"), Timeouts())
    await link.start()
    assert not await link.tried(30)  # pytest-timeout is not reached by far
    assert link.trouble == f"no connection to 127.0.0.1:{port}: {REFUSED}"
    await link.close()


def test_the_words_for_a_socket_that_is_not_there_name_no_file(tmp_path: Path) -> None:
    assert why_not(FileNotFoundError(errno.ENOENT, "x", str(tmp_path))) == "there is no such socket or file"
