"""change_ingroups: choose the in-groups that an agent takes calls from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from telectl.database import Insert, Select, Write
from telectl.database.agents import LiveAgent
from telectl.described_enum import DescribedEnum
from telectl.functions.common.checks import campaign_of, live_agent, not_logged_in, permission, require
from telectl.functions.common.function import ONLY_AGENT, Function, Parameter, value
from telectl.functions.common.replies import Refusal, Reply, success
from telectl.functions.common.request import Request, Services


class Change(DescribedEnum):
    """What change_ingroups' value asks for."""

    CHANGE = "CHANGE", "replace the agent's in-groups"
    ADD = "ADD", "add to them"
    REMOVE = "REMOVE", "take from them"


_LEAST = 2
_LEAST_NAME = 2
_LONGEST_USER = 20
_NO_AUTODIAL = frozenset({"MANUAL", "INBOUND_MAN"})
_DEFAULT_SET = "User settings set as default"


@dataclass(frozen=True, slots=True)
class Group:
    """An in-group."""

    group_id: str


GROUPS = Select("in-groups", Group, "FROM vicidial_inbound_groups WHERE FIND_IN_SET(group_id, %(names)s)")
SET_INGROUPS = Write(
    "ask for other in-groups",
    "UPDATE vicidial_live_agents SET external_ingroups = %(choices)s, external_blended = %(blended)s,"
    " external_igb_set_user = %(by)s, manager_ingroup_set = 'SET' WHERE user = %(user)s",
)
# Of two requests at once the one that asked last fills in the agent's in-groups: the other's statements find their
# list superseded and change nothing, whatever the order in which they arrive.
_STILL_ASKED = (
    "EXISTS (SELECT 1 FROM vicidial_live_agents AS asked WHERE asked.user = %(user)s"
    " AND NOT (asked.manager_ingroup_set = 'SET' AND asked.external_ingroups <> %(choices)s))"
)
DESELECT_GROUPS = Write(
    "deselect in-groups",
    "DELETE FROM vicidial_live_inbound_agents WHERE user = %(user)s AND NOT FIND_IN_SET(group_id, %(names)s)"
    f" AND {_STILL_ASKED}",
)
# The aggregates make it one row, be the agent ranked in the in-group or not.
SELECT_GROUP = Write(
    "select an in-group",
    "INSERT INTO vicidial_live_inbound_agents (user, group_id, group_weight, calls_today, group_grade,"
    " calls_today_filtered, daily_limit, last_call_time, last_call_finish, last_call_time_filtered,"
    " last_call_finish_filtered)"
    " SELECT %(user)s, %(name)s, COALESCE(MAX(group_weight), 0), COALESCE(MAX(calls_today), 0),"
    " COALESCE(MAX(group_grade), 0), COALESCE(MAX(calls_today_filtered), 0), COALESCE(MAX(daily_limit), -1),"
    " %(now)s, %(now)s, %(now)s, %(now)s"
    " FROM vicidial_inbound_group_agents WHERE user = %(user)s AND group_id = %(name)s"
    f" HAVING {_STILL_ASKED}"
    " ON DUPLICATE KEY UPDATE group_weight = VALUES(group_weight), calls_today = VALUES(calls_today),"
    " group_grade = VALUES(group_grade), calls_today_filtered = VALUES(calls_today_filtered),"
    " daily_limit = VALUES(daily_limit)",
)
SET_DEFAULTS = Write(
    "set an agent's default in-groups",
    "UPDATE vicidial_users SET closer_campaigns = %(choices)s, closer_default_blended = %(blended)s"
    " WHERE user = %(user)s",
)
LOG_DEFAULTS = Insert(
    "log a change of defaults",
    "vicidial_admin_log",
    (
        *("event_date", "user", "ip_address", "event_section", "event_type", "record_id", "event_code"),
        *("event_sql", "event_notes"),
    ),
)


async def run(request: Request, services: Services) -> Reply:
    """Set the four columns of the agent's row and its in-group rows; perhaps also the agent's defaults."""
    given = request.parameters
    blended, choices = given["blended"], given["ingroup_choices"]
    valid = len(blended) >= _LEAST and len(request.agent_user) >= _LEAST and request.value in FUNCTION.words
    require(request, blended, choices, valid=valid)
    permission(request)
    agent = await live_agent(request, services)
    await _require_allowed(request, services, agent)
    named = await _require_groups(request, services, choices)
    result = choices if request.value == Change.CHANGE else _result(request.value, agent.closer_campaigns or "", named)
    done = await _write(request, services, result)
    default = ""
    if given["set_as_default"] == "YES":
        default = _DEFAULT_SET
        await _write_defaults(request, services, result, done)
    shown = (blended, result, request.agent_user)
    return success("change_ingroups function set", *shown, data=(result, blended, default))


async def _require_allowed(request: Request, services: Services, agent: LiveAgent) -> None:
    campaign = await campaign_of(agent, services)
    if campaign is None or campaign.campaign_allow_inbound != "Y":
        raise Refusal("campaign does not allow inbound calls", request.agent_user)
    if not request.user.may_change_ingroups:
        raise Refusal("user is not allowed to change agent in-groups", request.parameters["user"])
    if request.parameters["blended"] == "YES" and campaign.dial_method in _NO_AUTODIAL:
        reason = "campaign dial_method does not allow outbound autodial"
        raise Refusal(reason, request.agent_user, agent.campaign_id or "")


async def _require_groups(request: Request, services: Services, choices: str) -> list[str]:
    """Return the in-groups that the request names, as their table spells them; each must exist, active or not."""
    names = _names(choices)
    rows = await services.database.all(GROUPS, names=",".join(_once(names)))
    found = {row.group_id.casefold(): row.group_id for row in rows}
    for name in names:
        if name.casefold() not in found:
            raise Refusal("ingroup does not exist", name, choices)
    if request.value != Change.CHANGE and not choices:  # `-` alone names no in-group: the list stays as it is
        raise Refusal("ingroup_choices are required for ADD and REMOVE values", request.value, "")
    return [found[name.casefold()] for name in names]


def _names(choices: str) -> list[str]:
    """Return the in-groups in a list as VICIdial writes it: ` NAME NAME -`, the part before the first blank ignored."""
    return [word for word in choices.split(" ")[1:] if len(word) >= _LEAST_NAME]


def _once(names: Iterable[str]) -> list[str]:
    """Return each name once: a list may repeat one a hundred thousand times, and each costs a statement."""
    return list({name.casefold(): name for name in names}.values())


def _result(action: str, present: str, named: list[str]) -> str:
    """Return the list that ADD or REMOVE leads to; names are the same in any case."""
    if not named:
        return present
    selected = {name.casefold(): name for name in _names(present)}
    for name in named:
        if action == Change.ADD:
            selected.setdefault(name.casefold(), name)
        else:
            selected.pop(name.casefold(), None)
    return "".join(f" {name}" for name in selected.values()) + " -"


async def _write(request: Request, services: Services, result: str) -> list[str]:
    """Set the flag and the agent's in-group rows, and return the statements for the admin log."""
    names = _once(_names(result))
    flag = {"blended": _blended(request), "by": request.parameters["user"]}
    asked = {"user": request.agent_user, "choices": result}
    done = [_told(SET_INGROUPS, **asked, **flag), _told(DESELECT_GROUPS, **asked, names=",".join(names))]
    async with services.database.connection() as connection:
        written = await connection.write(SET_INGROUPS, **asked, **flag)
        if not written.matched:
            raise not_logged_in(request)
        await connection.write(DESELECT_GROUPS, **asked, names=",".join(names))
        for name in names:
            await connection.write(SELECT_GROUP, **asked, name=name, now=request.instant.local)
            done.append(_told(SELECT_GROUP, **asked, name=name, now=request.instant.text))
    return done


async def _write_defaults(request: Request, services: Services, result: str, done: list[str]) -> None:
    """Make the list the agent's default; one row of the admin log tells all statements."""
    values = {"user": request.agent_user, "choices": result, "blended": _blended(request)}
    await services.database.write(SET_DEFAULTS, **values)
    await services.database.write(
        LOG_DEFAULTS,
        event_date=request.instant.local,
        user=request.parameters["user"][:_LONGEST_USER],
        ip_address=request.remote_ip[:15],
        event_section="USERS",
        event_type="MODIFY",
        record_id=request.agent_user,
        event_code="API MODIFY USER",
        event_sql="|".join((*done, _told(SET_DEFAULTS, **values))),
        event_notes="",
    )


def _told(statement: Write, **values: str) -> str:
    """Write a statement with its values out, for people to read; nothing ever runs it."""
    return statement.sql % {name: f"'{text}'" for name, text in values.items()}


def _blended(request: Request) -> str:
    return "1" if request.parameters["blended"] == "YES" else "0"


FUNCTION = Function(
    name="change_ingroups",
    summary="changes the in-groups that a logged-in agent takes calls from",
    run=run,
    parameters=(
        *ONLY_AGENT,
        value("CHANGE, ADD or REMOVE"),
        Parameter("blended", "YES: also outbound auto-dialled calls; NO: inbound only", required=True),
        Parameter("ingroup_choices", "in-groups between blanks, ` NAME NAME -`"),
        Parameter("set_as_default", "YES: also the agent's own defaults"),
    ),
    values=Change,
    answers=(
        "ERROR: change_ingroups not valid - <blended>|<choices>",
        "ERROR: agent_user is not logged in - A",
        "ERROR: campaign does not allow inbound calls - A",
        "ERROR: user is not allowed to change agent in-groups - U",
        "ERROR: campaign dial_method does not allow outbound autodial - A|<campaign>",
        "ERROR: ingroup does not exist - <in-group>|<choices>",
        "ERROR: ingroup_choices are required for ADD and REMOVE values - V|",
        "SUCCESS: change_ingroups function set - <blended>|<resulting choices>|A",
    ),
    example="agent_user=1000&function=change_ingroups&value=CHANGE&set_as_default=YES&blended=YES"
    "&ingroup_choices=+TEST_IN+SALESLINE+FAKE_IN+-",
)
