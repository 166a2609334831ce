"""Real requests: the recorded cases, the API document's examples, and the registry's own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from urllib.parse import unquote_to_bytes

from document import EXAMPLES

from fuzz.inputs import Pairs
from telectl.functions.registry import FUNCTIONS

_CASES = Path(__file__).parents[2] / "conformance" / "cases.jsonl"
_LOGIN = (b"source", b"user", b"pass")


@cache
def requests() -> tuple[Pairs, ...]:
    """Return the parameters of every real request, without its login; agents are those of the demo data."""
    texts = [example.partition("?")[2] for example in EXAMPLES]
    texts += [function.example for function in FUNCTIONS.values()]
    for line in _CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        texts.append("&".join(filter(None, (case["query"], case["form"]))))
    return tuple(_pairs(text) for text in dict.fromkeys(texts))


def _pairs(text: str) -> Pairs:
    parts = (part.partition("=") for part in text.split("&") if part)
    found = [(_decoded(name), _decoded(value)) for name, _, value in parts]
    return [(name, _agent(name, value)) for name, value in found if name not in _LOGIN]


def _agent(name: bytes, value: bytes) -> bytes:
    """Return an agent of the demo data in place of one of the recorded cases."""
    return b"1000" if name == b"agent_user" and value not in (b"6666", b"1028", b"") else value


def _decoded(text: str) -> bytes:
    return unquote_to_bytes(text.replace("+", " "))
