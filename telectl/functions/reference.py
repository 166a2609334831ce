"""The agent API's reference, printed from the registry: `telectl functions`, and docs/functions.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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


def example_url(function: Function) -> str:
    """Return an example request."""
    login = "" if function.access is Access.OPEN else f"{LOGIN}&"
    return f"{_PAGE}?{login}{function.example}"


def kept(function: str, parameter: str) -> str:
    """Tell in words which characters of a parameter survive its cleaning."""
    rule = CLEANING[parameter]
    if parameter == "value":
        rule = WIDER_VALUE.get(function) or NARROWER_VALUE.get(function) or rule
        if function == "external_dial":
            return f"digits; or {MANUAL_NEXT}"
    return _words(rule)


def page(function: Function) -> str:
    """Return one function's page."""
    return "\n".join(_page(function))


def markdown() -> str:
    """Return the whole reference, docs/functions.md."""
    return "\n".join(_pages(FUNCTIONS.values())) + "\n"


def _words(rule: Rule) -> str:
    if rule.drop is not None:
        return "everything but " + " ".join(f"`{char}`" for char in rule.drop)
    parts = [_CLASSES[name] for name in rule.classes]
    parts += ["blank"] if " " in rule.also else []
    parts += [f"`{char}`".replace("`|`", "the bar") for char in rule.also if char != " "]
    return ", ".join(parts)


def _pages(functions: Iterable[Function]) -> Iterator[str]:
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
    if function.values:
        yield ""
        yield "| value | meaning |"
        yield "|---|---|"
        for word in function.values:
            yield f"| `{word.word}` | {word.meaning} |"
    yield ""
    yield "Example:"
    yield ""
    yield f"    {example_url(function)}"
    yield ""
    yield "Answers:"
    yield ""
    for answer in function.answers:
        yield f"    {answer}"
