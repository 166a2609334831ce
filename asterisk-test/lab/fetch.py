"""Where Debian packages come from: the mirror that this machine's own apt uses, through apt's own downloader."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

APT = Path("/etc/apt")
APT_HELPER = Path("/usr/lib/apt/apt-helper")
MIRROR_VARIABLE = "LAB_DEBIAN_MIRROR"


class PackagesError(Exception):
    """Packages cannot be had, or cannot be checked. The text is one line for a person."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """One Debian mirror: an address as apt understands it, or `file:` and a folder."""

    address: str

    def fetch(self, files: Sequence[tuple[str, str]], into: Path) -> None:
        """Download files into a folder, under their last names, and check them.

        Args:
            files: path below the mirror and sha256 in hexadecimal; an empty sha256 is not checked here
                (an index carries a signature instead).
            into: an existing folder.

        Raises:
            PackagesError: a file is not there, or is not the expected one.
        """
        if urlsplit(self.address).scheme == "file":
            self._copy(files, into)
        else:
            self._download(files, into)
        for path, sha256 in files:
            target = into / Path(path).name
            if not target.exists():
                raise PackagesError(f"{target.name} is not on the mirror")
            if sha256 and hashlib.sha256(target.read_bytes()).hexdigest() != sha256:
                raise PackagesError(f"{target.name} is not the expected file (its sha256 differs)")

    def _copy(self, files: Sequence[tuple[str, str]], into: Path) -> None:
        folder = Path(urlsplit(self.address).path)
        for path, _sha256 in files:
            if (folder / path).is_file():
                shutil.copyfile(folder / path, into / Path(path).name)

    def _download(self, files: Sequence[tuple[str, str]], into: Path) -> None:
        """Let apt download, one file after the other: parallel look-ups stalled for seconds where this was measured."""
        if not APT_HELPER.exists():
            raise PackagesError("this machine has no apt, which downloads the packages")
        words = [str(APT_HELPER), "-qq", "-o", "Acquire::Retries=2", "-o", "APT::Sandbox::User=root", "download-file"]
        for path, sha256 in files:
            words += [f"{self.address}/{path}", str(into / Path(path).name), f"SHA256:{sha256}" if sha256 else ""]
        subprocess.run(words, capture_output=True, text=True, check=False)  # what is missing is seen afterwards


def our_mirror() -> Mirror:
    """Return the Debian mirror of this machine's apt, or the one that LAB_DEBIAN_MIRROR names."""
    named = os.environ.get(MIRROR_VARIABLE)
    if named:
        return Mirror(named.rstrip("/"))
    for address in apt_addresses(APT):
        if "debian" in urlsplit(address).path.split("/"):  # not debian-security, not another maker's packages
            return Mirror(address.rstrip("/"))
    raise PackagesError(f"apt on this machine knows no Debian mirror: set {MIRROR_VARIABLE} to one")


def apt_addresses(folder: Path) -> Iterator[str]:
    """Yield the addresses in apt's configuration, in its two formats, and in the lists of mirrors it names."""
    files = [*sorted(folder.glob("sources.list.d/*.sources")), folder / "sources.list"]
    files += sorted(folder.glob("sources.list.d/*.list"))
    for file in files:
        if not file.is_file():
            continue
        for line in file.read_text(errors="replace").splitlines():
            found = re.match(r"URIs:(.*)", line) or re.match(r"deb\s+(?:\[[^]]*\]\s*)?(\S+)", line)
            for address in found[1].split() if found else ():
                yield from _mirrors(address)


def _mirrors(address: str) -> Iterator[str]:
    """Yield an address, or what stands in the file that a `mirror+file:` address names."""
    if not address.startswith("mirror+file:"):
        yield address
        return
    listing = Path(urlsplit(address).path)
    if listing.is_file():
        yield from (line.split()[0] for line in listing.read_text().splitlines() if line.strip() and line[0] != "#")
