"""What keeps a call command from succeeding: every text that its answer may have, with cause and remedy.

docs/answers.md is printed from this table (call-control.md section 13.5).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from telectl.errors import ActionRefused, AsteriskError, OutcomeUnknown, ServerUnavailable


class Failure(StrEnum):
    """The text of an answer, `ERROR: <function> error - <text> - <agent>`; its cause, and what to do about it."""

    cause: str
    remedy: str

    def __new__(cls, text: str, cause: str = "", remedy: str = "") -> Self:
        """Make the member; it is its text."""
        failure = str.__new__(cls, text)
        failure._value_ = text
        failure.cause, failure.remedy = cause, remedy
        return failure

    SERVER_UNAVAILABLE = (
        "telephony server not available",
        "telectl has no usable manager link to the Asterisk of the agent or of the customer; nothing was done",
        "look at `/readyz`, which names the trouble of each server; repeat the command when it is usable",
    )
    BUSY = (
        "agent is busy with another command",
        "another command for the same agent was still running after a second; nothing was done",
        "repeat the command",
    )
    NO_LOCKS = (
        "table telectl_locks is not usable",
        (
            "telectl keeps commands for one agent from overtaking each other by this table, and it is missing or may"
            " not be written; nothing was done"
        ),
        "`telectl check` tells which; `telectl db init` creates the table",
    )
    TOO_MANY_DIALS = (
        "dialling limit reached",
        (
            "the API user, or all API users for this agent (which of them is named), have asked for as many calls in"
            " this minute as `TELECTL_DIALS_PER_USER` or `TELECTL_DIALS_PER_AGENT` allows; nobody was dialled"
        ),
        "wait for the next minute, or raise the setting",
    )
    NO_DIAL_COUNT = (
        "table telectl_dials is not usable",
        (
            "a limit on dialling is set, and telectl counts in this table, which is missing or may not be written;"
            " nobody was dialled"
        ),
        "`telectl check` tells which; `telectl db init` creates the table",
    )
    UNKNOWN = (
        "outcome unknown",
        "Asterisk accepted the action, or the link died after it was sent, and no event showed its effect in time",
        "look where the call is before you repeat anything; telectl sets its rows right as soon as it knows",
    )
    REMOTE_AGENT = (
        "agent_user is a remote agent",
        "the command needs a room, and a remote agent's call is in none",
        "use ra_call_control with the call's id",
    )
    NOBODY = (
        "nobody is in the agent session",
        "neither customer nor third party is there to hear the digits",
        "send digits during a call",
    )
    NO_SENDER = (
        "digit sender did not join the session",
        "the call that presses the digits did not come into the session (`TELECTL_DTMF=room`); nobody heard them",
        "look at the phone's `dtmf_send_extension` and at that extension of the dialplan",
    )
    SESSION_EMPTY = (
        "agent session is empty",
        "the agent's phone is not in its room: it hung up, or was never called",
        "call_agent, then repeat the command",
    )
    CUSTOMER_GONE = (
        "customer channel not live",
        "the customer's channel has ended, has not answered yet, or is none of this call",
        "nothing is left to command; set the disposition (external_hangup, external_status)",
    )
    ALREADY_PARKED = (
        "customer is already parked",
        "the customer waits already",
        "GRAB_CUSTOMER first",
    )
    NOT_PARKED = (
        "customer is not parked",
        "the customer does not wait, or was taken back by another request",
        "PARK_CUSTOMER first",
    )
    NO_THIRD = (
        "no third party on the line",
        "no third party is on the line, on its way or parked",
        "DIAL_WITH_CUSTOMER first",
    )
    THIRD_RINGING = (
        "third party has not answered",
        "the third party's phone still rings",
        "wait until `/calls/<call id>` says answered, or HANGUP_XFER",
    )
    THIRD_GONE = (
        "third party channel not live",
        "the parked third party has hung up",
        "nothing: its row was cleaned up",
    )
    THIRD_PARKED = (
        "third party is already parked",
        "the third party waits already",
        "GRAB_XFER first",
    )
    THIRD_NOT_PARKED = (
        "third party is not parked",
        "the third party does not wait",
        "PARK_XFER first",
    )
    AGENT_GONE = (
        "agent phone left its session",
        "the agent's phone hung up while it was moved",
        "call_agent",
    )
    NO_ROOM = (
        "no free conference on server",
        "fewer than two rooms of the server are free, in the table and on Asterisk",
        "wait until agents log out, or add rooms; the call stays as it is",
    )
    ROOM_LOCKED = (
        "conference is locked",
        (
            "somebody has locked the conference (it is named): it lets administrators in and nobody else; nobody was"
            " moved or dialled"
        ),
        "unlock it (ConfbridgeUnlock, or the key of an administrator's menu), then repeat the command",
    )
    ROOM_FULL = (
        "conference is full",
        (
            "the conference (it is named) has as many members as `max_members` of its bridge profile allows; nobody"
            " was moved or dialled"
        ),
        "wait until somebody has left, or raise max_members in confbridge.conf",
    )
    ENDED_AT_TARGET = (
        "call ended at its target",
        "the customer was sent away, and the call ended there within a third of a second: busy, or an empty dialplan",
        "nothing can bring the call back; the agent is released as after a transfer that worked",
    )
    NO_NUMBER = (
        "phone_number is required",
        "the value dials, and phone_number is empty; AGENTDIRECT needs an agent's id there",
        "send it",
    )
    NO_EXTENSION = (
        "extension not found on server",
        "the dialplan of the customer's or agent's server has no such extension in the phone's context (it is named)",
        "mend number, prefix or dialplan; nobody was moved",
    )
    TOO_LONG = (
        "extension is too long",
        "Asterisk keeps 79 characters of an extension",
        "send a shorter number",
    )
    PHONE_UNREACHABLE = (
        "agent phone not reachable",
        (
            "the agent's phone is not registered, refused the call (busy, declined, do not disturb), or did not ring"
            " within 3 seconds and its call was taken back"
        ),
        "look at the phone",
    )
    NOT_PLAYED = (
        "recording did not play",
        "the player did not stay in the agent's session: Asterisk has no such recording (it is named)",
        "send the name of a sound file of the agent's server",
    )
    PLAYER_GONE = (
        "playback ended",
        "what played had ended just before",
        "nothing",
    )
    NO_CONTROL = (
        "playback cannot be controlled",
        "what plays in the session is not run by the dialplan's ControlPlayback, or ended just before",
        "STOP and PLAY it again",
    )
    REFUSED = (
        "refused by the telephony server",
        "Asterisk refused the action; its words are in telectl's log",
        "check the rights of the manager user (`telectl check`)",
    )
    NOT_ALLOWED = (
        "value not allowed",
        (
            "a value that was to travel to Asterisk or the agent's screen has a control character, is too long, or"
            " would be read as two (the parameter is named); nothing was sent"
        ),
        "mend the value, or the row of the database that it came from",
    )
    NOT_DIALLABLE = (
        "value not allowed in a dial string",
        (
            "the part that is named (number, in-group, context, …) has a character that would change where the call"
            " goes; nobody was moved and nothing was sent"
        ),
        "mend the value, or the row of the database that it came from; telectl's log has it",
    )


class CallFailure(Exception):
    """Ends a call command; nothing more was done than the answer says.

    `what` is a Failure, or what a command of several steps makes of it; `fields` follow the agent in the answer;
    `detail` is for the log only; `acted` says that a part of the command was done.
    """

    def __init__(self, what: str, detail: str = "", fields: tuple[str, ...] = (), *, acted: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.detail = detail
        self.fields = fields
        self.acted = acted


class ChannelGone(CallFailure):
    """The channel that was to move has ended, before Asterisk was asked or on its way."""


def failure_of(error: CallFailure | AsteriskError) -> CallFailure:
    """Return what the caller is told of an error of a call command."""
    if isinstance(error, CallFailure):
        return error
    if isinstance(error, ServerUnavailable):
        return CallFailure(Failure.SERVER_UNAVAILABLE, str(error))
    if isinstance(error, OutcomeUnknown):
        return CallFailure(Failure.UNKNOWN, str(error))
    if isinstance(error, ActionRefused):
        return CallFailure(Failure.REFUSED, str(error))
    return CallFailure(Failure.NOT_ALLOWED, str(error))
