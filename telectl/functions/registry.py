"""Every function of the agent API, by name."""

from __future__ import annotations

from collections.abc import Mapping

from telectl.functions import (
    call_agent,
    coffee,
    external_hangup,
    external_pause,
    logout,
    park_call,
    recording,
    send_dtmf,
    version,
    webserver,
)
from telectl.functions.function import Function

_ALL: tuple[Function, ...] = (
    version.FUNCTION,
    webserver.FUNCTION,
    external_hangup.FUNCTION,
    external_pause.FUNCTION,
    logout.FUNCTION,
    recording.FUNCTION,
    send_dtmf.FUNCTION,
    park_call.FUNCTION,
    call_agent.FUNCTION,
    *coffee.FUNCTIONS,
)

FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _ALL}
