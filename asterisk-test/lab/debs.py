"""Debian packages unpacked privately: no root, no system service, pinned by sha256.

The one call that everybody needs:

    private_packages(name: str, lock: Path) -> Path

returns the folder into which the packages of a lock file were unpacked (`<folder>/usr/sbin/...`); it
downloads and unpacks on the first call only, and runs that start at the same time wait for each other.
`loader(folder)` is the beginning of a command line that runs one of its programs with its own C library:

    root = private_packages("asterisk", Path("asterisk-test/asterisk.lock.json"))
    subprocess.run([*loader(root), str(root / "usr/sbin/asterisk"), "-V"])

A lock file says what is wanted (`suite`, `wanted`, `alone`, `leave_out`) and, for each architecture, the exact
files with their sha256. When a pinned file is gone from the mirror, or is not the pinned one, the same wishes
are resolved through the suite's index, whose signature must be Debian's. `python -m lab.debs FILE...` writes the
pins of lock files anew from that index.
"""

import contextlib
import fcntl
import hashlib
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.fetch import Mirror, PackagesError, our_mirror
from lab.index import KEYRING, Package, Wishes, resolve

CACHE = Path(__file__).parents[2] / ".cache"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# Nothing here needs manuals or service files. usr/share/asterisk/documentation stays: Asterisk reads it at start.
NOT_UNPACKED = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/lintian",
    "usr/share/bug",
    "usr/share/info",
    "usr/share/zoneinfo",
    "usr/include",
    "usr/lib/systemd",
    "var",
    "etc",
)


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock file holds."""

    wishes: Wishes
    pins: dict[str, tuple[Package, ...]]
    """The exact files, by Debian's name of the architecture."""

    @classmethod
    def read(cls, path: Path) -> "Lock":
        """Read a lock file."""
        data = json.loads(path.read_text())
        wishes = Wishes(
            data["suite"], tuple(data["wanted"]), tuple(data.get("alone", ())), frozenset(data.get("leave_out", ()))
        )
        return cls(wishes, {arch: tuple(Package(**pin) for pin in pins) for arch, pins in data["pins"].items()})

    def write(self, path: Path) -> None:
        """Write a lock file that a person can compare with the one before."""
        data = {
            "suite": self.wishes.suite,
            "wanted": list(self.wishes.wanted),
            "alone": list(self.wishes.alone),
            "leave_out": sorted(self.wishes.leave_out),
            "pins": {arch: [pin.as_dict() for pin in pins] for arch, pins in sorted(self.pins.items())},
        }
        path.write_text(json.dumps(data, indent=1) + "\n")


def private_packages(
    name: str,
    lock: Path,
    *,
    cache: Path = CACHE,
    mirror: Mirror | None = None,
    keyring: Path = KEYRING,
    say: Callable[[str], None] = lambda _text: None,
) -> Path:
    """Return the folder with the unpacked packages of a lock file; fetch and unpack them when it is not there.

    Args:
        name: what the folder is called; the lock file's content is part of the name too, so that a changed
            lock file is unpacked anew.
        lock: the lock file.
        cache: where such folders are kept.
        mirror: where packages come from; by default the Debian mirror of this machine's own apt.
        keyring: the keys that may sign an index.
        say: told, in a few words, what takes time.

    Raises:
        PackagesError: nothing could be fetched, or what was fetched could not be checked.
    """
    folder = cache / f"{name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if (folder / ".complete").exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with _only_one(cache / f".{name}.lock"), tempfile.TemporaryDirectory(prefix=f".{name}-", dir=cache) as scratch:
        if (folder / ".complete").exists():  # another run made it while we waited
            return folder
        downloads, fresh = Path(scratch, "downloads"), Path(scratch, "root")
        downloads.mkdir()
        packages = _fetch(Lock.read(lock), mirror or our_mirror(), keyring, downloads, say)
        say(f"{name}: unpacking {len(packages)} packages")
        unpack([downloads / package.basename for package in packages], fresh)
        (fresh / ".complete").write_text("".join(f"{p.name} {p.version} {p.sha256}\n" for p in packages))
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return folder


def unpack(packages: Sequence[Path], folder: Path) -> None:
    """Unpack .deb files into a folder, without their manuals and service files and without running their scripts."""
    for part in ("bin", "sbin", "lib", "lib64"):  # packages older than Debian's merged /usr still name /lib
        (folder / "usr" / part).mkdir(parents=True, exist_ok=True)
        (folder / part).symlink_to(f"usr/{part}")
    tar = ["tar", "--extract", "--keep-directory-symlink", "--no-same-owner", f"--directory={folder}"]
    tar += ["--anchored", *(f"--exclude=./{path}" for path in NOT_UNPACKED)]
    for package in packages:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as content:
            unpacked = subprocess.run(tar, stdin=content.stdout, capture_output=True, text=True, check=False)
        if unpacked.returncode or content.returncode:
            raise PackagesError(f"{package.name} cannot be unpacked: {unpacked.stderr.strip() or 'dpkg-deb failed'}")


def loader(root: Path) -> list[str]:
    """Return the words before a program of an unpacked folder, so that it meets no library of this machine."""
    for pattern in ("usr/lib64/ld-linux-x86-64.so.2", "usr/lib/ld-linux-aarch64.so.1"):
        if (root / pattern).exists():
            return [str(root / pattern), "--inhibit-cache", "--library-path", str(_libraries(root))]
    raise PackagesError(f"{root.name} holds no C library: add libc6 to the lock file's wishes")


def _libraries(root: Path) -> Path:
    return next(iter(sorted(root.glob("usr/lib/*-linux-gnu"))), root / "usr/lib")


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold a lock file; the kernel frees it when the holder dies, however it dies."""
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _architecture() -> str:
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise PackagesError(f"no packages for a machine of kind {machine}")
    return ARCHITECTURES[machine]


def _fetch(lock: Lock, mirror: Mirror, keyring: Path, into: Path, say: Callable[[str], None]) -> tuple[Package, ...]:
    """Download the pinned files; when that cannot be, what Debian's signed index offers for the same wishes."""
    arch = _architecture()
    pins = lock.pins.get(arch, ())
    trouble = f"nothing is pinned for {arch}"
    if pins:
        say(f"fetching {len(pins)} pinned packages")
        try:
            mirror.fetch([(pin.file, pin.sha256) for pin in pins], into)
        except PackagesError as error:
            trouble = str(error)
        else:
            return pins
    say(f"{trouble}; asking the signed index of {lock.wishes.suite}")
    try:
        packages = resolve(mirror, lock.wishes, arch, keyring)
        mirror.fetch([(package.file, package.sha256) for package in packages], into)
    except PackagesError as error:
        raise PackagesError(f"{trouble}; and the index does not help: {error}") from error
    return packages


def main(arguments: Sequence[str]) -> None:
    """Write the pins of the given lock files anew."""
    for name in arguments:
        path, arch = Path(name), _architecture()
        lock = Lock.read(path)
        lock.pins[arch] = resolve(our_mirror(), lock.wishes, arch, KEYRING)
        lock.write(path)
        print(f"{path.name}: {len(lock.pins[arch])} packages pinned for {arch}")


if __name__ == "__main__":
    main(sys.argv[1:])
