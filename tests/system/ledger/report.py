"""What a run found, for a person: on the screen, and as docs/reliability.md."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from ledger.faults import KINDS
from ledger.judge import DEADLINE, RULES, Finding, until_whole
from ledger.records import TROUBLE, Asked, Happened, Ledger, Said

_AFTER = 1.0
"""Seconds after a fault's end in which an answer may still be due to it."""
_EXAMPLES = 3


def summary(ledger: Ledger, findings: Sequence[Finding]) -> str:
    """Return the figures in a few lines, and every kind of finding with examples."""
    lines = list(_figures(ledger))
    for rule, words in RULES.items():
        found = [finding for finding in findings if finding.rule == rule]
        lines.append(f"{rule}. {words}: {len(found) or 'holds'}")
        for kind, number in Counter(finding.kind for finding in found).most_common():
            lines.append(f"   {number} x {kind}")
            examples = [finding for finding in found if finding.kind == kind][:_EXAMPLES]
            lines += [f"      {_when(ledger, finding)}: {finding.words}" for finding in examples]
    return "\n".join(lines)


def _when(ledger: Ledger, finding: Finding) -> str:
    there = [one.fault.kind for one in ledger.during(finding.at - 5, finding.at)]
    return f"{finding.at - ledger.began:.1f} s ({', '.join(there) or 'quiet'})"


def _figures(ledger: Ledger) -> Iterator[str]:
    commands = [asked for asked in ledger.asked if asked.story]
    answered = [asked.took for asked in ledger.asked if asked.failure is None]
    done = sum(1 for acted in ledger.acted if acted.done)
    yield (
        f"{len(ledger.asked)} requests in {ledger.seconds:.0f} s ({len(commands)} call commands,"
        f" {sum(bool(asked.repeats) for asked in ledger.asked)} repeated), seed {ledger.seed};"
        f" {len(ledger.happened)} faults of {len({one.fault.kind for one in ledger.happened})} kinds"
    )
    heard = sum(ledger.digits.values())
    yield f"{done} actions done by Asterisk, {len(ledger.changed)} rows changed, {heard} digits heard"
    if answered:
        cuts = statistics.quantiles(answered, n=1000)
        yield (
            f"answers: median {cuts[499] * 1000:.0f} ms, 99 % {cuts[989]:.2f} s, 99.9 % {cuts[998]:.2f} s,"
            f" longest {max(answered):.1f} s; this test was late by {ledger.lag(0, float('inf')):.2f} s"
        )
    said = Counter(asked.said for asked in ledger.asked)
    yield "told: " + ", ".join(f"{number} {words}" for words, number in said.most_common())


def markdown(runs: Sequence[tuple[Ledger, Sequence[Finding]]], machine: str) -> str:
    """Return docs/reliability.md.

    Args:
        runs: each run with what was found in it.
        machine: where they ran, and when.
    """
    return "\n".join(
        [_INTRODUCTION, *_properties(runs), "", *_figure_table(runs, machine), "", *_fault_table(runs), ""]
    )


_INTRODUCTION = f"""# Reliability

What a client is told while something is broken, and what is true afterwards. Every figure here is measured by
`make soak` (tests/ledger): six agents with real phones on a real Asterisk give call commands, some of them repeated,
clients set flags, and two copies of telectl on one MariaDB answer them through proxies which spoil their connections;
both servers and the copies are killed, frozen and restarted on a schedule that a seed decides. Written down are every
request and its answer, every action that Asterisk got, every row that was written, and Asterisk's own events; a judge
then looks for what must not be. `make soak-short` does the same for half a minute.
`SOAK_SECONDS=600 SOAK_SEED=7 make soak` makes a longer or another run.

## What a client may rely on

* `SUCCESS` of a call command: Asterisk did it. Of a flag: the row is written.
* `outcome unknown`: it may have been done. Look before you repeat it; telectl does too, and sets its rows right.
* Any other `ERROR`: nothing was done, unless the words name what was (`partial - customer parked - …`).
* No answer (the copy was killed, the connection broke): it may have been done. The same call command within three
  seconds, on any copy, is not done twice.
* An answer comes within {DEADLINE:g} s, whatever is broken; digits take as long as they sound.

## The properties
"""


def _properties(runs: Sequence[tuple[Ledger, Sequence[Finding]]]) -> Iterator[str]:
    yield "| | property | breaches |"
    yield "|---|---|---|"
    for rule, words in RULES.items():
        number = sum(finding.rule == rule for _, findings in runs for finding in findings)
        yield f"| {rule} | {words} | {number or 'none'} |"


def _figure_table(runs: Sequence[tuple[Ledger, Sequence[Finding]]], machine: str) -> Iterator[str]:
    yield f"## The runs\n\n{machine}\n"
    columns = ("seed", "seconds", "requests", "call commands", "repeated", "faults", "actions", "rows")
    yield f"| {' | '.join(columns)} | answers: median, 99 %, longest |"
    yield "|---" * (len(columns) + 1) + "|"
    for ledger, _ in runs:
        took = [asked.took for asked in ledger.asked if asked.failure is None]
        cuts = statistics.quantiles(took, n=100)
        yield (
            f"| {ledger.seed} | {ledger.seconds:.0f} | {len(ledger.asked)} | {sum(bool(a.story) for a in ledger.asked)}"
            f" | {sum(bool(a.repeats) for a in ledger.asked)} | {len(ledger.happened)}"
            f" | {sum(bool(a.done) for a in ledger.acted)} | {len(ledger.changed)}"
            f" | {cuts[49] * 1000:.0f} ms, {cuts[98]:.2f} s, {max(took):.1f} s |"
        )


_TIMES = """\
Time to notice: from the fault's beginning to the first answer that tells of it. Time to be whole: from its end until
`/readyz` says that everything works again, and until the first `SUCCESS` of a call command (looked at every 0.2 s, and
whenever an agent's next command came). The longest of all faults of that kind; those that overlapped with others are
left out."""


def _fault_table(runs: Sequence[tuple[Ledger, Sequence[Finding]]]) -> Iterator[str]:
    yield "## What each fault looks like from outside\n"
    yield f"{_TIMES}\n"
    yield "| fault | times | what was told meanwhile | noticed after | ready after | first SUCCESS after |"
    yield "|---|---|---|---|---|---|"
    happened: dict[str, list[tuple[Ledger, Happened]]] = defaultdict(list)
    for ledger, _ in runs:
        for one in ledger.happened:
            if one.alone:
                happened[one.fault.kind].append((ledger, one))
    for kind in KINDS.values():
        yield _fault_row(kind.name, kind.what, happened[kind.name])


def _fault_row(name: str, what: str, happened: Sequence[tuple[Ledger, Happened]]) -> str:
    told: Counter[Said] = Counter()
    noticed, ready, success = [], [], []
    for ledger, one in happened:
        answers = [
            asked
            for asked in ledger.asked
            if asked.copy in one.fault.copies and one.began <= asked.answered <= one.ended + _AFTER
        ]
        troubled = [asked for asked in answers if asked.said in TROUBLE]
        told.update(asked.said for asked in troubled)
        if troubled:
            noticed.append(min(asked.answered for asked in troubled) - one.began)
        ready += [took for copy in one.fault.copies if (took := until_whole(ledger, one, copy)) is not None]
        success += [took for copy in one.fault.copies if (took := _first_success(ledger.asked, one, copy)) is not None]
    words = ", ".join(f"{said} ({number})" for said, number in told.most_common()) or "none"
    return f"| {name}: {what} | {len(happened)} | {words} | {_span(noticed)} | {_most(ready)} | {_most(success)} |"


def _first_success(asked: Sequence[Asked], happened: Happened, copy: str) -> float | None:
    """Return the seconds from a fault's end to the first SUCCESS of a call command."""
    return min(
        (
            one.answered - happened.ended
            for one in asked
            if one.copy == copy and one.story and one.said is Said.SUCCESS and one.answered >= happened.ended
        ),
        default=None,
    )


def _span(seconds: Sequence[float]) -> str:
    return f"{min(seconds):.1f} to {max(seconds):.1f} s" if seconds else "-"


def _most(seconds: Sequence[float]) -> str:
    return f"{max(seconds):.1f} s" if seconds else "-"
