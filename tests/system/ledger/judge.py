"""What must hold of a run, each property in one place; a property that no record could break would be worth nothing,
so `test_judge.py` breaks each.

1. No action twice.                          5. Every request within its deadline.
2. No SUCCESS without its effect.            6. Every answer logged.
3. No effect without an honest answer.       7. Rows and channels agree in the calm after.
4. An agent's commands act in their order.   8. Whole again soon after every fault.
                                             9. Nothing hangs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ledger.client import PATIENCE
from ledger.records import HONEST, Acted, Asked, Changed, Happened, Ledger, Said, Seen

DEADLINE = 4.5
"""Seconds within which every request is answered, but for digits: what telectl promises."""
DIGITS_DEADLINE = DEADLINE + 10.0
"""Digits wait for earlier ones of the same agent."""
WHOLE_WITHIN = 3.0
"""Seconds after a fault's end within which commands work again."""
_STARTS_WITHIN: Mapping[str, float] = {"telectl killed": 5.0, "telectl restarted": 5.0}
"""Seconds more that a process has to start where the fault ends with its start, on a busy machine."""
STOPS_WITHIN = 10.0
_WINDOW = 3.0
"""Seconds within which a repeated command is not done again."""
_MARGIN = 0.3
"""Seconds between what two observers see of the same thing."""
_LATE_SIGN = 15.0
"""Seconds after which an event is no sign of an action any more."""
_LEAST: Mapping[str, tuple[str, int]] = {
    "PARK_CUSTOMER": ("Redirect", 1),
    "GRAB_CUSTOMER": ("Redirect", 1),
    "PARK_IVR_CUSTOMER": ("Redirect", 1),
    "GRAB_IVR_CUSTOMER": ("Redirect", 1),
    "PARK_XFER": ("Redirect", 1),
    "GRAB_XFER": ("Redirect", 1),
    "SWAP_PARK_CUSTOMER": ("Redirect", 2),
    "SWAP_PARK_XFER": ("Redirect", 2),
    "HANGUP_XFER_GRAB_CUSTOMER": ("Redirect", 1),
    "HANGUP_BOTH": ("Hangup", 1),
    "HANGUP_XFER": ("Hangup", 1),
    "BLIND_TRANSFER": ("Redirect", 1),
    "LOCAL_CLOSER": ("Redirect", 1),
    "LEAVE_VM": ("Redirect", 1),
    "LEAVE_3WAY_CALL": ("Redirect", 1),
    "DIAL_WITH_CUSTOMER": ("Originate", 1),
    "PARK_CUSTOMER_DIAL": ("Originate", 1),
    "CALL": ("Originate", 1),
}
"""By value: what Asterisk must have done when a command succeeded."""
_OVER_AMI = frozenset({"park_call", "transfer_conference", "send_dtmf", "call_agent"})
_SIGNS = {
    "Redirect": ("ConfbridgeLeave", "ConfbridgeJoin", "MusicOnHoldStart", "MusicOnHoldStop"),
    "Hangup": ("Hangup",),
}
_MARKS: Mapping[str, tuple[str, str]] = {
    "update_fields": ("vicidial_list", "address1"),
    "external_add_lead": ("vicidial_list", "vendor_lead_code"),
    "set_timer_action": ("vicidial_live_agents", "external_timer_action_message"),
    "send_notification": ("vicidial_agent_notifications", "notification_text"),
}
"""By function: the table and column where the request's own id is found."""
_INSERTS = frozenset({"external_add_lead", "send_notification"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of a property."""

    rule: int
    words: str
    at: float
    kind: str
    """What it is an example of, for counting."""


RULES: Mapping[int, str] = {
    1: "no action twice",
    2: "no SUCCESS without its effect",
    3: "no effect without SUCCESS or an honest unknown",
    4: "an agent's commands act in their order",
    5: f"every request within {DEADLINE:g} s (digits: {DIGITS_DEADLINE:g} s)",
    6: "every answer logged, in the table or with its whole row in the process log",
    7: "rows and channels agree in the calm after",
    8: f"whole again within {WHOLE_WITHIN:g} s of a fault's end",
    9: f"nothing hangs, and a stop takes at most {STOPS_WITHIN:g} s",
}


def judge(ledger: Ledger) -> list[Finding]:
    """Return everything that should not be, in the order in which it happened."""
    settle_by_events(ledger)
    rules: tuple[Callable[[Ledger], Iterator[Finding]], ...] = (
        *(_twice, _success_without_effect, _effect_without_honesty, _order, _deadline),
        *(_logged, _calm, _whole, _hangs),
    )
    return sorted((finding for rule in rules for finding in rule(ledger)), key=lambda finding: finding.at)


def settle_by_events(ledger: Ledger) -> None:
    """Let events tell of the actions that Asterisk could not answer, for the connection had ended."""
    answered = [acted for acted in ledger.acted if acted.done]
    explained: dict[str, list[float]] = defaultdict(list)
    for acted in answered:
        explained[acted.channel].append(acted.done)
    for acted in ledger.acted:
        if acted.told or acted.done or acted.name not in _SIGNS:
            continue
        for seen in ledger.events.get(acted.channel, []):
            due_to_another = any(abs(seen.at - at) < _MARGIN for at in explained[acted.channel])
            if (
                acted.got <= seen.at <= acted.got + _LATE_SIGN
                and seen.name in _SIGNS[acted.name]
                and not due_to_another
            ):
                acted.done = seen.at
                explained[acted.channel].append(seen.at)
                break


# ---- 1


def _twice(ledger: Ledger) -> Iterator[Finding]:
    for asked in ledger.asked:
        acted = [acted for acted in ledger.actions.get(asked.id, []) if acted.done]
        counts = Counter(one.what for one in acted)
        most = Counter(asked.sent.get("value", "")) if asked.function == "send_dtmf" else Counter[str]()
        for what, number in counts.items():
            if number > max(1, most.get(what.rpartition(" ")[2], 0)):
                yield _found(
                    1, f"{asked.function}: one request did it {number} times", f"{asked}: {what}", acted[-1].done
                )
        yield from _twice_by_repeating(ledger, asked)
    yield from _rows_twice(ledger)


def _twice_by_repeating(ledger: Ledger, asked: Asked) -> Iterator[Finding]:
    """A command that is repeated within three seconds after it succeeded is not done again; digits are."""
    first = ledger.by_id.get(asked.repeats)
    if first is None or asked.function == "send_dtmf" or first.said is not Said.SUCCESS:
        return
    if asked.at - first.answered > _WINDOW - _MARGIN:
        return
    before = {acted.what for acted in ledger.actions.get(first.id, []) if acted.done}
    again = [acted for acted in ledger.actions.get(asked.id, []) if acted.done and acted.what in before]
    if again:
        yield _found(1, f"{asked.function}: repeated", f"{first}, and again {asked}: {again[0].what}", again[0].done)


def _rows_twice(ledger: Ledger) -> Iterator[Finding]:
    for asked, rows in _marked(ledger):
        written = [row for row in rows if row.kind == "INSERT"]
        if asked.function in _INSERTS and len(written) > 1:
            yield _found(1, f"{asked.function}: row twice", str(asked), written[-1].at)


# ---- 2


def _success_without_effect(ledger: Ledger) -> Iterator[Finding]:
    marked = {asked.id for asked, rows in _marked(ledger) if rows}
    for asked in ledger.asked:
        if asked.said is not Said.SUCCESS:
            continue
        if asked.function in _MARKS and asked.id not in marked:
            yield _found(2, f"{asked.function}: no row", str(asked), asked.answered)
        elif asked.function == "send_dtmf":
            yield from _digits_missing(ledger, asked)
        elif asked.function in _OVER_AMI:
            yield from _not_done(ledger, asked)


def _not_done(ledger: Ledger, asked: Asked) -> Iterator[Finding]:
    name, least = _LEAST[asked.sent["value"]]
    done = [acted for one in _same(ledger, asked) for acted in ledger.actions.get(one.id, []) if acted.done]
    fitting = [acted for acted in done if acted.name == name]
    if name == "Hangup" and not fitting:
        tried = [acted for one in _same(ledger, asked) for acted in ledger.actions.get(one.id, [])]
        if all(_is_gone(ledger, acted.channel, asked.answered) for acted in tried):
            return  # it had gone by itself: nobody is there, as was wanted
    if len(fitting) < least:
        yield _found(2, f"{asked.sent['value']}: not done", str(asked), asked.answered)
    for acted in fitting:
        signs = _SIGNS.get(acted.name)
        if signs and not any(_sign_of(seen, acted, signs, asked) for seen in ledger.events.get(acted.channel, [])):
            words = f"{asked}: {acted.what} had no effect that was seen"
            yield _found(2, f"{asked.sent['value']}: without an effect", words, asked.answered)


def _sign_of(seen: Seen, acted: Acted, signs: tuple[str, ...], asked: Asked) -> bool:
    fits = seen.name in signs or seen.name == "Hangup"
    return fits and acted.got - _MARGIN <= seen.at <= asked.answered + _MARGIN


def _is_gone(ledger: Ledger, channel: str, by: float) -> bool:
    return any(seen.name == "Hangup" and seen.at <= by + _MARGIN for seen in ledger.events.get(channel, []))


def _digits_missing(ledger: Ledger, asked: Asked) -> Iterator[Finding]:
    """All of a string is pressed, unless its call ends before, or the copy is killed."""
    wanted = len(asked.sent["value"])
    done: Counter[str] = Counter(acted.channel for acted in ledger.actions.get(asked.id, []) if acted.done)
    if not done:
        yield _found(2, "send_dtmf: no digit", str(asked), asked.answered)
        return
    end = asked.answered + 0.2 * wanted + _MARGIN
    if ledger.during(asked.at, end + 1, "telectl killed", on=asked.copy) or ledger.during(
        asked.at, end, *_ASTERISK_ENDS
    ):
        return
    for channel, number in done.items():
        if number < wanted and not _is_gone(ledger, channel, end + 2):
            yield _found(2, "send_dtmf: digits missing", f"{asked}: {number} of {wanted} on {channel}", asked.answered)


_ASTERISK_ENDS = ("Asterisk killed", "Asterisk: core restart now")


def _same(ledger: Ledger, asked: Asked) -> list[Asked]:
    """Return the requests whose answer this one may have got: the same command, at the same time or just before."""
    return [
        one
        for one in ledger.asked
        if one.agent == asked.agent
        and one.story == asked.story
        and one.command == asked.command
        and one.at <= asked.answered
        and (one is asked or one.answered >= asked.at - _WINDOW - _MARGIN)
    ]


# ---- 3


def _effect_without_honesty(ledger: Ledger) -> Iterator[Finding]:
    for asked in ledger.asked:
        if asked.said in HONEST:
            continue
        done = [acted for acted in ledger.actions.get(asked.id, []) if acted.done]
        if done:
            words = f"{asked}: done was {', '.join(acted.what for acted in done)}"
            yield _found(3, f"{asked.function}: told «{asked.said}»", words, asked.answered)
    for asked, rows in _marked(ledger):
        if rows and asked.said not in HONEST:
            yield _found(3, f"{asked.function}: row written, told «{asked.said}»", str(asked), asked.answered)


def _marked(ledger: Ledger) -> Iterator[tuple[Asked, list[Changed]]]:
    """Give each request of the functions that leave their id in a row, with those rows."""
    found: dict[str, list[Changed]] = defaultdict(list)
    for changed in ledger.changed:
        for table, column in _MARKS.values():
            if changed.table == table and changed.kind != "DELETE" and changed.row.get(column) in ledger.by_id:
                found[str(changed.row[column])].append(changed)
    for asked in ledger.asked:
        if asked.function in _MARKS:
            yield asked, found.get(asked.id, [])


# ---- 4


def _order(ledger: Ledger) -> Iterator[Finding]:
    """What a command does is done before anything of a command that was sent after its answer; digits go on."""
    stories: dict[str, list[Asked]] = defaultdict(list)
    for asked in ledger.asked:
        if asked.story and asked.function != "send_dtmf":
            stories[asked.story].append(asked)
    for story in stories.values():
        for number, earlier in enumerate(story):
            late = [acted for acted in ledger.actions.get(earlier.id, []) if acted.done > earlier.answered + _MARGIN]
            if not late or not earlier.answered:
                continue
            for later in story[number + 1 :]:
                first = min((acted.done for acted in ledger.actions.get(later.id, []) if acted.done), default=0.0)
                if first and later.at >= earlier.answered and late[-1].done > first:
                    words = f"{earlier}: {late[-1].what} {late[-1].done - earlier.answered:.1f} s after its answer"
                    yield _found(4, f"{earlier.function}: late", f"{words}, and after {later}", late[-1].done)
                    break


# ---- 5


def _deadline(ledger: Ledger) -> Iterator[Finding]:
    for asked in ledger.asked:
        limit = DIGITS_DEADLINE if asked.function == "send_dtmf" else DEADLINE
        if asked.took <= limit or ledger.during(asked.at, asked.answered, "telectl frozen", on=asked.copy):
            continue
        if asked.took - ledger.lag(asked.at, asked.answered) > limit:
            yield _found(5, _faults(ledger, asked), str(asked), asked.answered)


def _faults(ledger: Ledger, asked: Asked) -> str:
    there = ledger.during(asked.at, asked.answered, on=asked.copy)
    return " and ".join(sorted({happened.fault.kind for happened in there})) or "no fault"


# ---- 6


def _logged(ledger: Ledger) -> Iterator[Finding]:
    for asked in ledger.asked:
        if asked.failure is not None or asked.said is Said.STOPPING or not asked.answer.strip():
            continue
        if not ledger.log_rows.get(asked.id) and not ledger.logged.get(asked.id):
            yield _found(6, f"{asked.function}: {asked.said}", str(asked), asked.answered)


# ---- 7


def _calm(ledger: Ledger) -> Iterator[Finding]:
    for one in ledger.disagreements:
        kind = one.words.partition(";")[0]
        yield _found(7, _without_numbers(kind), f"{one.story}: {one.words}", one.at)


def _without_numbers(words: str) -> str:
    return " ".join("…" if any(letter.isdigit() for letter in word) else word for word in words.split())


# ---- 8


def _whole(ledger: Ledger) -> Iterator[Finding]:
    for happened in ledger.happened:
        if not happened.alone:
            continue
        for copy in happened.fault.copies:
            took = until_whole(ledger, happened, copy)
            if took is not None and took > WHOLE_WITHIN + _STARTS_WITHIN.get(happened.fault.kind, 0.0):
                words = f"{happened.fault}: {copy} was whole {took:.1f} s after its end"
                yield _found(8, happened.fault.kind, words, happened.ended + took)


def until_whole(ledger: Ledger, happened: Happened, copy: str) -> float | None:
    """Return the seconds from a fault's end to the first sign that a copy works again; None when nobody looked."""
    after = [ready for ready in ledger.ready if ready.copy == copy and ready.at >= happened.ended]
    first = next((ready.at for ready in after if ready.database and ready.asterisk), None)
    if first is None:
        return None
    next_fault = min((one.began for one in ledger.happened if one.began > happened.ended), default=float("inf"))
    return None if first > next_fault else first - happened.ended


# ---- 9


def _hangs(ledger: Ledger) -> Iterator[Finding]:
    for asked in ledger.asked:
        if not asked.answered or (asked.failure is Said.GAVE_UP and asked.took >= PATIENCE):
            yield _found(9, "no answer", str(asked), asked.at)
    for seconds in ledger.stops:
        if seconds > STOPS_WITHIN:
            yield _found(9, "a stop", f"a copy took {seconds:.1f} s to stop", ledger.began + ledger.seconds)
    for line in ledger.defects:
        yield _found(9, "a defect in the log", line[:1500], ledger.began + ledger.seconds)


def _found(rule: int, kind: str, words: str, at: float) -> Finding:
    return Finding(rule, words, at, kind)
