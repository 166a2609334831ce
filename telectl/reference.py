"""The pages that are printed from the source: docs/functions.md, `telectl functions`, and docs/answers.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from telectl.calls.failures import Failure
from telectl.database.troubles import NOT_INSTALLED, TOO_MANY_CONNECTIONS, TROUBLES
from telectl.functions.common.function import Access, Function
from telectl.functions.registry import FUNCTIONS
from telectl.parameters import CLEANING, MANUAL_NEXT, NARROWER_VALUE, WIDER_VALUE, Rule

_CLASSES = {"L": "letters", "A": "letters A-Z a-z", "U": "capitals A-Z", "D": "digits"}
LEGEND = "In answers, V is the value, A the agent, U the API user, T the time in seconds since 1970."
OF_ALL = (
    "Also taken: close_window_link=1 (a link that closes the window; language=es in Spanish), and format=debug (facts"
    " of the request, for users of level 9)."
)
_PAGE = "http://server/agc/api.php"
LOGIN = "source=test&user=6666&pass=1234"


@dataclass(frozen=True, slots=True)
class _Explained:
    """An error's text, with its cause and what to do about it."""

    text: str
    cause: str
    remedy: str


_PARTIAL = "partial - <what was done> - <what was not, in one of the words above>"

_SYSTEM_ERRORS = (
    _Explained(
        "system error - database not available",
        "the database did not answer in time; a flag or row is not written, a call command may or may not be done",
        "look at `/readyz`; repeat a call command only after you have looked at its effect",
    ),
    _Explained(
        "system error - outcome unknown - database did not confirm",
        "the flag or row was sent to the database, and no answer came: it may be written or not",
        "look at its effect before you repeat the request",
    ),
    *(
        _Explained(f"system error - {trouble.words}", trouble.cause, trouble.remedy)
        for trouble in (TOO_MANY_CONNECTIONS, *TROUBLES, NOT_INSTALLED)
    ),
    _Explained(
        "system error - internal error - <request id>",
        "a defect of telectl",
        "report it with the lines of telectl's log that bear the request id",
    ),
    _Explained(
        "<function> error - too many requests - <agent>",
        "too many wrong passwords for this user came from this address (`TELECTL_LOGIN_FAILURES`), or for all users"
        " (`TELECTL_ADDRESS_FAILURES`); the password was not judged",
        "wait a few minutes, and mend the password",
    ),
    _Explained(
        "request too large - <limit>",
        "the body (1048576 bytes), the query (65536 bytes), the number of parameters (1000), the parts of a multipart"
        " form (200, 8192 bytes of headers each) or the HTTP headers are over the limit; nothing was done, and the"
        " connection ends",
        "send less",
    ),
    _Explained(
        "request not readable - <what>",
        "the body is packed (Content-Encoding) or broken; without `<what>` and with HTTP status 400 it is no HTTP;"
        " nothing was done, and the connection ends",
        "send plain forms; mend the client",
    ),
    _Explained(
        "request not complete - <seconds> seconds",
        "the body did not come in time (`TELECTL_BODY_SECONDS`); with HTTP status 408 line and headers"
        " (`TELECTL_HEAD_SECONDS`); nothing was done, and the connection ends",
        "mend the client or the network; repeat the request",
    ),
    _Explained(
        "server is busy - too many connections",
        "with HTTP status 503: all connections are taken (`TELECTL_CONNECTIONS`); the request was not read",
        "repeat the request; close connections that are not used, or let there be more",
    ),
    _Explained(
        "server is busy - too many large requests",
        "with HTTP status 503: others with bodies over 16384 bytes were being read and answered for 5 seconds (32 at a"
        " time have room); nothing was done",
        "repeat the request; send less: no request of the API needs so much",
    ),
    _Explained(
        "server is shutting down",
        "with HTTP status 503: telectl is stopping; the request came too late and nothing was done",
        "repeat the request; a load balancer sends it to another copy",
    ),
)


def example_url(function: Function) -> str:
    """Return an example request."""
    login = "" if function.access is Access.OPEN else f"{LOGIN}&"
    return f"{_PAGE}?{login}{function.example}"


def kept(function: str, parameter: str) -> str:
    """Return in words which characters of a parameter survive its cleaning."""
    rule = CLEANING[parameter]
    if parameter == "value":
        rule = WIDER_VALUE.get(function) or NARROWER_VALUE.get(function) or rule
        if function == "external_dial":
            return f"digits; or {MANUAL_NEXT}"
    return _words(rule)


def page(function: Function) -> str:
    """Return one function's page."""
    return "\n".join(_page(function))


def functions_page() -> str:
    """Return docs/functions.md: every function of the agent API."""
    return "\n".join(_functions(FUNCTIONS.values())) + "\n"


def answers_page() -> str:
    """Return docs/answers.md: every error text that is not a function's own."""
    return "\n".join(_answers()) + "\n"


def _words(rule: Rule) -> str:
    if rule.drop is not None:
        return "everything but " + " ".join(f"`{char}`" for char in rule.drop)
    parts = [_CLASSES[name] for name in rule.classes]
    parts += ["blank"] if " " in rule.also else []
    parts += [f"`{char}`".replace("`|`", "the bar") for char in rule.also if char != " "]
    return ", ".join(parts)


def _functions(functions: Iterable[Function]) -> Iterator[str]:
    yield "# The agent API"
    yield ""
    yield "Generated from the function registry (`make docs`); `telectl functions NAME` prints one page of it."
    yield ""
    yield "Every function but version and the coffee ones needs `source` (two characters or more), `user` and `pass`;"
    yield "the last two as parameters, or, where neither is sent, as HTTP Basic, so that no URL holds a password."
    yield "`vicidial_users.api_allowed_functions` names what a user may use, each name between two blanks, or"
    yield "ALL_FUNCTIONS; `call_state` there lets it read `/calls/<call id>` (the README tells of it)."
    yield OF_ALL
    yield LEGEND
    yield ""
    yield "| function | what it does |"
    yield "|---|---|"
    listed = list(functions)
    for function in listed:
        yield f"| [{function.name}](#{function.name}) | {function.summary} |"
    for function in listed:
        yield from _page(function)


def _page(function: Function) -> Iterator[str]:
    yield ""
    yield f"## {function.name}"
    yield ""
    yield f"{function.summary[:1].upper()}{function.summary[1:]}."
    if function.over_ami:
        yield "In direct mode telectl carries it out over AMI; SUCCESS means that Asterisk did it."
    if function.under_lock:
        yield "Repeated within three seconds after a SUCCESS, it gets the same answer and nothing is done again."
    if function.parameters:
        yield ""
        yield "| parameter | meaning | characters kept |"
        yield "|---|---|---|"
        for parameter in function.parameters:
            required = " (required)" if parameter.required else ""
            yield f"| `{parameter.name}` | {parameter.meaning}{required} | {kept(function.name, parameter.name)} |"
    if function.words:
        yield ""
        yield "| value | meaning |"
        yield "|---|---|"
        for word in function.values:
            yield f"| `{word}` | {word.meaning} |"
    yield ""
    yield "Example:"
    yield ""
    yield f"    {example_url(function)}"
    yield ""
    yield "Answers:"
    yield ""
    for answer in function.answers:
        yield f"    {answer}"


def _answers() -> Iterator[str]:
    yield "# What errors mean"
    yield ""
    yield "Generated (`make docs`). The answers of each function are in [functions.md](functions.md)."
    yield ""
    yield "## Call control"
    yield ""
    yield "`ERROR: <function> error - <text> - <agent>`, further fields behind bars. Rows that were written for an"
    yield "action are taken back before the answer when Asterisk refused it."
    yield ""
    yield from _table(_Explained(failure, failure.cause, failure.remedy) for failure in Failure)
    yield f"| `{_PARTIAL}` | a command of two steps did the first one only | do the second one alone |"
    yield ""
    yield "## Everything else"
    yield ""
    yield from _table(_SYSTEM_ERRORS)


def _table(listed: Iterable[_Explained]) -> Iterator[str]:
    yield "| text | cause | what to do |"
    yield "|---|---|---|"
    for one in listed:
        yield f"| `{one.text}` | {one.cause} | {one.remedy} |"
