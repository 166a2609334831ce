"""SIP over UDP, as much as a telephone needs: messages, retransmission, digest login."""

import asyncio
import hashlib
import re
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

Address = tuple[str, int]

FIRST_RESEND, LONGEST_RESEND = 0.5, 4.0
"""RFC 3261's T1 and T2: unanswered requests are sent again after 0.5, 1, 2, 4, 4, ... seconds."""
REQUEST_TIME = 4.0
"""Seconds after which a request counts as unanswered; the RFC's 32 are too long for a laboratory."""
FINAL, OK, UNAUTHORIZED, PROXY_UNAUTHORIZED, REFUSED = 200, 200, 401, 407, 300

COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "c": "content-type",
    "l": "content-length",
}


class SipError(Exception):
    """A request was not answered in time, or refused."""


class RefusedError(SipError):
    """A request was refused. `code` is SIP's, such as 486."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


@dataclass(slots=True)
class Message:
    """A request or a response. Header names are in lower case and may occur several times."""

    first: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Self | None:
        """Read a datagram; nothing when it is not a SIP message (a keep-alive, say)."""
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        if "SIP/2.0" not in first:
            return None
        headers: list[tuple[str, str]] = []
        for line in lines:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            headers.append((COMPACT.get(name, name), value.strip()))
        return cls(first, headers, body)

    def encode(self) -> bytes:
        """Return it as it goes over the wire."""
        body = self.body.encode()
        lines = [self.first, *(f"{name}: {value}" for name, value in self.headers), f"content-length: {len(body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def __getitem__(self, name: str) -> str:
        """Return a header's first value, or nothing."""
        return next((value for key, value in self.headers if key == name.lower()), "")

    def all(self, name: str) -> list[str]:
        """Return all values of a header."""
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def method(self) -> str:
        """A request's method, or the one that a response answers."""
        return self["cseq"].rpartition(" ")[2]

    @property
    def number(self) -> int:
        """The number in CSeq."""
        return int(self["cseq"].split()[0])

    @property
    def code(self) -> int:
        """A response's code; 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def reason(self) -> str:
        """A response's words."""
        return self.first.split(" ", 2)[2] if self.code else ""

    @property
    def branch(self) -> str:
        """The transaction it belongs to."""
        found = re.search(r"branch=([^;,\s]+)", self["via"])
        return found[1] if found else ""

    @property
    def caller_name(self) -> str:
        """The name in From, which is where VICIdial's call id travels."""
        found = re.match(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<', self["from"])
        return re.sub(r"\\(.)", r"\1", found[1] or found[2] or "") if found else ""

    @property
    def caller_number(self) -> str:
        """The user part of the address in From."""
        found = re.search(r"sips?:([^@;>]*)@", self["from"])
        return found[1] if found else ""

    @property
    def cause(self) -> int:
        """The Q.850 cause in Reason, 0 when there is none."""
        found = re.search(r"Q\.850\s*;\s*cause=(\d+)", self["reason"])
        return int(found[1]) if found else 0

    @property
    def sound_address(self) -> Address | None:
        """Where the sender of the session description wants its sound."""
        host = re.search(r"^c=IN IP4 (\S+)", self.body, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        return (host[1], int(port[1])) if host and port else None


def session(host: str, port: int) -> str:
    """Return a session description: ulaw and telephone events."""
    lines = ["v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0", f"m=audio {port} RTP/AVP 0 101"]
    lines += [
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=sendrecv",
        "a=ptime:20",
    ]
    return "\r\n".join(lines) + "\r\n"


def token() -> str:
    """Return a random word for tags, branches and Call-IDs."""
    return secrets.token_hex(8)


def credentials(challenge: Message, user: str, password: str, uri: str) -> tuple[str, str]:
    """Return the header that answers a digest challenge (RFC 2617, MD5)."""
    proxy = challenge.code == PROXY_UNAUTHORIZED
    asked = challenge["proxy-authenticate" if proxy else "www-authenticate"]
    words = dict(re.findall(r'(\w+)="?([^",]+)"?', asked))

    def digest(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()

    secret, question, mine = digest(user, words["realm"], password), digest(challenge.method, uri), token()
    answer = {"username": user, "realm": words["realm"], "nonce": words["nonce"], "uri": uri}
    if "qop" in words:
        answer["response"] = digest(secret, words["nonce"], "00000001", mine, "auth", question)
        answer["cnonce"] = mine
        rest = ", qop=auth, nc=00000001"
    else:
        answer["response"] = digest(secret, words["nonce"], question)
        rest = ""
    if "opaque" in words:
        answer["opaque"] = words["opaque"]
    value = "Digest " + ", ".join(f'{key}="{text}"' for key, text in answer.items()) + ", algorithm=MD5" + rest
    return ("Proxy-Authorization" if proxy else "Authorization", value)


class Endpoint(asyncio.DatagramProtocol):
    """A SIP socket: sends requests until they are answered, and hands incoming ones to its owner once.

    The owner's function gets each new request and its sender; it answers with `respond`. A repeated request gets
    the last answer again without the owner's help.
    """

    def __init__(self, server: Address, on_request: Callable[[Message], None]) -> None:
        self.server = server
        self.host, self.port = "127.0.0.1", 0
        self.trace: list[str] = []
        """First lines of all messages, `>` sent and `<` received."""
        self._on_request = on_request
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[tuple[str, str], asyncio.Queue[Message]] = {}
        self._answered: dict[tuple[str, str], Message | None] = {}
        self._acks: dict[tuple[str, int], Message] = {}

    async def open(self) -> None:
        """Open the socket, at the address from which this machine reaches the server."""
        loop = asyncio.get_running_loop()
        server = (await loop.getaddrinfo(*self.server, family=socket.AF_INET, type=socket.SOCK_DGRAM))[0][4]
        self.server = str(server[0]), int(server[1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(self.server)  # sends nothing
            self.host = probe.getsockname()[0]
        await loop.create_datagram_endpoint(lambda: self, local_addr=(self.host, 0))
        assert self._transport is not None
        self.port = self._transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        """Close the socket."""
        if self._transport:
            self._transport.close()

    def request(self, method: str, uri: str, headers: Mapping[str, str], body: str = "", branch: str = "") -> Message:
        """Make a request with a new branch, or the given one (CANCEL and the ACK of a refusal repeat INVITE's)."""
        via = f"SIP/2.0/UDP {self.host}:{self.port};rport;branch={branch or 'z9hG4bK' + token()}"
        message = Message(f"{method} {uri} SIP/2.0", [("Via", via), ("Max-Forwards", "70")], body)
        message.headers = [(name.lower(), value) for name, value in (*message.headers, *headers.items())]
        if body:
            message.headers.append(("content-type", "application/sdp"))
        return message

    async def ask(
        self,
        message: Message,
        on_progress: Callable[[Message], None] = lambda _message: None,
        within: float = REQUEST_TIME,
    ) -> Message:
        """Send a request until its final answer comes, and return that.

        Args:
            message: the request.
            on_progress: called with provisional answers such as 180; after one, an INVITE is not sent again and
                may take as long as it likes (the caller gives up by CANCEL).
            within: seconds without any answer after which it fails.

        Raises:
            SipError: no answer at all.
        """
        key = (message.branch, message.method)
        answers = self._waiting[key] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        end, pause, patient = loop.time() + within, FIRST_RESEND, False
        self.send(message)
        try:
            while True:
                try:
                    answer = await asyncio.wait_for(
                        answers.get(), None if patient else min(pause, max(0.0, end - loop.time()))
                    )
                except TimeoutError:
                    if loop.time() >= end:
                        raise SipError(f"{message.method} was not answered within {within:g} s") from None
                    pause = min(2 * pause, LONGEST_RESEND)
                    self.send(message)
                    continue
                if answer.code >= FINAL:
                    return answer
                patient = patient or message.method == "INVITE"
                on_progress(answer)
        finally:
            del self._waiting[key]

    def acknowledge(self, message: Message, answer: Message) -> None:
        """Send the ACK of an INVITE's 2xx answer, now and whenever that answer is repeated."""
        self._acks[answer["call-id"], answer.number] = message
        self.send(message)

    def respond(self, request: Message, code: int, reason: str, headers: Mapping[str, str], body: str = "") -> None:
        """Answer a request, and its repetitions."""
        answer = Message(f"SIP/2.0 {code} {reason}", [("via", value) for value in request.all("via")], body)
        answer.headers += [(name, request[name]) for name in ("from", "call-id", "cseq")]
        answer.headers += [("record-route", value) for value in request.all("record-route")]
        answer.headers += [(name.lower(), value) for name, value in headers.items()]
        if body:
            answer.headers.append(("content-type", "application/sdp"))
        self._answered[request.branch, request.method] = answer
        self.send(answer)

    def send(self, message: Message) -> None:
        """Send a message to the server."""
        self.trace.append(f"> {message.first}")
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(message.encode(), self.server)

    def connection_made(self, transport: Any) -> None:
        """Keep the socket."""
        self._transport = transport

    def datagram_received(self, data: bytes, _address: Any) -> None:
        """Take one message."""
        message = Message.parse(data)
        if message is None:
            return
        self.trace.append(f"< {message.first}")
        key = (message.branch, message.method)
        if message.code:
            ack = self._acks.get((message["call-id"], message.number))
            if key in self._waiting:
                self._waiting[key].put_nowait(message)
            elif message.method == "INVITE" and message.code < REFUSED and ack:
                self.send(ack)
        elif message.first.startswith("ACK "):
            self._on_request(message)
        elif key in self._answered:
            answer = self._answered[key]
            if answer:
                self.send(answer)
        else:
            self._answered[key] = None
            self._on_request(message)

    def error_received(self, _error: Exception) -> None:
        """Go on: a server that is down is noticed by its silence."""
