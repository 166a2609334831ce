"""The command line: serve, check, db, hash-password."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from telectl import __version__, logs
from telectl.auth.passwords import Scheme, hash_password
from telectl.check import Finding, check_all
from telectl.database.init import initialise
from telectl.errors import TelectlError
from telectl.serve import run
from telectl.settings import Settings, load

_SETTINGS_HELP = "\b\nSettings (environment, or lower case in the TOML file TELECTL_CONFIG):\n" + "\n".join(
    f"  TELECTL_{name.upper()}\n    {field.description}" for name, field in Settings.model_fields.items()
)


class _Main(click.Group):
    """A group whose errors are one line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error of ours ends it with one line."""
        try:
            return super().invoke(ctx)
        except TelectlError as error:
            click.echo(f"telectl: {error}", err=True)
            sys.exit(2)


@click.group(cls=_Main)
@click.version_option(__version__, prog_name="telectl")
def main() -> None:
    """VICIdial's agent API, carried out over the Asterisk Manager Interface."""


@main.command(epilog=_SETTINGS_HELP)
def serve() -> None:
    """Answer the agent API until SIGTERM."""
    run(load())


@main.command()
def check() -> None:
    """Check settings, database and every Asterisk: one line each, exit status 1 if one is not in order."""
    settings = load()
    logs.configure("text", "error")
    console = Console(highlight=False, soft_wrap=True)
    console.print("[green]ok[/]    settings")
    findings = asyncio.run(_check(settings, console))
    if not all(finding.ok for finding in findings):
        sys.exit(1)


async def _check(settings: Settings, console: Console) -> list[Finding]:
    findings = []
    async for finding in check_all(settings):
        mark = "[green]ok[/]   " if finding.ok else "[red]wrong[/]"
        console.print(f"{mark} {escape(finding.what)}{': ' + escape(finding.words) if finding.words else ''}")
        findings.append(finding)
    return findings


@main.group()
def db() -> None:
    """Prepare the database."""


@db.command()
@click.option("--demo", is_flag=True, help="also load the demo data of the README")
@click.option("--dry-run", is_flag=True, help="only say what would be done")
def init(*, demo: bool, dry_run: bool) -> None:
    """Create the tables that are missing; existing ones are never altered. Safe to repeat."""
    settings = load()
    for line in asyncio.run(initialise(settings.database_url.get_secret_value(), demo=demo, dry_run=dry_run)):
        click.echo(line)


@main.command("hash-password")
@click.option("--key", required=True, help="system_settings.pass_key")
@click.option("--cost", default=2, show_default=True, help="system_settings.pass_cost")
@click.password_option(help="asked for when not given")
def hash_password_command(key: str, cost: int, password: str) -> None:
    """Print what vicidial_users.pass_hash holds for a password."""
    click.echo(hash_password(password, Scheme(hashed=True, key=key, cost=cost)))


if __name__ == "__main__":
    main()
