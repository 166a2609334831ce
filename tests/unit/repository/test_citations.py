"""Every document that code, tests and documents cite is in the repository, with the rule, section or heading they name.

A citation is the name of a Markdown file and perhaps what follows it: `section 7.4`, `sections 4 and 13.4`, `7.3-7.8`,
`rule 8`, a heading in quotes, an anchor. A section or rule without a name is the file's own: of a document, or one of
the rules that are numbered at the top of the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SUFFIXES = frozenset({".py", ".md", ".yaml", ".yml", ".toml", ".sql", ".cfg", ".conf", ".service", ".in"})
NAMES = frozenset({"Makefile", "Dockerfile", "run", "entrypoint", "healthy", ".editorconfig", ".importlinter"})
NOT_OURS = frozenset({"build", "dist", "mutants", "__pycache__"})

NUMBER = r"\d+(?:\.\d+)*"
NUMBERS = rf"{NUMBER}(?:(?:, and |, | and | to |-){NUMBER})*"
NAME = re.compile(r"(?<![\w/.-])(?P<name>(?:\.\./|[\w-]+/)*[\w-]+\.md)\b(?:#(?P<anchor>[\w-]+))?[)`]*")
TAIL = re.compile(
    r"[,;]?(?: and| its)? (?:"
    rf"(?P<kind>rule|section)s? (?P<numbers>{NUMBERS})"
    rf"|(?P<bare>(?=\d+\.\d){NUMBERS})"
    r'|"(?P<heading>[^"]+)")'
)
LOOSE = re.compile(rf"\b(?P<kind>rule|section)s? (?P<numbers>{NUMBERS})", re.IGNORECASE)
OWN_RULES = re.compile(r"^(\d+)\. ", re.MULTILINE)
LINE_END = re.compile(r"[ \t]*\n[ \t]*(?:#+ |\| |-- |; |> )?")


@dataclass(frozen=True)
class Document:
    """What may be cited of a Markdown file."""

    sections: list[str]
    rules: list[str]
    headings: frozenset[str]
    anchors: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> Document:
        prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        lines = re.findall(r"^#{1,6} +(.*?) *#*$", prose, re.MULTILINE)
        numbered = [re.match(rf"({NUMBER})\.? +", line) for line in lines]
        titles = [line[found.end() :] if found else line for line, found in zip(lines, numbered, strict=True)]
        return cls(
            sections=[found[1] for found in numbered if found],
            rules=[found[1] for line in lines if (found := re.match(r"Rule (\d+)\b", line))],
            headings=frozenset(title.replace("`", "") for title in titles),
            anchors=frozenset(re.sub(r"[^\w\- ]", "", line).lower().replace(" ", "-") for line in lines),
        )

    def lacks(self, kind: str, name: str) -> bool:
        there = {"section": self.sections, "rule": self.rules, "heading": self.headings, "anchor": self.anchors}
        return name not in there[kind]


def expanded(numbers: str) -> list[str]:
    """Write ranges out: `7.3-7.5` is 7.3, 7.4 and 7.5."""
    found: list[str] = []
    for part in re.split(r", and |, | and ", numbers):
        first, *last = re.split(r"-| to ", part)
        found.append(first)
        if last:
            stem, _, low = first.rpartition(".")
            high = last[-1].rpartition(".")[2]
            found += [f"{stem}.{n}" if stem else str(n) for n in range(int(low) + 1, int(high) + 1)]
    return found


def files(root: Path) -> Iterator[Path]:
    """Return the texts in which something may be cited."""
    for path in sorted(root.iterdir()):
        hidden = path.name.startswith(".") and path.name not in {".ci", *NAMES}
        if hidden or path.name in NOT_OURS or path.is_symlink() or path == Path(__file__):
            continue
        if path.is_dir():
            yield from files(path)
        elif path.suffix in SUFFIXES or path.name in NAMES:
            yield path


def cited(text: str) -> Iterator[tuple[str, str, str]]:
    """Return document, kind and name of everything cited: a document alone has no kind, its own has no document."""
    text = LINE_END.sub(" ", text)
    spans: list[tuple[int, int]] = []
    for name in NAME.finditer(text):
        yield name["name"], "", ""
        if name["anchor"]:
            yield name["name"], "anchor", name["anchor"]
        end = name.end()
        while tail := TAIL.match(text, end):
            if tail["heading"]:
                yield name["name"], "heading", tail["heading"]
            for number in expanded(tail["numbers"] or tail["bare"] or "") if not tail["heading"] else ():
                yield name["name"], tail["kind"] or "section", number
            end = tail.end()
        spans.append((name.start(), end))
    for loose in LOOSE.finditer(text):
        if not any(start <= loose.start() < end for start, end in spans):
            for number in expanded(loose["numbers"]):
                yield "", loose["kind"].lower(), number


def problems(root: Path) -> Iterator[str]:
    """Tell what is cited and not there."""
    for path in files(root):
        where = path.relative_to(root)
        for name, kind, what in cited(path.read_text(encoding="utf-8", errors="replace")):
            places = [path] if not name else [path.parent / name, root / name, root / "docs" / name]
            document = next((place for place in places if place.is_file()), None)
            if document is None:
                yield f"{where}: there is no {name}"
            elif document.suffix != ".md":
                if kind != "rule" or what not in OWN_RULES.findall(path.read_text(encoding="utf-8")):
                    yield f"{where}: {kind} {what} of which document?"
            elif kind and Document.parse(document.read_text(encoding="utf-8")).lacks(kind, what):
                yield f"{where}: {document.relative_to(root)} has no {kind} {what}"


def test_what_is_cited_is_there() -> None:
    assert list(problems(ROOT)) == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.name)
def test_a_documents_numbers_are_in_order(path: Path) -> None:
    document = Document.parse(path.read_text(encoding="utf-8"))
    assert document.sections == sorted(set(document.sections), key=lambda section: [int(n) for n in section.split(".")])
    assert document.rules == [str(number + 1) for number in range(len(document.rules))]


DOCUMENT = "# Rules\n\n## 1. First\n\n### Rule 1: it holds\n\n## 2. Second\n\n### 2.1 Inner\n\n### 2.2 Last\n"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("rules.md", None),
        ("docs/rules.md, rule 1", None),
        ("rules.md sections 1 and 2.1-2.2", None),
        ("rules.md 2.1", None),
        ('rules.md section 2, "Inner"', None),
        ("rules.md\n    section 2.2", None),
        ("[the rules](docs/rules.md#1-first)", None),
        ("https://example.org/elsewhere.md", None),
        ("elsewhere.md", "there is no elsewhere.md"),
        ("rules.md, rule 2", "docs/rules.md has no rule 2"),
        ("rules.md, rules 1 and 3", "docs/rules.md has no rule 3"),
        ("rules.md section 3", "docs/rules.md has no section 3"),
        ("rules.md section 2; its rule 7", "docs/rules.md has no rule 7"),
        ("rules.md sections 2.1-2.3", "docs/rules.md has no section 2.3"),
        ("rules.md 2.4", "docs/rules.md has no section 2.4"),
        ('rules.md, "Outer"', "docs/rules.md has no heading Outer"),
        ("[the rules](docs/rules.md#third)", "docs/rules.md has no anchor third"),
        ("rules.md\n# section 4", "docs/rules.md has no section 4"),
        ("as section 2 says", "section 2 of which document?"),
    ],
)
def test_a_citation_that_leads_nowhere_is_found(tmp_path: Path, code: str, problem: str | None) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/rules.md").write_text(DOCUMENT)
    (tmp_path / "module.py").write_text(f'"""It does ({code})."""\n')
    assert list(problems(tmp_path)) == ([f"module.py: {problem}"] if problem else [])


def test_code_cites_the_rules_at_its_top(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text('"""It does.\n\n1. It does this.\n"""\n# rule 1, and rule 2\n')
    assert list(problems(tmp_path)) == ["module.py: rule 2 of which document?"]


def test_a_document_cites_itself_without_its_name(tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text(DOCUMENT + "\nSee section 2.1, and rule 4.\n")
    assert list(problems(tmp_path)) == ["rules.md: rules.md has no rule 4"]
