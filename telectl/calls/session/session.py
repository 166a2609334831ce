"""An agent's session: everything a command must know before it acts (call-control.md section 13.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from telectl.asterisk import Fleet, Link
from telectl.calls.dial_parts import Part, dialled
from telectl.calls.failures import CallFailure, Failure
from telectl.database import Database
from telectl.database.agents import LIVE_AGENT, LiveAgent
from telectl.database.cache import TtlCache
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
    ParkedChannel,
    Phone,
    Server,
)
from telectl.errors import ServerUnavailable

_DEFAULT_PARK = "8301"


@dataclass(frozen=True, slots=True)
class AgentSnapshot:
    """What the tables say of an agent and its call, read at one moment."""

    agent: LiveAgent
    call: AutoCall | None
    parked: ParkedChannel | None


@dataclass(frozen=True, slots=True)
class Session:
    """The rows and links of one agent's session, read at the start of a command."""

    agent: LiveAgent
    server: Server
    campaign: Campaign | None
    phone: Phone | None
    call: AutoCall | None
    parked: ParkedChannel | None
    link: Link
    """To the server of the agent's room."""
    customer_link: Link
    """To the server that holds the customer's channel."""
    third_calls: Mapping[str, str] = field(default_factory=dict)
    """The ids of the third parties' calls that telectl dialled, by the Linkedid of their channels."""

    @property
    def room(self) -> str:
        """The number of the agent's room."""
        return dialled(Part.ROOM, self.agent.room)

    @property
    def context(self) -> str:
        """The dialplan context of the agent's actions: the phone's, else the server's."""
        given = (self.phone.ext_context if self.phone else None) or self.server.context
        return dialled(Part.CONTEXT, given)

    @property
    def park_extension(self) -> str:
        """The extension where customers wait: the campaign's, else the phone's."""
        campaign = self.campaign
        given = campaign.park_ext if campaign and campaign.park_file_name else None
        return dialled(Part.EXTENSION, given or (self.phone.park_extension if self.phone else None) or _DEFAULT_PARK)

    @property
    def group(self) -> str:
        """The in-group of an inbound call, else the campaign."""
        return (self.call.campaign_id if self.call else None) or self.agent.campaign_id or ""

    @property
    def agent_extension(self) -> str:
        """What the agent's own phone dials to be in its room."""
        return f"{self.server.agent_prefix}{self.room}"

    @property
    def way_back(self) -> str:
        """The extension that brings the customer into the agent's room, from another server by its address."""
        if self.customer_link is self.link:
            return self.room
        octets = self.agent.server_ip.split(".")
        return dialled(Part.ROUTE, "".join(f"{octet.zfill(3)}*" for octet in octets) + self.room)

    def require_links(self) -> None:
        """End the command unless the live states still tell who is there: without a link nobody is.

        Raises:
            ServerUnavailable: a link was lost meanwhile.
        """
        for link in (self.link, self.customer_link):
            if not link.usable:
                raise ServerUnavailable(f"{link.server_ip}: {link.trouble}")


class SessionReader:
    """Reads sessions; server, campaign and phone rows are kept for the ordinary cache time."""

    def __init__(self, database: Database, fleet: Fleet, cache_seconds: float) -> None:
        self._database = database
        self._fleet = fleet
        self._servers = TtlCache(self._read_server, cache_seconds)
        self._campaigns = TtlCache(self._read_campaign, cache_seconds)
        self._phones = TtlCache(self._read_phone, cache_seconds)

    async def snapshot(self, user: str) -> AgentSnapshot | None:
        """Read an agent's own rows, all at once; None for one that is not logged in."""
        agent, call, parked = await asyncio.gather(
            self._database.one(LIVE_AGENT, user=user),
            self._database.one(CALL_OF_USER, user=user),
            self._database.one(PARKED_OF_USER, user=user),
        )
        if agent is None:
            return None
        if agent.call_id and (call is None or call.callerid != agent.call_id):
            # a call came or went in between, or the tables' collations are of different families
            call, parked = await asyncio.gather(
                self._database.one(AUTO_CALL, call_id=agent.call_id), self._database.one(PARKED, call_id=agent.call_id)
            )
        return AgentSnapshot(agent, call, parked) if agent.call_id else AgentSnapshot(agent, None, None)

    async def read(self, snapshot: AgentSnapshot, *, here_if_need_be: bool = False) -> Session:
        """Return the session of a logged-in agent.

        `here_if_need_be`: while the customer's server is out of reach, only what it has in the agent's room is seen.

        Raises:
            CallFailure: a remote agent, which has no room.
            ServerUnavailable: one of its servers has no usable link; nothing was done.
        """
        agent = snapshot.agent
        if agent.is_remote:
            raise CallFailure(Failure.REMOTE_AGENT)
        link = self._fleet.link(agent.server_ip)
        try:
            customer_link = self._fleet.link(agent.call_server)
        except ServerUnavailable:
            if not here_if_need_be:
                raise
            customer_link = link
        server, campaign, phone, thirds = await asyncio.gather(
            self._servers.get(agent.server_ip),
            self._campaigns.get(agent.campaign_id or ""),
            self._phones.get((agent.server_ip, agent.user, agent.extension or "")),
            self._database.all(DIALLED_THIRDS, lead_id=agent.lead_id, agent=agent.user, server_ip=agent.server_ip),
        )
        third_calls = {dialled.channel_id: dialled.call_id for dialled in thirds}
        session = Session(
            agent, server, campaign, phone, snapshot.call, snapshot.parked, link, customer_link, third_calls
        )
        session.require_links()
        return session

    async def server(self, server_ip: str) -> Server:
        """Return the row of a server; one that is not in the table has VICIdial's defaults."""
        return await self._servers.get(server_ip)

    async def _read_server(self, server_ip: str) -> Server:
        return await self._database.one(SERVER, server_ip=server_ip) or Server.unknown(server_ip)

    async def _read_campaign(self, campaign_id: str) -> Campaign | None:
        return await self._database.one(CAMPAIGN, campaign_id=campaign_id)

    async def _read_phone(self, key: tuple[str, str, str]) -> Phone | None:
        """Find the phone that vicidial_live_agents.extension names.

        `PJSIP/gs101` names it by extension, `Local/<number>@<context>` by dialplan_number. A Local name that no phone
        has as its number is looked up as an extension, without the user's name that VICIdial appends to it for on-hook
        agents.
        """
        server_ip, user, name = key
        technology, _, rest = name.partition("/")
        extension = rest.partition("@")[0]
        if technology == "Local":
            by_number = await self._database.one(PHONE_BY_NUMBER, server_ip=server_ip, number=extension)
            if by_number is not None:
                return by_number
            extension = extension.removesuffix(user)
        return await self._database.one(PHONE, server_ip=server_ip, extension=extension)
