"""Why a call command did not succeed, in the words of the answer (call-control.md section 13.5)."""

from __future__ import annotations

from dataclasses import dataclass

from telectl.errors import ActionRefused, AsteriskError, OutcomeUnknown, ServerUnavailable


@dataclass(frozen=True, slots=True)
class Failure:
    """The answer is `ERROR: <function> error - <what> - <agent>`; `detail` is for the log only."""

    what: str
    detail: str = ""
    fields: tuple[str, ...] = ()


class CallFailure(Exception):
    """Ends a call command; nothing more was done than the answer says."""

    def __init__(self, what: str, detail: str = "", fields: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.failure = Failure(what, detail, fields)


class ChannelGone(CallFailure):
    """The channel that was to move has ended, before Asterisk was asked or on its way."""


SERVER_UNAVAILABLE = "telephony server not available"
BUSY = "agent is busy with another command"
TOO_MANY_DIALS = "dialling limit reached"
NO_DIAL_COUNT = "table telectl_dials is not usable"
NO_LOCKS = "table telectl_locks is not usable"
UNKNOWN = "outcome unknown"
REMOTE_AGENT = "agent_user is a remote agent"
NOBODY = "nobody is in the agent session"
SESSION_EMPTY = "agent session is empty"
CUSTOMER_GONE = "customer channel not live"
ALREADY_PARKED = "customer is already parked"
NOT_PARKED = "customer is not parked"
THIRD_GONE = "third party channel not live"
NO_THIRD = "no third party on the line"
THIRD_RINGING = "third party has not answered"
THIRD_PARKED = "third party is already parked"
THIRD_NOT_PARKED = "third party is not parked"
AGENT_GONE = "agent phone left its session"
NO_ROOM = "no free conference on server"
ENDED_AT_TARGET = "call ended at its target"
TOO_LONG = "extension is too long"
NO_NUMBER = "phone_number is required"
PHONE_UNREACHABLE = "agent phone not reachable"
NO_EXTENSION = "extension not found on server"
NOT_PLAYED = "recording did not play"
PLAYER_GONE = "playback ended"
NO_CONTROL = "playback cannot be controlled"
NOT_ALLOWED = "value not allowed"
NOT_DIALLABLE = "value not allowed in a dial string"
REFUSED = "refused by the telephony server"


def failure_of(error: CallFailure | AsteriskError) -> Failure:
    """Return the answer's words for an error of a call command."""
    if isinstance(error, CallFailure):
        return error.failure
    if isinstance(error, ServerUnavailable):
        return Failure(SERVER_UNAVAILABLE, str(error))
    if isinstance(error, OutcomeUnknown):
        return Failure(UNKNOWN, str(error))
    if isinstance(error, ActionRefused):
        return Failure(REFUSED, str(error))
    return Failure(NOT_ALLOWED, str(error))
