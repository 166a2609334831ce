"""A Debian suite's index: checked against Debian's keys, then asked which files fulfil a list of wishes."""

import lzma
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lab.fetch import Mirror, PackagesError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True, slots=True)
class Package:
    """One package file of a suite."""

    name: str
    version: str
    file: str
    """Its path below a mirror's address."""
    sha256: str

    @property
    def basename(self) -> str:
        """The file's last name."""
        return Path(self.file).name

    def as_dict(self) -> dict[str, str]:
        """Return it as a lock file writes it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted from a suite."""

    suite: str
    wanted: tuple[str, ...]
    """Packages that come with all that they depend on."""
    alone: tuple[str, ...] = ()
    """Packages that come without what they depend on."""
    leave_out: frozenset[str] = frozenset()
    """Dependencies that are of no use to a program run from a private folder."""


@dataclass(slots=True)
class _Index:
    stanzas: dict[str, dict[str, str]] = field(default_factory=dict)
    providers: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "_Index":
        index = cls()
        for stanza in text.split("\n\n"):
            fields = dict(re.findall(r"^([A-Za-z0-9-]+): (.*)$", stanza, re.MULTILINE))
            if "Package" not in fields:
                continue
            index.stanzas.setdefault(fields["Package"], fields)
            for provided in fields.get("Provides", "").split(","):
                if provided.strip():
                    index.providers.setdefault(provided.split()[0], []).append(fields["Package"])
        return index

    def dependencies(self, name: str) -> Iterator[str]:
        """Yield one package for each dependency: the first alternative that the suite has."""
        fields = self.stanzas[name]
        for group in ",".join((fields.get("Pre-Depends", ""), fields.get("Depends", ""))).split(","):
            alternatives = [re.split(r"[\s(:]", word.strip())[0] for word in group.split("|")]
            here = [word for word in alternatives if word in self.stanzas]
            provided = [self.providers[word][0] for word in alternatives if word in self.providers]
            yield from (here or provided)[:1]

    def package(self, name: str) -> Package:
        if name not in self.stanzas:
            raise PackagesError(f"the suite has no package {name}")
        fields = self.stanzas[name]
        return Package(name, fields["Version"], fields["Filename"], fields["SHA256"])

    def closure(self, wishes: Wishes) -> tuple[Package, ...]:
        names: list[str] = []
        todo = list(reversed(wishes.wanted))
        while todo:
            name = todo.pop()
            if name in names or name in wishes.leave_out:
                continue
            names.append(self.package(name).name)
            todo += self.dependencies(name)
        names += [name for name in wishes.alone if name not in names]
        return tuple(self.package(name) for name in names)


def resolve(mirror: Mirror, wishes: Wishes, arch: str, keyring: Path) -> tuple[Package, ...]:
    """Return the package files of a suite that fulfil the wishes, as its signed index names them.

    The chain of trust: `InRelease`, signed by a key of the keyring, names the sha256 of the list of packages,
    which names the sha256 of each file. An index past its date is accepted: mirrors that are frozen or behind
    are common, and what an old index names is still Debian's.
    """
    with tempfile.TemporaryDirectory(prefix="index-") as scratch:
        folder = Path(scratch)
        mirror.fetch([(f"dists/{wishes.suite}/InRelease", "")], folder)
        release = _signed_text(folder / "InRelease", keyring)
        if wishes.suite not in re.findall(r"^(?:Suite|Codename): (\S+)$", release, re.MULTILINE):
            raise PackagesError(f"the mirror's index is not the one of {wishes.suite}")
        path = f"main/binary-{arch}/Packages.xz"
        listed = re.search(rf"^ ([0-9a-f]{{64}})\s+\d+\s+{re.escape(path)}$", release, re.MULTILINE)
        if not listed:
            raise PackagesError(f"{wishes.suite} has no list of packages for {arch}")
        mirror.fetch([(f"dists/{wishes.suite}/{path}", listed[1])], folder)
        packages = lzma.decompress((folder / "Packages.xz").read_bytes()).decode()
    return _Index.parse(packages).closure(wishes)


def _signed_text(file: Path, keyring: Path) -> str:
    """Return the part of a clear-signed file that its signature covers; what stands around it is not to be read."""
    if not shutil.which("gpgv") or not keyring.is_file():
        raise PackagesError("its signature cannot be checked here: install gpgv and debian-archive-keyring")
    signed = file.with_suffix(".signed")
    words = ["gpgv", "--keyring", str(keyring.absolute()), "--output", str(signed), str(file)]
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    if checked.returncode or not signed.exists():
        raise PackagesError("its signature is not Debian's")
    return signed.read_text()
