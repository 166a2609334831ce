"""The command line: serve, check, functions, call, db, hash-password."""

from __future__ import annotations

import asyncio
import difflib
import sys
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr
from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from telectl import __version__, client, env_file, logs
from telectl.auth.passwords import Scheme, hash_password
from telectl.check import check_all
from telectl.database import DatabaseUrl
from telectl.database.setup.init import initialise
from telectl.database.setup.rights import grant, grant_script
from telectl.errors import SettingsError, TelectlError
from telectl.functions.common.function import Access
from telectl.functions.registry import FUNCTIONS
from telectl.reference import LEGEND, OF_ALL, page
from telectl.serve import run
from telectl.settings import load, settings_help

_WIDE = 1000
"""Columns of a list that goes into a pipe or file: each function one line."""


class _Main(click.Group):
    """A group whose errors are one line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error of ours ends it with one line."""
        try:
            return super().invoke(ctx)
        except TelectlError as error:
            click.echo(f"telectl: {error}", err=True)
            sys.exit(2)


_env_file = click.option(
    "--env-file",
    multiple=True,
    metavar="PATH",
    expose_value=False,
    is_eager=True,
    callback=lambda _context, _option, paths: env_file.use_only([Path(path) for path in paths]),
    help="take the settings from the service's systemd EnvironmentFile, and none of TELECTL_… from this shell",
)


@click.group(cls=_Main)
@click.version_option(__version__, prog_name="telectl")
def main() -> None:
    """VICIdial's agent API, carried out over the Asterisk Manager Interface.

    `telectl serve --help` lists the settings, and `telectl check` tells what is wrong with yours.
    """


@main.command(epilog=settings_help(), short_help="Answer the agent API until SIGTERM.")
@_env_file
def serve() -> None:
    """Answer the agent API until SIGTERM.

    A bad setting ends it with status 2 and one line. A database or an Asterisk that is away does not: it is waited for,
    and /readyz says so.
    """
    run(load())


@main.command(short_help="Check settings, database and every Asterisk.")
@_env_file
def check() -> None:
    """Check settings, database and every Asterisk: one line each, exit status 1 if one is not in order.

    As the service sees it: telectl check --env-file /etc/telectl/telectl.env
    """
    logs.configure("text", "error")
    console = Console(highlight=False, soft_wrap=True)
    if not asyncio.run(_check(console)):
        sys.exit(1)


async def _check(console: Console) -> bool:
    """Print each finding as it comes, and return whether all is in order."""
    in_order = True
    async for finding in check_all():
        mark = "[green]ok[/]   " if finding.ok else "[red]wrong[/]"
        console.print(f"{mark} {escape(finding.what)}{': ' + escape(finding.words) if finding.words else ''}")
        in_order = in_order and finding.ok
    return in_order


@main.group()
def db() -> None:
    """Prepare the database: tables and rights."""


@db.command(short_help="Create missing tables, amend telectl's own.")
@_env_file
@click.option("--demo", is_flag=True, help="also load the demo data of the README")
@click.option("--if-empty", is_flag=True, help="with --demo: not where users are already")
@click.option("--dry-run", is_flag=True, help="only say what would be done")
def init(*, demo: bool, if_empty: bool, dry_run: bool) -> None:
    """Create the tables that are missing and bring telectl's own up to date. Safe to repeat.

    VICIdial's tables are never altered; in the database of a VICIdial only tables telectl_* are created.
    """
    url = load().database_url.get_secret_value()
    for line in asyncio.run(initialise(url, demo=demo, if_empty=if_empty, dry_run=dry_run)):
        click.echo(line)


@db.command("grants", short_help="Print the GRANT script for telectl's user.")
@_env_file
@click.option("--user", default="telectl", show_default=True, help="whom to grant what telectl needs")
@click.option("--host", default="localhost", show_default=True, help="where that user connects from; % for everywhere")
@click.option(
    "--apply", "at_once", is_flag=True, help="grant it at once; TELECTL_DATABASE_URL's user must be allowed to"
)
def grants_command(*, user: str, host: str, at_once: bool) -> None:
    """Print the GRANT script with exactly the rights that telectl needs."""
    url = load().database_url.get_secret_value()
    if at_once:
        tables = asyncio.run(grant(url, user, host))
        click.echo(f"granted '{user}'@'{host}' what telectl needs on {tables} tables")
    else:
        click.echo(grant_script(DatabaseUrl.parse(url).database, user, host), nl=False)


@main.command()
@click.argument("name", required=False)
def functions(name: str | None) -> None:
    """List the API's functions, or explain one."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
    if name is None:
        table = Table("function", "what it does", box=None)
        for function in FUNCTIONS.values():
            table.add_row(f"[bold]{function.name}[/]", escape(function.summary))
        _print(console, table)
        click.echo("\n`telectl functions NAME` explains one; `telectl call NAME name=value …` asks a running telectl.")
        return
    found = FUNCTIONS.get(name)
    if found is None:
        raise SettingsError(f"there is no function {name}; {_near(name)}")
    head, _, rest = page(found).partition("Example:")
    _print(console, Markdown(head))
    click.echo(f"\nExample:{rest}\n\n{LEGEND}")
    if found.access is Access.USER:
        click.echo(OF_ALL)


def _print(console: Console, what: Table | Markdown) -> None:
    """Print without the blanks that fill each line up to the console's width."""
    with console.capture() as printed:
        console.print(what)
    click.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))


def _near(name: str) -> str:
    """Return the functions that a misspelt name may mean."""
    near = difflib.get_close_matches(name, FUNCTIONS, n=3, cutoff=0.75)
    return f"do you mean {' or '.join(near)}?" if near else "`telectl functions` lists them"


@main.command(
    epilog="Example: telectl call external_pause agent_user=1000 value=PAUSE",
    short_help="Send a request to a running telectl.",
)
@_env_file
@click.argument("function")
@click.argument("parameters", nargs=-1, metavar="NAME=VALUE …")
@click.option("--url", help="the telectl to ask [TELECTL_URL; else the one at TELECTL_LISTEN]")
@click.option("--user", help="the API user [TELECTL_USER; else asked for]")
@click.option("--password", help="better not here, where others see it [TELECTL_PASSWORD; else asked for]")
def call(
    *, function: str, parameters: tuple[str, ...], url: str | None, user: str | None, password: str | None
) -> None:
    """Send a request to a running telectl and print the answer; status 1 unless it is a success."""
    settings = load()
    known = FUNCTIONS.get(function)
    if known is None or known.access is Access.USER:
        user = user or settings.user or click.prompt("API user", err=True)
        password = password or _secret(settings.password) or click.prompt("Password", hide_input=True, err=True)
    elsewhere, certificate = url or settings.url, settings.tls_certificate
    place = elsewhere or f"{'https' if certificate else 'http'}://{settings.listen}"
    own = None if elsewhere else certificate
    answer = client.call(place, user or "", password or "", function, parameters, certificate=own)
    click.echo(answer, nl=False)
    if not answer:
        raise TelectlError(f"the answer is empty: there is no function {function}; {_near(function)}")
    if not client.succeeded(answer):
        sys.exit(1)


def _secret(kept: SecretStr | None) -> str:
    return kept.get_secret_value() if kept else ""


@main.command("hash-password")
@click.option("--key", required=True, help="system_settings.pass_key")
@click.option("--cost", default=2, show_default=True, help="system_settings.pass_cost")
@click.password_option(help="asked for when not given")
def hash_password_command(key: str, cost: int, password: str) -> None:
    """Print what vicidial_users.pass_hash holds for a password."""
    click.echo(hash_password(password, Scheme(hashed=True, key=key, cost=cost)))


if __name__ == "__main__":
    main()
