"""Every error text that is not a function's own, with its cause and remedy: docs/answers.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from telectl.calls import failures as why
from telectl.database.troubles import NOT_INSTALLED, TOO_MANY_CONNECTIONS, TROUBLES


@dataclass(frozen=True, slots=True)
class Explained:
    """One text of an answer."""

    text: str
    cause: str
    remedy: str


CALL_FAILURES = (
    Explained(
        why.SERVER_UNAVAILABLE,
        "telectl has no usable manager link to the Asterisk of the agent or of the customer; nothing was done",
        "look at `/readyz`, which names the trouble of each server; repeat the command when it is usable",
    ),
    Explained(
        why.BUSY,
        "another command for the same agent was still running after a second; nothing was done",
        "repeat the command",
    ),
    Explained(
        why.NO_LOCKS,
        "telectl keeps commands for one agent from overtaking each other by this table, and it is missing or may not be"
        " written; nothing was done",
        "`telectl check` tells which; `telectl db init` creates the table",
    ),
    Explained(
        why.TOO_MANY_DIALS,
        "the API user, or all API users for this agent (which of them is named), have asked for as many calls in this"
        " minute as `TELECTL_DIALS_PER_USER` or `TELECTL_DIALS_PER_AGENT` allows; nobody was dialled",
        "wait for the next minute, or raise the setting",
    ),
    Explained(
        why.NO_DIAL_COUNT,
        "a limit on dialling is set, and telectl counts in this table, which is missing or may not be written; nobody"
        " was dialled",
        "`telectl check` tells which; `telectl db init` creates the table",
    ),
    Explained(
        why.UNKNOWN,
        "Asterisk accepted the action, or the link died after it was sent, and no event showed its effect in time",
        "look where the call is before you repeat anything; telectl sets its rows right as soon as it knows",
    ),
    Explained(
        why.REMOTE_AGENT,
        "the command needs a room, and a remote agent's call is in none",
        "use ra_call_control with the call's id",
    ),
    Explained(why.NOBODY, "neither customer nor third party is there to hear the digits", "send digits during a call"),
    Explained(
        why.SESSION_EMPTY,
        "the agent's phone is not in its room: it hung up, or was never called",
        "call_agent, then repeat the command",
    ),
    Explained(
        why.CUSTOMER_GONE,
        "the customer's channel has ended, has not answered yet, or is none of this call",
        "nothing is left to command; set the disposition (external_hangup, external_status)",
    ),
    Explained(why.ALREADY_PARKED, "the customer waits already", "GRAB_CUSTOMER first"),
    Explained(
        why.NOT_PARKED, "the customer does not wait, or was taken back by another request", "PARK_CUSTOMER first"
    ),
    Explained(why.NO_THIRD, "no third party is on the line, on its way or parked", "DIAL_WITH_CUSTOMER first"),
    Explained(
        why.THIRD_RINGING,
        "the third party's phone still rings",
        "wait until `/calls/<call id>` says answered, or HANGUP_XFER",
    ),
    Explained(why.THIRD_GONE, "the parked third party has hung up", "nothing: its row was cleaned up"),
    Explained(why.THIRD_PARKED, "the third party waits already", "GRAB_XFER first"),
    Explained(why.THIRD_NOT_PARKED, "the third party does not wait", "PARK_XFER first"),
    Explained(why.AGENT_GONE, "the agent's phone hung up while it was moved", "call_agent"),
    Explained(
        why.NO_ROOM,
        "fewer than two rooms of the server are free, in the table and on Asterisk",
        "wait until agents log out, or add rooms; the call stays as it is",
    ),
    Explained(
        why.ENDED_AT_TARGET,
        "the customer was sent away, and the call ended there within a third of a second: busy, or an empty dialplan",
        "nothing can bring the call back; the agent is released as after a transfer that worked",
    ),
    Explained(
        why.NO_NUMBER, "the value dials, and phone_number is empty; AGENTDIRECT needs an agent's id there", "send it"
    ),
    Explained(
        why.NO_EXTENSION,
        "the dialplan of the customer's or agent's server has no such extension in the phone's context (it is named)",
        "mend number, prefix or dialplan; nobody was moved",
    ),
    Explained(why.TOO_LONG, "Asterisk keeps 79 characters of an extension", "send a shorter number"),
    Explained(
        why.PHONE_UNREACHABLE, "the agent's phone is not registered, or refused the call at once", "look at the phone"
    ),
    Explained(
        why.NOT_PLAYED,
        "the player did not stay in the agent's session: Asterisk has no such recording (it is named)",
        "send the name of a sound file of the agent's server",
    ),
    Explained(why.PLAYER_GONE, "what played had ended just before", "nothing"),
    Explained(
        why.NO_CONTROL,
        "what plays in the session is not run by the dialplan's ControlPlayback, or ended just before",
        "STOP and PLAY it again",
    ),
    Explained(
        why.REFUSED,
        "Asterisk refused the action; its words are in telectl's log",
        "check the rights of the manager user (`telectl check`)",
    ),
    Explained(
        why.NOT_ALLOWED,
        "a value that was to travel to Asterisk or the agent's screen has a control character, is too long, or would be"
        " read as two (the parameter is named); nothing was sent",
        "mend the value, or the row of the database that it came from",
    ),
    Explained(
        why.NOT_DIALLABLE,
        "the part that is named (number, in-group, context, …) has a character that would change where the call goes;"
        " nobody was moved and nothing was sent",
        "mend the value, or the row of the database that it came from; telectl's log has it",
    ),
)

PARTIAL = "partial - <what was done> - <what was not, in one of the words above>"

SYSTEM_ERRORS = (
    Explained(
        "system error - database not available",
        "the database did not answer in time; what was asked for may or may not be done",
        "look at `/readyz`; repeat a command only after you have looked at its effect",
    ),
    *(
        Explained(f"system error - {trouble.words}", trouble.cause, trouble.remedy)
        for trouble in (TOO_MANY_CONNECTIONS, *TROUBLES, NOT_INSTALLED)
    ),
    Explained(
        "system error - internal error - <request id>",
        "a defect of telectl",
        "report it with the lines of telectl's log that bear the request id",
    ),
    Explained(
        "<function> error - too many requests - <agent>",
        "too many wrong passwords for this user came from this address (`TELECTL_LOGIN_FAILURES`), or for all users"
        " (`TELECTL_ADDRESS_FAILURES`); the password was not judged",
        "wait a few minutes, and mend the password",
    ),
    Explained(
        "request too large - <limit>",
        "the body (1048576 bytes), the query (65536 bytes), the number of parameters (1000), the parts of a multipart"
        " form (200, 8192 bytes of headers each) or the HTTP headers are over the limit; nothing was done, and the"
        " connection ends",
        "send less",
    ),
    Explained(
        "request not readable - <what>",
        "the body is packed (Content-Encoding) or broken; without `<what>` and with HTTP status 400 it is no HTTP;"
        " nothing was done, and the connection ends",
        "send plain forms; mend the client",
    ),
    Explained(
        "request not complete - <seconds> seconds",
        "the body did not come in time (`TELECTL_BODY_SECONDS`); with HTTP status 408 line and headers"
        " (`TELECTL_HEAD_SECONDS`); nothing was done, and the connection ends",
        "mend the client or the network; repeat the request",
    ),
    Explained(
        "server is busy - too many connections",
        "with HTTP status 503: all connections are taken (`TELECTL_CONNECTIONS`); the request was not read",
        "repeat the request; close connections that are not used, or let there be more",
    ),
    Explained(
        "server is busy - too many large requests",
        "with HTTP status 503: others with bodies over 16384 bytes were being read and answered for 5 seconds (32 at a"
        " time have room); nothing was done",
        "repeat the request; send less: no request of the API needs so much",
    ),
    Explained(
        "server is shutting down",
        "with HTTP status 503: telectl is stopping; the request came too late and nothing was done",
        "repeat the request; a load balancer sends it to another copy",
    ),
)


def markdown() -> str:
    """Return docs/answers.md."""
    return "\n".join(_pages()) + "\n"


def _pages() -> Iterator[str]:
    yield "# What errors mean"
    yield ""
    yield "Generated (`make docs`). The answers of each function are in [functions.md](functions.md)."
    yield ""
    yield "## Call control"
    yield ""
    yield "`ERROR: <function> error - <text> - <agent>`, further fields behind bars. Rows that were written for an"
    yield "action are taken back before the answer when Asterisk refused it."
    yield ""
    yield from _table(CALL_FAILURES)
    yield f"| `{PARTIAL}` | a command of two steps did the first one only | do the second one alone |"
    yield ""
    yield "## Everything else"
    yield ""
    yield from _table(SYSTEM_ERRORS)


def _table(listed: tuple[Explained, ...]) -> Iterator[str]:
    yield "| text | cause | what to do |"
    yield "|---|---|---|"
    for one in listed:
        yield f"| `{one.text}` | {one.cause} | {one.remedy} |"
