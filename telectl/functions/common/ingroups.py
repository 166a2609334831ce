"""The in-group that a transfer names, DEFAULTINGROUP looked up."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.calls.remote.sql import RemoteCall
from telectl.database import Select
from telectl.database.call_rows import AutoCall
from telectl.functions.common.replies import Refusal
from telectl.functions.common.request import Request, Services

_LEAST = 2
_DEFAULT = "DEFAULTINGROUP"


@dataclass(frozen=True, slots=True)
class ActiveIngroup:
    """An in-group that takes calls."""

    group_id: str


@dataclass(frozen=True, slots=True)
class DefaultTransfer:
    """Where calls of an in-group or campaign go by default."""

    default_xfer_group: str | None


ACTIVE_INGROUP = Select(
    "active in-group",
    ActiveIngroup,
    "FROM vicidial_inbound_groups WHERE group_id = %(group_id)s AND active = 'Y' LIMIT 1",
)
DEFAULT_OF_INGROUP = Select(
    "default transfer of an in-group",
    DefaultTransfer,
    "FROM vicidial_inbound_groups WHERE group_id = %(name)s LIMIT 1",
)
DEFAULT_OF_CAMPAIGN = Select(
    "default transfer of a campaign",
    DefaultTransfer,
    "FROM vicidial_campaigns WHERE campaign_id = %(name)s LIMIT 1",
)


async def ingroup_of(request: Request, services: Services, call: AutoCall | RemoteCall | None) -> str:
    """Return the active in-group that ingroup_choices names, or end: `ingroup is not valid`."""
    group_id = request.parameters["ingroup_choices"]
    if group_id == _DEFAULT:
        group_id = await _default(services, call)
    usable = len(group_id) >= _LEAST and not group_id.startswith(" ")
    if not usable or await services.database.one(ACTIVE_INGROUP, group_id=group_id) is None:
        raise Refusal("ingroup is not valid", group_id)
    return group_id


async def _default(services: Services, call: AutoCall | RemoteCall | None) -> str:
    if call is None:
        return ""
    select = DEFAULT_OF_INGROUP if call.call_type == "IN" else DEFAULT_OF_CAMPAIGN
    found = await services.database.one(select, name=call.campaign_id or "")
    return (found.default_xfer_group if found else None) or ""
