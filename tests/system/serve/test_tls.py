"""HTTPS by settings; and a word at the start where there is none beyond this machine."""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError, ClientSession
from lab.mariadb import MariaDB
from lab.until import until
from parts import free_port, telectl_process

from telectl.api.edge.tls import server_tls
from telectl.errors import SettingsError

module_loop = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    request = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
    names = ("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate))
    subprocess.run([*request, *names], check=True, capture_output=True)
    return certificate, key


@module_loop
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_it_speaks_https_and_no_http_on_that_port(mariadb: MariaDB, pem: tuple[Path, Path], workers: str) -> None:
    certificate, key = pem
    port = free_port()
    process = await telectl_process(
        "serve",
        listen=f"0.0.0.0:{port}",
        database_url=await mariadb.database(demo=True),
        call_control="vicidial",
        tls_certificate=str(certificate),
        tls_key=str(key),
        head_seconds="1",
        workers=workers,
    )
    trust = ssl.create_default_context(cafile=str(certificate))
    try:

        async def answer() -> str:
            async with ClientSession() as client:
                try:
                    page = f"https://127.0.0.1:{port}/agc/api.php?function=version"
                    async with client.get(page, ssl=trust) as response:
                        return await response.text()
                except ClientConnectionError:
                    return ""

        await until(answer, 15)
        assert (await answer()).startswith("VERSION: ")
        async with ClientSession() as client:
            with pytest.raises(ClientConnectionError):
                await client.get(f"http://127.0.0.1:{port}/healthz")
        with socket.create_connection(("127.0.0.1", port), 10) as silent:  # a handshake that does not come
            assert await asyncio.to_thread(silent.recv, 1) == b""
    finally:
        process.terminate()
        _, errors = await asyncio.wait_for(process.communicate(), 12)
    assert f"telectl answers https://0.0.0.0:{port}/agc/api.php" in errors.decode()
    assert "without TLS" not in errors.decode()
    assert "Traceback" not in errors.decode()


@module_loop
@pytest.mark.parametrize(("listen", "warns"), [("0.0.0.0", 1), ("127.0.0.1", 0), ("[::1]", 0)])
async def test_a_listener_beyond_this_machine_without_tls_says_so_once(
    mariadb: MariaDB, listen: str, warns: int
) -> None:
    port = free_port()
    process = await telectl_process(
        "serve",
        listen=f"{listen}:{port}",
        database_url=await mariadb.database(demo=True),
        call_control="vicidial",
        workers="2",
    )
    assert process.stderr is not None
    lines: list[str] = []
    while sum("telectl answers http://" in line for line in lines) < 2:
        lines.append((await asyncio.wait_for(process.stderr.readline(), 15)).decode())
    process.terminate()
    await asyncio.wait_for(process.communicate(), 12)
    assert sum("without TLS: passwords can be read" in line for line in lines) == warns


def test_files_that_are_no_certificate_and_key_are_one_line_each(pem: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, key = pem
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    locked = tmp_path / "locked.pem"
    subprocess.run(
        ["openssl", "rsa", "-aes128", "-passout", "pass:x", "-in", str(key), "-out", str(locked)],
        check=True,
        capture_output=True,
    )
    both = tmp_path / "both.pem"
    both.write_text(certificate.read_text() + key.read_text())
    assert server_tls(None, None) is None
    assert server_tls(both, None) is not None
    for files, complaint in (
        ((None, key), "TELECTL_TLS_KEY: TELECTL_TLS_CERTIFICATE is not set"),
        ((tmp_path / "none", key), f"TELECTL_TLS_CERTIFICATE: cannot read {tmp_path}/none: No such file or directory"),
        ((certificate, tmp_path), f"TELECTL_TLS_KEY: cannot read {tmp_path}: Is a directory"),
        ((junk, None), f"TELECTL_TLS_CERTIFICATE: no certificate with its key in {junk}"),
        ((certificate, junk), f"TELECTL_TLS_CERTIFICATE: no certificate with its key in {certificate} and {junk}"),
        ((certificate, None), f"TELECTL_TLS_CERTIFICATE: no certificate with its key in {certificate}"),
        ((certificate, locked), f"TELECTL_TLS_CERTIFICATE: no certificate with its key in {certificate} and {locked}"),
    ):
        with pytest.raises(SettingsError) as refused:
            server_tls(*files)
        assert str(refused.value).startswith(complaint)
        assert "\n" not in str(refused.value)


async def test_a_bad_file_stops_the_start_with_one_line() -> None:
    process = await telectl_process("serve", listen="127.0.0.1:0", tls_certificate="/nowhere.pem")
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode() == (
        "telectl: TELECTL_TLS_CERTIFICATE: cannot read /nowhere.pem: No such file or directory\n"
    )


@module_loop
async def test_connections_in_their_handshake_count_and_cost_little(mariadb: MariaDB, pem: tuple[Path, Path]) -> None:
    certificate, key = pem
    port = free_port()
    process = await telectl_process(
        "serve",
        listen=f"127.0.0.1:{port}",
        database_url=await mariadb.database(demo=True),
        call_control="vicidial",
        tls_certificate=str(certificate),
        tls_key=str(key),
        connections="300",
        head_seconds="4",
    )
    trust = ssl.create_default_context(cafile=str(certificate))

    async def answer() -> str:
        async with ClientSession() as client:
            try:
                url = f"https://127.0.0.1:{port}/agc/api.php?function=version"
                async with client.get(url, ssl=trust) as response:
                    return await response.text()
            except ClientConnectionError:
                return ""

    def resident() -> int:
        return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * resource.getpagesize()

    silent: list[socket.socket] = []
    try:
        await until(answer, 15)
        before = resident()
        silent += [await asyncio.to_thread(socket.create_connection, ("127.0.0.1", port)) for _ in range(300)]
        await until(lambda: asyncio.to_thread(_refused, port), 5, what="a connection that is closed at once")
        assert resident() - before < 300 * 100_000
        assert (await answer()) == ""
        await until(answer, 15, what="room again, when their handshakes are late")
    finally:
        for connection in silent:
            connection.close()
        process.kill()
        await process.communicate()


def _refused(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(0.5)
        try:
            return connection.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False
