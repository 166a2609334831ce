"""Every function of the agent API, by name."""

from __future__ import annotations

from collections.abc import Mapping

from telectl.functions import (
    call_agent,
    coffee,
    external_add_lead,
    external_hangup,
    external_pause,
    external_status,
    logout,
    park_call,
    pause_code,
    recording,
    refresh_panel,
    send_dtmf,
    set_timer_action,
    st_get_agent_active_lead,
    st_login_log,
    switch_lead,
    update_fields,
    version,
    vm_message,
    webserver,
)
from telectl.functions.function import Function

_ALL: tuple[Function, ...] = (
    version.FUNCTION,
    webserver.FUNCTION,
    external_hangup.FUNCTION,
    external_status.FUNCTION,
    external_pause.FUNCTION,
    logout.FUNCTION,
    external_add_lead.FUNCTION,
    update_fields.FUNCTION,
    set_timer_action.FUNCTION,
    st_login_log.FUNCTION,
    st_get_agent_active_lead.FUNCTION,
    send_dtmf.FUNCTION,
    park_call.FUNCTION,
    recording.FUNCTION,
    call_agent.FUNCTION,
    pause_code.FUNCTION,
    switch_lead.FUNCTION,
    vm_message.FUNCTION,
    refresh_panel.FUNCTION,
    *coffee.FUNCTIONS,
)

FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _ALL}
