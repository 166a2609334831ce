"""What nearly every request asks of the database, kept for `TELECTL_CACHE_SECONDS`.

Settings, API users, IP lists, servers: rows that people change by hand now and then. Nothing of a call or of an
agent's state is ever kept here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from telectl.database import Count, Database, Select
from telectl.database.cache import TtlCache
from telectl.database.setup.demo import OF_DEMO
from telectl.database.troubles import NOT_INSTALLED
from telectl.errors import NotInstalled


@dataclass(frozen=True, slots=True)
class SystemSettings:
    """The one row of system_settings, as far as the agent API reads it."""

    use_non_latin: str
    vdc_agent_api_active: str
    pass_hash_enabled: str
    pass_key: str
    pass_cost: int
    allow_ip_lists: str
    system_ip_blacklist: str
    enable_languages: str
    language_method: str
    outbound_cid_any: str
    agent_notifications: str
    agent_debug_logging: str
    enable_vtiger_integration: str
    enable_queuemetrics_logging: str
    queuemetrics_log_id: str | None

    @property
    def non_latin(self) -> bool:
        """Return whether letters of any alphabet survive cleaning."""
        return self.use_non_latin == "1"

    @property
    def translates(self) -> bool:
        """Return whether answers go through vicidial_language_phrases."""
        return self.enable_languages == "1" and self.language_method == "MYSQL"


@dataclass(frozen=True, slots=True)
class UserRow:
    """A row of vicidial_users, as far as login and permissions need it."""

    user: str
    password: str = field(metadata={"sql": "pass"}, repr=False)
    pass_hash: str | None = field(repr=False)
    user_level: int
    active: str
    user_group: str | None
    vdc_agent_api_access: str
    selected_language: str | None
    api_allowed_functions: str | None
    ignore_ip_list: str
    failed_login_count: int
    last_login_date: datetime | None
    modify_leads: str
    modify_campaigns: str
    change_agent_campaign: str
    agentcall_manual: str | None
    of_demo: int = field(metadata={"sql": OF_DEMO})
    """Whether it is a user of the demo data, whose password everybody knows."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A row of vicidial_user_groups, as far as the API reads it."""

    allowed_campaigns: str | None
    admin_viewable_groups: str | None
    api_ip_list: str | None

    def allows_campaign(self, campaign_id: str) -> bool:
        """Return whether allowed_campaigns names a campaign between two blanks, or -ALL-CAMPAIGNS-."""
        allowed = (self.allowed_campaigns or "").lower()
        return "-all" in allowed or (bool(campaign_id) and f" {campaign_id.lower()} " in allowed)


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A row of vicidial_campaigns, as far as functions that set flags and rows read it."""

    api_manual_dial: str | None
    manual_preview_dial: str | None
    alt_number_dialing: str | None
    manual_dial_list_id: int | None
    """Where leads that are dialled by hand are kept."""
    use_other_campaign_dnc: str | None
    """Whose do-not-call list counts, empty for its own."""
    campaign_allow_inbound: str | None
    dial_method: str | None
    agent_lead_search: str | None


@dataclass(frozen=True, slots=True)
class Phrase:
    """A translated text of vicidial_language_phrases."""

    english_text: str
    translated_text: str | None


LONGEST_NAME = 20
"""Characters of vicidial_users.user: a longer name is nobody's."""

SYSTEM_SETTINGS = Select("system settings", SystemSettings, "FROM system_settings LIMIT 1")
USER = Select("api user", UserRow, "FROM vicidial_users WHERE user = %(user)s LIMIT 1")
GROUP = Select("user group", GroupRow, "FROM vicidial_user_groups WHERE user_group = %(user_group)s LIMIT 1")
ACTIVE_SERVERS = Select(
    "active asterisk servers",
    Count,
    "FROM servers WHERE active = 'Y' AND active_asterisk_server = 'Y'",
)
LISTED_ADDRESS = Select(
    "address in an ip list",
    Count,
    "FROM vicidial_ip_list_entries WHERE ip_list_id = %(ip_list)s AND ip_address IN (%(address)s, %(class_c)s)",
)
CAMPAIGN = Select(
    "campaign settings", CampaignRow, "FROM vicidial_campaigns WHERE campaign_id = %(campaign_id)s LIMIT 1"
)
PHRASES = Select("phrases of a language", Phrase, "FROM vicidial_language_phrases WHERE language_id = %(language)s")


class Lookups:
    """The kept look-ups of one process."""

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._settings = TtlCache(self._read_settings, seconds, most=1)
        self._users = TtlCache(self._read_user, seconds)
        self._groups = TtlCache(self._read_group, seconds)
        self._servers = TtlCache(self._read_servers, seconds, most=1)
        self._addresses = TtlCache(self._read_address, seconds)
        self._campaigns = TtlCache(self._read_campaign, seconds)
        self._phrases = TtlCache(self._read_phrases, max(seconds, 0), most=50)

    async def system_settings(self) -> SystemSettings:
        """Return the row of system_settings.

        Raises:
            NotInstalled: the table is empty, so that nothing is known of passwords and permissions.
        """
        return await self._settings.get(None)

    async def user(self, name: str) -> UserRow | None:
        """Return a user's row; names match as the column's collation does (case ignored)."""
        return await self._users.get(name) if len(name) <= LONGEST_NAME else None

    def forget_user(self, name: str) -> None:
        """Drop what is kept of a user whose row we changed (a failed login)."""
        self._users.forget(name)

    async def group(self, name: str) -> GroupRow | None:
        """Return the row of a user group."""
        return await self._groups.get(name)

    async def campaign(self, campaign_id: str) -> CampaignRow | None:
        """Return the row of a campaign."""
        return await self._campaigns.get(campaign_id)

    async def has_active_server(self) -> bool:
        """Return whether any Asterisk server is active."""
        return await self._servers.get(None)

    async def address_listed(self, ip_list: str, address: str) -> bool:
        """Return whether an IP list holds the address, or its class C written `a.b.c.x`."""
        return await self._addresses.get((ip_list, address))

    async def phrases(self, language: str) -> dict[str, str]:
        """Return a language's translations by English text."""
        return await self._phrases.get(language)

    async def _read_settings(self, _: None) -> SystemSettings:
        found = await self._database.one(SYSTEM_SETTINGS)
        if found is None:
            raise NotInstalled("the table system_settings is empty", NOT_INSTALLED.words)
        return found

    async def _read_user(self, name: str) -> UserRow | None:
        return await self._database.one(USER, user=name)

    async def _read_group(self, name: str) -> GroupRow | None:
        return await self._database.one(GROUP, user_group=name)

    async def _read_campaign(self, campaign_id: str) -> CampaignRow | None:
        return await self._database.one(CAMPAIGN, campaign_id=campaign_id)

    async def _read_servers(self, _: None) -> bool:
        found = await self._database.one(ACTIVE_SERVERS)
        return found is not None and found.number > 0

    async def _read_address(self, key: tuple[str, str]) -> bool:
        ip_list, address = key
        class_c = address.rpartition(".")[0] + ".x"
        found = await self._database.one(LISTED_ADDRESS, ip_list=ip_list, address=address, class_c=class_c)
        return found is not None and found.number > 0

    async def _read_phrases(self, language: str) -> dict[str, str]:
        rows = await self._database.all(PHRASES, language=language)
        return {row.english_text: row.translated_text or "" for row in rows}
