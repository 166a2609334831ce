"""What a session says of itself: where its agent, its context and its parked customers are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from sessions import CALL, LEAD, ROOM, THIRD, Told, row, session

from telectl.asterisk import Fleet, Link
from telectl.calls.failures import CallFailure, Failure
from telectl.calls.session.session import AgentSnapshot, SessionReader
from telectl.database import Database, Select
from telectl.database.agents import LIVE_AGENT, LiveAgent
from telectl.database.call_rows import (
    AUTO_CALL,
    CALL_OF_USER,
    CAMPAIGN,
    DIALLED_THIRDS,
    PARKED,
    PARKED_OF_USER,
    PHONE,
    PHONE_BY_NUMBER,
    SERVER,
    AutoCall,
    Campaign,
    DialledThird,
    ParkedChannel,
    Phone,
    Server,
)
from telectl.errors import ServerUnavailable

HERE = Told()


@pytest.mark.parametrize(
    ("of_phone", "of_server", "context"),
    [
        ("agents", "server", "agents"),
        ("", "server", "server"),
        (None, "server", "server"),
        ("no row", "server", "server"),
        ("", "", "default"),
        ("no row", "", "default"),
    ],
)
def test_the_context_is_the_phones_else_the_servers(of_phone: str | None, of_server: str, context: str) -> None:
    phone = None if of_phone == "no row" else row(Phone, ext_context=of_phone)
    server = Server("10.0.0.1", of_server, "CONFBRIDGE")
    assert session(HERE, phone=phone, server=server).context == context


@pytest.mark.parametrize(
    ("campaign", "phone", "extension"),
    [
        (("8302", "park.wav"), "8303", "8302"),
        (("8302", ""), "8303", "8303"),
        (("8302", None), "8303", "8303"),
        (("", "park.wav"), "8303", "8303"),
        ((None, "park.wav"), None, "8301"),
        (None, "8303", "8303"),
        (None, "", "8301"),
        (None, "no row", "8301"),
    ],
)
def test_the_park_extension_is_the_campaigns_else_the_phones(
    campaign: tuple[str | None, str | None] | None, phone: str | None, extension: str
) -> None:
    made = session(
        HERE,
        campaign=row(Campaign, park_ext=campaign[0], park_file_name=campaign[1]) if campaign else None,
        phone=None if phone == "no row" else row(Phone, park_extension=phone),
    )
    assert made.park_extension == extension


@pytest.mark.parametrize(
    ("engine", "extension"),
    [("CONFBRIDGE", f"2{ROOM}"), ("MEETME", ROOM), (None, ROOM), ("", ROOM), ("confbridge", ROOM)],
)
def test_an_agents_phone_enters_by_2_on_confbridge_only(engine: str | None, extension: str) -> None:
    assert session(HERE, server=Server("10.0.0.1", "default", engine)).agent_extension == extension


def test_the_way_back_from_another_server_begins_with_this_ones_address() -> None:
    assert session(HERE).way_back == ROOM
    there = Told("10.0.0.2")
    assert session(HERE, there).way_back == f"010*000*000*001*{ROOM}"
    assert session(HERE, there, server_ip="192.168.20.3").way_back == f"192*168*020*003*{ROOM}"
    with pytest.raises(CallFailure, match=Failure.NOT_DIALLABLE):
        assert session(HERE, there, server_ip="pbx.example").way_back


@pytest.mark.parametrize(
    ("of_call", "of_agent", "group"),
    [
        ("INGROUP", "CAMP", "INGROUP"),
        (None, "CAMP", "CAMP"),
        ("", "CAMP", "CAMP"),
        ("no row", "CAMP", "CAMP"),
        ("", None, ""),
    ],
)
def test_the_group_is_the_calls_in_group_else_the_campaign(
    of_call: str | None, of_agent: str | None, group: str
) -> None:
    call = None if of_call == "no row" else row(AutoCall, campaign_id=of_call)
    assert session(HERE, call=call, campaign_id=of_agent).group == group


@pytest.mark.parametrize("room", ["", "9600051@x", "96/1", "8600051,1"])
def test_a_room_that_is_no_number_is_nowhere(room: str) -> None:
    with pytest.raises(CallFailure, match=Failure.NOT_DIALLABLE):
        assert session(HERE, conf_exten=room).room


@pytest.mark.parametrize(
    ("call_server_ip", "used"),
    [("10.0.0.2", "10.0.0.2"), ("1.1.1.1", "1.1.1.1"), ("10.0.0", "10.0.0.1"), ("", "10.0.0.1"), (None, "10.0.0.1")],
)
def test_an_address_of_less_than_seven_characters_is_none(call_server_ip: str | None, used: str) -> None:
    assert row(LiveAgent, server_ip="10.0.0.1", call_server_ip=call_server_ip).call_server == used


# ---- the reader

AGENT = row(LiveAgent, user="1000", server_ip="10.0.0.1", callerid=CALL, lead_id=LEAD, extension="PJSIP/gs101")
CALL_ROW = row(AutoCall, callerid=CALL)
PARKED_ROW = row(ParkedChannel, channel_group=CALL)


class Tables:
    """Rows by the statement that finds them."""

    def __init__(self, **rows: object) -> None:
        self.rows = rows
        self.asked: list[tuple[str, dict[str, object]]] = []

    async def one(self, select: Select[Any], **values: object) -> object:
        self.asked.append((select.name, values))
        return self.rows.get(select.name)

    async def all(self, select: Select[Any], **values: object) -> list[object]:
        self.asked.append((select.name, values))
        found = self.rows.get(select.name)
        return [] if found is None else [found]


class Links(Fleet):
    """Links that are usable, or lost."""

    def __init__(self, *usable: str) -> None:
        super().__init__([])
        self.usable = usable
        self.tolds = {ip: Told(ip) for ip in usable}

    def link(self, server_ip: str) -> Link:
        if server_ip not in self.usable:
            raise ServerUnavailable(f"{server_ip}: away")
        return self.tolds[server_ip].link


def reader(rows: dict[str, object], *usable: str) -> tuple[SessionReader, Tables]:
    tables = Tables(**rows)
    return SessionReader(cast("Database", tables), Links(*usable), 0), tables


async def test_an_agents_rows_are_read_at_once() -> None:
    found = {LIVE_AGENT.name: AGENT, CALL_OF_USER.name: CALL_ROW, PARKED_OF_USER.name: PARKED_ROW}
    sessions, tables = reader(found)
    assert await sessions.snapshot("1000") == AgentSnapshot(AGENT, CALL_ROW, PARKED_ROW)
    assert tables.asked == [(name, {"user": "1000"}) for name in found]


@pytest.mark.parametrize("overtaken", [None, row(AutoCall, callerid="V1123000000000009999")])
async def test_a_call_that_came_in_between_is_read_by_its_id(overtaken: AutoCall | None) -> None:
    sessions, tables = reader(
        {
            LIVE_AGENT.name: AGENT,
            CALL_OF_USER.name: overtaken,
            PARKED_OF_USER.name: row(ParkedChannel, channel_group="another"),
            AUTO_CALL.name: CALL_ROW,
            PARKED.name: PARKED_ROW,
        }
    )
    assert await sessions.snapshot("1000") == AgentSnapshot(AGENT, CALL_ROW, PARKED_ROW)
    assert tables.asked[3:] == [(AUTO_CALL.name, {"call_id": CALL}), (PARKED.name, {"call_id": CALL})]


@pytest.mark.parametrize("callerid", ["", None])
async def test_an_agent_without_a_call_has_neither_call_nor_parked_customer(callerid: str | None) -> None:
    idle = replace(AGENT, callerid=callerid)
    sessions, tables = reader({LIVE_AGENT.name: idle, CALL_OF_USER.name: CALL_ROW, PARKED_OF_USER.name: PARKED_ROW})
    assert await sessions.snapshot("1000") == AgentSnapshot(idle, None, None)
    assert len(tables.asked) == 3


async def test_who_is_not_logged_in_has_no_session() -> None:
    sessions, _ = reader({CALL_OF_USER.name: CALL_ROW})
    assert await sessions.snapshot("1000") is None


@pytest.mark.parametrize("extension", ["R/1028", "R/"])
async def test_a_remote_agent_has_no_session(extension: str) -> None:
    sessions, _ = reader({}, "10.0.0.1")
    with pytest.raises(CallFailure, match=Failure.REMOTE_AGENT):
        await sessions.read(AgentSnapshot(replace(AGENT, extension=extension), None, None))


async def test_a_session_has_the_rows_of_its_servers_and_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Link, "usable", True)
    server, campaign, phone = Server("10.0.0.1", "x", "MEETME"), row(Campaign), row(Phone)
    dialled = row(DialledThird, call_id=THIRD, channel_id="1700000000.123456t")
    rows = {SERVER.name: server, CAMPAIGN.name: campaign, PHONE.name: phone, DIALLED_THIRDS.name: dialled}
    sessions, tables = reader(rows, "10.0.0.1", "10.0.0.2")
    made = await sessions.read(AgentSnapshot(replace(AGENT, call_server_ip="10.0.0.2"), CALL_ROW, PARKED_ROW))
    assert (made.agent.user, made.call, made.parked) == ("1000", CALL_ROW, PARKED_ROW)
    assert (made.server, made.campaign, made.phone) == (server, campaign, phone)
    assert (made.link.server_ip, made.customer_link.server_ip) == ("10.0.0.1", "10.0.0.2")
    assert made.third_calls == {"1700000000.123456t": THIRD}
    assert (DIALLED_THIRDS.name, {"lead_id": LEAD, "agent": "1000", "server_ip": "10.0.0.1"}) in tables.asked


async def test_a_server_that_is_not_in_its_table_has_vicidials_defaults() -> None:
    sessions, _ = reader({})
    unknown = await sessions.server("10.0.0.9")
    assert (unknown.server_ip, unknown.context, unknown.conf_engine) == ("10.0.0.9", "default", "CONFBRIDGE")


async def test_while_the_customers_server_is_away_its_leg_here_may_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Link, "usable", True)
    sessions, _ = reader({}, "10.0.0.1")
    snapshot = AgentSnapshot(replace(AGENT, call_server_ip="10.0.0.2"), None, None)
    with pytest.raises(ServerUnavailable, match=r"10\.0\.0\.2: away"):
        await sessions.read(snapshot)
    made = await sessions.read(snapshot, here_if_need_be=True)
    assert made.customer_link is made.link


async def test_a_link_that_is_lost_while_the_rows_are_read_ends_the_command() -> None:
    sessions, _ = reader({}, "10.0.0.1")
    with pytest.raises(ServerUnavailable, match=r"10\.0\.0\.1: "):
        await sessions.read(AgentSnapshot(AGENT, None, None))


@pytest.mark.parametrize(
    ("extension", "by_number", "asked"),
    [
        ("PJSIP/gs101", True, [(PHONE.name, "gs101")]),
        ("Local/5551212@default", True, [(PHONE_BY_NUMBER.name, "5551212")]),
        ("Local/5551212@default", False, [(PHONE_BY_NUMBER.name, "5551212"), (PHONE.name, "5551212")]),
        ("Local/8300cc1001000@default", False, [(PHONE_BY_NUMBER.name, "8300cc1001000"), (PHONE.name, "8300cc100")]),
        ("PJSIP/gs101000", True, [(PHONE.name, "gs101000")]),
        (None, True, [(PHONE.name, "")]),
    ],
)
async def test_a_phone_is_found_as_the_agent_row_names_it(
    monkeypatch: pytest.MonkeyPatch, extension: str | None, by_number: bool, asked: list[tuple[str, str]]
) -> None:
    monkeypatch.setattr(Link, "usable", True)
    sessions, tables = reader({PHONE_BY_NUMBER.name: row(Phone) if by_number else None}, "10.0.0.1")
    await sessions.read(AgentSnapshot(replace(AGENT, extension=extension), None, None))
    phones = [(name, values.get("number", values.get("extension"))) for name, values in tables.asked if "phone" in name]
    assert phones == asked
