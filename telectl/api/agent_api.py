"""One request's journey through the agent API: read this first.

    wire -> parameters -> source -> login -> function -> lines -> api log

Every logical outcome answers HTTP 200 (real clients repeat a command on 4xx and 5xx); what a client may send is
answered by the rules of agent-api-rules.md, and what fails inside by one line of text.
"""

from __future__ import annotations

import asyncio
import logging
import time

from aiohttp import web

from telectl import __version__
from telectl.api.credentials import with_login
from telectl.api.language import english, translator
from telectl.api.log.access_log import ACCESS, AccessLine
from telectl.api.log.api_log import ApiLog, LogRow, RequestRecord
from telectl.api.middlewares import CALLER, REQUEST_KEY
from telectl.api.pages import page
from telectl.api.php_request import PhpRequest, read_php_request
from telectl.auth.login import Authenticator
from telectl.calls.failures import CallFailure, failure_of
from telectl.database import Clock
from telectl.database.lookups import SystemSettings
from telectl.errors import (
    AsteriskError,
    DatabaseError,
    DatabaseUnavailable,
    DatabaseUnconfirmed,
    NotInstalled,
    OutcomeUnknown,
    TooManyGuesses,
)
from telectl.functions.common import request_key
from telectl.functions.common.function import Access
from telectl.functions.common.replies import Refusal, Reply, Result, one_line
from telectl.functions.common.request import AnsweredLine, Request, Services
from telectl.functions.registry import FUNCTIONS
from telectl.parameters import clean, narrowed

log = logging.getLogger(__name__)

_LEAST_SOURCE = 2
_REPLAYED = "Idempotent-Replayed"
"""The header of an answer that is an earlier request's: nothing was done."""


class AgentApi:
    """Answers `/agc/api.php`."""

    def __init__(self, services: Services, clock: Clock, gate: Authenticator, api_log: ApiLog) -> None:
        self._services = services
        self._clock = clock
        self._gate = gate
        self._log = api_log

    async def handle(self, http: web.Request) -> web.Response:
        """Answer one HTTP request, whatever it holds."""
        started = time.monotonic()
        deadline = asyncio.get_running_loop().time() + self._services.facts.deadline
        wire = await read_php_request(http)
        request = await self._request(http, wire)
        await self._run(request, deadline)
        await self._write_log(http, wire, request, started)
        _fill_access_line(http[ACCESS], request)
        return self._response(request, started)

    async def _run(self, request: Request, deadline: float) -> None:
        """Take the request through the checks to its function; every end of it is a line."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._checks_and_function(request)
        except Refusal as refusal:
            request.say(refusal.reply)
        except (CallFailure, AsteriskError) as error:
            request.say(_call_failed(request, error))
        except (DatabaseUnavailable, NotInstalled) as error:
            log.warning("%s: %s", request.function, error)
            request.say(_system_error(self._words(request, error)))
        except TimeoutError:
            request.say(_call_failed(request, OutcomeUnknown(f"not done after {self._services.facts.deadline:g} s")))
        except Exception:
            log.exception("%s failed", request.function)
            request.say(_system_error(f"internal error - {request.id}"))

    def _words(self, request: Request, error: DatabaseUnavailable | NotInstalled) -> str:
        """Return what is told of an error; a flag that was not confirmed is all that a function without calls does."""
        function = FUNCTIONS.get(request.function)
        commands_calls = (
            function is not None and function.over_ami and self._services.settings.call_control != "vicidial"
        )
        if isinstance(error, DatabaseUnconfirmed) and (commands_calls or request.api_user is None):
            return DatabaseUnavailable.words
        return error.words

    async def _checks_and_function(self, request: Request) -> None:
        function = FUNCTIONS.get(request.function)
        if function is None or function.access is Access.USER:
            _check_source(request)
            system = request.system  # unread: the request ends here, and no password is judged
            await self._login(request)
            if system.vdc_agent_api_active != "1":
                raise Refusal("System API NOT ACTIVE")
        if function is not None:
            request.value = narrowed(function.name, request.value)
            await request_key.run(function, request, self._services)

    async def _login(self, request: Request) -> None:
        given = request.parameters
        try:
            login = await self._gate.login(
                given["user"], given["pass"], request.caller, request.system, request.instant
            )
        except TooManyGuesses:
            reason = f"{request.function} error - too many requests"
            raise Refusal(reason, request.agent_user, closable=False) from None
        if login.user is None:
            raise _login_refused(request, login.fields(given["user"]))
        request.api_user = login.user

    async def _request(self, http: web.Request, wire: PhpRequest) -> Request:
        """Clean what was sent. What could not be read is not guessed: only functions that need no login go on then."""
        lookups = self._services.lookups
        values = with_login(wire.values, http.headers)
        settings: SystemSettings | DatabaseError
        try:
            settings = await lookups.system_settings()
            instant = await self._clock.now()
            parameters = clean(values, non_latin=settings.non_latin)
            translate = await translator(parameters["user"], settings, lookups)
        except DatabaseError as error:
            settings, instant, translate = error, self._clock.last_known(), english
            parameters = clean(values, non_latin=False)
        return Request(
            id=http[REQUEST_KEY],
            function=parameters["function"],
            parameters=parameters,
            instant=instant,
            settings=settings,
            caller=http[CALLER],
            translate=translate,
            agent_user=parameters["agent_user"],
            value=parameters["value"],
            keys=request_key.keys_of(wire.values, http.headers),
        )

    async def _write_log(self, http: web.Request, wire: PhpRequest, request: Request, started: float) -> None:
        name = self._services.facts.server_name or _local_address(http)
        visit = RequestRecord(
            instant=request.instant,
            started=started,
            remote_ip=request.remote_ip,
            server_name=name,
            page=_page_address(http, name),
            query=wire.logged,
            refused_site="" if request.api_user else request.caller.site,
        )
        for said in request.said:
            if said.reply.logged:
                await self._log.log_line(_entry(request, said), visit)

    def _response(self, request: Request, started: float) -> web.Response:
        lines = [line for said in request.said for line in said.reply.lines(request.translate)]
        last = request.said[-1].reply if request.said else None
        response = page(
            lines,
            status=last.status if last else 200,
            is_html=bool(last and last.html),
            close_window=_close_window(request, last),
            debug=_debug_comment(request, started),
        )
        if request.replayed:
            response.headers[_REPLAYED] = "true"
        return response


def _check_source(request: Request) -> None:
    source = request.parameters["source"]
    if len(source) < _LEAST_SOURCE:
        raise Refusal("Invalid Source", source, closable=False)


def _login_refused(request: Request, fields: str) -> Refusal:
    reason = "Invalid Username/Password"
    text = f"{request.translate(Result.ERROR)}: {request.translate(reason)}: |{fields}|"
    return Refusal(reason, data=f"{fields}|", text=text, closable=False)


def _call_failed(request: Request, error: CallFailure | AsteriskError) -> Reply:
    failure = failure_of(error)
    log.warning("%s of agent %s: %s", request.function, request.agent_user, failure.detail or failure.what)
    return request.failed(error)


def _system_error(what: str) -> Reply:
    return Reply(Result.ERROR, f"system error - {what}", closable=False)


def _entry(request: Request, said: AnsweredLine) -> LogRow:
    reply = said.reply
    return LogRow(
        user=request.parameters["user"],
        function=request.function,
        agent_user=said.agent_user,
        value=said.value,
        result=request.translate(reply.result),
        result_reason=request.translate(reply.reason),
        source=request.parameters["source"],
        data=reply.data,
    )


def _fill_access_line(line: AccessLine, request: Request) -> None:
    """Fill in the access line of this request; a word that is no function's name may be anything, and is left out."""
    line.function = request.function if request.function in FUNCTIONS else "-"
    line.agent, line.user = request.agent_user, request.parameters["user"]
    line.result = request.said[-1].reply.result if request.said else "-"


def _close_window(request: Request, last: Reply | None) -> str:
    """Return the link's text, or nothing: shown once the API user has passed the login (agent-api-rules.md, rule 8)."""
    asked = request.parameters["close_window_link"]
    if request.api_user is None or last is None or not last.closable or not asked > "0":
        return ""
    return "Cerrar esta ventana" if request.parameters["language"] == "es" else "Close This Window"


def _debug_comment(request: Request, started: float) -> str:
    """Return the facts that `format=debug` shows to level 9 (agent-api-rules.md, rule 7)."""
    if request.parameters["format"] != "debug" or request.api_user is None or not request.api_user.may_debug:
        return ""
    seconds = time.monotonic() - started
    return one_line(f"telectl {__version__} | user {request.api_user.name} | {request.function} | {seconds:.6f} s")


def _local_address(http: web.Request) -> str:
    address = http.transport.get_extra_info("sockname") if http.transport else None
    return str(address[0]) if isinstance(address, tuple) else "localhost"


def _page_address(http: web.Request, name: str) -> str:
    address = http.transport.get_extra_info("sockname") if http.transport else None
    port = str(address[1]) if isinstance(address, tuple) else "80"
    scheme = "https" if http.secure or "443" in port else "http"
    shown = "" if port in ("80", "443") else f":{port}"
    return f"{scheme}://{name}{shown}/agc/api.php"
