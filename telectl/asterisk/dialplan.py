"""Questions to a server's dialplan, answered as Asterisk itself would find it for a channel that goes there."""

from __future__ import annotations

from telectl.asterisk.actions import GetVar, ShowDialplan
from telectl.asterisk.link import Link
from telectl.asterisk.values import function
from telectl.errors import ActionRefused, OutcomeUnknown, ServerUnavailable

_FIRST_STEP = "1"
_YES, _NO = "1", "0"


async def evaluate(link: Link, name: str, *arguments: str, channel: str = "") -> str:
    """Return what a dialplan function says for a channel, or for none; empty where its module is not loaded.

    Raises:
        ActionRefused: there is no such channel.
        ServerUnavailable: no answer came.
        UnsafeValue: an argument would be read as two.
    """
    question = GetVar(channel, function(name, *arguments))
    try:
        return (await link.do(question))["Value"]
    except OutcomeUnknown as error:
        raise ServerUnavailable(str(error)) from error  # a question changes nothing


async def extension_exists(link: Link, context: str, exten: str, channel: str = "") -> bool:
    """Return whether a call can go to an extension: by pattern, include and switch, and now.

    `channel` is what is to go there: lines for certain callers only, and includes that look at a variable, depend on
    it. Without one such a line counts, for nobody knows yet who will call. The other errors are those of `evaluate`.
    """
    answer = await evaluate(link, "DIALPLAN_EXISTS", context, exten, _FIRST_STEP, channel=channel)
    if answer == _YES or (answer == _NO and channel):
        return answer == _YES
    return await _has_first_step(link, context, exten)


async def _has_first_step(link: Link, context: str, exten: str) -> bool:
    """Return whether a line of the dialplan is an extension's first step; hints and later steps are listed, too."""
    try:
        rows = await link.list(ShowDialplan(context, exten))
    except ActionRefused as refusal:
        if "did not find" in str(refusal).lower():
            return False
        raise
    except OutcomeUnknown as error:
        raise ServerUnavailable(str(error)) from error
    return any(row["Priority"] == _FIRST_STEP for row in rows)
