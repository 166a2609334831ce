"""change_ingroups: choose the in-groups that an agent takes calls from."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.database import Insert, Select, Write
from telectl.database.agents import LiveAgent
from telectl.functions.function import ONLY_AGENT, Function, Parameter, Value, value
from telectl.functions.replies import Refusal, Reply, success
from telectl.functions.request import Request, Services
from telectl.functions.steps import live_agent, not_logged_in, permission, require

_LEAST = 2
_LEAST_NAME = 2
_NO_AUTODIAL = frozenset({"MANUAL", "INBOUND_MAN"})
_NEEDS_CHOICES = frozenset({"ADD", "REMOVE"})
_DIRECT = "AGENTDIRECT"
"""Calls for one agent: selectable without a row of its own."""
_DEFAULT_SET = "User settings set as default"


@dataclass(frozen=True, slots=True)
class Inbound:
    """Whether a campaign's agents take inbound calls, and how it dials."""

    campaign_allow_inbound: str | None
    dial_method: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """An in-group."""

    group_id: str


@dataclass(frozen=True, slots=True)
class Rank:
    """An agent's standing in an in-group."""

    group_weight: int | None
    calls_today: int | None
    group_grade: int | None
    calls_today_filtered: int | None
    daily_limit: int | None


_UNRANKED = Rank(0, 0, 0, 0, -1)

INBOUND = Select(
    "inbound calls of a campaign", Inbound, "FROM vicidial_campaigns WHERE campaign_id = %(campaign_id)s LIMIT 1"
)
GROUP = Select("in-group", Group, "FROM vicidial_inbound_groups WHERE group_id = %(group_id)s LIMIT 1")
RANK = Select(
    "an agent's rank in an in-group",
    Rank,
    "FROM vicidial_inbound_group_agents WHERE user = %(user)s AND group_id = %(group_id)s LIMIT 1",
)
LIVE_GROUPS = Select("an agent's live in-groups", Group, "FROM vicidial_live_inbound_agents WHERE user = %(user)s")
SET_INGROUPS = Write(
    "ask for other in-groups",
    "UPDATE vicidial_live_agents SET external_ingroups = %(choices)s, external_blended = %(blended)s,"
    " external_igb_set_user = %(by)s, manager_ingroup_set = 'SET' WHERE user = %(user)s",
)
SELECT_GROUP = Insert(
    "select an in-group",
    "vicidial_live_inbound_agents",
    (
        *("user", "group_id", "group_weight", "calls_today", "last_call_time", "last_call_finish", "group_grade"),
        *("calls_today_filtered", "last_call_time_filtered", "last_call_finish_filtered", "daily_limit"),
    ),
    on_duplicate="group_weight = VALUES(group_weight), calls_today = VALUES(calls_today),"
    " group_grade = VALUES(group_grade), calls_today_filtered = VALUES(calls_today_filtered),"
    " daily_limit = VALUES(daily_limit)",
)
DESELECT_GROUP = Write(
    "deselect an in-group",
    "DELETE FROM vicidial_live_inbound_agents WHERE user = %(user)s AND group_id = %(group_id)s",
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
    await _require_groups(request, services, choices)
    result = _result(request.value, agent.closer_campaigns or "", choices)
    await _write(request, services, result)
    default = await _write_defaults(request, services, result) if given["set_as_default"] == "YES" else ""
    shown = (blended, result, request.agent_user)
    return success("change_ingroups function set", *shown, data=f"{result}|{blended}|{default}")


async def _require_allowed(request: Request, services: Services, agent: LiveAgent) -> None:
    campaign = await services.database.one(INBOUND, campaign_id=agent.campaign_id or "")
    if campaign is None or campaign.campaign_allow_inbound != "Y":
        raise Refusal("campaign does not allow inbound calls", request.agent_user)
    if not request.user.may_change_ingroups:
        raise Refusal("user is not allowed to change agent in-groups", request.parameters["user"])
    if request.parameters["blended"] == "YES" and campaign.dial_method in _NO_AUTODIAL:
        reason = "campaign dial_method does not allow outbound autodial"
        raise Refusal(reason, request.agent_user, agent.campaign_id or "")


async def _require_groups(request: Request, services: Services, choices: str) -> None:
    for name in _names(choices):
        if not name.startswith(_DIRECT) and await services.database.one(GROUP, group_id=name) is None:
            raise Refusal("ingroup does not exist", name, choices)
    if request.value in _NEEDS_CHOICES and not choices.strip(" -"):
        raise Refusal("ingroup_choices are required for ADD and REMOVE values", request.value, "")


def _names(choices: str) -> list[str]:
    """Give the in-groups in a list as VICIdial writes it: ` NAME NAME -`, the part before the first blank ignored."""
    return [word for word in choices.split(" ")[1:] if len(word) >= _LEAST_NAME]


def _result(action: str, present: str, choices: str) -> str:
    """Give the list that the agent will have."""
    if action not in _NEEDS_CHOICES:
        return choices
    selected, named = _names(present), _names(choices)
    if action == "ADD":
        selected += [name for name in named if name not in selected]
    else:
        selected = [name for name in selected if name not in named]
    return "".join(f" {name}" for name in selected) + " -"


async def _write(request: Request, services: Services, result: str) -> None:
    user = request.agent_user
    async with services.database.connection() as connection:
        set_columns = await connection.write(
            SET_INGROUPS, user=user, choices=result, blended=_blended(request), by=request.parameters["user"]
        )
        if not set_columns.matched:
            raise not_logged_in(request)
        selected = _names(result)
        now = request.instant.local
        for name in selected:
            rank = await connection.one(RANK, user=user, group_id=name) or _UNRANKED
            await connection.write(
                SELECT_GROUP,
                user=user,
                group_id=name,
                group_weight=rank.group_weight,
                calls_today=rank.calls_today,
                group_grade=rank.group_grade,
                calls_today_filtered=rank.calls_today_filtered,
                daily_limit=rank.daily_limit,
                last_call_time=now,
                last_call_finish=now,
                last_call_time_filtered=now,
                last_call_finish_filtered=now,
            )
        kept = {name.lower() for name in selected}
        for row in await connection.all(LIVE_GROUPS, user=user):
            if row.group_id.lower() not in kept:
                await connection.write(DESELECT_GROUP, user=user, group_id=row.group_id)


async def _write_defaults(request: Request, services: Services, result: str) -> str:
    user, blended = request.agent_user, _blended(request)
    await services.database.write(SET_DEFAULTS, user=user, choices=result, blended=blended)
    await services.database.write(
        LOG_DEFAULTS,
        event_date=request.instant.local,
        user=request.parameters["user"],
        ip_address=request.remote_ip[:15],
        event_section="USERS",
        event_type="MODIFY",
        record_id=user,
        event_code="API MODIFY USER",
        event_sql=f"{SET_DEFAULTS.name}: user {user}, closer_campaigns {result}, closer_default_blended {blended}",
        event_notes="",
    )
    return _DEFAULT_SET


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
    values=(
        Value("CHANGE", "replace the agent's in-groups"),
        Value("ADD", "add to them"),
        Value("REMOVE", "take from them"),
    ),
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
