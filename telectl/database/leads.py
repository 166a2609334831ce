"""Leads: the fields of vicidial_list that the API writes, and their statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from telectl.database.agents import first_row
from telectl.database.statements import Insert, Select, Write

LEAD_FIELDS = (
    "phone_code",
    "address1",
    "address2",
    "address3",
    "alt_phone",
    "city",
    "comments",
    "country_code",
    "date_of_birth",
    "email",
    "first_name",
    "gender",
    "gmt_offset_now",
    "last_name",
    "middle_initial",
    "phone_number",
    "postal_code",
    "province",
    "security_phrase",
    "source_id",
    "state",
    "title",
    "vendor_lead_code",
    "rank",
    "owner",
)
"""The document's fields, each a parameter and a column of the same name, in the order in which the screen is told."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A row of vicidial_list, as far as answers and dial strings need it."""

    lead_id: int
    phone_code: str | None
    phone_number: str
    alt_phone: str | None
    address3: str | None
    vendor_lead_code: str | None
    province: str | None
    security_phrase: str | None
    source_id: str | None


LEAD = Select("lead", Lead, "FROM vicidial_list WHERE lead_id = %(lead_id)s LIMIT 1")
LATEST_LEAD_OF_VENDOR = Select(
    "latest lead of a vendor's code",
    Lead,
    "FROM vicidial_list WHERE vendor_lead_code = %(vendor_lead_code)s ORDER BY lead_id DESC LIMIT 1",
)
ADD_LEAD = Insert(
    "add a lead",
    "vicidial_list",
    (
        "entry_date",
        "status",
        "user",
        "list_id",
        "called_since_last_reset",
        "last_local_call_time",
        *(field for field in LEAD_FIELDS if field != "gmt_offset_now"),
    ),
)


@lru_cache(maxsize=512)
def update_lead_on_screen(fields: Sequence[str]) -> Write:
    """Return the statement that writes some of LEAD_FIELDS and tells the agent's screen, both or neither.

    It matches while the lead is on the screen (of several rows of the agent: of the first), be its own row in
    vicidial_list or deleted.

    Raises:
        ValueError: a name that is none of them.
    """
    if not set(fields) <= set(LEAD_FIELDS):
        raise ValueError(f"no lead fields: {set(fields) - set(LEAD_FIELDS)}")
    setters = "".join(f", leads.`{field}` = %({field})s" for field in fields)
    return Write(
        "update the lead on a screen",
        "UPDATE vicidial_live_agents AS agents LEFT JOIN vicidial_list AS leads ON leads.lead_id = %(on_screen)s"
        f" SET agents.external_update_fields = '1', agents.external_update_fields_data = %(told)s{setters}"
        f" WHERE agents.user = %(user)s AND {first_row('live.lead_id = %(on_screen)s')}",
    )
