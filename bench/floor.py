"""The floor of bench/load.py: a handler with the least statements for the same effect, and nothing else."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import aiomysql
from aiohttp import web

from telectl.database import DatabaseUrl

LOG = (
    "INSERT INTO vicidial_api_log (user, api_date, api_script, function, agent_user, value, result, result_reason,"
    " source, data, run_time, webserver, api_url)"
    " VALUES (%s, NOW(), 'agent', %s, %s, %s, 'SUCCESS', %s, 'bench', '', '0.001', 1, 1)"
)
URL = "INSERT INTO vicidial_api_urls (api_id, api_date, remote_ip, url) VALUES (LAST_INSERT_ID(), NOW(), %s, %s)"
ADD_LEAD = (
    "INSERT INTO vicidial_list (entry_date, status, user, list_id, phone_code, phone_number)"
    " VALUES (NOW(), 'NEW', '6666', 998, '1', '7275551212')"
)
WORK = {
    "external_pause": ("UPDATE vicidial_live_agents SET external_pause = 'PAUSE!1' WHERE user = '1000'",),
    "external_add_lead": (
        "SELECT campaign_id FROM vicidial_live_agents WHERE user = '1000'",
        ADD_LEAD,
    ),
    "update_fields": (
        "SELECT lead_id FROM vicidial_live_agents WHERE user = '6666'",
        (
            "UPDATE vicidial_live_agents AS agents JOIN vicidial_list AS leads USING (lead_id)"
            " SET external_update_fields = '1', city = 'Tampa', vendor_lead_code = '1' WHERE agents.user = '6666'"
        ),
    ),
}
POOL = web.AppKey("pool", aiomysql.Pool)


async def handle(request: web.Request) -> web.Response:
    """Run the statements of a function, and the two of the log; version has none, for it needs no login."""
    function = request.query["function"]
    if function == "version":
        return web.Response(text="VERSION: floor\n")
    async with request.app[POOL].acquire() as connection, connection.cursor() as cursor:
        for statement in WORK[function]:
            await cursor.execute(statement)
        await cursor.execute(LOG, ("6666", function, "1000", "", "done"))
        await cursor.execute(URL, (request.remote, request.path_qs))
    return web.Response(text=f"SUCCESS: {function}\n")


async def healthz(_: web.Request) -> web.Response:
    """Answer that the process lives."""
    return web.Response()


async def pool(app: web.Application) -> AsyncIterator[None]:
    """Open ten connections."""
    where = DatabaseUrl.parse(os.environ["TELECTL_DATABASE_URL"])
    app[POOL] = await aiomysql.create_pool(
        host=where.host,
        port=where.port,
        user=where.user,
        password=where.password,
        db=where.database,
        autocommit=True,
        minsize=10,
        maxsize=10,
        init_command="SET sql_mode='NO_ENGINE_SUBSTITUTION'",
    )
    yield
    app[POOL].close()
    await app[POOL].wait_closed()


def main() -> None:
    """Serve until the end."""
    app = web.Application()
    app.cleanup_ctx.append(pool)
    app.router.add_get("/agc/api.php", handle)
    app.router.add_get("/healthz", healthz)
    host, _, port = os.environ["TELECTL_LISTEN"].rpartition(":")
    web.run_app(app, host=host, port=int(port), access_log=None, print=lambda *_: None)


if __name__ == "__main__":
    main()
