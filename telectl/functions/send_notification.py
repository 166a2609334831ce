"""send_notification: show a message or confetti on agents' screens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telectl.database import Insert, Select
from telectl.functions.common.checks import permission
from telectl.functions.common.function import Function, Parameter
from telectl.functions.common.replies import Refusal, Reply, Result, success
from telectl.functions.common.request import Request, Services

_DATE_AND_TIME = re.compile(r"\d+-\d+-\d+ *\d+:\d+")
_HEX_COLOUR = re.compile(r"[0-9A-F]{3,6}")
_NO_NAME = ("", "0")
"""What names nobody, unless there is a recipient of that name and the type says of what kind."""
_CONFETTI_DEFAULTS = {"duration": "2", "maxParticleCount": "2350", "particleSpeed": "2"}


@dataclass(frozen=True, slots=True)
class User:
    """A possible recipient."""

    user: str


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A possible recipient."""

    user_group: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A possible recipient."""

    campaign_id: str


@dataclass(frozen=True, slots=True)
class Container:
    """A settings container: lines `name => value`."""

    container_entry: str | None


RECIPIENTS = {
    "USER": ("vicidial_users", Select("user", User, "FROM vicidial_users WHERE user = %(name)s LIMIT 1")),
    "USER_GROUP": (
        "vicidial_user_groups",
        Select("user group", UserGroup, "FROM vicidial_user_groups WHERE user_group = %(name)s LIMIT 1"),
    ),
    "CAMPAIGN": (
        "vicidial_campaigns",
        Select("campaign", Campaign, "FROM vicidial_campaigns WHERE campaign_id = %(name)s LIMIT 1"),
    ),
}
"""What a recipient may be, in the order in which an unknown kind is looked up."""
CONFETTI = Select(
    "confetti settings",
    Container,
    "FROM vicidial_settings_containers WHERE container_id = 'CONFETTI_SETTINGS' LIMIT 1",
)
_ALWAYS = (
    "entry_date",
    "recipient",
    "recipient_type",
    "notification_date",
    "notification_retry",
    "notification_status",
)
_TEXT = ("notification_text", "text_size", "text_font", "text_weight", "text_color")
_CONFETTI = ("show_confetti", "confetti_options")
QUEUE = {
    (has_text, has_confetti): Insert(
        "queue a notification",
        "vicidial_agent_notifications",
        (*_ALWAYS, *(_TEXT if has_text else ()), *(_CONFETTI if has_confetti else ())),
    )
    for has_text in (True, False)
    for has_confetti in (True, False)
}


async def run(request: Request, services: Services) -> Reply:
    """Queue the notification for its recipient."""
    recipient, kind = request.parameters["recipient"], request.parameters["recipient_type"]
    sent = request.agent_user, request.value
    request.agent_user, request.value = recipient, kind
    if int(request.system.agent_notifications or 0) < 1:
        raise Refusal("Agent API Notifications are disabled on this system", request.system.agent_notifications)
    permission(request, sent[1])
    if recipient not in _NO_NAME and kind not in RECIPIENTS:
        kind = await _look_up(request, services, recipient, kind)
    exists = bool(recipient) and kind in RECIPIENTS and await _exists(services, recipient, kind)
    if recipient in _NO_NAME and not exists:
        raise Refusal("Missing recipient or recipient_type", recipient, kind)
    request.agent_user, request.value = sent
    await _require_access(request, services, recipient, kind, exists=exists)
    request.agent_user, request.value = recipient, kind
    confetti = request.parameters["show_confetti"] == "Y"
    if not _given(request, "notification_text") and not confetti:
        raise Refusal("invalid request", recipient, kind)
    return await _queue(request, services, recipient, kind, confetti=confetti)


def _given(request: Request, name: str) -> str:
    """Return a parameter of this function, in which `0` counts as missing, as in VICIdial."""
    text = request.parameters[name]
    return "" if text == "0" else text


async def _exists(services: Services, recipient: str, kind: str) -> bool:
    """Return whether there is such a user, user group or campaign; names are the same in any case."""
    _, select = RECIPIENTS[kind]
    return await services.database.one(select, name=recipient) is not None


async def _look_up(request: Request, services: Services, recipient: str, kind: str) -> str:
    """Find out what an unknown kind of recipient is, by name: one line without a log row."""
    prefix = f"Invalid recipient_type ({kind}), "
    for known in RECIPIENTS:
        if await _exists(services, recipient, known):
            text = f"{prefix}{request.translate(Result.NOTICE)}: found {recipient} as {known}<BR>"
            request.say(Reply(Result.NOTICE, "", text=text, logged=False))
            return known
    reason = "no matching recipient found in users, user_groups, or campaigns"
    request.value = ""
    text = f"{prefix}{request.translate(Result.ERROR)}: {request.translate(reason)} - {recipient}"
    raise Refusal(reason, recipient, text=text)


async def _require_access(request: Request, services: Services, recipient: str, kind: str, *, exists: bool) -> None:
    """Check that the recipient exists and that the API user's group may reach it; the log has what was sent."""
    table, _ = RECIPIENTS[kind]
    if not exists:
        raise Refusal(f"{recipient} DOES NOT EXIST in {table}", request.value, recipient)
    if kind != "USER":
        group = await services.lookups.group(request.user.user_group)
        if group is None:
            raise Refusal("user_group DOES NOT EXIST", request.value, request.user.user_group)
        _require_listed(request, recipient, kind, group.allowed_campaigns or "", group.admin_viewable_groups or "")


def _require_listed(request: Request, recipient: str, kind: str, campaigns: str, groups: str) -> None:
    name, shown = request.parameters["user"], (request.value, recipient)
    if kind == "CAMPAIGN" and not _listed(recipient, "-ALL", campaigns):
        raise Refusal(f"ACCESS TO CAMPAIGN {recipient} NOT ALLOWED FOR USER {name} ({campaigns})", *shown)
    if kind == "USER_GROUP" and not _listed(recipient, "---ALL", groups):
        raise Refusal(f"ACCESS TO USER GROUP {recipient} NOT ALLOWED FOR USER {name}", *shown)


def _listed(recipient: str, everything: str, listed: str) -> bool:
    """Return whether a list between blanks names everything, or the recipient, in any case."""
    return everything in listed or f" {recipient} ".casefold() in listed.casefold()


async def _queue(request: Request, services: Services, recipient: str, kind: str, *, confetti: bool) -> Reply:
    given, now = request.parameters, request.instant
    when, warning = _given(request, "notification_date"), ""
    if when and not _DATE_AND_TIME.search(when):
        warning = f"{request.translate(Result.NOTICE)}: Invalid notification date {when}, changing to now"
    if not when or warning:
        when = now.text
    text = _given(request, "notification_text")
    values: dict[str, object] = {
        "entry_date": now.local,
        "recipient": recipient,
        "recipient_type": kind,
        "notification_date": when,
        "notification_retry": "Y" if "y" in given["notification_retry"].lower() else "N",
        "notification_status": "QUEUED",
    }
    if text:
        values |= {
            "notification_text": text,
            "text_size": _given(request, "text_size") or "12",
            "text_font": given["text_font"] or "Arial",
            "text_weight": given["text_weight"] or "bold",
            "text_color": _colour(_given(request, "text_color")),
        }
    if confetti:
        values |= {"show_confetti": "Y", "confetti_options": await _confetti(request, services)}
    written = await services.database.write(QUEUE[bool(text), confetti], **values)
    reply = success("notification queued", recipient, kind, str(written.last_id))
    if not warning:
        return reply
    line = warning + reply.lines(request.translate)[0]
    return Reply(reply.result, reply.reason, reply.fields, text=line)


def _colour(given: str) -> str:
    if not given:
        return "black"
    return f"#{given}" if _HEX_COLOUR.fullmatch(given) else given


async def _confetti(request: Request, services: Services) -> str:
    """Return `duration,count,speed`: as sent, else as the settings container says, else the defaults."""
    given = {name: _given(request, name) for name in _CONFETTI_DEFAULTS}
    kept: dict[str, str] = {}
    if not all(given.values()):
        container = await services.database.one(CONFETTI)
        lines = ((container.container_entry if container else "") or "").splitlines()
        pairs = (line.split("=>", 1) for line in lines if "=>" in line and not line.startswith(";"))
        kept = {name.strip(): setting.strip() for name, setting in pairs}
    return ",".join(given[name] or kept.get(name) or default for name, default in _CONFETTI_DEFAULTS.items())


FUNCTION = Function(
    name="send_notification",
    summary="shows a text or confetti on the screens of an agent, a user group or a campaign",
    run=run,
    parameters=(
        Parameter("recipient", "a user, user group or campaign", required=True),
        Parameter("recipient_type", "USER, USER_GROUP or CAMPAIGN; anything else is looked up", required=True),
        Parameter("notification_text", "the text; this or show_confetti"),
        Parameter("notification_date", "when to show it, YYYY-MM-DD HH:MM:SS; now if missing"),
        Parameter("notification_retry", "Y: show it again until it was seen"),
        Parameter("text_size", "points; 12 if missing"),
        Parameter("text_font", "Arial if missing"),
        Parameter("text_weight", "bold if missing"),
        Parameter("text_color", "a name, or three to six hexadecimal digits; black if missing"),
        Parameter("show_confetti", "Y: let confetti fall"),
        Parameter("duration", "of the confetti, in seconds"),
        Parameter("maxParticleCount", "most pieces at a time"),
        Parameter("particleSpeed", "how fast they fall"),
    ),
    answers=(
        "ERROR: Agent API Notifications are disabled on this system - 0",
        "ERROR: Missing recipient or recipient_type - <recipient>|<type>",
        "Invalid recipient_type (<type>), NOTICE: found <recipient> as <type><BR>",
        (
            "Invalid recipient_type (<type>), ERROR: no matching recipient found in users, user_groups, or campaigns"
            " - <recipient>"
        ),
        "ERROR: <recipient> DOES NOT EXIST in <table> - V|<recipient>",
        "ERROR: user_group DOES NOT EXIST - V|<group>",
        "ERROR: ACCESS TO CAMPAIGN <recipient> NOT ALLOWED FOR USER U (<campaigns>) - V|<recipient>",
        "ERROR: ACCESS TO USER GROUP <recipient> NOT ALLOWED FOR USER U - V|<recipient>",
        "ERROR: invalid request - <recipient>|<type>",
        (
            "NOTICE: Invalid notification date <date>, changing to nowSUCCESS: notification queued"
            " - <recipient>|<type>|<id>"
        ),
        "SUCCESS: notification queued - <recipient>|<type>|<id>",
    ),
    example="function=send_notification&recipient=1000&recipient_type=USER&notification_text=Hello",
)
