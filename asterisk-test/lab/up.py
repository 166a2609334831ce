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
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from lab.asterisk import Asterisk, AsteriskError
from lab.contact_centre import ContactCentre, Line
from lab.fetch import PackagesError
from lab.mariadb import MariaDB, MariaDBError
from lab.phone import Event, Phone
from lab.ports import PortError
from lab.telectl_process import TelectlError, serve
from lab.until import NotInTimeError, until

FOLDER = Path(__file__).parents[2] / ".lab"
LONGEST_PATH = 70
"""Characters: the kernel and Asterisk cut the path of a control socket at about 100."""
AGENT_VOICE, CUSTOMER_VOICE = 400, 500
NAMES = {AGENT_VOICE: "the agent", CUSTOMER_VOICE: "the customer"}
OVER_AMI = ("send_dtmf", "park_call", "call_agent", "transfer_conference", "ra_call_control")
LOGIN = "source=test&user=6666&pass=1234&agent_user=1000"
TRY = (
    ("function=park_call&value=PARK_CUSTOMER", "the customer hears music"),
    ("function=park_call&value=GRAB_CUSTOMER", "agent and customer hear each other again"),
    ("function=send_dtmf&value=1234S5P", "the customer's phone gets the digits"),
    ("function=call_agent&value=CALL", "after the agent's phone hung up: it rings again"),
    ("function=external_pause&value=PAUSE", "a flag, for an agent's screen"),
)

console = Console(highlight=False, soft_wrap=True)


class NotUpError(Exception):
    """It cannot start; the text is one line that says what to do."""


def main() -> None:
    """Run until Ctrl-C."""
    try:
        with only_one():
            asyncio.run(up())
    except (NotUpError, TelectlError, PackagesError, MariaDBError, AsteriskError, PortError, NotInTimeError) as error:
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
            console.print()
            for query, effect in TRY:
                console.print(f"  curl '{page}?{LOGIN}&{query}'")
                console.print(f"      [dim]{effect}[/]")
            console.print("\n  [dim]Ctrl-C ends everything that was started here.[/]\n")
            await stop.wait()
        stopping.cancel()
        console.print()
        say("stopping", "")
    say("stopped", "nothing is left running")


async def _start(stack: AsyncExitStack) -> str:
    """Start the parts one after the other; give the address of the API."""
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
    agent = await centre.phone("gs101", AGENT_VOICE, "agent")
    customer = await centre.phone("customer1", CUSTOMER_VOICE, "customer")
    for phone in (agent, customer):
        phone.on_event(lambda event, phone=phone: _tell(phone, event))  # type: ignore[misc]
    watch = asyncio.create_task(_show_requests(centre))
    stack.callback(watch.cancel)
    line = await centre.seat("1000", agent, "9600051", lead_id=1002)
    await _bring_together(centre, page, line, customer)
    return page


def _folders() -> tuple[Path | None, Path | None]:
    """Give fresh folders of this checkout; none (then temporary ones are used) where its path is too long."""
    if len(str(FOLDER)) > LONGEST_PATH:
        return None, None
    for name in ("mariadb", "asterisk"):
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    return FOLDER / "mariadb", FOLDER / "asterisk"


async def _bring_together(centre: ContactCentre, page: str, line: Line, customer: Phone) -> None:
    say("telectl", "is asked to call the agent's phone into its session (call_agent)")
    await asyncio.to_thread(_get, f"{page}?{LOGIN}&function=call_agent&value=CALL")
    await until(lambda: centre.witness.members(line.room), 10, what="the agent's phone in its room")
    say("dialler", "brings the customer's call to the agent")
    await centre.deliver(line, customer)
    await until(lambda: line.customer and AGENT_VOICE in line.customer.hearing.tones, 10, what="the agent's voice")


async def _show_requests(centre: ContactCentre) -> None:
    """Show every line that the API answered."""
    seen = 0
    while True:
        for row in await centre.rows.all("SELECT * FROM vicidial_api_log WHERE api_id > %s ORDER BY api_id", seen):
            seen = row["api_id"]
            colour = {"SUCCESS": "green", "ERROR": "red"}.get(row["result"], "yellow")
            reason = escape(row["result_reason"] or "")
            flag = row["result"] == "SUCCESS" and row["function"] not in (*OVER_AMI, "version", "webserver")
            note = "  [dim](flag set; no agent screen here acts on it)[/]" if flag else ""
            asked = escape(f"{row['function']} {row['value']}".strip())
            say("request", f"{asked}: [{colour}]{row['result']}[/] {reason}{note}", markup=True)
        await asyncio.sleep(0.2)


def _tell(phone: Phone, event: Event) -> None:
    """Say what a phone hears and does."""
    words = {
        "invite": "rings",
        "answered": "answers",
        "digit": f"gets digit [bold]{escape(event.text)}[/]",
        "ended": "is hung up",
    }
    if event.kind == "hears" and event.heard is not None:
        heard = event.heard.in_words(NAMES)
        colour = "magenta" if event.heard.music else "cyan"
        say(phone.name, f"hears [{colour}]{heard}[/]", markup=True)
    elif event.kind in words:
        say(phone.name, words[event.kind], markup=True)


def say(who: str, what: str, *, markup: bool = False) -> None:
    """Print one line: the time, who, what."""
    text = what if markup else escape(what)
    console.print(f"[dim]{time.strftime('%H:%M:%S')}[/]  [bold]{who:<9}[/] {text}")


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


def _get(url: str) -> None:
    with urllib.request.urlopen(url, timeout=10):
        pass


if __name__ == "__main__":
    main()
