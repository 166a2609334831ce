"""Statements about agents: their rows in vicidial_users and vicidial_live_agents."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.database import Select


@dataclass(frozen=True, slots=True)
class UserName:
    """The name of a user."""

    user: str


@dataclass(frozen=True, slots=True)
class LiveAgent:
    """A row of vicidial_live_agents: an agent that is logged in.

    `extension` is the phone's channel name without its suffix (`PJSIP/gs101`), `R/<user>` for a remote agent;
    `callerid` is the id of the call on the agent's screen, empty without one; `comments` is the kind of call (INBOUND,
    AUTO, MANUAL, REMOTE, …).
    """

    user: str
    server_ip: str
    conf_exten: str | None
    extension: str | None
    status: str
    lead_id: int
    campaign_id: str | None
    uniqueid: str | None
    callerid: str | None
    channel: str | None
    call_server_ip: str | None
    closer_campaigns: str | None
    external_recording: str | None
    comments: str | None
    agent_log_id: int | None

    @property
    def is_remote(self) -> bool:
        """Return whether no phone of this agent is in a room (remote agents, VICIdial's `R/` and `R%`)."""
        return (self.extension or "").startswith("R/")

    @property
    def is_inbound(self) -> bool:
        """Return whether the call on the agent's screen came from an in-group."""
        return (self.comments or "") in ("INBOUND", "CHAT", "EMAIL")

    @property
    def room(self) -> str:
        """The room (conference extension) of the agent's session."""
        return self.conf_exten or ""

    @property
    def call_id(self) -> str:
        """The id of the agent's call, empty without one."""
        return self.callerid or ""

    @property
    def call_server(self) -> str:
        """The server that holds the customer's channel (call-control.md section 3)."""
        given = self.call_server_ip or ""
        return given if len(given) >= 7 else self.server_ip  # noqa: PLR2004 - VICIdial's own test for an address


USER_BY_CUSTOM_THREE = Select(
    "user by alt_user",
    UserName,
    "FROM vicidial_users WHERE custom_three = %(custom_three)s ORDER BY user LIMIT 1",
)
USER_BY_NAME = Select("user by name", UserName, "FROM vicidial_users WHERE user = %(user)s LIMIT 1")
_FIRST_ROW = "FROM vicidial_live_agents WHERE user = %(user)s ORDER BY live_agent_id LIMIT 1"
LIVE_AGENT = Select("live agent", LiveAgent, _FIRST_ROW)
LIVE_ROWS = Select(
    "every row of a live agent", LiveAgent, "FROM vicidial_live_agents WHERE user = %(user)s ORDER BY live_agent_id"
)


def first_row(condition: str) -> str:
    """Return the SQL condition that a user's row of LIVE_AGENT is such: what was read of it still holds.

    A user may have several rows (`user` is not unique there). Flags are set in all of them, as VICIdial does; what a
    flag depends on is asked once for all, in the same statement, so that no check can be overtaken. The derived table's
    LIMIT is what lets MySQL read the table that it writes.
    """
    read = f"SELECT status, lead_id, callerid, external_recording {_FIRST_ROW}"
    return f"EXISTS (SELECT 1 FROM ({read}) AS live WHERE {condition})"


def any_row(condition: str) -> str:
    """Return the SQL condition that one row of a user, or more, is such: VICIdial's way to ask for a status."""
    counted = f"SELECT COUNT(*) AS number FROM vicidial_live_agents WHERE user = %(user)s AND {condition}"
    return f"EXISTS (SELECT 1 FROM ({counted}) AS such WHERE such.number > 0)"
