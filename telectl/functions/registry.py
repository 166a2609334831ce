"""Every function of the agent API, by name."""

from __future__ import annotations

from collections.abc import Mapping

from telectl.functions import (
    call_agent,
    calls_in_queue_count,
    change_ingroups,
    coffee,
    external_add_lead,
    external_dial,
    external_hangup,
    external_pause,
    external_status,
    logout,
    park_call,
    pause_code,
    preview_dial_action,
    recording,
    refresh_panel,
    send_dtmf,
    send_notification,
    set_timer_action,
    st_get_agent_active_lead,
    st_login_log,
    switch_lead,
    update_fields,
    version,
    vm_message,
    webphone_url,
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
    external_dial.FUNCTION,
    external_add_lead.FUNCTION,
    change_ingroups.FUNCTION,
    update_fields.FUNCTION,
    set_timer_action.FUNCTION,
    st_login_log.FUNCTION,
    st_get_agent_active_lead.FUNCTION,
    send_dtmf.FUNCTION,
    park_call.FUNCTION,
    recording.FUNCTION,
    webphone_url.FUNCTION,
    call_agent.FUNCTION,
    pause_code.FUNCTION,
    preview_dial_action.FUNCTION,
    switch_lead.FUNCTION,
    vm_message.FUNCTION,
    calls_in_queue_count.FUNCTION,
    send_notification.FUNCTION,
    refresh_panel.FUNCTION,
    *coffee.FUNCTIONS,
)

FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _ALL}
