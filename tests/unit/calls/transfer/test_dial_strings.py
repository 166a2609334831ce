"""Where calls are sent (call-control.md sections 7.3 to 7.8): each dial string and caller id, and that no text of a row
becomes more than its part.
"""

from __future__ import annotations

from datetime import datetime
from itertools import product
from typing import Any, cast

import pytest
from hypothesis import given
from sessions import CALL, LEAD, THIRD, Told, row, session
from texts import ANY, made

from telectl.asterisk import CallerId
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.saga.reconcile import Reconciler
from telectl.calls.saga.row_changes import RowChanges
from telectl.calls.transfer.command import Transfer, TransferCommand
from telectl.calls.transfer.dial_strings import (
    caller_id,
    consultation_extension,
    ingroup_extension,
    message_extension,
    number_to_dial,
    remote_extension,
    shortened,
    talk_seconds,
)
from telectl.calls.transfer.sql import DROP_EXTENSION, STORE_EXTENSION
from telectl.database import Database, Instant, Written
from telectl.database.call_rows import AutoCall, Campaign, Phone
from telectl.database.leads import Lead

NOW = Instant(3600, datetime(1970, 1, 1, 1))  # noqa: DTZ001 - a wall clock's
COMMAND = TransferCommand(Transfer.BLIND_TRANSFER, phone_number="7275551212")


def command(**parameters: Any) -> TransferCommand:
    return TransferCommand(Transfer.BLIND_TRANSFER, **parameters)


# ---- a number

A_LEAD = row(Lead, phone_code="1")


@pytest.mark.parametrize(
    ("campaign", "lead", "dialled"),
    [
        (None, None, "7275551212"),
        (None, A_LEAD, "17275551212"),
        ({"dial_prefix": "9"}, A_LEAD, "917275551212"),
        ({"dial_prefix": "9", "three_way_dial_prefix": "8"}, A_LEAD, "817275551212"),
        ({"dial_prefix": "9", "three_way_dial_prefix": None}, A_LEAD, "917275551212"),
        ({"dial_prefix": None}, A_LEAD, "17275551212"),
        ({"dial_prefix": "9", "three_way_dial_prefix": "X"}, A_LEAD, "17275551212"),
        ({"dial_prefix": "x"}, A_LEAD, "17275551212"),
        ({"dial_prefix": "9x"}, A_LEAD, "17275551212"),
        ({"dial_prefix": "9", "omit_phone_code": "Y"}, A_LEAD, "97275551212"),
        ({"dial_prefix": "9", "omit_phone_code": "N"}, A_LEAD, "917275551212"),
        ({"dial_prefix": "9"}, row(Lead, phone_code=None), "97275551212"),
    ],
)
def test_a_number_gets_prefix_and_phone_code(campaign: dict[str, Any] | None, lead: Lead | None, dialled: str) -> None:
    assert number_to_dial(COMMAND, row(Campaign, **campaign) if campaign is not None else None, lead) == dialled


@pytest.mark.parametrize(
    ("number", "dialled"),
    [("", ""), ("1234567", "1234567"), ("*72#123", "*72#123"), ("12345678", "9112345678"), ("*72#1234", "91*72#1234")],
)
def test_up_to_seven_digits_are_an_extension_of_the_house(number: str, dialled: str) -> None:
    assert number_to_dial(command(phone_number=number), row(Campaign, dial_prefix="9"), A_LEAD) == dialled


@pytest.mark.parametrize(
    ("override", "field", "dialled"),
    [
        ("YES", "", "7275551212"),
        ("YES", "ENABLED", "7275551212"),
        ("YES", None, "7275551212"),
        ("YES", "DISABLED", "917275551212"),
        ("NO", "ENABLED", "917275551212"),
        ("", "ENABLED", "917275551212"),
        ("yes", "ENABLED", "917275551212"),
    ],
)
def test_a_request_may_dial_a_number_as_it_is(override: str, field: str | None, dialled: str) -> None:
    campaign = row(Campaign, dial_prefix="9", manual_dial_override_field=field)
    asked = command(phone_number="7275551212", dial_override=override)
    assert number_to_dial(asked, campaign, A_LEAD) == dialled
    assert number_to_dial(asked, None, A_LEAD) == ("7275551212" if override == "YES" else "17275551212")


# ---- in-groups and messages

INGROUP = TransferCommand(Transfer.LOCAL_CLOSER, ingroup="SALESLINE", phone_number="1001")
CALLED = row(AutoCall, phone_number="7275550000", phone_code="44", call_time=datetime(1970, 1, 1, 0, 58))  # noqa: DTZ001


def test_the_fields_of_an_ingroups_extension_stand_in_their_places() -> None:
    made_ = session(Told(), call=CALLED)
    fields = f"{LEAD}**7275550000*1000*1001*"
    assert ingroup_extension(INGROUP, made_, None) == f"990009*SALESLINE**{fields}"
    assert consultation_extension(INGROUP, made_, None, NOW) == f"90009*SALESLINE*CXFER*{fields}120*"
    assert remote_extension("SALESLINE", LEAD, "7275550000", "1000", "1001") == f"90009*SALESLINE**{fields}"


@pytest.mark.parametrize(
    ("of_call", "of_lead", "number"),
    [("1", "2", "1"), ("", "2", "2"), (None, "2", "2"), ("no row", "2", "2"), ("no row", "no row", ""), ("", "", "")],
)
def test_the_number_is_the_calls_else_the_leads(of_call: str | None, of_lead: str, number: str) -> None:
    call = None if of_call == "no row" else row(AutoCall, phone_number=of_call)
    lead = None if of_lead == "no row" else row(Lead, phone_number=of_lead)
    assert ingroup_extension(INGROUP, session(Told(), call=call), lead).split("*")[5] == number


@pytest.mark.parametrize(
    ("of_call", "of_lead", "code"),
    [("44", "49", "44"), ("", "49", "49"), (None, "49", "49"), ("no row", "49", "49"), ("", "", "1"), ("", None, "1")],
)
def test_a_message_is_played_to_the_call_by_its_code_number_and_lead(
    of_call: str | None, of_lead: str | None, code: str
) -> None:
    call = None if of_call == "no row" else row(AutoCall, phone_code=of_call, phone_number="727")
    made_ = session(Told(), call=call, campaign_id="TESTCAMP")
    lead = row(Lead, phone_code=of_lead, phone_number="727")
    assert message_extension(made_, lead) == f"8320*TESTCAMP*{code}*727*{LEAD}"
    without = session(Told(), campaign_id=None)
    assert message_extension(without, None) == f"8320**1**{LEAD}"


def test_how_long_a_call_has_lasted() -> None:
    assert talk_seconds(CALLED, NOW) == 120
    assert talk_seconds(None, NOW) == 0
    assert talk_seconds(row(AutoCall, call_time=None), NOW) == 0


# ---- an extension that Asterisk would cut


class Table:
    """Notes what is stored, under number 77."""

    def __init__(self) -> None:
        self.written: list[tuple[object, dict[str, object]]] = []

    async def write(self, statement: object, **values: object) -> Written:
        self.written.append((statement, values))
        return Written(1, 77)


async def test_an_extension_that_asterisk_would_cut_is_stored_and_dropped_when_it_was_not_used() -> None:
    table = Table()
    changes = RowChanges(cast("Database", table), cast("Reconciler", None), "1000")
    fits, long = f"990009*{'x' * 72}", f"990009*{'x' * 73}"
    assert await shortened(fits, changes, NOW) == fits
    assert table.written == []
    assert await shortened(long, changes, NOW) == "990009**LEXTEN*77"
    assert table.written == [(STORE_EXTENSION, {"extension": long, "call_date": NOW.local, "source": "telectl"})]
    await changes.undo()
    assert table.written[1:] == [(DROP_EXTENSION, {"le_id": 77})]


# ---- the caller id

NUMBERS = {"AGENT_PHONE": "111111", "CUSTOMER": "222222", "CUSTOM_CID": "333333", "CAMPAIGN": "444444"}


@pytest.mark.parametrize("alias", ["", "555", "5555", "+495555"])
def test_the_first_of_alias_choice_and_campaign_with_four_characters_is_shown(alias: str) -> None:
    asked_for: list[str | None] = [None, "", "XXX", *NUMBERS, "NOSUCH"]
    for asked, of_campaign in product(asked_for, asked_for):
        made_ = session(
            Told(),
            campaign=row(Campaign, campaign_cid=NUMBERS["CAMPAIGN"], three_way_call_cid=of_campaign),
            phone=row(Phone, outbound_cid=NUMBERS["AGENT_PHONE"]),
        )
        lead = row(Lead, phone_number=NUMBERS["CUSTOMER"], security_phrase=NUMBERS["CUSTOM_CID"])
        choice = asked if asked and len(asked) >= 4 else of_campaign or ""
        wanted = alias if len(alias) >= 4 else NUMBERS.get(choice, NUMBERS["CAMPAIGN"])
        found = caller_id(THIRD, command(caller_id=alias, cid_choice=asked), made_, lead)
        assert found == CallerId(THIRD, wanted), (asked, of_campaign)


@pytest.mark.parametrize(
    ("chosen", "of_campaign", "shown"),
    [
        ("7275551212", "444444", "7275551212"),
        ("+17275551212", "444444", "+17275551212"),
        ("1234", "444444", "1234"),
        ("123", "444444", "444444"),  # too short for anybody
        ("", "444444", "444444"),
        (None, "444444", "444444"),
        ("727 555", "444444", "444444"),
        ("7275+1", "444444", "444444"),
        ('Tom "T"', "444444", "444444"),
        ('Tom "T"', "x <1>", ""),
        ("", "", ""),
        ("", None, ""),
    ],
)
def test_a_text_that_is_no_number_gives_way_to_the_campaigns_else_to_none(
    chosen: str | None, of_campaign: str | None, shown: str
) -> None:
    made_ = session(Told(), campaign=row(Campaign, campaign_cid=of_campaign, three_way_call_cid="CUSTOM_CID"))
    assert caller_id(THIRD, command(), made_, row(Lead, security_phrase=chosen)) == CallerId(THIRD, shown)


def test_without_rows_nothing_is_shown() -> None:
    for choice in (None, *NUMBERS):
        assert caller_id(CALL, command(cid_choice=choice), session(Told()), None) == CallerId(CALL, "")


# ---- any text


@given(number=ANY, prefix=ANY, code=ANY)
def test_a_number_is_dialled_in_the_context_that_telectl_chose(number: str, prefix: str, code: str) -> None:
    command = TransferCommand(Transfer.BLIND_TRANSFER, phone_number=number)
    extension = made(lambda: number_to_dial(command, row(Campaign, dial_prefix=prefix), row(Lead, phone_code=code)))
    if isinstance(extension, CallFailure):
        assert extension.what == Failure.NOT_DIALLABLE
        assert extension.fields[0] in {"number", "dial prefix", "phone code"}
        return
    assert not set(extension) & set("@/,&;|!()<>\"'\\ ${}\r\n\0")


@given(ANY, ANY, ANY, ANY)
def test_no_field_of_an_ingroups_extension_is_two(ingroup: str, number: str, agent: str, wanted: str) -> None:
    extension = made(lambda: remote_extension(ingroup, 402028, number, agent, wanted))
    if isinstance(extension, CallFailure):
        assert extension.what == Failure.NOT_DIALLABLE
        return
    assert extension.split("*") == ["90009", ingroup, "", "402028", "", number, agent, wanted, ""]
    assert not set(extension) & set("@/,&;|!()<>\"'\\ ${}\r\n\0")
