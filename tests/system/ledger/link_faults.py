"""What can happen to the connections of a copy, to Asterisk's manager interface or to the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ledger.kinds import Kind
from ledger.schedule import Fault, Plan
from ledger.stage import Stage
from telectl.testing import Direction, FaultProxy

SIDES = ("AMI", "database")
_CUT_WITHIN = (40, 1500)
"""Bytes after which a connection ends in the midst of something."""
_DELAY = (0.05, 0.4)
"""Seconds."""


def _between(fault: Fault, least: float, most: float) -> float:
    return least + fault.number * (most - least)


def _cut_after(direction: Direction) -> Callable[[FaultProxy, Fault], None]:
    return lambda proxy, fault: proxy.cut_after(int(_between(fault, *_CUT_WITHIN)), direction)


def _nothing(proxy: FaultProxy) -> None:
    del proxy


def _no_cut(proxy: FaultProxy) -> None:
    proxy.cut_after(0, Direction.TO_SERVER)


@dataclass(frozen=True, slots=True)
class _Spoil:
    """What one kind does to a proxy."""

    name: str
    what: str
    seconds: tuple[float, float]
    begin: Callable[[FaultProxy, Fault], object]
    end: Callable[[FaultProxy], object] = _nothing


_SPOILS = (
    _Spoil("cut", "every connection ends", (0.0, 0.0), lambda proxy, _: proxy.cut()),
    _Spoil("reset", "every connection is reset", (0.0, 0.0), lambda proxy, _: proxy.reset()),
    _Spoil(
        "cut in a question",
        "a connection ends in the midst of what it carries to the server",
        (1.0, 2.0),
        _cut_after(Direction.TO_SERVER),
        _no_cut,
    ),
    _Spoil(
        "cut in an answer",
        "a connection ends in the midst of what it carries from the server",
        (1.0, 2.0),
        _cut_after(Direction.TO_CLIENT),
        _no_cut,
    ),
    _Spoil("stall", "nothing passes", (0.5, 8.0), lambda proxy, _: proxy.stall(), FaultProxy.flow),
    _Spoil(
        "stall of questions",
        "nothing reaches the server, its answers do",
        (0.5, 5.0),
        lambda proxy, _: proxy.stall(Direction.TO_SERVER),
        FaultProxy.flow,
    ),
    _Spoil(
        "stall of answers",
        "what is sent reaches the server, nothing comes back",
        (0.5, 5.0),
        lambda proxy, _: proxy.stall(Direction.TO_CLIENT),
        FaultProxy.flow,
    ),
    _Spoil(
        "swallowed",
        "the connections there are never pass anything again, new ones do",
        (0.5, 5.0),
        lambda proxy, _: proxy.swallow(),
    ),
    _Spoil(
        "delay",
        "every piece comes late",
        (1.0, 3.0),
        lambda proxy, fault: setattr(proxy, "delay", _between(fault, *_DELAY)),
        lambda proxy: setattr(proxy, "delay", 0.0),
    ),
    _Spoil(
        "single bytes",
        "every piece comes byte by byte",
        (0.5, 1.5),
        lambda proxy, _: setattr(proxy, "chunk", 1),
        lambda proxy: setattr(proxy, "chunk", 0),
    ),
    _Spoil("refused", "nobody listens", (0.5, 6.0), lambda proxy, _: proxy.refuse(), FaultProxy.listen),
)


def _kind(side: str, spoil: _Spoil) -> Kind:
    def proxies(stage: Stage, fault: Fault) -> list[FaultProxy]:
        copies = [stage.copies[name] for name in fault.copies]
        return [copy.ami if side == "AMI" else copy.database for copy in copies]

    async def begin(stage: Stage, fault: Fault) -> None:
        for proxy in proxies(stage, fault):
            await _if_need_be(spoil.begin(proxy, fault))

    async def end(stage: Stage, fault: Fault) -> None:
        for proxy in proxies(stage, fault):
            await _if_need_be(spoil.end(proxy))

    return Kind(Plan(f"{side}: {spoil.name}", spoil.seconds, "link"), spoil.what, begin, end)


async def _if_need_be(done: object) -> None:
    if isinstance(done, Awaitable):
        await done


LINK_FAULTS = tuple(_kind(side, spoil) for side in SIDES for spoil in _SPOILS)
