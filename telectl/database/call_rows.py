"""The rows that a call command reads: server, campaign, phone, the call itself, and whether it is parked."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime

from telectl.database import Insert, Select, Write

_DEFAULT_CONTEXT = "default"


@dataclass(frozen=True, slots=True)
class Server:
    """A row of servers: one Asterisk."""

    server_ip: str
    ext_context: str
    conf_engine: str | None

    @classmethod
    def unknown(cls, server_ip: str) -> Server:
        """Return what VICIdial takes a server for that the table does not have."""
        return cls(server_ip, "", "CONFBRIDGE")

    @property
    def context(self) -> str:
        """The dialplan context of its calls."""
        return self.ext_context or _DEFAULT_CONTEXT

    @property
    def engine(self) -> str:
        """The conference engine: CONFBRIDGE or MEETME."""
        return "CONFBRIDGE" if self.conf_engine == "CONFBRIDGE" else "MEETME"

    @property
    def agent_prefix(self) -> str:
        """What an agent's own phone dials before its room: `2` on ConfBridge servers."""
        return "2" if self.engine == "CONFBRIDGE" else ""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A row of vicidial_campaigns, as far as call control reads it."""

    park_ext: str | None
    park_file_name: str | None
    campaign_cid: str | None
    campaign_allow_inbound: str | None
    auto_dial_level: str | None
    dial_prefix: str | None
    three_way_dial_prefix: str | None
    omit_phone_code: str | None
    manual_dial_override_field: str | None
    manual_dial_timeout: str | None
    three_way_call_cid: str | None

    @property
    def dials_by_itself(self) -> bool:
        """Return whether calls are dialled for the agents; with level 0 agents dial by hand."""
        try:
            return float(self.auto_dial_level or 0) > 0
        except ValueError:
            return self.auto_dial_level == "ADAPT"


@dataclass(frozen=True, slots=True)
class Phone:
    """A row of phones: the agent's."""

    ext_context: str | None
    park_extension: str | None = field(metadata={"sql": "VICIDIAL_park_on_extension"})
    dtmf_send_extension: str | None
    outbound_cid: str | None


@dataclass(frozen=True, slots=True)
class AutoCall:
    """A row of vicidial_auto_calls, whole: a call that is dialled, waiting or with an agent.

    A row that was deleted for an action that Asterisk then refused is put back from it.
    """

    auto_call_id: int
    server_ip: str
    campaign_id: str | None
    status: str | None
    lead_id: int
    uniqueid: str | None
    callerid: str | None
    channel: str | None
    phone_code: str | None
    phone_number: str | None
    call_time: datetime | None
    call_type: str | None
    stage: str | None
    alt_dial: str | None
    queue_priority: int | None
    agent_only: str | None
    agent_grab: str | None
    queue_position: int | None
    extension: str | None
    agent_grab_extension: str | None


@dataclass(frozen=True, slots=True)
class ParkedChannel:
    """A row of parked_channels; channel_group is the id of the parked call."""

    channel: str
    server_ip: str
    channel_group: str | None
    extension: str | None
    parked_by: str | None
    parked_time: datetime | None


@dataclass(frozen=True, slots=True)
class DialledThird:
    """A third party's call of telectl_calls that has not ended, as far as anybody saw."""

    call_id: str
    channel_id: str
    """The uniqueid that telectl gave it, which is the Linkedid of all its channels."""


SERVER = Select("server", Server, "FROM servers WHERE server_ip = %(server_ip)s LIMIT 1")
CAMPAIGN = Select("campaign", Campaign, "FROM vicidial_campaigns WHERE campaign_id = %(campaign_id)s LIMIT 1")
PHONE = Select(
    "phone",
    Phone,
    "FROM phones WHERE server_ip = %(server_ip)s AND extension = %(extension)s LIMIT 1",
)
PHONE_BY_NUMBER = Select(
    "phone by number",
    Phone,
    "FROM phones WHERE server_ip = %(server_ip)s AND dialplan_number = %(number)s LIMIT 1",
)
AUTO_CALL = Select(
    "call of an agent",
    AutoCall,
    "FROM vicidial_auto_calls WHERE callerid = %(call_id)s ORDER BY auto_call_id DESC LIMIT 1",
)
_CALL_ID = "(SELECT callerid FROM vicidial_live_agents WHERE user = %(user)s ORDER BY live_agent_id LIMIT 1)"
CALL_OF_USER = Select(
    "call of a user",
    AutoCall,
    f"FROM vicidial_auto_calls WHERE callerid = {_CALL_ID} AND callerid <> '' ORDER BY auto_call_id DESC LIMIT 1",
)
PARKED_OF_USER = Select(
    "parked channel of a user's call",
    ParkedChannel,
    f"FROM parked_channels WHERE channel_group = {_CALL_ID} AND channel_group <> '' LIMIT 1",
)
PARKED = Select(
    "parked channel of a call", ParkedChannel, "FROM parked_channels WHERE channel_group = %(call_id)s LIMIT 1"
)
DIALLED_THIRDS = Select(
    "third parties that telectl dialled for an agent's call",
    DialledThird,
    "FROM telectl_calls WHERE lead_id = %(lead_id)s AND agent = %(agent)s AND server_ip = %(server_ip)s"
    " AND ended IS NULL",
)
DELETE_CALL = Write("end a call's row", "DELETE FROM vicidial_auto_calls WHERE callerid = %(call_id)s")
RESTORE_CALL = Insert("put a call's row back", "vicidial_auto_calls", tuple(column.name for column in fields(AutoCall)))
MARK_CALL = Write(
    "say where a call waits", "UPDATE vicidial_auto_calls SET extension = %(mark)s WHERE callerid = %(call_id)s LIMIT 1"
)
NOTE_CHANNEL = Write(
    "note the channel of a manually dialled call",
    "UPDATE vicidial_auto_calls SET channel = %(channel)s, uniqueid = %(uniqueid)s WHERE callerid = %(call_id)s"
    " AND (channel IS NULL OR channel = '' OR channel LIKE 'Local/%%')",
)
