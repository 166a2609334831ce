"""What a broken or hostile peer may send as a manager interface: banners, events, answers, noise, floods."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from fuzz.parameters import ODD
from telectl.asterisk.framing import LONGEST_FRAME

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
BANNERS = (
    *(
        b"Asterisk Call Manager/\r\n",
        b"Asterisk Call Manager/" + b"9" * 50 + b"\r\n",
        b"Asterisk Call Manager/\xff\r\n",
    ),
    *(
        b"Asterisk Call Manager/1" * 9000,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\r\n",
        b"A",
    ),
    *(
        b"\x16\x03\x01\x02\x00\x01",
        b"\x00" * 5000,
        b"Asterisk Call Manager/11.0.0\n" * 20,
        b"asterisk call manager/1\r\n",
    ),
)
_EVENTS = (
    *(b"Newchannel", b"Newchannel", b"CoreShowChannel", b"Hangup", b"Rename", b"BridgeEnter", b"BridgeLeave"),
    *(b"ConfbridgeJoin", b"ConfbridgeJoin", b"ConfbridgeList", b"ConfbridgeLeave", b"ConfbridgeEnd", b"MeetmeJoin"),
    *(b"MeetmeList", b"MeetmeLeave", b"MeetmeEnd", b"Newstate", b"NewCallerid", b"OriginateResponse", b"DialEnd"),
    *(b"FullyBooted", b"Shutdown", b"MusicOnHoldStart", b"CoreShowChannelsComplete", b"ConfbridgeListComplete"),
    *(b"", b"\xff", b"Nothing\x00", b"newchannel", b"Newchannel\nHangup"),
)
_NAMES = (*(b"PJSIP/a-%08x" % number for number in range(6)), b"Local/1@d-1;1", b"Local/1@d-1;2", b"", b"a" * 3000)
_IDS = (*(b"1795400000.%d" % number for number in range(6)), b"")
_ROOMS = (b"9600051", b"9600052", b"", b"x" * 300, "é".encode())
_BRIDGES = (b"b1", b"b2", b"")
_STATES = (b"Up", b"Down", b"Ring", b"", b"\xff")
_COMPLETE = (b"start", b"Complete", b"complete", b"cancelled", b"")


def string(random: Random, action_ids: list[bytes]) -> bytes:
    """Make one string; `action_ids` are those of actions that wait for an answer."""
    kind = random.randrange(20)
    if kind == 0:
        return random.randbytes(random.randrange(200)) + random.choice((b"", b"\r\n\r\n"))
    if kind == 1:
        return random.choice(ODD)[:5000].replace(b"\r", b"") + b"\r\n\r\n"
    if kind <= 3:
        return _frame(_response(random, action_ids))
    frame = _frame(_event(random, action_ids))
    return _broken(frame, random) if random.random() < 0.2 else frame


def event(random: Random, names: list[bytes], ids: list[bytes]) -> bytes:
    """Make a whole event of channels that there are, its other fields odd."""
    fields = dict(_event(random, []))
    fields |= {
        b"Event": random.choice((*_EVENTS[:-5], b"OriginateResponse", b"DialEnd", b"Newstate", b"Hangup")),
        b"Channel": random.choice([*names, b"PJSIP/other-1"]),
        b"Uniqueid": random.choice([*ids, b"1.1"]),
        b"Linkedid": random.choice([*ids, b"1.1"]),
        b"DestLinkedid": random.choice([*ids, b""]),
        b"DestChannel": random.choice((b"", b"PJSIP/out-1", b"x" * 500, "señor".encode())),
        b"DialStatus": random.choice((b"ANSWER", b"BUSY", b"NOANSWER", b"", b"\xff" * 300)),
        b"Response": random.choice((b"Success", b"Failure", b"")),
        b"Cause": random.choice((b"16", b"17", b"", b"-1", "²".encode(), b"9" * 5000, b"99999999999")),
        b"Cause-txt": random.choice(ODD)[:5000],
    }
    return _frame([(name, value.replace(b"\r", b"").replace(b"\n", b"")) for name, value in fields.items()])


def flood(random: Random, action_ids: list[bytes]) -> Iterator[bytes]:
    """Make strings of one kind, each of which something may keep."""
    big = random.choice((b"", b"x" * 900, b"x" * 20_000))
    kind = random.choice((b"Newchannel", b"ConfbridgeJoin", b"MeetmeJoin", b"CoreShowChannel", b"Row", b"Rename"))
    identity = random.choice(action_ids or [b"nobody/1"])
    for number in range(random.choice((200, 2000, 60_000 if len(big) < 1000 else 3000))):
        name = b"PJSIP/flood-%08x" % number
        yield _frame(
            [
                *((b"Event", kind), (b"ActionID", identity), (b"Channel", name), (b"Newname", name + b"b")),
                *((b"Uniqueid", b"1.%d" % number), (b"ChannelStateDesc", b"Up"), (b"Conference", b"9%d" % number)),
                *((b"Meetme", b"8%d" % number), (b"BridgeId", b"b%d" % number), (b"CallerIDName", big)),
            ]
        )


def endless(random: Random) -> bytes:
    """Make a message without an end; after it a connection is of no more use."""
    piece = random.choice((b"x", b"Event: x\r\n", b"\r", b"\r\n\r", b"a: b\n"))
    return piece * (LONGEST_FRAME // len(piece) + 1)


def _event(random: Random, action_ids: list[bytes]) -> list[tuple[bytes, bytes]]:
    fields = [
        *((b"Event", random.choice(_EVENTS)), (b"Channel", random.choice(_NAMES)), (b"Uniqueid", random.choice(_IDS))),
        *((b"ChannelStateDesc", random.choice(_STATES)), (b"Linkedid", random.choice(_IDS))),
        *((b"CallerIDName", random.choice(ODD)[:200]), (b"BridgeUniqueid", random.choice(_BRIDGES))),
        *((b"BridgeId", random.choice(_BRIDGES)), (b"Newname", random.choice(_NAMES))),
        *((b"Conference", random.choice(_ROOMS)), (b"Meetme", random.choice(_ROOMS)), (b"Exten", b"9600051")),
    ]
    if random.random() < 0.3:
        fields.append((b"ActionID", random.choice([*action_ids, b"nobody/1", b"\xff"])))
    if random.random() < 0.1:
        fields.append((b"EventList", random.choice(_COMPLETE)))
    if random.random() < 0.5:
        fields = [field for field in fields if field[0] == b"Event" or random.random() < 0.7]
    if random.random() < 0.1:
        fields += [random.choice(fields)] * random.choice((1, 3, 500))
    return fields


def _response(random: Random, action_ids: list[bytes]) -> list[tuple[bytes, bytes]]:
    words = (b"Success", b"Error", b"Fail", b"Goodbye", b"Follows", b"Pong", b"", b"\xff", b"success")
    fields = [
        (b"Response", random.choice(words)),
        (b"ActionID", random.choice([*action_ids, b"", b"telectl/999999", b"1"])),
        (b"Message", random.choice(ODD)[:400]),
        (b"EventList", random.choice(_COMPLETE)),
    ]
    return [field for field in fields if random.random() < 0.8]


def _frame(fields: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in fields) + b"\r\n"


def _broken(frame: bytes, random: Random) -> bytes:
    at = random.randrange(len(frame))
    piece = random.choice((b"", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b":", b"\x00", b"\xff", random.randbytes(5)))
    return frame[:at] + piece + frame[at + random.randrange(4) :]
