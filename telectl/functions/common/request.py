"""What a function is given: the request, and the services it may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from telectl.auth.caller import Caller
from telectl.auth.users import ApiUser
from telectl.calls.command import CommandContext
from telectl.calls.controller import CallController
from telectl.calls.failures import CallFailure, failure_of
from telectl.database import Database, Instant
from telectl.database.external import Integrations
from telectl.database.lookups import Lookups, SystemSettings
from telectl.errors import AsteriskError, DatabaseError
from telectl.functions.common.replies import Reply, Result
from telectl.parameters import Parameters
from telectl.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """What the functions work with, wired once in `telectl.app`."""

    settings: Settings
    database: Database
    lookups: Lookups
    calls: CallController
    integrations: Integrations
    facts: ServerFacts


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What `webserver` tells of this server; limits are the real ones of the HTTP server."""

    server_name: str
    form_limit: int
    """Largest request body, in bytes."""
    deadline: float
    """Longest that a request may run, in seconds."""


@dataclass(frozen=True, slots=True)
class AnsweredLine:
    """A line already given, with what the log says of the request at that moment."""

    reply: Reply
    agent_user: str
    value: str


@dataclass(slots=True)
class Request:
    """One request on its way through the checks.

    `agent_user` and `value` start as sent (cleaned) and change as the function learns more: alt_user names the agent,
    external_status composes its value. The log keeps them as they were when a line was given.
    """

    id: str
    function: str
    parameters: Parameters
    instant: Instant
    settings: SystemSettings | DatabaseError
    """Or why they could not be read."""
    caller: Caller
    translate: Callable[[str], str]
    agent_user: str
    value: str
    keys: tuple[str, ...] = ()
    """What the client named the request by, to have it done once."""
    api_user: ApiUser | None = None
    named: str = ""
    """The key's place in telectl_requests, while the request is done under it."""
    call_id: str | None = None
    """The agent's call when the request began, if telectl itself carries it out."""
    if_done: Reply | None = None
    """What a command is about to answer, should its outcome be found out later."""
    replayed: bool = False
    """The answer is that of an earlier request: nothing was done."""
    said: list[AnsweredLine] = field(default_factory=list)

    @property
    def system(self) -> SystemSettings:
        """The row of system_settings.

        Raises:
            DatabaseError: it could not be read, so that nothing may be decided that depends on it.
        """
        if isinstance(self.settings, DatabaseError):
            raise self.settings
        return self.settings

    @property
    def user(self) -> ApiUser:
        """The API user; only functions that need a login run with one."""
        if self.api_user is None:
            raise RuntimeError(f"{self.function} runs without a login")
        return self.api_user

    @property
    def remote_ip(self) -> str:
        """The client's address, as columns have it."""
        return self.caller.address

    def say(self, reply: Reply) -> None:
        """Add a line to the answer; the last one ends it."""
        self.said.append(AnsweredLine(reply, self.agent_user, self.value))

    def failed(self, error: CallFailure | AsteriskError) -> Reply:
        """Return what went wrong in VICIdial's style: `<function> error - <what> - <agent>`."""
        failure = failure_of(error)
        reason = f"{self.function} error - {failure.what}"
        return Reply(Result.ERROR, reason, (self.agent_user, *failure.fields), failure.detail)

    @property
    def command(self) -> CommandContext:
        """What a call command carries of this request."""
        return CommandContext(self.id, self.function, self.instant, self.named)

    @property
    def epoch(self) -> str:
        """The request's time in seconds since 1970, as answers and flags print it."""
        return str(self.instant.epoch)

    def names_agent(self, least: int = 1) -> bool:
        """Return whether agent_user has `least` characters, or alt_user two."""
        return len(self.parameters["agent_user"]) >= least or len(self.parameters["alt_user"]) >= 2  # noqa: PLR2004
