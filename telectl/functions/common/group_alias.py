"""The caller id of a call: a group alias names it (table groups_alias)."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.calls.dial_parts import is_shown
from telectl.database import Select
from telectl.functions.common.replies import Refusal
from telectl.functions.common.request import Request, Services

_LEAST_ALIAS = 2
_LEAST_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Alias:
    """The number of a group alias."""

    caller_id_number: str | None


ALIAS = Select("group alias", Alias, "FROM groups_alias WHERE group_alias_id = %(alias)s LIMIT 1")


async def caller_id_of(request: Request, services: Services) -> tuple[str, str]:
    """Return the alias that the request names and its number; both empty when it names none. Inactive ones count.

    The number is what is shown to who is called, so it is digits and + only, whoever dials.
    """
    alias = request.parameters["group_alias"]
    if len(alias) < _LEAST_ALIAS:
        return alias, ""
    found = await services.database.one(ALIAS, alias=alias)
    if found is None:
        raise Refusal("group_alias is not valid", request.agent_user, alias, data=alias)
    number = found.caller_id_number or ""
    if len(number) < _LEAST_NUMBER or not is_shown(number):
        reason = "caller_id_number from group_alias is not valid"
        raise Refusal(reason, request.agent_user, alias, number, data=(alias, number))
    return alias, number
