import subprocess
import sys
from pathlib import Path

from lab.asterisk import Asterisk
from lab.configuration import CONF, fill_in, phones

VALUES = {
    "BIND": "0.0.0.0",
    "PERMIT": "0.0.0.0/0.0.0.0",
    "AMI_PORT": "5038",
    "SIP_PORT": "5060",
    "RTP_START": "20000",
    "RTP_END": "20099",
    "MANAGER_USER": "cron",
    "MANAGER_SECRET": "1234",
    "OBSERVER_USER": "observer",
    "OBSERVER_SECRET": "given",
    "PHONE_SECRET": "test",
    "DATA": "/usr/share/asterisk",
    "EXTERNAL": "",
    "NAT": "",
}
ELSEWHERE = dict.fromkeys(("FOLDER", "RUN", "MODULES", "SBIN"), "")


def test_the_images_entrypoint_writes_what_the_launcher_writes(tmp_path: Path) -> None:
    image, launcher = tmp_path / "image", tmp_path / "launcher"
    for folder in (image, launcher):
        folder.mkdir()
    (tmp_path / "conf").symlink_to(CONF)
    (tmp_path / "debian-asterisk.conf").write_text("[directories]\n")
    environment = {"ETC": str(image), "HERE": str(tmp_path), "ASTERISK": "echo", "OBSERVER_SECRET": "given"}
    run = subprocess.run(
        [CONF.parent / "entrypoint"],
        env={**environment, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == str(image / "asterisk.conf")
    fill_in(launcher, {**VALUES, **ELSEWHERE, "PHONES": phones()})
    names = {path.name for path in launcher.glob("*.conf")}
    assert names == {path.name for path in image.glob("*.conf")}
    for name in names - {"asterisk.conf"}:
        assert (image / name).read_text().replace("\n\n\n", "\n\n") == (launcher / name).read_text().replace(
            "\n\n\n", "\n\n"
        ), name


async def test_the_images_health_check_agrees(asterisk: Asterisk) -> None:
    check = (CONF.parent / "healthy").read_text().replace("asterisk -rx", f"{asterisk.program} -rx")
    check = check.replace(" -rx", f" -C {asterisk.folder}/etc/asterisk.conf -rx")
    run = subprocess.run(["/bin/sh", "-c", check], check=False, capture_output=True)  # noqa: ASYNC221
    assert run.returncode == 0


def test_the_tests_of_the_containers_are_found() -> None:
    """They run with an engine only, so a move could break them unseen."""
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/system/compose"],
        cwd=CONF.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout
