"""The demo call: an agent and a customer talk, and each of their phones tells in the terminal what it hears and does.

`make up` shows it on this machine; `python -m lab.demo` joins a telectl, a database and an Asterisk that run already,
as `docker compose up` does.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from lab import attached
from lab.ami import ManagerError
from lab.asterisk import AsteriskError
from lab.contact_centre import ContactCentre, Line
from lab.phone import Event, Phone
from lab.sip import SipError
from lab.tones import GREETING, PERSON
from lab.until import NotInTimeError, until
from telectl.functions.registry import FUNCTIONS

AGENT_VOICE, CUSTOMER_VOICE, THIRD_VOICE = 400, 500, 600
NAMES = {
    AGENT_VOICE: "the agent",
    CUSTOMER_VOICE: "the customer",
    THIRD_VOICE: "the third party",
    GREETING: "the recording",
    PERSON: "a person",
}
WITHOUT_FLAG = ("version", "webserver")
LOGIN = "source=test&user=6666&pass=1234&agent_user=1000"
TRY = (
    ("function=park_call&value=PARK_CUSTOMER", "the customer hears music"),
    ("function=park_call&value=GRAB_CUSTOMER", "agent and customer hear each other again"),
    ("function=send_dtmf&value=1234S5P", "the customer's phone gets the digits"),
    ("function=audio_playback&stage=PLAY&value=greeting", "both hear a recording; stage=STOP ends it"),
    ("function=external_pause&value=PAUSE", "a flag, for an agent's screen"),
    (
        "function=transfer_conference&value=DIAL_WITH_CUSTOMER&phone_number=5557021111",
        "the third party's phone rings and answers: all three hear each other",
    ),
    (
        "function=transfer_conference&value=LEAVE_3WAY_CALL",
        "the agent's phone goes to a fresh session; the two others talk on",
    ),
)

console = Console(highlight=False, soft_wrap=True)


async def show_call(stack: AsyncExitStack, centre: ContactCentre, page: str) -> None:
    """Bring agent and customer together; until the stack ends, say what they hear and what the API is asked."""
    agent = await centre.phone("gs101", AGENT_VOICE, "agent")
    customer = await centre.phone("customer1", CUSTOMER_VOICE, "customer")
    third = await centre.phone("customer2", THIRD_VOICE, "third")
    for phone in (agent, customer, third):
        phone.on_event(lambda event, phone=phone: _tell(phone, event))  # type: ignore[misc]
    watch = asyncio.create_task(_show_requests(centre))
    stack.callback(watch.cancel)
    line = await centre.seat("1000", agent, "9600051", lead_id=1002)
    await _bring_together(centre, page, line, customer)


def show_what_to_try(page: str) -> None:
    """Print requests to send by hand, and what each does to the phones."""
    console.print()
    for query, effect in TRY:
        console.print(f"  curl '{page}?{LOGIN}&{query}'")
        console.print(f"      [dim]{effect}[/]")
    console.print()


def say(who: str, what: str, *, markup: bool = False) -> None:
    """Print one line: the time, who, what."""
    text = what if markup else escape(what)
    console.print(f"[dim]{time.strftime('%H:%M:%S')}[/]  [bold]{who:<9}[/] {text}")


def get(url: str, *, quiet: bool = False) -> dict[str, str]:
    """Ask a page, from a thread; JSON is taken apart, text is `text`; nothing, if it is quiet about trouble."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = answer.read().decode()
    except (OSError, urllib.error.URLError):
        if quiet:
            return {}
        raise
    return dict(json.loads(text)) if text.startswith("{") else {"text": text}


async def _bring_together(centre: ContactCentre, page: str, line: Line, customer: Phone) -> None:
    say("telectl", "is asked to call the agent's phone into its session (call_agent)")
    answer = await asyncio.to_thread(get, f"{page}?{LOGIN}&function=call_agent&value=CALL")
    await until(lambda: centre.witness.members(line.room), 10, what=f"the agent's phone in its room: {answer}")
    say("dialler", "brings the customer's call to the agent")
    await centre.deliver(line, customer)
    await until(lambda: line.customer and AGENT_VOICE in line.customer.hearing.tones, 10, what="the agent's voice")


async def _show_requests(centre: ContactCentre) -> None:
    """Show every line that the API answers from now on."""
    newest = await centre.rows.one("SELECT COALESCE(MAX(api_id), 0) AS api_id FROM vicidial_api_log")
    seen = newest["api_id"]
    while True:
        for row in await centre.rows.all("SELECT * FROM vicidial_api_log WHERE api_id > %s ORDER BY api_id", seen):
            seen = row["api_id"]
            colour = {"SUCCESS": "green", "ERROR": "red"}.get(row["result"], "yellow")
            reason = escape(row["result_reason"] or "")
            flag = row["result"] == "SUCCESS" and _sets_a_flag(row["function"])
            note = "  [dim](flag set; no agent screen here acts on it)[/]" if flag else ""
            asked = escape(f"{row['function']} {row['value']}".strip())
            say("request", f"{asked}: [{colour}]{row['result']}[/] {reason}{note}", markup=True)
        await asyncio.sleep(0.2)


def _sets_a_flag(name: str) -> bool:
    function = FUNCTIONS.get(name)
    return function is not None and not function.over_ami and name not in WITHOUT_FLAG


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


async def _join(environment: dict[str, str]) -> None:
    """Show the call on what the environment names, until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        asterisk = await stack.enter_async_context(attached.asterisk())
        centre = await stack.enter_async_context(ContactCentre.attach(environment["DEMO_DATABASE_URL"], asterisk))
        await show_call(stack, centre, environment["DEMO_URL"])
        say("ready", "agent and customer talk. In another terminal, try:")
        show_what_to_try(environment.get("DEMO_URL_OUTSIDE", environment["DEMO_URL"]))
        if "DEMO_READY" in environment:
            await asyncio.to_thread(Path(environment["DEMO_READY"]).touch)
        await stop.wait()


def main() -> None:
    """Join what runs already.

    Environment: `LAB_ASTERISK…` (see attached.py); `DEMO_DATABASE_URL`, with a user that may write VICIdial's rows;
    `DEMO_URL`, telectl's page; `DEMO_URL_OUTSIDE`, the same as a person reaches it; `DEMO_READY`, a file that is made
    once they talk, for health checks.
    """
    missing = [name for name in ("LAB_ASTERISK", "DEMO_DATABASE_URL", "DEMO_URL") if not os.environ.get(name)]
    if missing:
        sys.exit(f"demo: {', '.join(missing)}: not set")
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_join(dict(os.environ)))
    except (AsteriskError, ManagerError, SipError, NotInTimeError, OSError) as error:
        sys.exit(f"demo: {error}")


if __name__ == "__main__":
    main()
