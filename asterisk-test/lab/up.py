"""`make up`: a small contact centre on this machine, and what its phones hear, live in the terminal."""

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from rich.markup import escape

from lab.asterisk import Asterisk
from lab.contact_centre import ContactCentre
from lab.demo import console, say, show_call, show_what_to_try
from lab.fetch import PackagesError
from lab.mariadb import MariaDB
from lab.ports import PortError
from lab.process import ProcessError
from lab.telectl_process import serve
from lab.until import NotInTimeError

FOLDER = Path(__file__).parents[2] / ".lab"
LONGEST_PATH = 70
"""Characters: the kernel and Asterisk cut the path of a control socket at about 100."""


class NotUpError(Exception):
    """It cannot start; the text is one line that says what to do."""


def main() -> None:
    """Run until Ctrl-C."""
    try:
        with only_one():
            asyncio.run(up())
    except (NotUpError, ProcessError, PackagesError, PortError, NotInTimeError) as error:
        console.print(f"[red]make up:[/] {escape(str(error))}")
        sys.exit(1)
    except KeyboardInterrupt:
        pass


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Let one run live in this folder; the kernel frees the mark of a run that was killed."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "up.pid").open("a+") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            mark.seek(0)
            pid = mark.read().strip()
            raise NotUpError(f"it runs already (process {pid}): stop it with Ctrl-C there, or kill {pid}") from None
        mark.truncate(0)
        mark.write(str(os.getpid()))
        mark.flush()
        yield


async def up() -> None:
    """Start everything, show it, and end it."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    started = time.monotonic()
    async with AsyncExitStack() as stack:
        starting = asyncio.ensure_future(_start(stack))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
        else:
            page = starting.result()
            say("ready", f"after {time.monotonic() - started:.1f} s. In another terminal, try:")
            show_what_to_try(page)
            console.print("  [dim]Ctrl-C ends everything that was started here.[/]\n")
            await stop.wait()
        stopping.cancel()
        console.print()
        say("stopping", "")
    say("stopped", "nothing is left running")


async def _start(stack: AsyncExitStack) -> str:
    """Start the parts one after the other, and return the address of the API."""
    listen = os.environ.get("TELECTL_LISTEN", "127.0.0.1:8080")
    _require_free(listen)
    database, exchange = _folders()
    mariadb = await stack.enter_async_context(MariaDB.start(database, say=lambda text: say("MariaDB", text)))
    say("MariaDB", f"listens on port {mariadb.port}")
    asterisk = await stack.enter_async_context(Asterisk.start(exchange, say=lambda text: say("Asterisk", text)))
    say("Asterisk", f"22 is booted: SIP on port {asterisk.sip_port}, AMI on port {asterisk.ami_port}")
    centre = await stack.enter_async_context(ContactCentre.start(mariadb, asterisk))
    say("database", "has the schema and the demo data: API user 6666/1234, agents 1000 and 6666")
    base = await stack.enter_async_context(serve(listen, centre.database_url, FOLDER / "telectl.log"))
    page = f"{base}/agc/api.php"
    say("telectl", f"answers {page}")
    await show_call(stack, centre, page)
    return page


def _folders() -> tuple[Path | None, Path | None]:
    """Return fresh folders of this checkout; none (then temporary ones are used) where its path is too long."""
    if len(str(FOLDER)) > LONGEST_PATH:
        return None, None
    for name in ("mariadb", "asterisk"):
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    return FOLDER / "mariadb", FOLDER / "asterisk"


def _require_free(listen: str) -> None:
    host, _, port = listen.rpartition(":")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            other = f"TELECTL_LISTEN=127.0.0.1:{int(port) + 10} make up" if port.isdigit() else "another port"
            raise NotUpError(f"{listen}: {error.strerror}: stop what uses it, or: {other}") from None
        except ValueError:
            raise NotUpError(f"TELECTL_LISTEN is {listen!r}: expected host:port") from None


if __name__ == "__main__":
    main()
