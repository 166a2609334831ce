"""`telectl serve` as a process: it starts, answers, drains and ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from pathlib import Path

import pytest
from aiohttp import ClientSession
from lab.mariadb import MariaDB
from lab.until import until
from parts import served, telectl_process

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUERY = "source=test&user=6666&pass=1234&agent_user=1000&function=external_pause&value=PAUSE"


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_it_answers_and_ends_within_ten_seconds_of_sigterm(mariadb: MariaDB, workers: str) -> None:
    url = await mariadb.database(demo=True)
    async with served(url, workers=workers) as telectl, ClientSession() as client:
        async with client.get(f"{telectl.base}//agc/api.php?{QUERY}") as response:
            assert (await response.text()).startswith("SUCCESS: external_pause function set - PAUSE|")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        async with client.get(f"{telectl.base}/readyz") as response:
            assert (await response.json())["status"] == "ready"
        started = time.monotonic()
        telectl.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(telectl.process.wait(), 10) == 0
        assert time.monotonic() - started < 10


async def test_what_runs_at_sigterm_is_finished(mariadb: MariaDB) -> None:
    url = await mariadb.database(demo=True)
    async with served(url) as telectl, ClientSession() as client:
        mariadb.freeze()
        running = asyncio.create_task(_text(client, f"{telectl.base}/agc/api.php?{QUERY}"))
        await asyncio.sleep(0.5)
        telectl.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        mariadb.thaw()
        assert (await running).startswith("SUCCESS: external_pause function set")
        assert await asyncio.wait_for(telectl.process.wait(), 10) == 0


async def _text(client: ClientSession, url: str) -> str:
    async with client.get(url) as response:
        return await response.text()


async def test_a_worker_that_is_killed_is_replaced_and_the_page_answers(mariadb: MariaDB) -> None:
    def workers(parent: int) -> set[int]:
        return {int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()}

    async with served(await mariadb.database(demo=True), workers="2") as telectl, ClientSession() as client:
        before = workers(telectl.process.pid)
        assert len(before) == 2
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        await until(lambda: len(workers(telectl.process.pid) - before) == 2, 15, what="two other workers")
        async with client.get(f"{telectl.base}/agc/api.php?{QUERY}") as response:
            assert (await response.text()).startswith("SUCCESS")
        telectl.process.terminate()
        assert await asyncio.wait_for(telectl.process.wait(), 10) == 0
        assert "(signal SIGKILL); another is started" in await telectl.log()


async def test_a_port_in_use_and_a_bad_setting_are_one_line_each() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = await telectl_process("serve", listen=f"127.0.0.1:{taken.getsockname()[1]}")
        _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode().count("\n") == 1
    assert "TELECTL_LISTEN: cannot listen on" in errors.decode()

    process = await telectl_process("serve", call_control="sometimes")
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode() == "telectl: TELECTL_CALL_CONTROL: Input should be 'direct', 'vicidial' or 'auto'\n"


async def test_the_help_lists_every_setting() -> None:
    process = await telectl_process("serve", "--help")
    output, _ = await process.communicate()
    for name in ("LISTEN", "DATABASE_URL", "CALL_CONTROL", "AMI", "TIMEZONE", "DTMF", "WORKERS", "TRUSTED_PROXIES"):
        assert f"TELECTL_{name}" in output.decode()


async def test_log_lines_of_a_request_bear_its_id(mariadb: MariaDB) -> None:
    url = await mariadb.database(demo=True)
    async with served(url, log_format="json", log_level="info") as telectl, ClientSession() as client:
        mariadb.freeze()
        try:
            async with client.get(
                f"{telectl.base}/agc/api.php?{QUERY}", headers={"X-Request-Id": "crm-request-1"}
            ) as response:
                assert response.headers["X-Request-Id"] == "crm-request-1"
        finally:
            mariadb.thaw()
        telectl.process.terminate()
        assert '"request_id": "crm-request-1"' in await telectl.log()
