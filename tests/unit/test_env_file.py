"""The service's settings as systemd reads them; the values were compared with what systemd 252 makes of each line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from telectl import env_file
from telectl.errors import SettingsError


def read(tmp_path: Path, text: str) -> dict[str, str]:
    file = tmp_path / "telectl.env"
    file.write_text(text, encoding="utf-8")
    return env_file.read(file)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=plain", "plain"),
        ("A = spaced value  ", "spaced value"),
        ("A=", ""),
        ("A=x # no comment", "x # no comment"),
        ("A=pass$HOME`x`${y}", "pass$HOME`x`${y}"),
        ('A={"10.0.0.5": {"secret": "…"}}', '{"10.0.0.5": {"secret": "…"}}'),
        (r"A=back\slash", "backslash"),
        (r"A=trail\   ", "trail "),
        ("A=a\\\\  ", "a\\"),
        ("A=cont\\\ninued", "continued"),
        (r'A="double \"q\" \\ \n \x \$"', r'double "q" \ \n \x $'),
        ("A='single \"x\" \\n'", 'single "x" \\n'),
        ('A="multi\nline"', "multi\nline"),
        ('A="a\\\nb"', "ab"),
        ('A=a"b"c', 'a"b"c'),
        ('A="x"y', "xy"),
        ('A="a"  b  ', "ab"),
        ("A='a' 'b'", "ab"),
        ("A=''x''", "x''"),
        ("A=a;b", "a;b"),
        ("A=mysql://t:a%20p@h/d?unix_socket=/x", "mysql://t:a%20p@h/d?unix_socket=/x"),
    ],
)
def test_a_line_means_what_systemd_makes_of_it(tmp_path: Path, line: str, value: str) -> None:
    assert read(tmp_path, f"# before\n{line}\n; behind\n\nB=1\n") == {"A": value, "B": "1"}
    assert read(tmp_path, line) == {"A": value}


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n;comments", "\r\n"])
def test_nothing_is_nothing(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A=1\nexport B=canary\n", "line 2: expected NAME=value; systemd skips this line"),
        ("A=1\n\ncanary\nB=2\n", "line 3: expected NAME=value; systemd skips this line"),
        ("1A=canary\n", "line 1: expected NAME=value"),
        ('A="canary\nB=2\n', "a quote without its end, or a NUL, in A"),
        ("A=can\0ary", "a quote without its end, or a NUL, in A"),
    ],
)
def test_what_systemd_would_skip_is_said_without_its_value(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as error:
        read(tmp_path, text)
    assert words in str(error.value)
    assert "canary" not in str(error.value)


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"A=\xff")
    with pytest.raises(SettingsError, match="not UTF-8 text"):
        env_file.read(tmp_path / "x")
    with pytest.raises(SettingsError, match="Is a directory"):
        env_file.read(tmp_path)


def test_the_files_replace_what_the_shell_has_of_telectl(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "environ", {"TELECTL_URL": "shell", "telectl_user": "shell", "PATH": "/bin"})
    env_file.use_only([])
    assert os.environ["TELECTL_URL"] == "shell"
    (tmp_path / "1").write_text("TELECTL_LISTEN=one\nTELECTL_USER=one\nOTHER=x\n")
    (tmp_path / "2").write_text("TELECTL_USER=two\n")
    env_file.use_only([tmp_path / "1", tmp_path / "2"])
    assert os.environ == {"TELECTL_LISTEN": "one", "TELECTL_USER": "two", "OTHER": "x", "PATH": "/bin"}
