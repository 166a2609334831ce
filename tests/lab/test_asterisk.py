import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lab.ami import Ami, ManagerError
from lab.asterisk import Asterisk, AsteriskError
from lab.ports import PortError, free, reserve
from lab.until import until


@pytest.fixture
async def asterisk() -> AsyncIterator[Asterisk]:
    """One of its own for each test, for these tests ill-treat it."""
    async with Asterisk.start() as running:
        yield running


LAB = Path(__file__).parents[2] / "asterisk-test"


def python(*words: str) -> "subprocess.Popen[str]":
    """Run Python where it finds the lab."""
    return subprocess.Popen(
        [sys.executable, "-u", *words], cwd=LAB, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def session_of(pid: int) -> int:
    """The session that a process belongs to: Ctrl-C goes to the terminal's only."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has waited for does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


async def test_it_is_ready_at_once_when_the_packages_are_there() -> None:
    """A quarter of a second on a quiet machine (the README says); this one may be busy."""
    async with Asterisk.start():
        pass  # the packages are there now
    start = time.monotonic()
    async with Asterisk.start() as asterisk:
        took = time.monotonic() - start
        async with asterisk.witness() as witness:
            assert "22." in await witness.command("core show version")
    assert took < 15


async def test_it_leaves_nothing_behind() -> None:
    async with Asterisk.start() as asterisk:
        pid, folder, port = asterisk.pid, asterisk.folder, asterisk.ami_port
        assert alive(pid)
    assert not alive(pid)
    assert not folder.exists()
    assert free(port, socket.SOCK_STREAM)


async def test_two_at_once_never_meet() -> None:
    async with Asterisk.start() as one, Asterisk.start() as other:
        assert {one.ami_port, one.sip_port}.isdisjoint({other.ami_port, other.sip_port})
        assert one.folder != other.folder
        with pytest.raises(ManagerError, match="refused"):
            async with Ami.connect(other.ami_port, *one.observer):
                pass
        one.kill()
        async with other.witness() as witness:
            assert await witness.channels() == []


async def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    program = (
        "import asyncio, time\n"
        "from pathlib import Path\n"
        "from lab.asterisk import Asterisk\n"
        "async def main() -> None:\n"
        f"    async with Asterisk.start(Path({str(tmp_path / 'a')!r})) as asterisk:\n"
        "        print(asterisk.pid, flush=True)\n"
        "        time.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with python("-c", program) as parent:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        assert alive(pid)
        parent.kill()
        await until(lambda: not alive(pid), within=3)


async def test_ctrl_c_is_left_to_us(asterisk: Asterisk) -> None:
    assert session_of(asterisk.pid) == asterisk.pid


async def test_killed_and_restarted_it_is_on_the_same_ports(asterisk: Asterisk) -> None:
    ports, before = (asterisk.ami_port, asterisk.sip_port), asterisk.pid
    asterisk.kill()
    assert not asterisk.pid
    with pytest.raises(OSError, match=r"\d"):
        async with asterisk.witness():
            pass
    await asterisk.restart()
    assert (asterisk.ami_port, asterisk.sip_port) == ports
    assert asterisk.pid not in {0, before}
    async with asterisk.witness() as witness:
        await witness.event("FullyBooted")


async def test_frozen_it_answers_nothing_and_thawed_it_goes_on(asterisk: Asterisk, witness: Ami) -> None:
    asterisk.freeze()
    ping = asyncio.create_task(witness.do("Ping"))
    await asyncio.sleep(0.3)
    assert not ping.done()
    asterisk.thaw()
    assert (await ping)["Ping"] == "Pong"


async def test_a_frozen_one_is_ended_too() -> None:
    async with Asterisk.start() as asterisk:
        pid = asterisk.pid
        asterisk.freeze()
    assert not alive(pid)


async def test_core_restart_comes_back_in_the_same_process(asterisk: Asterisk) -> None:
    pid = asterisk.pid
    async with asterisk.witness() as witness:
        with contextlib.suppress(ManagerError):  # it may be gone before it answers
            await witness.command("core restart now")

    async def back() -> bool:
        try:
            async with asterisk.witness() as again:
                return bool(await again.event("FullyBooted", within=1))
        except (OSError, ManagerError):
            return False

    await asyncio.sleep(0.2)
    await until(back, within=10)
    assert asterisk.pid == pid


async def test_a_wanted_port_in_use_is_one_clear_line(asterisk: Asterisk) -> None:
    with pytest.raises(PortError, match=f"^port {asterisk.ami_port} is in use: .*$"):
        async with Asterisk.start(ami_port=asterisk.ami_port):
            pass


async def test_a_folder_in_use_is_refused(asterisk: Asterisk) -> None:
    with pytest.raises(AsteriskError, match="another Asterisk runs in"):
        async with Asterisk.start(asterisk.folder):
            pass


async def test_a_kept_folder_stays(tmp_path: Path) -> None:
    async with Asterisk.start(tmp_path / "a") as asterisk:
        log = asterisk.log
        await until(lambda: "Asterisk Ready" in log.read_text())  # Asterisk writes its log a little later
    assert log.exists()


def test_ports_of_a_reservation_are_nobody_elses() -> None:
    with reserve() as one, reserve() as other:
        assert not set(range(one.rtp_first, one.rtp_last)) & set(range(other.rtp_first, other.rtp_last))


async def test_alone_it_says_where_it_is_and_ends_on_ctrl_c() -> None:
    with python("-m", "lab") as run:
        assert run.stdout is not None
        lines: list[str] = []
        while not any("Ctrl-C" in line for line in lines):
            lines.append(await asyncio.to_thread(run.stdout.readline))
            assert lines[-1]
        run.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(run.wait, 5) == 0
    text = "".join(lines)
    assert all(word in text for word in ("AMI", "SIP", "gs101-gs110", "telectl / ", "observer / "))
