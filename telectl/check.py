"""`telectl check`: is everything there that telectl needs? One finding a line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from telectl.api.edge.tls import server_tls
from telectl.asterisk import Address, Fleet, Link, ListCommands, extension_exists
from telectl.asterisk.link import EVENTS
from telectl.database import Count, Database, Select
from telectl.database.call_rows import SERVER, Server
from telectl.database.setup.init import outdated
from telectl.database.setup.rights import missing_rights
from telectl.errors import AsteriskError, DatabaseError, SettingsError
from telectl.servers import read_addresses, unknown_servers
from telectl.settings import Settings, load, nearest

_LINK_WITHIN = 15.0
"""Seconds that a server has to let us in: more than all deadlines of one attempt. A refusal ends the wait at once."""

NEEDED_ACTIONS = (
    "Originate",
    "Redirect",
    "Hangup",
    "PlayDTMF",
    "ConfbridgeList",
    "ConfbridgeListRooms",
    "CoreShowChannels",
    "Getvar",
    "ShowDialPlan",
)
"""What the manager user must be allowed."""
_RIGHTS = f"manager.conf: read = {EVENTS}, write = call,originate,reporting"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check."""

    ok: bool
    what: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """A room of a server's pool."""

    conf_exten: int


FIRST_CONFBRIDGE = Select(
    "a ConfBridge room",
    Room,
    "FROM vicidial_confbridges WHERE server_ip = %(server_ip)s ORDER BY conf_exten LIMIT 1",
)
FIRST_MEETME = Select(
    "a MeetMe room",
    Room,
    "FROM vicidial_conferences WHERE server_ip = %(server_ip)s ORDER BY conf_exten LIMIT 1",
)
ADMINS = Select("active users", Count, "FROM vicidial_users WHERE active = 'Y' AND vdc_agent_api_access = '1'")


async def check_all() -> AsyncIterator[Finding]:
    """Check the settings, then the database, then every Asterisk."""
    try:
        settings = load()
        server_tls(settings.tls_certificate, settings.tls_key)
    except SettingsError as error:
        for complaint in error.complaints:
            yield Finding(ok=False, what="settings", words=complaint)
        return
    yield Finding(ok=True, what="settings")
    database = Database(settings.database_url.get_secret_value(), pool=2, zone=settings.zone)
    await database.open()
    try:
        async for finding in _check_database(database):
            yield finding
        if settings.call_control == "vicidial":
            yield Finding(ok=True, what="asterisk", words="no link needed in vicidial mode")
            return
        async for finding in _check_fleet(database, settings):
            yield finding
    except DatabaseError as error:
        yield Finding(ok=False, what="database", words=str(error))
    finally:
        await database.close()


async def _check_database(database: Database) -> AsyncIterator[Finding]:
    missing = await missing_rights(database)
    yield Finding(ok=not missing, what="database", words="; ".join(missing) or "reachable, with the rights it needs")
    if missing:
        return
    older = await outdated(database)
    if older:
        words = f"older than this telectl: run `telectl db init` ({'; '.join(older)})"
        yield Finding(ok=False, what="telectl's tables", words=words)
    users = await database.one(ADMINS)
    if not users or not users.number:
        yield Finding(ok=False, what="api users", words="no active user has vdc_agent_api_access = 1")


async def _check_fleet(database: Database, settings: Settings) -> AsyncIterator[Finding]:
    addresses = await read_addresses(database, settings)
    for server_ip in await unknown_servers(database, settings):
        near = nearest(server_ip, [address.server_ip for address in addresses])
        words = f"[{server_ip}]: the table servers has no such server_ip{f'; do you mean {near}?' if near else ''}"
        yield Finding(ok=False, what="TELECTL_AMI", words=words)
    if not addresses:
        yield Finding(ok=False, what="asterisk", words="the table servers has no active Asterisk server")
        return
    fleet = Fleet(addresses)
    await fleet.start()
    try:
        for address in addresses:
            async for finding in _check_server(database, fleet.links[address.server_ip], address):
                yield finding
    finally:
        await fleet.close()


async def _check_server(database: Database, link: Link, address: Address) -> AsyncIterator[Finding]:
    name = f"asterisk {address.server_ip}"
    if not await link.tried(_LINK_WITHIN):
        words = link.trouble
        if words.startswith("login refused"):
            where = f"{address.username}@{address.host}:{address.port}"
            words = f"{where}: {words} (manager.conf: the user, its secret, or permit and deny)"
        yield Finding(ok=False, what=name, words=words)
        return
    yield Finding(ok=True, what=name, words=f"logged in as {address.username}")
    try:
        allowed = await link.do(ListCommands())
        lacking = [action for action in NEEDED_ACTIONS if not allowed[action]]
        words = f"the manager user may not: {', '.join(lacking)} ({_RIGHTS})" if lacking else "may do what is needed"
        yield Finding(ok=not lacking, what=f"{name} rights", words=words)
        if not {"Getvar", "ShowDialPlan"}.intersection(lacking):
            absent = [extension async for extension in _absent_extensions(database, link)]
            words = f"not in the dialplan: {', '.join(absent)}" if absent else "rooms, park, hangup, digits are there"
            yield Finding(ok=not absent, what=f"{name} dialplan", words=words)
    except AsteriskError as error:
        yield Finding(ok=False, what=name, words=str(error))


async def _absent_extensions(database: Database, link: Link) -> AsyncIterator[str]:
    server = await database.one(SERVER, server_ip=link.server_ip) or Server.unknown(link.server_ip)
    confbridge = server.engine == "CONFBRIDGE"
    room = await database.one(FIRST_CONFBRIDGE if confbridge else FIRST_MEETME, server_ip=link.server_ip)
    needed = ["8300", "8301", "8500998"]
    if room is not None:
        needed += [str(room.conf_exten), f"7{room.conf_exten}"]
        needed += [f"2{room.conf_exten}"] if confbridge else []
    for extension in needed:
        if not await extension_exists(link, server.context, extension):
            yield f"{extension}@{server.context}"
