"""The SIP side of one call: who talks to whom, under which numbers, and the requests and answers in between."""

import re
from collections.abc import Callable, Mapping

from lab.sip import (
    OK,
    PROXY_UNAUTHORIZED,
    REFUSED,
    UNAUTHORIZED,
    Endpoint,
    Message,
    RefusedError,
    credentials,
    session,
    token,
)

ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO, NOTIFY"
GOODBYE = 2.0
"""Seconds that BYE and CANCEL have to be answered."""
REASONS = {
    180: "Ringing",
    200: "OK",
    404: "Not Found",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    500: "Server Error",
    503: "Service Unavailable",
    603: "Decline",
}


class Dialogue:
    """One INVITE and what follows it. Nothing here knows whether a person talks."""

    def __init__(self, sip: Endpoint, user: str) -> None:
        self.id = token()
        self.invite = Message("")
        """The INVITE that came, or the last one that was sent."""
        self.port = 0
        """Where we want our sound."""
        self._sip, self._user = sip, user
        self._local = self._remote = self._target = ""
        self._number = 0

    def incoming(self, invite: Message) -> None:
        """Take an INVITE that came."""
        self.invite, self.id = invite, invite["call-id"]
        self._local, self._remote = f"{invite['to']};tag={token()}", invite["from"]
        self._target = _address(invite["contact"])

    async def place(
        self,
        uri: str,
        password: str,
        caller_name: str,
        headers: Mapping[str, str],
        on_progress: Callable[[Message], None],
    ) -> Message:
        """Send an INVITE, log in if asked to, acknowledge, and return the final answer.

        Raises:
            SipError: there was none.
        """
        quoted = re.sub(r'(["\\])', r"\\\1", caller_name)
        self._local = f'"{quoted}" <sip:{self._user}@{self._sip.host}>;tag={token()}'
        self._remote, self._target = f"<{uri}>", uri
        answer = await self._try(headers, on_progress)
        if answer.code in {UNAUTHORIZED, PROXY_UNAUTHORIZED}:
            name, value = credentials(answer, self._user, password, uri)
            answer = await self._try({**headers, name: value}, on_progress)
        if answer.code < REFUSED:
            self._remote = answer["to"]
            self._target = _address(answer["contact"]) or uri
            self._sip.acknowledge(self._sip.request("ACK", self._target, self._about("ACK")), answer)
        return answer

    @property
    def replaces(self) -> str:
        """What a Replaces header names this dialogue by, at the other side (RFC 3891)."""
        return f"{self.id};to-tag={_tag(self._remote)};from-tag={_tag(self._local)}"

    async def refer(self, target: str) -> None:
        """Ask the other side to call somebody else instead of us (RFC 3515).

        Raises:
            RefusedError: it will not.
            SipError: it does not answer.
        """
        self._number += 1
        about = {**self._about("REFER"), "Refer-To": f"<{target}>", "Referred-By": _bare(self._local)}
        answer = await self._sip.ask(self._sip.request("REFER", self._target, about))
        if answer.code >= REFUSED:
            raise RefusedError(answer.code, answer.reason)

    async def bye(self) -> None:
        """End an answered call."""
        self._number += 1
        await self._sip.ask(self._sip.request("BYE", self._target, self._about("BYE")), within=GOODBYE)

    async def cancel(self) -> None:
        """Give up a call that is not answered yet."""
        cancel = self._sip.request("CANCEL", self._target, self._about("CANCEL"), "", self.invite.branch)
        await self._sip.ask(cancel, within=GOODBYE)

    def respond(self, code: int) -> None:
        """Answer the INVITE that came; 200 carries where we want our sound."""
        body = session(self._sip.host, self.port) if code == OK else ""
        self._sip.respond(self.invite, code, REASONS.get(code, "Refused"), self._us(), body)

    def agree(self, request: Message) -> None:
        """Say yes to another request of this call, with our side of the sound where it asks for that."""
        with_sound = request.method == "INVITE" or (request.method == "UPDATE" and bool(request.body))
        body = session(self._sip.host, self.port) if with_sound else ""
        self._sip.respond(request, OK, "OK", self._us(), body)

    async def _try(self, headers: Mapping[str, str], on_progress: Callable[[Message], None]) -> Message:
        self._number += 1
        about = {**self._about("INVITE"), **headers}
        self.invite = self._sip.request("INVITE", self._target, about, session(self._sip.host, self.port))
        answer = await self._sip.ask(self.invite, on_progress)
        if answer.code >= REFUSED:
            ack = {**self._about("ACK"), "To": answer["to"]}
            self._sip.send(self._sip.request("ACK", self._target, ack, "", self.invite.branch))
        return answer

    def _about(self, method: str) -> dict[str, str]:
        """Return the headers of a request of ours."""
        number = f"{self._number} {method}"
        return {**self._us(), "From": self._local, "To": self._remote, "Call-ID": self.id, "CSeq": number}

    def _us(self) -> dict[str, str]:
        """Return the headers of an answer of ours."""
        contact = f"<sip:{self._user}@{self._sip.host}:{self._sip.port}>"
        return {"To": self._local, "Contact": contact, "Allow": ALLOW}


def _address(contact: str) -> str:
    found = re.search(r"<([^>]+)>", contact)
    return found[1] if found else contact.partition(";")[0].strip()


def _tag(party: str) -> str:
    found = re.search(r";\s*tag=([^;\s]+)", party)
    return found[1] if found else ""


def _bare(party: str) -> str:
    """Return a party's address without its tag."""
    return party.partition(";tag=")[0]
