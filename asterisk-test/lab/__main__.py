"""`python -m lab`: run the Asterisk alone until Ctrl-C, and say where everything is."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lab.asterisk import Asterisk, AsteriskError
from lab.configuration import AGENTS, CUSTOMERS
from lab.fetch import PackagesError
from lab.ports import PortError


def addresses(asterisk: Asterisk) -> Table:
    """Return what somebody needs who wants to use it."""
    table = Table(show_header=False, box=None)
    table.add_row("manager interface (AMI)", f"127.0.0.1:{asterisk.ami_port}")
    table.add_row("  telectl's user", " / ".join(asterisk.manager))
    table.add_row("  user that sees everything", " / ".join(asterisk.observer))
    table.add_row("SIP", f"127.0.0.1:{asterisk.sip_port} (UDP)")
    table.add_row("  agents", f"{AGENTS[0]}-{AGENTS[-2]}, {AGENTS[-1]} / {asterisk.phone_secret}")
    table.add_row("  customers", f"{CUSTOMERS[0]}-{CUSTOMERS[-1]} / {asterisk.phone_secret}")
    table.add_row("log", str(asterisk.log))
    return table


async def run(folder: Path | None, ami_port: int | None, sip_port: int | None) -> None:
    """Run until SIGINT or SIGTERM."""
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    console = Console()
    async with Asterisk.start(folder, ami_port, sip_port, say=console.print) as asterisk:
        console.print(addresses(asterisk), "Ctrl-C ends it.", sep="\n")
        ended = asyncio.create_task(over.wait())
        while asterisk.pid and not ended.done():
            await asyncio.wait([ended], timeout=0.5)
        if not ended.done():
            ended.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ended
            raise AsteriskError(f"Asterisk ended by itself:\n{asterisk.last_words()}")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m lab", description="A private Asterisk 22 for trying telectl.")
    parser.add_argument("--folder", type=Path, help="where it keeps its files (default: a temporary folder)")
    parser.add_argument("--ami-port", type=int, help="a certain port for AMI (default: a free one)")
    parser.add_argument("--sip-port", type=int, help="a certain port for SIP (default: a free one)")
    options = parser.parse_args()
    try:
        asyncio.run(run(options.folder, options.ami_port, options.sip_port))
    except (PackagesError, PortError, AsteriskError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
