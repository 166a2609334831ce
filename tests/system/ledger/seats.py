"""The agents of a run: everything that VICIdial's tables know of one, and two phones for each."""

from __future__ import annotations

from dataclasses import dataclass

from lab.asterisk import Asterisk
from lab.contact_centre import SERVER_IP, ContactCentre, Rows
from lab.phone import Phone
from parts import AGENT, CUSTOMER

_ROOMS, _FREE_ROOMS = 9600051, range(9600061, 9600081)
_IN_MEMORY = ("parked_channels", "vicidial_auto_calls")
"""Tables of VICIdial's that a restarted server would have emptied, and that are kept here."""


@dataclass
class Agent:
    """An agent's seat: its phone, the customer's phone that is brought to it, its room and its lead."""

    user: str
    phone: Phone
    customer: Phone
    room: str
    lead_id: int


async def prepare(rows: Rows, asterisk: Asterisk) -> None:
    """Let the demo data know this Asterisk, have no agents, and keep what a restarted server would have forgotten."""
    username, secret = asterisk.manager
    await rows.run(
        "UPDATE servers SET telnet_port = %s, ASTmgrUSERNAME = %s, ASTmgrSECRET = %s WHERE server_ip = %s",
        *(asterisk.ami_port, username, secret, SERVER_IP),
    )
    for table in _IN_MEMORY:
        await rows.run(f"ALTER TABLE {table} ENGINE = InnoDB")
    await rows.run("DELETE FROM vicidial_live_agents")
    await rows.run("DELETE FROM vicidial_confbridges")
    for room in _FREE_ROOMS:
        await rows.run("INSERT INTO vicidial_confbridges (conf_exten, server_ip) VALUES (%s, %s)", room, SERVER_IP)


async def seat(centre: ContactCentre, number: int) -> Agent:
    """Give an agent everything that VICIdial knows of one, and its two phones."""
    rows, user, room = centre.rows, f"11{number + 1:02d}", str(_ROOMS + number)
    name = f"gs{101 + number}"
    phone = await centre.phone(name, AGENT, name)
    customer = await centre.phone(f"customer{number + 1}", CUSTOMER, f"customer of {user}")
    lead_id, login = 5001 + number, f"S2611230800{room}"
    call = f"||2026-11-23 08:00:00|NEW|N|{SERVER_IP}||Originate|{login}|Channel: PJSIP/{name}|Context: default"
    call = f'{call}|Exten: 2{room}|Priority: 1|Callerid: "{login}" <7275550100>|||||'
    await rows.run(
        "INSERT INTO vicidial_users (user, pass, full_name, user_level, user_group, phone_login)"
        " VALUES (%s, '1234', %s, 1, 'AGENTS', %s)",
        *(user, f"agent {user}", name),
    )
    await rows.run("DELETE FROM phones WHERE extension = %s", name)
    await rows.run(
        "INSERT INTO phones (extension, dialplan_number, voicemail_id, server_ip, login, pass, status, active,"
        " fullname, protocol, ext_context, VICIDIAL_park_on_extension, dtmf_send_extension, outbound_cid) VALUES"
        " (%s, %s, %s, %s, %s, 'demo', 'ACTIVE', 'Y', %s, 'PJSIP', 'default', '8301', 'local/8500998@default', %s)",
        *(name, name[2:], name[2:], SERVER_IP, name, name, f"7275550{name[2:]}"),
    )
    await rows.run(
        "INSERT INTO vicidial_list (lead_id, entry_date, status, user, list_id, phone_code, phone_number, first_name)"
        " VALUES (%s, NOW(), 'INCALL', %s, 101, '1', '7275551212', 'Carol')",
        *(lead_id, user),
    )
    await rows.run(
        "INSERT INTO vicidial_live_agents (user, server_ip, conf_exten, extension, status, lead_id, campaign_id,"
        " random_id, last_call_time, last_call_finish, closer_campaigns, user_level, last_state_change, agent_log_id)"
        " VALUES (%s, %s, %s, %s, 'PAUSED', 0, 'DEMO', %s, NOW(), NOW(), ' SALESLINE -', 1, NOW(), %s)",
        *(user, SERVER_IP, room, f"PJSIP/{name}", 11000100 + number, 100 + number),
    )
    await rows.run(
        "INSERT INTO vicidial_session_data (session_name, user, campaign_id, server_ip, conf_exten, extension,"
        " login_time, agent_login_call) VALUES (%s, %s, 'DEMO', %s, %s, %s, NOW(), %s)",
        *(f"ledger_{user}", user, SERVER_IP, room, f"PJSIP/{name}", call),
    )
    await rows.run(
        "INSERT INTO vicidial_agent_log (agent_log_id, user, server_ip, event_time, lead_id, campaign_id, pause_epoch,"
        " pause_sec, wait_epoch, wait_sec, talk_epoch, user_group) VALUES (%s, %s, %s, NOW(), 0, 'DEMO',"
        " UNIX_TIMESTAMP(), 0, UNIX_TIMESTAMP(), 0, UNIX_TIMESTAMP(), 'AGENTS')",
        *(100 + number, user, SERVER_IP),
    )
    await rows.run(
        "INSERT INTO vicidial_confbridges (conf_exten, server_ip, extension) VALUES (%s, %s, %s)",
        *(room, SERVER_IP, f"PJSIP/{name}"),
    )
    return Agent(user, phone, customer, room, lead_id)
