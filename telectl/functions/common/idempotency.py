"""Run a function under its agent's lock, and what is asked twice only once (call-control.md section 13.5).

An identical request is the same function for the same agent with the same parameters, whoever sends it. Within three
seconds after the first one succeeded it gets the same answer, line by line, and nothing is done again; if the first
one still runs, it waits for it. Only the last command counts (park, grab, park does all three), and only success: what
failed, or may have failed, may be tried again at once. And an answer ends with what it began: `Function.holds` says
whether that goes on. A request with a key of its own (request_key) is never taken for an earlier one.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import MISSING, fields
from typing import Any

from telectl import __version__
from telectl.calls.failures import CallFailure
from telectl.functions.common.checks import LEAST_ALT_USER, user_by_alt_user
from telectl.functions.common.function import AGENT, Earlier, Function
from telectl.functions.common.replies import Reply, Result
from telectl.functions.common.request import AnsweredLine, Request, Services

log = logging.getLogger(__name__)

_NOT_COMPARED = frozenset({*(parameter.name for parameter in AGENT), "agent_debug"})
"""The agent is compared by name, however it was given; a soundboard's clicks are only logged."""


async def run(function: Function, request: Request, services: Services) -> None:
    """Run a function, under its agent's lock if it commands a call; its lines are said to the request."""
    agent = await _commanded_agent(function, request, services)
    if not agent:
        request.say(await function.run(request, services))
        return
    try:
        async with services.calls.hold(agent, _identity(function, request)) as lock:
            if lock.earlier_answer is not None and await _repeat(function, request, services, lock.earlier_answer):
                log.info("%s of agent %s was done just now: same answer", function.name, agent)
                return
            said_before = len(request.said)
            reply = await function.run(request, services)
            request.say(reply)
            if reply.result is Result.SUCCESS:
                lock.remember(json.dumps([request.call_id, pack(request.said[said_before:])]))
    except CallFailure:
        request.agent_user = agent  # the answer names the agent, also where the lock was not to be had
        raise


async def _repeat(function: Function, request: Request, services: Services, remembered: str) -> bool:
    """Repeat the earlier answer, unless what it began has ended; return whether it was repeated."""
    call_id, packed = json.loads(remembered)
    said = unpack(packed)
    if request.keys or not await function.holds(services, Earlier(said[-1].agent_user, said[-1].value, call_id, said)):
        return False
    request.said.extend(said)
    request.replayed = True
    return True


async def _commanded_agent(function: Function, request: Request, services: Services) -> str:
    """Return the agent whose lock it takes; empty where the function itself is to say what is wrong."""
    if not function.under_lock or services.settings.call_control == "vicidial":
        return ""
    if not request.user.may_use(function.name):
        return ""
    alt_user = request.parameters["alt_user"]
    if set(AGENT) <= set(function.parameters) and len(alt_user) >= LEAST_ALT_USER:
        return await user_by_alt_user(alt_user, services) or ""
    return request.agent_user


def _identity(function: Function, request: Request) -> str:
    """Return 64 characters that are the same for identical commands (of this version, whose answers we can read)."""
    compared = [parameter.name for parameter in function.parameters if parameter.name not in _NOT_COMPARED]
    told = [__version__, function.name, *((name, request.parameters[name]) for name in compared)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def pack(said: Iterable[AnsweredLine]) -> str:
    """Return the lines as JSON of plain ASCII; what a line leaves at its default is left out."""
    return json.dumps([[line.agent_user, line.value, _told(line.reply)] for line in said], separators=(",", ":"))


def _told(reply: Reply) -> dict[str, Any]:
    values = {field.name: (getattr(reply, field.name), field.default) for field in fields(reply)}
    return {name: value for name, (value, default) in values.items() if default is MISSING or value != default}


def unpack(packed: str) -> list[AnsweredLine]:
    """Return the lines that were packed."""
    return [AnsweredLine(_reply(**told), agent_user, value) for agent_user, value, told in json.loads(packed)]


def _reply(result: str, fields: Iterable[str] = (), **told: Any) -> Reply:
    return Reply(Result(result), fields=tuple(fields), **told)
