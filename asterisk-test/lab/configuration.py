"""Writes the folder of one Asterisk instance from the templates in asterisk-test/conf."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lab.debs import loader
from lab.ports import Ports
from lab.tones import write_sounds

CONF = Path(__file__).parents[1] / "conf"
AGENTS = (*(f"gs{number}" for number in range(101, 111)), "gs101-mobile")
CUSTOMERS = tuple(f"customer{number}" for number in range(1, 7))
LONGEST_SOCKET = 100
"""Asterisk cuts a longer path of its control socket in silence (the limit is 107)."""


class Account(NamedTuple):
    """A name and its secret."""

    username: str
    secret: str


class Secrets(NamedTuple):
    """Who may do what, in one instance."""

    manager: Account
    """telectl's AMI user."""
    observer: Account
    """The AMI user that sees everything."""
    phones: str
    """The SIP secret of all phones."""


def write(root: Path, folder: Path, ports: Ports, who: Secrets) -> Path:
    """Write everything that one Asterisk needs into its folder and return the program that starts it.

    Args:
        root: the unpacked packages; never written to.
        folder: the instance's own folder, of a short path.
        ports: where it listens.
        who: its accounts.

    Raises:
        ValueError: the folder's path is too long.
    """
    if len(str(folder / "run/asterisk.ctl")) > LONGEST_SOCKET:
        raise ValueError(f"the path of {folder.name} is too long for Asterisk's control socket")
    for name in ("etc", "run", "log", "db", "keys", "data/sounds", "spool/monitor", "spool/tmp", "spool/outgoing"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    share = root / "usr/share/asterisk"
    _link(share / "documentation", folder / "data/documentation")
    for voice in share.glob("sounds/en_US*"):  # Debian's alternatives would make this link
        for sound in voice.iterdir():
            _link(sound, folder / "data/sounds/en" / sound.name)
    write_sounds(folder / "data")
    fill_in(
        folder / "etc",
        {
            "FOLDER": str(folder),
            "RUN": str(folder / "run"),
            "DATA": str(folder / "data"),
            "MODULES": str(next(root.glob("usr/lib/*/asterisk/modules"))),
            "SBIN": str(root / "usr/sbin"),
            "BIND": "127.0.0.1",
            "PERMIT": "127.0.0.1/255.255.255.255",
            "AMI_PORT": str(ports.ami),
            "SIP_PORT": str(ports.sip),
            "RTP_START": str(ports.rtp_first),
            "RTP_END": str(ports.rtp_last),
            "MANAGER_USER": who.manager.username,
            "MANAGER_SECRET": who.manager.secret,
            "OBSERVER_USER": who.observer.username,
            "OBSERVER_SECRET": who.observer.secret,
            "PHONE_SECRET": who.phones,
            "EXTERNAL": "",
            "NAT": "",
            "PHONES": phones(),
        },
    )
    return _program(root, folder)


def fill_in(etc: Path, values: Mapping[str, str]) -> None:
    """Copy the templates, with each @NAME@ replaced by its value."""
    for template in sorted(CONF.glob("*.conf")):
        (etc / template.name).write_text(re.sub(r"@([A-Z_]+)@", lambda name: values[name[1]], template.read_text()))


def phones() -> str:
    """Return pjsip.conf's sections for all phones."""
    text = ""
    for kind, names in (("agent", AGENTS), ("customer", CUSTOMERS)):
        for name in names:
            text += f"[{name}]({kind})\nauth = {name}\naors = {name}\n"
            if kind == "agent":  # a customer's own caller id comes through, as from a trunk: it may be a call id
                text += f'callerid = "{name}" <{"".join(filter(str.isdigit, name))}>\n'
            text += f"[{name}](login)\nusername = {name}\n[{name}](place)\n\n"
    return text


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.is_symlink():
        target.symlink_to(source)


def _program(root: Path, folder: Path) -> Path:
    """Write the script that starts Asterisk with its own C library.

    `--argv0` names the script itself: `core restart now` executes that again. File descriptors: seven for each
    conference member made by a Local pair.
    """
    program = folder / "asterisk"
    command = " ".join(
        f"'{word}'" for word in [*loader(root), "--argv0", str(program), str(root / "usr/sbin/asterisk")]
    )
    program.write_text(f'#!/bin/sh\nulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -H -n)"\nexec {command} "$@"\n')
    program.chmod(0o700)
    return program
