"""An API user that passed the login, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.database.lookups import UserRow

_LEAD_EDITORS = frozenset("1234")
_DEBUG_LEVEL = 9


@dataclass(frozen=True, slots=True)
class ApiUser:
    """A user of vicidial_users with API access."""

    row: UserRow

    @property
    def name(self) -> str:
        """The user's name as the table spells it."""
        return self.row.user

    @property
    def user_group(self) -> str:
        """The user's group."""
        return self.row.user_group or ""

    def may_use(self, function: str) -> bool:
        """Return whether api_allowed_functions allows a function: ALL_FUNCTIONS, or its name between two blanks."""
        allowed = self.row.api_allowed_functions or ""
        return "ALL_FUNCTIONS" in allowed or f" {function} " in allowed

    @property
    def may_edit_leads(self) -> bool:
        """Return whether modify_leads allows update_fields."""
        return self.row.modify_leads in _LEAD_EDITORS

    @property
    def may_edit_campaigns(self) -> bool:
        """Return whether modify_campaigns allows set_timer_action."""
        return self.row.modify_campaigns == "1"

    @property
    def may_change_ingroups(self) -> bool:
        """Return whether change_agent_campaign allows change_ingroups."""
        return self.row.change_agent_campaign == "1"

    @property
    def may_debug(self) -> bool:
        """Return whether `format=debug` is honoured (level 9)."""
        return self.row.user_level >= _DEBUG_LEVEL
