"""How many manager events a second one link reads into its live state, on one core of this machine."""

from __future__ import annotations

import asyncio
import time

from figures import Figures

from telectl.asterisk import Address, Link, Timeouts
from telectl.testing import FakeAsterisk

CALLS = 4000
"""Calls that come and go; each is five events, as large as Asterisk's."""
_PADDING = "".join(f"Header{number}: some value of ordinary length\r\n" for number in range(8))


def call(number: int) -> str:
    """Return the events of one call: made, up, in a room, out of it, gone."""
    about = (
        f"Channel: PJSIP/customer-{number:08x}\r\nUniqueid: 1795400000.{number}\r\nLinkedid: 1795400000.{number}\r\n"
        f"ChannelStateDesc: Up\r\nCallerIDName: V{number:019d}\r\nExten: 9600051\r\nContext: default\r\n{_PADDING}"
    )
    names = ("Newchannel", "Newstate", "ConfbridgeJoin", "ConfbridgeLeave", "Hangup")
    return "".join(f"Event: {name}\r\nConference: 9600051\r\n{about}\r\n" for name in names)


async def main() -> None:
    """Send all events at once, and wait until the last one is in the live state."""
    data = "".join(call(number) for number in range(CALLS)).encode()
    async with FakeAsterisk() as fake:
        link = Link(Address("10.0.0.1", "127.0.0.1", fake.port, "telectl", "telectl"), Timeouts(heartbeat=60))
        await link.start()
        while not link.usable:  # noqa: ASYNC110 - a link changes for many reasons
            await asyncio.sleep(0.01)
        done = asyncio.Event()
        last = f"1795400000.{CALLS - 1}"
        link.subscribe(lambda event: done.set() if event.name == "Hangup" and event["Uniqueid"] == last else None)
        started, used = time.monotonic(), time.process_time()
        fake.send_raw(data)
        await done.wait()
        seconds, busy = time.monotonic() - started, time.process_time() - used
        await link.close()
    figures = Figures(
        section="manager events",
        about=f"one link, {5 * CALLS} events of {len(data) // (5 * CALLS)} bytes at once",
        columns=("", "events/s", "of a core at 3000 events/s"),
        rows=[("read into the live state", f"{5 * CALLS / seconds:.0f}", f"{3000 * busy / (5 * CALLS):.0%}")],
    )
    figures.show()
    figures.write()


if __name__ == "__main__":
    asyncio.run(main())
