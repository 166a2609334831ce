"""Everything is wired here: one cleanup context per resource, in the order they need each other."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from telectl.api.agent_api import AgentApi
from telectl.api.call_state import CallState
from telectl.api.edge.large_bodies import room_for_large_requests
from telectl.api.edge.refusals import answer_refused
from telectl.api.health import Health
from telectl.api.log.access_log import access_line
from telectl.api.log.api_log import ApiLog
from telectl.api.log.refused_rows import RefusedRows
from telectl.api.middlewares import refuse_while_stopping, remote_address, request_id
from telectl.api.paths import add_agent_api
from telectl.api.php_request import BODY_SECONDS
from telectl.api.stopping import STOPPING, Stopping
from telectl.asterisk import Fleet
from telectl.auth.login import Authenticator
from telectl.auth.passwords import PasswordCheck
from telectl.calls.controller import CallController
from telectl.calls.queue_metrics import QueueMetrics
from telectl.calls.timing import Timing
from telectl.database import Clock, Database
from telectl.database.external import Integrations
from telectl.database.lookups import Lookups
from telectl.functions.common.request import ServerFacts, Services
from telectl.servers import ServerWatch
from telectl.settings import Settings

FORM_LIMIT = 2**20
"""Largest request body, in bytes."""
LONGEST_WITHOUT_CLOCK = 60.0
"""Seconds after which the database's clock and zone are read again, however long other rows may be kept."""

DATABASE = web.AppKey("database", Database)
FLEET = web.AppKey("fleet", Fleet)
SERVICES = web.AppKey("services", Services)


def build_app(settings: Settings, timing: Timing | None = None) -> web.Application:
    """Wire one telectl; tests hand in a `timing` of theirs."""
    timing = timing or Timing()
    database = Database(settings.database_url.get_secret_value(), pool=settings.database_pool, zone=settings.zone)
    clock = Clock(database, settings.zone, keep_seconds=min(settings.cache_seconds, LONGEST_WITHOUT_CLOCK))
    lookups = Lookups(database, settings.cache_seconds)
    fleet = Fleet([])
    integrations = Integrations(database)
    calls = CallController(settings, database, fleet, clock, QueueMetrics(lookups, integrations), timing=timing)
    facts = ServerFacts(settings.server_name or "", FORM_LIMIT, timing.request)
    services = Services(settings, database, lookups, calls, integrations, facts)
    passwords = PasswordCheck()
    gate = Authenticator(
        database,
        lookups,
        passwords,
        user_failures=settings.login_failures,
        site_failures=settings.address_failures,
        demo_from=settings.demo_from,
    )
    refused_rows = RefusedRows(settings.refused_log_rows)
    api_log = ApiLog(database, settings.cache_seconds, refused_rows)
    api = AgentApi(services, clock, gate, api_log)
    call_state = CallState(calls.tracker, lookups, clock, gate)
    over_ami = settings.call_control != "vicidial"
    stopping = Stopping()
    health = Health(database, fleet, calls.tracker, api_log, calls.owed, stopping=stopping, needs_asterisk=over_ami)

    app = web.Application(
        middlewares=[
            request_id,
            access_line,
            remote_address(settings.trusted_proxies),
            refuse_while_stopping,
            room_for_large_requests(),
            answer_refused,
        ],
        client_max_size=FORM_LIMIT,
    )
    app[STOPPING] = stopping
    app[BODY_SECONDS] = settings.body_seconds
    app[DATABASE], app[FLEET], app[SERVICES] = database, fleet, services

    async def database_open(_: web.Application) -> AsyncIterator[None]:
        await database.open()
        yield
        passwords.close()
        refused_rows.end_minute()
        await api_log.close()
        await integrations.close()
        await database.close()

    async def links_up(_: web.Application) -> AsyncIterator[None]:
        watch = ServerWatch(database, settings, fleet)
        if over_ami:
            await fleet.start()
            await watch.start()
        yield
        await watch.close()
        await fleet.close()

    async def commands_ready(_: web.Application) -> AsyncIterator[None]:
        await calls.start()
        yield
        await calls.close()

    app.cleanup_ctx.extend([database_open, links_up, commands_ready])
    app.router.add_get("/calls/{call_id}", call_state.answer)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    add_agent_api(app.router, api.handle)
    return app
