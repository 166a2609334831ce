"""What becomes of a third party's call, from an Asterisk's events, whatever stands in them (call-control.md 7.4)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any, cast

import pytest
from lab.until import until
from sessions import LEAD, THIRD, Told, row

from telectl.asterisk import Fleet, Link, Message
from telectl.calls.failures import ChannelGone
from telectl.calls.third_party.sql import (
    LOG_FAILED_DIAL,
    LOG_THIRD_LEFT,
    PURGE_THIRD_CALLS,
    TELL_THIRD_CALL,
    THIRD_CALL,
    ThirdCallRow,
)
from telectl.calls.third_party.tracker import OPEN, ThirdPartyCall, ThirdPartyTracker
from telectl.calls.timing import Timing
from telectl.database import Clock, Database, Instant, Written
from telectl.errors import ActionRefused, DatabaseUnavailable, OutcomeUnknown, ServerUnavailable

NEAR, FAR_HALF, OWN = "Local/1@default-1;1", "Local/1@default-1;2", "PJSIP/carrier-1"
NEAR_ID, OWN_ID = "100.000001t", "100.3"


@dataclass
class Dialled:
    """A third party's call on an Asterisk that is told what happens."""

    told: Told = field(default_factory=Told)
    call: ThirdPartyCall = field(init=False)

    def __post_init__(self) -> None:
        self.call = ThirdPartyCall(THIRD, "1000", LEAD, self.told.link, NEAR_ID, request_id="r", began=0.0)
        self.told.channel(NEAR, THIRD, uniqueid=NEAR_ID)

    def own_channel(self) -> None:
        self.told.channel(OWN, THIRD, uniqueid=OWN_ID, linked=NEAR_ID)

    def event(self, name: str, **headers: str) -> bool:
        """Let an event happen, to the live state and to the call; return whether the call changed."""
        event = Message({"Event": name, **headers})
        self.told.link.state.apply(event)
        return self.call.apply_event(event)

    def ringing(self, channel: str = OWN, state: str = "Ringing") -> bool:
        return self.event("Newstate", Channel=channel, Uniqueid=OWN_ID, ChannelStateDesc=state)

    def dial_end(self, status: str, channel: str = OWN) -> bool:
        return self.event("DialEnd", DialStatus=status, DestChannel=channel, DestUniqueid=OWN_ID)

    def response(self, words: str) -> bool:
        return self.event("OriginateResponse", Response=words)

    def hangup(self, channel: str = OWN, uniqueid: str = OWN_ID, cause: str = "16") -> bool:
        return self.event("Hangup", **{"Channel": channel, "Uniqueid": uniqueid, "Cause": cause, "Cause-txt": "words"})

    def near_hangup(self, cause: str = "16") -> bool:
        return self.hangup(NEAR, NEAR_ID, cause)


@pytest.fixture
def dialled() -> Dialled:
    return Dialled()


# ---- before an answer


def test_it_begins_dialing(dialled: Dialled) -> None:
    assert (dialled.call.state, dialled.call.is_there) == ("dialing", True)


def test_it_rings_when_its_own_channel_does(dialled: Dialled) -> None:
    assert not dialled.ringing(NEAR)
    assert not dialled.ringing(state="Up")
    assert not dialled.ringing(state="Ring")
    assert dialled.call.state == "dialing"
    assert dialled.ringing()
    assert (dialled.call.state, dialled.call.channel, dialled.call.uniqueid) == ("ringing", OWN, OWN_ID)
    assert dialled.call.rang is not None


def test_a_second_phone_that_rings_changes_nothing(dialled: Dialled) -> None:
    dialled.ringing()
    assert not dialled.ringing("PJSIP/other-1")
    assert dialled.call.channel == OWN


@pytest.mark.parametrize("event", ["Newexten", "DialBegin", "BridgeEnter", "NewConnectedLine", "", "Newchannel"])
def test_other_events_say_nothing(dialled: Dialled, event: str) -> None:
    assert not dialled.event(event, ChannelStateDesc="Ringing", Channel=OWN, DialStatus="ANSWER", Response="Success")
    assert dialled.call.state == "dialing"


# ---- answered


@pytest.mark.parametrize("rang", [False, True])
def test_a_dial_that_is_answered_is_answered(dialled: Dialled, rang: bool) -> None:
    if rang:
        dialled.ringing()
    assert dialled.dial_end("ANSWER")
    call = dialled.call
    assert (call.state, call.dialstatus, call.channel, call.uniqueid) == ("answered", "ANSWER", OWN, OWN_ID)
    assert call.answered is not None
    assert not dialled.response("Success")  # it was told already
    assert not dialled.ringing()
    assert call.state == "answered"


@pytest.mark.parametrize("channel", ["Local/2@default-1;1", ""])
def test_the_other_end_of_a_dial_is_the_third_partys_own_channel_only(dialled: Dialled, channel: str) -> None:
    dialled.ringing()
    assert dialled.dial_end("ANSWER", channel)
    assert (dialled.call.channel, dialled.call.uniqueid) == (OWN, OWN_ID)
    assert dialled.call.state == "answered"


def test_a_dialplan_that_answers_by_itself_is_an_answer(dialled: Dialled) -> None:
    assert dialled.response("Success")
    assert dialled.call.state == "answered"
    assert dialled.call.channel == ""


def test_the_end_after_an_answer_is_ended_whatever_its_cause(dialled: Dialled) -> None:
    dialled.own_channel()
    dialled.dial_end("ANSWER")
    assert not dialled.hangup(cause="17")  # its other channel is still there
    assert dialled.call.state == "answered"
    assert dialled.near_hangup()
    assert (dialled.call.state, dialled.call.cause) == ("ended", 17)
    assert dialled.call.ended is not None
    assert not dialled.near_hangup()


def test_an_answer_that_is_told_after_the_end_is_no_new_call(dialled: Dialled) -> None:
    """A dialplan that answers and hangs up at once: OriginateResponse may come behind the Hangup."""
    assert dialled.near_hangup()
    ended = dialled.call.ended
    assert dialled.response("Success")
    assert (dialled.call.state, dialled.call.ended) == ("ended", ended)
    assert dialled.call.answered is not None


# ---- the end before an answer


def wanted(cause: int, status: str) -> str:
    """What the page says."""
    if cause == 17:
        return "busy"
    if cause in (18, 19, 20):
        return "no answer"
    return "no answer" if status == "NOANSWER" and cause in (0, 16) else "failed"


STATUSES = [
    "",
    "ANSWER?",
    "BUSY",
    "NOANSWER",
    "CANCEL",
    "CONGESTION",
    "CHANUNAVAIL",
    "DONTCALL",
    "TORTURE",
    "INVALIDARGS",
]


CAUSES = [*range(32), 34, 38, 41, 42, 44, 50, 58, 63, 65, 66, 88, 102, 111, 127]


@pytest.mark.parametrize("status", STATUSES)
def test_the_cause_tells_how_it_ended_else_the_dialstatus(status: str) -> None:
    found = {}
    for cause in CAUSES:
        dialled = Dialled()
        dialled.own_channel()
        dialled.ringing()
        if status:
            assert not dialled.dial_end(status)
        assert not dialled.hangup(cause=str(cause))
        assert dialled.near_hangup(cause="16")
        call = dialled.call
        assert (call.cause, call.dialstatus, call.answered) == (cause, status, None)
        assert call.ended is not None
        found[cause] = call.state
    assert found == {cause: wanted(cause, status) for cause in CAUSES}


def test_the_cause_of_a_local_half_tells_nothing(dialled: Dialled) -> None:
    dialled.told.channel(FAR_HALF, THIRD, uniqueid="100.2", linked=NEAR_ID)
    dialled.hangup(FAR_HALF, "100.2", "17")
    assert dialled.near_hangup("17")
    assert (dialled.call.state, dialled.call.cause) == ("failed", 0)


@pytest.mark.parametrize(
    ("told", "state", "cause"),
    [("17", "busy", 17), ("16", "failed", 16), ("", "failed", 0), ("²", "failed", 0), ("-1", "failed", 0)]
    + [("9" * size, "failed", 0) for size in (4, 5000)],
)
def test_a_hangup_ends_it_whatever_its_cause_is(told: str, state: str, cause: int) -> None:
    dialled = Dialled(Told())
    dialled.told.link.state.forget()
    assert dialled.hangup(cause=told)
    assert (dialled.call.state, dialled.call.cause) == (state, cause)


def test_the_words_of_a_cause_are_kept_to_a_length(dialled: Dialled) -> None:
    dialled.event("Hangup", **{"Channel": OWN, "Cause": "17", "Cause-txt": "x" * 500})
    assert dialled.call.cause_text == "x" * 100


def test_an_originate_that_failed_is_the_end_only_when_nobody_is_there(dialled: Dialled) -> None:
    assert not dialled.response("Failure")
    assert dialled.call.state == "dialing"
    assert dialled.near_hangup()
    assert not dialled.response("Failure")
    gone = Dialled()
    gone.told.link.state.forget()
    assert gone.response("Failure")
    assert gone.call.state == "failed"


def test_the_order_in_which_channels_end_does_not_matter() -> None:
    outcomes = set()
    for order in permutations(["own", "near", "response"]):
        dialled = Dialled()
        dialled.own_channel()
        dialled.ringing()
        dialled.dial_end("BUSY")
        ends = {
            "own": lambda dialled=dialled: dialled.hangup(cause="17"),
            "near": lambda dialled=dialled: dialled.near_hangup("17"),
            "response": lambda dialled=dialled: dialled.response("Failure"),
        }
        assert sum(ends[name]() for name in order) == 1
        outcomes.add((dialled.call.state, dialled.call.cause))
    assert outcomes == {("busy", 17)}


def test_a_call_that_was_lost_is_unknown_and_stays_what_it_was_when_it_had_ended(dialled: Dialled) -> None:
    dialled.call.lose()
    assert dialled.call.state == "unknown"
    assert dialled.call.ended is not None
    over = Dialled()
    over.near_hangup()
    over.call.lose()
    assert over.call.state == "failed"


# ---- the tracker


@dataclass
class Table:
    """telectl_calls with one row, and what was written."""

    row: ThirdCallRow | None = None
    away: bool = False
    written: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def one(self, select: object, *, call_id: str) -> ThirdCallRow | None:
        return self.row if (select, call_id) == (THIRD_CALL, THIRD) else None

    async def write(self, statement: Any, **values: Any) -> Written:
        if self.away:
            raise DatabaseUnavailable("away")
        self.written.append((statement.name, values))
        return Written(1, 0)


class Time:
    """A clock for which the epoch is the steady clock."""

    async def now(self) -> Instant:
        return Instant(86_400, datetime(1970, 1, 2))  # noqa: DTZ001 - a wall clock's; one of UTC

    async def at(self, steady: float) -> Instant:
        local = at(steady)
        assert local is not None
        return Instant(int(steady), local)


@dataclass
class Followed(Dialled):
    """The same call, followed by a tracker."""

    table: Table = field(default_factory=lambda: Table(row(ThirdCallRow, state="dialing", end_wanted=0)))
    tracker: ThirdPartyTracker = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.tracker = ThirdPartyTracker(cast("Database", self.table), Fleet([]), cast("Clock", Time()), Timing())

    def event(self, name: str, **headers: str) -> bool:
        self.told.tell(name, **headers)
        return False

    async def writes(self) -> list[tuple[str, dict[str, Any]]]:
        """Let the tracker write what it has, and return that."""
        await self.tracker.start()
        await self.tracker.close()
        return [one for one in self.table.written if one[0] != PURGE_THIRD_CALLS.name]


@pytest.fixture
def followed() -> Followed:
    made = Followed()
    with made.tracker.following(made.call):
        pass
    return made


@pytest.mark.parametrize(
    "headers",
    [{"Linkedid": NEAR_ID}, {"DestLinkedid": NEAR_ID}, {"ActionID": "r/7", "Linkedid": ""}, {"ActionID": "r"}],
)
def test_an_event_is_the_calls_by_its_linkedid_or_its_request(followed: Followed, headers: dict[str, str]) -> None:
    followed.event("OriginateResponse", Response="Success", **headers)
    assert followed.call.state == "answered"
    assert followed.tracker.outcomes == {"answered": 1}


@pytest.mark.parametrize("headers", [{"Linkedid": "other"}, {}, {"ActionID": "rr/7"}, {"ActionID": "x/r"}])
def test_another_calls_event_is_not(followed: Followed, headers: dict[str, str]) -> None:
    followed.event("OriginateResponse", Response="Success", **headers)
    assert followed.call.state == "dialing"


def test_a_request_names_the_call_in_the_answer_to_its_originate_only(followed: Followed) -> None:
    followed.event("DialEnd", DialStatus="ANSWER", ActionID="r/7")
    assert followed.call.state == "dialing"


@pytest.mark.parametrize("error", [ActionRefused("no"), ServerUnavailable("away"), ChannelGone("gone"), ValueError()])
def test_what_was_not_dialled_is_followed_no_more(error: Exception) -> None:
    made = Followed()
    with pytest.raises(type(error)), made.tracker.following(made.call):
        raise error
    made.event("OriginateResponse", Response="Success", Linkedid=NEAR_ID, ActionID="r/1")
    assert made.call.state == "dialing"


@pytest.mark.parametrize("error", [OutcomeUnknown("no answer"), asyncio.CancelledError()])
def test_what_may_have_been_dialled_is_followed_on(error: BaseException) -> None:
    made = Followed()
    with pytest.raises(type(error)), made.tracker.following(made.call):
        raise error
    made.event("OriginateResponse", Response="Success", Linkedid=NEAR_ID)
    assert made.call.state == "answered"


def at(steady: float | None) -> datetime | None:
    """When the database's wall clock shows it."""
    return None if steady is None else datetime.fromtimestamp(int(steady), UTC).replace(tzinfo=None)


@pytest.mark.parametrize(("cause", "state"), [("17", "busy"), ("19", "no answer"), ("21", "failed")])
async def test_what_becomes_of_it_is_written(followed: Followed, cause: str, state: str) -> None:
    own = {"Channel": OWN, "Uniqueid": OWN_ID, "Linkedid": NEAR_ID}
    followed.event("Newstate", ChannelStateDesc="Ringing", **own)
    followed.event("DialEnd", DialStatus="BUSY", DestChannel=OWN, DestUniqueid=OWN_ID, DestLinkedid=NEAR_ID)
    followed.event("Hangup", **own, **{"Cause": cause, "Cause-txt": "w" * 80})
    followed.event("Hangup", Channel=NEAR, Uniqueid=NEAR_ID, Cause="16", Linkedid=NEAR_ID)
    call = followed.call
    told = {"call_id": THIRD, "cause": int(cause), "uniqueid": OWN_ID}
    whole = {"state": state, "dialstatus": "BUSY", "cause_text": "w" * 80, "channel": OWN}
    times = {"rang": at(call.rang), "answered": None, "ended": at(call.ended)}
    written = [
        (TELL_THIRD_CALL.name, {**told, **whole, **times}),
        (LOG_FAILED_DIAL.name, {**told, "cause_text": "w" * 50}),
    ]
    assert await followed.writes() == written * 2  # it rang, and it ended: what is known by then
    assert followed.tracker.outcomes == {"ringing": 1, state: 1}
    followed.event("OriginateResponse", Response="Success", Linkedid=NEAR_ID, ActionID="r/1")
    assert followed.call.state == state  # it has ended, and is followed no more


async def test_a_third_party_that_leaves_is_logged_for_the_latest_dial_of_half_a_day(followed: Followed) -> None:
    followed.event("OriginateResponse", Response="Success", Linkedid=NEAR_ID)
    followed.event("Hangup", Channel=NEAR, Uniqueid=NEAR_ID, Cause="16", Linkedid=NEAR_ID)
    call = followed.call
    written = await followed.writes()
    assert (written[0][1]["answered"], written[0][1]["ended"]) == (at(call.answered), at(call.ended))
    since = datetime(1970, 1, 1, 12)  # noqa: DTZ001 - twelve hours before now
    values = {"lead_id": LEAD, "user": "1000", "now": at(call.ended), "since": since}
    assert written[-1] == (LOG_THIRD_LEFT.name, values)


async def test_calls_of_last_week_are_forgotten(followed: Followed) -> None:
    await followed.writes()
    (purged,) = [values for name, values in followed.table.written if name == PURGE_THIRD_CALLS.name]
    assert purged == {"since": datetime(1969, 12, 26)}  # noqa: DTZ001


async def test_outcomes_are_counted_over_all_calls(followed: Followed) -> None:
    for number in range(3):
        call = ThirdPartyCall(THIRD, "1000", LEAD, followed.told.link, f"{number}", request_id=f"{number}", began=0.0)
        with followed.tracker.following(call):
            followed.event("OriginateResponse", Response="Success", Linkedid=f"{number}")
    assert followed.tracker.outcomes == {"answered": 3}


async def test_to_forget_twice_is_no_fault(followed: Followed) -> None:
    followed.tracker.forget(followed.call)
    followed.tracker.forget(followed.call)


@pytest.mark.parametrize(
    ("answered", "end_wanted", "state", "also"),
    [
        (False, 0, "failed", LOG_FAILED_DIAL.name),
        (False, 1, "cancelled", None),
        (True, 0, "ended", LOG_THIRD_LEFT.name),
        (True, 1, "ended", None),
    ],
)
async def test_who_wanted_the_end_makes_the_difference(
    followed: Followed,
    answered: bool,
    end_wanted: int,
    state: str,
    also: str | None,
) -> None:
    followed.table.row = row(ThirdCallRow, end_wanted=end_wanted)
    if answered:
        followed.event("OriginateResponse", Response="Success", Linkedid=NEAR_ID)
    followed.event("Hangup", Channel=NEAR, Uniqueid=NEAR_ID, Cause="16", Linkedid=NEAR_ID)
    written = await followed.writes()
    assert [values["state"] for name, values in written if name == TELL_THIRD_CALL.name][-1] == state
    others = {name for name, _ in written if name != TELL_THIRD_CALL.name}
    assert others == ({also} if also else set())


async def test_a_database_that_is_away_ends_nothing(followed: Followed, caplog: pytest.LogCaptureFixture) -> None:
    followed.table.away = True
    followed.event("OriginateResponse", Response="Success", Linkedid=NEAR_ID)
    assert await followed.writes() == []
    assert f"third party's call {THIRD}: 'answered' was not written: away" in caplog.text


class Links(Fleet):
    """The fleet with one link, which is usable."""

    def __init__(self, link: Link | None) -> None:
        super().__init__([])
        if link is not None:
            self._links = {link.server_ip: link}


@pytest.mark.parametrize("state", [*OPEN, "busy", "ended"])
@pytest.mark.parametrize(
    ("channel_id", "uniqueid", "there"),
    [(NEAR_ID, "", True), ("", NEAR_ID, True), ("gone", "gone", False), ("", "", False)],
)
async def test_an_open_call_of_another_copy_that_is_not_there_any_more_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    channel_id: str,
    uniqueid: str,
    there: bool,
) -> None:
    made = Dialled()
    stored = row(ThirdCallRow, state=state, server_ip=made.told.server_ip, channel_id=channel_id, uniqueid=uniqueid)
    table, clock = cast("Database", Table(stored)), cast("Clock", Time())
    expected = state if there or state not in OPEN else "unknown"
    for usable in (True, False):
        monkeypatch.setattr(Link, "usable", usable)
        found = await ThirdPartyTracker(table, Links(made.told.link), clock, Timing()).row(THIRD)
        assert found is not None
        assert found.state == (expected if usable else state)
    found = await ThirdPartyTracker(table, Links(None), clock, Timing()).row(THIRD)
    assert found == stored


async def test_a_call_that_this_copy_follows_is_as_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Link, "usable", True)
    made = Followed()
    made.table.row = row(ThirdCallRow, state="dialing", server_ip="10.0.0.1", channel_id=NEAR_ID)
    made.told.link.state.forget()
    with made.tracker.following(made.call):
        found = await made.tracker.row(THIRD)
    assert found is made.table.row


@pytest.mark.parametrize(
    ("usable", "there", "of_fleet", "state"),
    [
        (True, True, True, "dialing"),
        (True, False, True, "unknown"),  # its end was missed
        (False, False, True, "dialing"),  # nobody knows, as long as the link is lost
        (False, False, False, "unknown"),  # the server was removed, nobody will know
        (True, True, False, "unknown"),
    ],
)
async def test_a_call_whose_end_was_missed_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, usable: bool, there: bool, of_fleet: bool, state: str
) -> None:
    monkeypatch.setattr(Link, "usable", usable)
    made = Dialled()
    if not there:
        made.told.link.state.forget()
    looks: list[str] = []

    class Looked(Links):
        @property
        def links(self) -> Mapping[str, Link]:
            looks.append("look")
            return super().links

    fleet = Looked(made.told.link if of_fleet else Told().link)
    table = Table(row(ThirdCallRow))
    tracker = ThirdPartyTracker(cast("Database", table), fleet, cast("Clock", Time()), Timing(third_poll=0.005))
    with tracker.following(made.call):  # it began long ago
        young = replace(made.call, channel_id="2", request_id="2", began=time.monotonic() + 3600)
        over = replace(made.call, channel_id="3", request_id="3", state="failed", ended=1.0)
        with tracker.following(young), tracker.following(over):
            await tracker.start()
            await until(lambda: len(looks) > 9)
            await tracker.close()
    assert (made.call.state, young.state, over.state) == (state, "dialing", "failed")
    assert tracker.outcomes == ({"unknown": 1} if state == "unknown" else {})
    told = [values["state"] for name, values in table.written if name == TELL_THIRD_CALL.name]
    assert told == [state] * (state == "unknown")


async def test_what_cannot_be_forgotten_now_is_forgotten_later(followed: Followed) -> None:
    followed.table.away = True
    tracker = ThirdPartyTracker(
        cast("Database", followed.table), Fleet([]), cast("Clock", Time()), Timing(purge_third=0.005)
    )
    await tracker.start()
    await asyncio.sleep(0.02)
    assert followed.table.written == []
    followed.table.away = False
    await until(lambda: len(followed.table.written) > 1)
    await tracker.close()
