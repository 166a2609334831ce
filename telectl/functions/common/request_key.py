"""What a client named by a key is done once: `request_id`, or Idempotency-Key (call-control.md section 13.11).

The same request under the same key gets the first one's answer, at whichever copy it arrives within a day.
What was refused before anything was done leaves the key free. The header wins nothing: both may be sent, if they agree.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping

from telectl.calls.failures import CallFailure
from telectl.calls.requests.named import LONGEST_KEY, Named, NamedRequests
from telectl.errors import ActionRefused, OutcomeUnknown, ServerUnavailable, UnsafeValue
from telectl.functions.common import idempotency
from telectl.functions.common.function import Access, Function
from telectl.functions.common.replies import Refusal, Reply, Result
from telectl.functions.common.request import AnsweredLine, Request, Services

HEADER = "Idempotency-Key"
_PARAMETER = "request_id"


def keys_of(values: Mapping[str, bytes], headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the different keys of a request, as sent; an empty one is none."""
    given = (values.get(_PARAMETER, b"").decode("utf-8", "surrogateescape"), headers.get(HEADER, ""))
    return tuple(dict.fromkeys(key for key in given if key))


async def run(function: Function, request: Request, services: Services) -> None:
    """Run a function, once for its key if it has one; its lines are said to the request.

    Raises:
        Refusal: the key cannot be used for this request.
        DatabaseError: nobody knows whether it was done before.
    """
    if not request.keys or function.access is Access.OPEN:
        await idempotency.run(function, request, services)
        return
    named = _named(function, request)
    requests = services.calls.requests
    earlier = await requests.begin(named)
    if earlier is None:
        request.named = named.request
        await _first_time(function, request, services, named)
    elif not earlier.same:
        raise _refused(request, "was used for another request")
    elif earlier.answer is None:
        raise OutcomeUnknown("its copy of telectl did not live to tell")
    else:
        request.said.extend(idempotency.unpack(earlier.answer))
        request.replayed = True


async def _first_time(function: Function, request: Request, services: Services, named: Named) -> None:
    requests = services.calls.requests
    try:
        await idempotency.run(function, request, services)
    except CallFailure as failure:
        kept = _keep(requests, request, named, failure) if failure.acted else requests.free(named)
        await asyncio.shield(kept)
        raise
    except (Refusal, ServerUnavailable, ActionRefused, UnsafeValue):
        await asyncio.shield(requests.free(named))
        raise
    except BaseException as error:
        await asyncio.shield(_keep_open(requests, request, named, error))
        raise
    if request.said[-1].reply.result is Result.ERROR:
        await requests.free(named)
    else:
        await asyncio.shield(requests.finish(named, idempotency.pack(request.said)))


async def _keep(requests: NamedRequests, request: Request, named: Named, failure: CallFailure) -> None:
    """Keep the answer of a command of which a part was done."""
    await requests.finish(named, idempotency.pack([*request.said, _line(request, request.failed(failure))]))


async def _keep_open(requests: NamedRequests, request: Request, named: Named, error: BaseException) -> None:
    """Keep that nobody knows what came of it."""
    unknown = error if isinstance(error, OutcomeUnknown) else OutcomeUnknown("the request was cut short")
    said = [*request.said, _line(request, request.failed(unknown))]
    if_done = idempotency.pack([_line(request, request.if_done)]) if request.if_done else None
    await requests.leave_unknown(named, idempotency.pack(said), if_done)


def _line(request: Request, reply: Reply) -> AnsweredLine:
    return AnsweredLine(reply, request.agent_user, request.value)


def _named(function: Function, request: Request) -> Named:
    if len(request.keys) > 1:
        raise _refused(request, f"differs from {HEADER}")
    [key] = request.keys
    if len(key) > LONGEST_KEY:
        raise _refused(request, f"is longer than {LONGEST_KEY} characters")
    agent = request.agent_user or request.parameters["alt_user"]
    return Named(request.user.name, key, function.name, agent, _fingerprint(function, request))


def _fingerprint(function: Function, request: Request) -> str:
    """Return 64 characters that are the same for the same request, whoever sends it from wherever."""
    names = dict.fromkeys(("agent_user", *(parameter.name for parameter in function.parameters)))
    told = [function.name, *((name, request.parameters[name]) for name in names if name != "agent_debug")]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _refused(request: Request, why: str) -> Refusal:
    return Refusal(f"{request.function} error - {_PARAMETER} {why}", request.agent_user)
