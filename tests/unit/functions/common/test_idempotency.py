"""The same command twice: the same answer, line by line, and nothing is done again (call-control.md section 13.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sessions import row
from texts import ANY

from telectl.auth.caller import Caller
from telectl.auth.users import ApiUser
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.lock.agent_lock import AgentLock
from telectl.database import Instant
from telectl.database.lookups import SystemSettings, UserRow
from telectl.functions.common.function import AGENT, Function, Parameter
from telectl.functions.common.idempotency import run
from telectl.functions.common.replies import Refusal, Reply, Result
from telectl.functions.common.request import AnsweredLine, Request, Services
from telectl.functions.registry import FUNCTIONS
from telectl.parameters import Parameters

DONE = Reply(Result.SUCCESS, "park_call function set", ("PARK_CUSTOMER", "1000"))


@dataclass
class Calls:
    """The agents' locks: what each remembers of the last command."""

    busy: bool = False
    held: list[str] = field(default_factory=list)
    remembered: int = 0
    done: dict[str, tuple[str, str]] = field(default_factory=dict)

    @asynccontextmanager
    async def hold(self, agent: str, command: str) -> AsyncIterator[AgentLock]:
        if self.busy:
            raise CallFailure(Failure.BUSY)
        self.held.append(agent)
        earlier, answer = self.done.get(agent, ("", ""))
        lock = AgentLock(agent, "me", command=command, earlier_answer=answer if earlier == command else None)
        yield lock
        if lock.answer is not None:
            self.remembered += 1
            self.done[agent] = command, lock.answer
        elif lock.earlier_answer is None:
            self.done.pop(agent, None)


@dataclass
class Asked:
    """A telectl that is asked; `replies` are what the function answers, one after the other."""

    replies: list[Reply | Exception] = field(default_factory=lambda: [DONE])
    calls: Calls = field(default_factory=Calls)
    ran: int = 0
    mode: str = "direct"
    agents: dict[str, str] = field(default_factory=dict)
    """Users by alt_user."""

    def function(self, **changed: Any) -> Function:
        async def parked(request: Request, services: Services) -> Reply:
            del request, services
            reply = self.replies[min(self.ran, len(self.replies) - 1)]
            self.ran += 1
            if isinstance(reply, Exception):
                raise reply
            return reply

        parameters = (*AGENT, Parameter("value", "what to do"), Parameter("agent_debug", "clicks"))
        made = Function(name="park_call", summary="", run=parked, parameters=parameters, under_lock=True)
        return replace(made, **changed)

    async def one(self, _: object, *, custom_three: str) -> object:
        user = self.agents.get(custom_three)
        return SimpleNamespace(user=user) if user else None

    def request(self, allowed: str = "ALL_FUNCTIONS", **sent: str) -> Request:
        parameters = Parameters({"agent_user": "1000", "value": "PARK_CUSTOMER", **sent})
        return Request(
            id="r",
            function="park_call",
            parameters=parameters,
            instant=Instant(0, datetime(1970, 1, 1)),  # noqa: DTZ001 - a wall clock's
            settings=row(SystemSettings),
            caller=Caller("192.0.2.1"),
            translate=str,
            agent_user=parameters["agent_user"],
            value=parameters["value"],
            api_user=ApiUser(row(UserRow, api_allowed_functions=allowed)),
        )

    async def run(self, request: Request, function: Function | None = None) -> Request:
        settings = SimpleNamespace(call_control=self.mode)
        services = cast("Services", SimpleNamespace(settings=settings, calls=self.calls, database=self))
        await run(function or self.function(), request, services)
        return request

    async def ask(self, function: Function | None = None, /, **sent: str) -> Request:
        return await self.run(self.request(**sent), function)


ANSWER = [AnsweredLine(DONE, "1000", "PARK_CUSTOMER")]


async def test_an_identical_command_is_not_done_again_and_gets_the_same_lines() -> None:
    telectl = Asked()
    assert (await telectl.ask()).said == ANSWER
    assert (await telectl.ask()).said == ANSWER
    assert (telectl.ran, telectl.calls.held) == (1, ["1000", "1000"])
    assert telectl.calls.remembered == 1  # its three seconds do not begin again


@pytest.mark.parametrize(
    "sent",
    [
        {"user": "other"},
        {"source": "other"},
        {"agent_debug": "clicked"},
        {"alt_user": "x"},  # too short to name anybody
        {"unknown": "x"},
    ],
)
async def test_who_asks_makes_no_other_command(sent: dict[str, str]) -> None:
    telectl = Asked()
    await telectl.ask()
    assert (await telectl.ask(**sent)).said == ANSWER
    assert telectl.ran == 1


@pytest.mark.parametrize("sent", [{"value": "GRAB_CUSTOMER"}, {"value": ""}, {"agent_user": "1001"}])
async def test_another_parameter_does(sent: dict[str, str]) -> None:
    telectl = Asked()
    await telectl.ask()
    await telectl.ask(**sent)
    assert telectl.ran == 2


async def test_another_function_does() -> None:
    telectl = Asked()
    await telectl.ask()
    await telectl.ask(telectl.function(name="transfer_conference"))
    assert telectl.ran == 2


async def test_another_order_of_the_same_words_does() -> None:
    parameters = (*AGENT, Parameter("value", ""), Parameter("stage", ""))
    telectl = Asked()
    await telectl.ask(telectl.function(parameters=parameters), value="a", stage="b")
    await telectl.ask(telectl.function(parameters=parameters), value="b", stage="a")
    assert telectl.ran == 2


@pytest.mark.parametrize("result", [Result.ERROR, Result.NOTICE])
async def test_what_was_no_success_may_be_tried_again_at_once(result: Result) -> None:
    telectl = Asked([Reply(result, "no"), DONE])
    await telectl.ask()
    assert (await telectl.ask()).said == ANSWER


@pytest.mark.parametrize("error", [Refusal("no"), CallFailure(Failure.BUSY), ZeroDivisionError()])
async def test_nor_is_what_failed_remembered(error: Exception) -> None:
    telectl = Asked([error, DONE])
    with pytest.raises(type(error)):
        await telectl.ask()
    await telectl.ask()
    assert telectl.ran == 2


async def test_the_agent_is_compared_by_name_however_it_was_given() -> None:
    telectl = Asked(agents={"CRM1000": "1000"})
    await telectl.ask()
    assert (await telectl.ask(agent_user="", alt_user="CRM1000")).said == ANSWER
    assert telectl.calls.held == ["1000", "1000"]
    assert telectl.ran == 1


async def test_an_alt_user_that_nobody_has_is_for_the_function_to_say() -> None:
    telectl = Asked()
    await telectl.ask(alt_user="CRM9")
    assert (telectl.ran, telectl.calls.held) == (1, [])


async def test_a_function_that_knows_no_alt_user_takes_none() -> None:
    telectl = Asked(agents={"CRM1": "1001"})
    await telectl.ask(telectl.function(parameters=AGENT[:1]), alt_user="CRM1")
    assert telectl.calls.held == ["1000"]


@pytest.mark.parametrize(
    ("mode", "under_lock", "allowed", "agent", "held"),
    [
        ("direct", True, " park_call ", "1000", ["1000"]),
        ("auto", True, " park_call ", "1000", ["1000"]),
        ("vicidial", True, " park_call ", "1000", []),
        ("direct", False, " park_call ", "1000", []),
        ("direct", True, " version ", "1000", []),
        ("direct", True, " park_call ", "", []),
    ],
)
async def test_a_lock_is_taken_where_a_call_is_commanded(
    mode: str, under_lock: bool, allowed: str, agent: str, held: list[str]
) -> None:
    telectl = Asked(mode=mode)
    await telectl.ask(telectl.function(under_lock=under_lock), allowed=allowed, agent_user=agent)
    assert (telectl.ran, telectl.calls.held) == (1, held)


async def test_a_failure_names_the_agent_that_was_meant() -> None:
    telectl = Asked(calls=Calls(busy=True), agents={"CRM1000": "1000"})
    request = telectl.request(agent_user="", alt_user="CRM1000")
    with pytest.raises(CallFailure):
        await telectl.run(request)
    assert request.agent_user == "1000"
    assert telectl.ran == 0


REPLIES = st.builds(
    Reply,
    st.just(Result.SUCCESS),
    ANY,
    st.lists(ANY, max_size=4).map(tuple),
    data=ANY,
    text=st.none() | ANY,
    logged=st.booleans(),
    html=st.booleans(),
    status=st.sampled_from([200, 503]),
    closable=st.booleans(),
    more=st.lists(ANY, max_size=2).map(tuple),
)


@given(REPLIES)
async def test_whatever_was_answered_is_answered_again(reply: Reply) -> None:
    telectl = Asked([reply])
    first, second = await telectl.ask(), await telectl.ask()
    assert telectl.ran == 1
    assert second.said == first.said
    assert all(answer.isascii() for _, answer in telectl.calls.done.values())


def test_the_functions_that_command_a_call_name_their_agent() -> None:
    locked = [function for function in FUNCTIONS.values() if function.under_lock]
    assert locked
    for function in locked:
        assert AGENT[0].name in {parameter.name for parameter in function.parameters}
        assert function.over_ami
