"""What the registry knows of a function; the reference pages are printed from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from telectl.described_enum import DescribedEnum
from telectl.functions.common.replies import Reply
from telectl.functions.common.request import AnsweredLine, Request, Services

Handler = Callable[[Request, Services], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A command that was done just now."""

    agent: str
    value: str
    call_id: str | None
    """The agent's call when it began; None if it was left to the agent's screen."""
    said: Sequence[AnsweredLine]


async def always(services: Services, earlier: Earlier) -> bool:
    """Return that an answer holds as long as it is remembered: what it tells of cannot end."""
    del services, earlier
    return True


class Access(Enum):
    """What a caller must show before a function runs."""

    OPEN = "anyone: no user, no password, no source"
    USER = "an API user whose api_allowed_functions names the function"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function; its cleaning is in `telectl.parameters.CLEANING`."""

    name: str
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the agent API."""

    name: str
    summary: str
    run: Handler
    parameters: Sequence[Parameter] = ()
    values: Iterable[DescribedEnum] = ()
    answers: Sequence[str] = ()
    """The lines it may answer, in the document's notation: V value, A agent_user, U user, T epoch."""
    example: str = ""
    """Query of an example request, after the login parameters."""
    access: Access = Access.USER
    over_ami: bool = False
    """Direct mode carries it out on Asterisk; vicidial mode writes a flag or queue row."""
    under_lock: bool = False
    """Over AMI, it waits for its agent's lock, and a repetition within three seconds gets the same answer."""
    holds: Callable[[Services, Earlier], Awaitable[bool]] = always
    """Whether what an earlier command began goes on, so that its repetition would only do it twice."""

    @property
    def words(self) -> frozenset[str]:
        """The words that `value` takes."""
        return frozenset(value.value for value in self.values)


AGENT = (
    Parameter("agent_user", "the agent whose session is meant; this or alt_user", required=True),
    Parameter("alt_user", "instead of agent_user: looked up in vicidial_users.custom_three"),
)
ONLY_AGENT = (Parameter("agent_user", "the agent whose session is meant", required=True),)


def value(meaning: str) -> Parameter:
    """Describe the parameter `value`."""
    return Parameter("value", meaning, required=True)
