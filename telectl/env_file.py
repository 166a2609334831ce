"""The service's own settings from its systemd EnvironmentFile, so that a check by hand sees what the service sees.

The syntax is systemd's, which is not that of a shell or of python-dotenv: nothing is expanded, a `#` inside a line is
no comment, a backslash outside quotes is dropped, and what stands behind a closing quote belongs to the value. What
systemd would skip with a line in its own log is an error here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from telectl.errors import SettingsError
from telectl.settings import PREFIX

_ENTRY = re.compile(
    r"""[ \t\r\n]*(?:
      [\#;][^\n\r]*
    | (?P<name>[^=\n\r]*?)[ \t]*=(?P<quoted>(?:[ \t]|'[^']*'|"(?:\\.|[^"\\])*")*)(?P<bare>(?:\\.|[^\n\r\\])*)
    | (?P<neither>[^\n\r]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"""'([^']*)'|"((?:\\.|[^"\\])*)\"""", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OF_A_SHELL = '"\\`$'
"""What a backslash takes its meaning from inside double quotes."""


def use_only(paths: Sequence[Path]) -> None:
    """Replace telectl's variables in the environment by those of these files; the caller's own are set aside.

    Raises:
        SettingsError: a file that cannot be read, or a line that systemd would skip; no value is repeated.
    """
    if not paths:
        return
    found = {name: value for path in paths for name, value in read(path).items()}
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        del os.environ[name]
    os.environ.update(found)


def read(path: Path) -> dict[str, str]:
    """Return the variables of one file.

    Raises:
        SettingsError: as `use_only`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise SettingsError(f"--env-file: cannot read {path}: {reason}") from None
    return dict(_entries(text, path))


def _entries(text: str, path: Path) -> Iterator[tuple[str, str]]:
    for entry in _ENTRY.finditer(text):
        name, bare = entry["name"], entry["bare"] or ""
        line = f"{path}, line {text.count(chr(10), 0, entry.end()) + 1}"
        if entry["neither"] or (name is not None and not _NAME.fullmatch(name)):
            raise SettingsError(f"{line}: expected NAME=value; systemd skips this line")
        if name is None:
            continue
        if bare.startswith(("'", '"')) or "\0" in entry[0]:
            raise SettingsError(f"{line}: a quote without its end, or a NUL, in {name}")
        yield name, _quoted(entry["quoted"]) + _bare(bare)


def _quoted(text: str) -> str:
    return "".join(
        single or re.sub(r"\\(.)", _inside_double_quotes, double, flags=re.DOTALL)
        for single, double in _QUOTED.findall(text)
    )


def _inside_double_quotes(escape: re.Match[str]) -> str:
    if escape[1] == "\n":
        return ""
    return escape[1] if escape[1] in _OF_A_SHELL else escape[0]


def _bare(text: str) -> str:
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    while parts and parts[-1] in (" ", "\t"):
        parts.pop()
    return "".join(part[-1] if part != "\\\n" else "" for part in parts)
