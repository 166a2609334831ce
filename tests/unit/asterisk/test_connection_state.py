"""The states of a link whose peer is in the same thread: no socket, no server; it breaks off where it is told to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from lab.until import until

from telectl.asterisk import Address, Link, Ping, Timeouts
from telectl.asterisk.connection import Protocol
from telectl.asterisk.connection_state import ConnectionState as State
from telectl.errors import OutcomeUnknown, ServerUnavailable

WAIT = 0.2
QUICK = Timeouts(
    login=WAIT,
    booted=WAIT,
    action=WAIT,
    list=WAIT,
    heartbeat=0.02,
    backoff_first=0.01,
    backoff_most=0.02,
    refused_login=0.02,
)
LIFE = [
    ("Challenge", State.LOGGING_IN),
    ("Login", State.LOGGING_IN),
    ("CoreShowChannels", State.LOADING),
    ("ConfbridgeListRooms", State.LOADING),
    ("ConfbridgeList", State.LOADING),
    ("MeetmeList", State.LOADING),
    ("Ping", State.USABLE),
]
"""What a link asks, and its state then."""
UNANSWERED = f"no answer to Ping within {WAIT:g} s"
ATTEMPT = [name for name, state in LIFE if state is not State.USABLE]
Answer = Callable[["Peer"], None]


def lists(*rows: str) -> Answer:
    def answer(peer: Peer) -> None:
        peer.say("Response: Success", "EventList: start")
        for row in rows:
            peer.say(*row.split("|"))
        peer.say("Event: ItComplete", "EventList: Complete")

    return answer


def logged_in(peer: Peer) -> None:
    peer.say("Response: Success")
    peer.say("Event: FullyBooted")


ANSWERS: dict[str, Answer] = {
    "Challenge": lambda peer: peer.say("Response: Success", "Challenge: 42"),
    "Login": logged_in,
    "CoreShowChannels": lists("Event: CoreShowChannel|Channel: PJSIP/a-1|Uniqueid: 1.1"),
    "ConfbridgeListRooms": lists("Event: ConfbridgeListRooms|Conference: 9600051"),
    "ConfbridgeList": lists("Event: ConfbridgeList|Conference: 9600051|Channel: PJSIP/a-1|Uniqueid: 1.1"),
    "MeetmeList": lambda peer: peer.say("Response: Error", "Message: no such module"),
}


class Peer(asyncio.Transport):
    """A transport whose far end is a manager interface."""

    def __init__(self, server: Server, protocol: Protocol) -> None:
        super().__init__()
        self._server, self._protocol = server, protocol
        self._action_id = ""
        self._data = b"Asterisk Call Manager/11.0.0\r\n"
        self._lost = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        headers = dict(line.split(": ", 1) for line in bytes(data).decode().split("\r\n") if line)
        self._action_id = headers["ActionID"]
        self._server.asked.append((headers["Action"], self._server.link.connection_state))
        answer = self._server.answers.get(headers["Action"], lambda peer: peer.say("Response: Success"))
        asyncio.get_running_loop().call_soon(answer, self)
        asyncio.get_running_loop().call_soon(self._flush)

    def say(self, *lines: str) -> None:
        self._data += "\r\n".join((*lines, f"ActionID: {self._action_id}", "", "")).encode()

    def break_off(self) -> None:
        """End the connection right behind what was said: nobody has run between the two."""
        self._flush()
        self.abort()

    def abort(self) -> None:
        if not self._lost:
            self._lost = True
            self._protocol.connection_lost(None)

    def close(self) -> None:
        self.abort()

    def _flush(self) -> None:
        data, self._data = self._data, b""
        if data and not self._lost:
            self._protocol.data_received(data)


class Server:
    """Where the link connects to; `asked` is every action that came, with the link's state then."""

    def __init__(self) -> None:
        self.link = Link(Address("10.0.0.1", "nowhere.invalid", 5038, "telectl", "telectl"), QUICK)
        self.answers = dict(ANSWERS)
        self.asked: list[tuple[str, State]] = []
        self.connects: list[State] = []
        self.refuses = False
        self.peer: Peer | None = None

    async def create_connection(
        self, made: Callable[[], Protocol], _host: str, _port: int, *, ssl: object
    ) -> tuple[Peer, Protocol]:
        assert ssl is None
        self.connects.append(self.link.connection_state)
        if self.refuses:
            raise ConnectionRefusedError(111, "refused")
        protocol = made()
        self.peer = Peer(self, protocol)
        protocol.connection_made(self.peer)
        return self.peer, protocol


@asynccontextmanager
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    made = Server()
    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", made.create_connection)
    try:
        yield made
    finally:
        await made.link.close()


async def entered(link: Link, *states: State) -> None:
    await until(lambda: link.connection_state in states, every=0)
    assert (link.trouble == "") is link.usable is (link.connection_state is State.USABLE)


async def test_a_life(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(monkeypatch) as there:
        assert (there.link.connection_state, there.link.trouble) == (State.NOT_STARTED, "not connected yet")
        await there.link.start()
        assert await there.link.tried(5)
        await until(lambda: ("Ping", State.USABLE) in there.asked)
        assert there.connects == [State.CONNECTING]
        assert there.asked == LIFE
        assert [member.name for member in there.link.state.room("9600051")] == ["PJSIP/a-1"]
        await there.link.close()
        assert (there.link.connection_state, there.link.trouble) == (State.CLOSED, "the link was closed")
        assert there.link.state.size == 0


REFUSED = {"Login": "login refused", "CoreShowChannels": "CoreShowChannels was refused"}


@pytest.mark.parametrize("action", ATTEMPT)
@pytest.mark.parametrize("fault", ["silence", "break", "refusal"])
async def test_what_goes_wrong_on_the_way_is_trouble_and_then_another_attempt(
    action: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: dict[str, Answer] = {
        "silence": lambda _: None,
        "break": Peer.break_off,
        "refusal": lambda peer: peer.say("Response: Error", "Message: words of Asterisk"),
    }
    async with server(monkeypatch) as there:
        there.answers[action] = faults[fault]
        await there.link.start()
        worked = await there.link.tried(5)
        # no challenge: the secret is sent; no rooms, or no module for them: there is nothing to load
        assert worked is (fault == "refusal" and action not in ("Login", "CoreShowChannels"))
        if worked:
            return
        await entered(there.link, State.IN_TROUBLE)
        expected = {
            "silence": UNANSWERED.replace("Ping", action),
            "break": "the connection was closed",
            "refusal": f"{REFUSED[action]}: words of Asterisk" if action in REFUSED else "",
        }
        assert there.link.trouble == expected[fault]
        await entered(there.link, State.CONNECTING, State.LOGGING_IN, State.LOADING)
        assert there.link.trouble == expected[fault]
        there.answers[action] = ANSWERS[action]
        await entered(there.link, State.USABLE)
        assert set(there.connects) == {State.CONNECTING}


async def test_nobody_there_is_trouble(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    async with server(monkeypatch) as there:
        there.refuses = True
        await there.link.start()
        assert not await there.link.tried(5)
        await until(lambda: len(there.connects) > 3)
        assert there.link.trouble.startswith("no connection to nowhere.invalid:5038")
        there.refuses = False
        await entered(there.link, State.USABLE)
        warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warnings) == 1  # the same trouble is told once


async def test_an_end_right_behind_the_last_row_is_no_usable_link(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(monkeypatch) as there:

        def last_words(peer: Peer) -> None:
            peer.say("Response: Error", "Message: no such module")
            peer.break_off()

        there.answers["MeetmeList"] = last_words
        await there.link.start()
        assert not await there.link.tried(5)
        assert there.link.trouble == "the connection was closed"
        assert there.link.state.size == 0


@pytest.mark.parametrize("end", [lambda peer: peer.break_off(), lambda _: None])
async def test_a_usable_link_ends_with_its_connection_or_an_unanswered_ping(
    end: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(monkeypatch) as there:
        await there.link.start()
        assert await there.link.tried(5)
        there.answers["Ping"] = end
        with there.link.expect(lambda _: False) as never:
            await entered(there.link, State.IN_TROUBLE)
            assert there.link.trouble in (
                "the connection was closed",
                f"no sign of life: no answer to Ping within {WAIT:g} s",
            )
            assert there.link.state.size == 0
            with pytest.raises(OutcomeUnknown, match=there.link.trouble):
                await never.wait(5)
        del there.answers["Ping"]
        await entered(there.link, State.USABLE)
        assert there.link.state.size == 1


@pytest.mark.parametrize("action", ATTEMPT)
async def test_no_command_is_sent_before_the_link_is_usable(action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(monkeypatch) as there:
        there.answers[action] = lambda _: None
        await there.link.start()
        await until(lambda: there.asked and there.asked[-1][0] == action, every=0)
        with pytest.raises(ServerUnavailable, match="not connected yet"):
            await there.link.do(Ping())
        with pytest.raises(ServerUnavailable):
            await there.link.do_on_side_connection(Ping())
        assert "Ping" not in {name for name, _ in there.asked}


@pytest.mark.parametrize("action", [*ATTEMPT, "Ping", ""])
async def test_a_link_that_is_closed_in_any_state_stays_closed(action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(monkeypatch) as there:
        if action:
            there.answers[action] = lambda _: None
            await there.link.start()
            await until(lambda: there.asked and there.asked[-1][0] == action, every=0)
        await there.link.close()
        asked = len(there.asked)
        await asyncio.sleep(0.1)
        assert (there.link.connection_state, there.link.trouble) == (State.CLOSED, "the link was closed")
        assert len(there.asked) == asked
        with pytest.raises(ServerUnavailable, match="the link was closed"):
            await there.link.do(Ping())
