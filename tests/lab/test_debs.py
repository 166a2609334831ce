import hashlib
import json
import shutil
import threading
from pathlib import Path

import pytest
from lab.debs import private_packages
from lab.fetch import MIRROR_VARIABLE, Mirror, PackagesError, apt_addresses, our_mirror

SIGNED = Path(__file__).parent / "mirror"
TOOL = "pool/main/l/labtool/labtool_2.0_all.deb"
LIBRARY = "pool/main/l/liblab/liblab_1.5_all.deb"


class Case:
    """A copy of a Debian mirror with one suite, signed by a key of its own (make_mirror.sh), and a lock file for it."""

    def __init__(self, folder: Path) -> None:
        self.mirror = Path(shutil.copytree(SIGNED, folder / "mirror"))
        self.keyring = self.mirror / "keyring.gpg"
        self.index = self.mirror / "dists/teststable"
        self.cache = folder / "cache"
        self.said: list[str] = []
        self.lock = folder / "tool.lock.json"
        self.pin(TOOL, LIBRARY)

    def pin(self, *files: str, sha256: str = "") -> None:
        """Write a lock file with these files, with their right checksums or a given one."""
        pins = [
            {
                "name": Path(file).name.split("_")[0],
                "version": "2.0",
                "file": file,
                "sha256": sha256 or hashlib.sha256((SIGNED / file).read_bytes()).hexdigest(),
            }
            for file in files
        ]
        lock = {"suite": "teststable", "wanted": ["labtool"], "leave_out": ["tool-docs"]}
        self.lock.write_text(json.dumps({**lock, "pins": {"amd64": pins, "arm64": pins}}))

    def packages(self) -> Path:
        return private_packages(
            "tool",
            self.lock,
            cache=self.cache,
            mirror=Mirror(f"file:{self.mirror}"),
            keyring=self.keyring,
            say=self.said.append,
        )

    def refusal(self) -> str:
        with pytest.raises(PackagesError) as refused:
            self.packages()
        assert not list(self.cache.glob("tool-*")), "nothing may be left that was not checked"
        assert "\n" not in str(refused.value)
        return str(refused.value)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_pinned_packages_need_no_index_and_no_keys(case: Case) -> None:
    shutil.rmtree(case.mirror / "dists")
    case.keyring.unlink()
    root = case.packages()
    assert (root / "usr/share/labtool/version").read_text() == "2.0\n"
    assert (root / "usr/share/liblab/version").exists()


def test_manuals_are_not_unpacked(case: Case) -> None:
    assert not (case.packages() / "usr/share/doc").exists()


def test_packages_are_fetched_once(case: Case) -> None:
    root = case.packages()
    shutil.rmtree(case.mirror)
    assert case.packages() == root


def test_another_lock_file_is_another_folder(case: Case) -> None:
    before = case.packages()
    case.pin(TOOL)
    assert case.packages() != before


@pytest.mark.parametrize("trouble", ["gone", "forged", "not pinned"])
def test_without_the_pinned_file_the_signed_index_says_what_to_fetch(case: Case, trouble: str) -> None:
    if trouble == "gone":
        case.lock.write_text(case.lock.read_text().replace("labtool_2.0", "labtool_1.0"))
    elif trouble == "forged":
        case.pin(TOOL, LIBRARY, sha256="0" * 64)
    else:
        case.pin()
    root = case.packages()
    assert (root / "usr/share/labtool/version").exists()
    assert (root / "usr/share/liblab/version").exists(), "a dependency is found through what provides it"
    assert not (root / "usr/share/tool-docs").exists(), "what is left out stays out"
    assert any("signed index of teststable" in text for text in case.said)


def test_an_index_that_was_changed_is_refused(case: Case) -> None:
    case.pin()
    release = case.index / "InRelease"
    release.write_text(release.read_text().replace("Origin: the lab", "Origin: the lap"))
    assert "signature is not Debian's" in case.refusal()


def test_what_stands_outside_of_the_signature_is_not_believed(case: Case) -> None:
    case.pin()
    (forged,) = case.index.glob("main/binary-amd64/Packages.xz")
    forged.write_bytes(b"not what was signed")
    release = case.index / "InRelease"
    mine = f" {hashlib.sha256(forged.read_bytes()).hexdigest()} {forged.stat().st_size} main/binary-amd64/Packages.xz\n"
    release.write_text(f"Codename: teststable\n{mine}\n{release.read_text()}")
    case.refusal()


def test_an_index_signed_by_somebody_else_is_refused(case: Case) -> None:
    case.pin()
    case.keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if not case.keyring.exists():
        case.keyring = case.mirror / "empty.gpg"
        case.keyring.touch()
    assert "signature is not Debian's" in case.refusal()


def test_without_keys_an_index_is_refused(case: Case) -> None:
    case.pin()
    case.keyring.unlink()
    assert "install gpgv and debian-archive-keyring" in case.refusal()


def test_without_gpgv_an_index_is_refused(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.pin()
    monkeypatch.setattr("lab.index.shutil.which", lambda _name: None)
    assert "install gpgv and debian-archive-keyring" in case.refusal()


def test_an_index_of_another_suite_is_refused(case: Case) -> None:
    case.pin()
    case.lock.write_text(case.lock.read_text().replace("teststable", "testold"))
    case.index.rename(case.index.with_name("testold"))
    assert "not the one of testold" in case.refusal()


@pytest.mark.parametrize("file", ["dists/teststable/main/binary-amd64/Packages.xz", TOOL])
def test_a_file_that_the_index_does_not_vouch_for_is_refused(case: Case, file: str) -> None:
    case.pin()
    for path in (file, file.replace("amd64", "arm64")):
        (case.mirror / path).write_bytes((case.mirror / path).read_bytes() + b"more")
    assert "sha256 differs" in case.refusal()


def test_a_mirror_with_nothing_is_one_clear_line(case: Case) -> None:
    shutil.rmtree(case.mirror / "dists")
    shutil.rmtree(case.mirror / "pool")
    text = case.refusal()
    assert "labtool_2.0_all.deb is not on the mirror" in text
    assert "InRelease is not on the mirror" in text


def test_runs_that_start_at_once_share_one_folder(case: Case) -> None:
    roots: list[Path] = []
    threads = [threading.Thread(target=lambda: roots.append(case.packages())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(roots) == len(threads)
    assert len(set(roots)) == 1
    assert len([text for text in case.said if "unpacking" in text]) == 1


def test_apt_names_the_mirror_in_each_of_its_formats(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    listing = tmp_path / "mirrors.list"
    listing.write_text("# ours\nhttp://third.example/debian\tpriority:1\n")
    (parts / "a.sources").write_text("Types: deb\nURIs: http://first.example/debian/\nSuites: stable\n")
    (parts / "b.sources").write_text(f"Types: deb\nURIs: mirror+file://{listing}\n")
    (tmp_path / "sources.list").write_text(
        "# deb http://no.example/debian x main\ndeb [arch=amd64] http://second.example/debian s main\n"
    )
    assert list(apt_addresses(tmp_path)) == [
        "http://first.example/debian/",
        "http://third.example/debian",
        "http://second.example/debian",
    ]


def test_security_updates_and_other_makers_are_no_debian_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sources.list").write_text(
        "deb http://one.example/debian-security s main\ndeb http://maker.example/apt s main\n"
    )
    monkeypatch.setattr("lab.fetch.APT", tmp_path)
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    with pytest.raises(PackagesError, match=MIRROR_VARIABLE):
        our_mirror()


def test_a_mirror_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, "file:/somewhere/")
    assert our_mirror() == Mirror("file:/somewhere")
