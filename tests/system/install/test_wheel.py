"""The wheel carries everything: installed into an empty environment, its command checks and serves.

telectl's dependencies come from this checkout's own environment, which takes no time; with INSTALL=all, as
`make test-install` sets it, they are installed from requirements.txt by their hashes.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import ClientConnectionError, ClientSession
from lab.contact_centre import ContactCentre
from lab.until import until
from packaging.requirements import Requirement
from parts import LOGIN, free_port

from telectl import __version__

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[3]


class Dist(NamedTuple):
    sdist: Path
    wheel: Path


def run(*words: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Dist:
    """The sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run("make", "dist", f"DIST={folder}")
    return Dist(next(folder.glob("*.tar.gz")), next(folder.glob("*.whl")))


@pytest.fixture(scope="module")
def installed(dist: Dist, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with nothing but telectl and what it needs."""
    home = tmp_path_factory.mktemp("home") / "telectl"
    venv.create(home, with_pip=False)
    python = home / "bin/python"
    pip = (sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check")
    if os.environ.get("INSTALL") == "all":
        run(*pip, "--require-hashes", "-r", ROOT / "requirements.txt")
    else:
        there = run(python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])").strip()
        # a path file inside this folder is not followed, so that the checkout itself is not found
        Path(there, "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    run(*pip, "--no-deps", "--no-index", dist.wheel)
    return home / "bin"


def requirements(name: str) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


@asynccontextmanager
async def serving(installed: Path, database_url: str, elsewhere: Path) -> AsyncIterator[str]:
    listen = f"127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        installed / "telectl",
        "serve",
        cwd=elsewhere,
        env={"TELECTL_LISTEN": listen, "TELECTL_DATABASE_URL": database_url},
        stderr=asyncio.subprocess.PIPE,
    )
    try:

        async def ready() -> bool:
            async with ClientSession() as client:
                try:
                    async with client.get(f"http://{listen}/readyz") as response:
                        return response.status == 200
                except ClientConnectionError:
                    return False

        await until(ready, 30, every=0.1, what="telectl ready")
        yield f"http://{listen}/agc/api.php?{LOGIN}"
    finally:
        process.terminate()
        await process.communicate()
        assert process.returncode == 0


async def test_the_wheel_runs_from_an_empty_environment(installed: Path, centre: ContactCentre, tmp_path: Path) -> None:
    place = run(installed / "python", "-c", "import telectl; print(telectl.__file__)", cwd=tmp_path)
    assert Path(place).is_relative_to(installed.parent), place
    check = await asyncio.create_subprocess_exec(
        installed / "telectl",
        "check",
        cwd=tmp_path,
        env={"TELECTL_DATABASE_URL": centre.database_url},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await check.communicate()
    assert (check.returncode, output.decode().count("ok ")) == (0, 5), output.decode()
    async with serving(installed, centre.database_url, tmp_path) as page, ClientSession() as client:
        agent = await centre.phone("gs101", 400, "agent")
        line = await centre.seat("1000", agent, "9600051", lead_id=1002)
        async with client.get(f"{page}&agent_user=1000&function=call_agent&value=CALL") as response:
            assert (await response.text()).startswith("SUCCESS: call_agent")
        await until(lambda: centre.witness.members(line.room), 10, what="the agent's phone in its room")
    await centre.clear()


async def test_the_wheel_has_what_an_administrator_needs(installed: Path, dist: Dist) -> None:
    share = installed.parent / "share/telectl"
    assert {path.name for path in share.iterdir()} == {
        "telectl.service",
        "manager.conf",
        "grants.sql",
        "requirements.txt",
    }
    assert (share / "requirements.txt").read_text() == (ROOT / "requirements.txt").read_text()
    assert (share / "telectl.service").read_text() == (ROOT / "packaging/telectl.service").read_text()
    names = zipfile.ZipFile(dist.wheel).namelist()
    assert {"telectl/database/setup/schema.sql", "telectl/database/setup/demo.sql", "telectl/py.typed"} <= set(names)
    assert not any(name.startswith(("tests/", "asterisk-test/", "lab/", "bench/")) for name in names)


async def test_the_wheel_says_its_version_and_what_it_needs(dist: Dist) -> None:
    with zipfile.ZipFile(dist.wheel) as archive:
        said = message_from_bytes(archive.read(f"telectl-{__version__}.dist-info/METADATA"))
    assert said["Version"] == __version__
    needs = [Requirement(text) for text in said.get_all("Requires-Dist", [])]
    asked = {str(one) for one in needs if one.marker is None}
    assert asked == {str(one) for one in requirements("requirements.in")}


async def test_the_sdist_has_what_the_repository_has(dist: Dist) -> None:
    with tarfile.open(dist.sdist) as archive:
        packed = {Path(*Path(member.name).parts[1:]) for member in archive.getmembers() if member.isfile()}
    if not (ROOT / ".git").exists():
        return
    kept = {
        Path(name) for name in run("git", "ls-files", "--cached", "--others", "--exclude-standard").split("\n") if name
    }
    private = {".ci", ".dockerignore", ".gitignore", ".pre-commit-config.yaml"}
    assert {path for path in kept if path.parts[0] not in private and (ROOT / path).exists()} <= packed


async def test_the_amiusers_rights_are_those_of_the_laboratory() -> None:
    def rights(text: str, user: str) -> dict[str, str]:
        section = text.split(f"[{user}]")[1].split("\n[", maxsplit=1)[0]
        lines = [
            line.split("=", 1) for line in section.splitlines() if line and not line.startswith(";") and "=" in line
        ]
        return {key.strip(): value.strip() for key, value in lines if key.strip() not in ("secret", "permit")}

    lab = rights((ROOT / "asterisk-test/conf/manager.conf").read_text(), "@MANAGER_USER@")
    assert rights((ROOT / "packaging/manager.conf").read_text(), "telectl") == lab
    assert lab["write"] == "call,originate,reporting"
