"""What survives of every parameter: the cleaning table (agent-api-rules.md section 3).

`CLEANING` shows all of it at a glance. A `Rule` keeps classes of characters (`L` letters, `U` capitals A-Z, `D`
digits, `A` letters A-Z a-z) and the single characters in `also`; or, for free text, everything but `drop`.
`L` is A-Z a-z, or any Unicode letter when `system_settings.use_non_latin` is on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

_CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LETTERS = _CAPITALS | frozenset("abcdefghijklmnopqrstuvwxyz")
_DIGITS = frozenset("0123456789")
_CLASSES = {"L": _LETTERS, "A": _LETTERS, "U": _CAPITALS, "D": _DIGITS}


@dataclass(frozen=True, slots=True)
class Rule:
    """How one parameter is cleaned; `LONGEST` says which ones are cut, too."""

    classes: str = ""
    also: str = ""
    drop: str | None = None
    plus: Literal["kept", "blank"] = "kept"

    def clean(self, raw: bytes, *, non_latin: bool) -> str:
        """Return what survives of a value's bytes; any bytes are answered, none raises, at a cost linear in them."""
        if self.drop is not None:
            text = raw.translate(None, self.drop.encode()).decode("utf-8", "replace")
        elif "L" in self.classes and non_latin and not raw.isascii():
            text = self._letters_of_any_alphabet(raw)
        else:
            text = raw.translate(None, _lost(self)).decode()
        return text.replace("+", " ") if self.plus == "blank" else text

    def _letters_of_any_alphabet(self, raw: bytes) -> str:
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return ""
        text = _NUMERALS.sub("", _lost_beside_letters(self).sub("", text))
        numerals = {ord(char): None for char in set(_BEYOND.findall(text)) if not char.isalpha()}
        return text.translate(numerals) if numerals else text


@cache
def _kept(rule: Rule) -> frozenset[str]:
    """Return the ASCII characters that survive a rule."""
    plus = {"+"} if rule.plus == "blank" else set()
    return frozenset({*rule.also, *plus}.union(*(_CLASSES[name] for name in rule.classes)))


@cache
def _lost(rule: Rule) -> bytes:
    """Return the bytes that do not."""
    return bytes(byte for byte in range(256) if chr(byte) not in _kept(rule))


@cache
def _lost_beside_letters(rule: Rule) -> re.Pattern[str]:
    """Return what does not survive where letters and numerals of all alphabets do."""
    kept = _kept(rule)
    signs = re.escape("".join(sorted(char for char in kept if not char.isalnum() and char != "_")))
    words = "".join(sorted({"_", *_DIGITS} - kept))
    return re.compile(rf"[^\w{signs}]+" + (f"|[{words}]+" if words else ""))


_NUMERALS = re.compile(
    f"[{''.join(char for char in map(chr, range(128, 2**16)) if char.isalnum() and not char.isalpha())}]+"
)
"""Foreign numerals of the basic plane, which are no letters."""
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
"""Characters of the other planes; a pattern of their numerals would be ten times as slow for all texts."""

WORD = Rule("LD", "-_")
PLAIN = Rule("LD")
NAME = Rule("LD", " '-_.", plus="blank")
ADDRESS = Rule("LD", " '-.:/@_", plus="blank")
CAPITALS = Rule("U")
NUMBER = Rule("D")
FREE = Rule(drop=";#", plus="blank")
FLAG = Rule("AD", "-_")
YES_NO = Rule("", "YNyn")

RELOADS = ("formreload", "scriptreload", "script2reload", "emailreload", "chatreload", "callbacksreload")
"""What refresh_panel and update_fields take by being sent, their names in any case; their value says nothing."""

CLEANING: Mapping[str, Rule] = {
    "user": WORD,
    "pass": Rule("LD", "-.+/=_"),
    "agent_user": WORD,
    "function": WORD,
    "focus": WORD,
    "preview": WORD,
    "search": WORD,
    "status": WORD,
    "dial_ingroup": WORD,
    "cid_choice": WORD,
    "outbound_cid": WORD,
    "recipient": WORD,
    "value": Rule("LD", "-_|"),
    "alt_user": PLAIN,
    "group_alias": PLAIN,
    "dial_prefix": PLAIN,
    "source": PLAIN,
    "format": PLAIN,
    "text_color": PLAIN,
    "notes": Rule("LD", " -._", plus="blank"),
    "callback_comments": Rule("LD", " -._", plus="blank"),
    "callback_datetime": Rule("LD", " -:._", plus="blank"),
    "qm_dispo_code": Rule("LD", "-._"),
    "vtiger_callback": CAPITALS,
    "blended": CAPITALS,
    "set_as_default": CAPITALS,
    "dial_override": CAPITALS,
    "consultative": CAPITALS,
    "callback_type": CAPITALS,
    "country_code": CAPITALS,
    "gender": CAPITALS,
    "alt_dial": Rule("UD"),
    "ingroup_choices": Rule("LD", " -_", plus="blank"),
    "phone_code": Rule("D", "X"),
    "phone_number": Rule("D", "*#"),
    "lead_id": NUMBER,
    "rank": NUMBER,
    "text_size": NUMBER,
    "duration": NUMBER,
    "maxParticleCount": NUMBER,
    "particleSpeed": NUMBER,
    "gmt_offset_now": Rule("D", "-_."),
    "date_of_birth": Rule("D", "-"),
    "vendor_id": FREE,
    "vendor_lead_code": FREE,
    "source_id": FREE,
    "comments": FREE,
    "notification_text": FREE,
    "title": Rule("LD", " '-_."),
    "first_name": NAME,
    "last_name": NAME,
    "alt_phone": NAME,
    "middle_initial": PLAIN,
    "address1": ADDRESS,
    "address2": ADDRESS,
    "address3": ADDRESS,
    "city": ADDRESS,
    "security_phrase": ADDRESS,
    "owner": ADDRESS,
    "email": Rule("LD", " '-.:/@_%", plus="blank"),
    "state": Rule("LD", " -"),
    "province": Rule("LD", " '-._", plus="blank"),
    "postal_code": Rule("LD", " -", plus="blank"),
    "stage": Rule(drop="'\"\\;"),
    "agent_debug": Rule("LD", " -.:|_"),
    "recipient_type": Rule("L", "_"),
    "notification_retry": YES_NO,
    "show_confetti": YES_NO,
    "notification_date": Rule("D", " :-"),
    "text_font": Rule("L", " ,-"),
    "text_weight": Rule("L", ","),
    "multi_dial_phones": Rule("D", ","),
    "md_check": Rule("AD"),
    "tw_check": Rule("AD"),
    "close_window_link": FLAG,
    "dnc_check": FLAG,
    "campaign_dnc_check": FLAG,
    "language": WORD,
    "request_id": Rule(drop=""),
    **dict.fromkeys(RELOADS, WORD),
}

LONGEST: Mapping[str, int] = {
    "user": 20,
    "agent_user": 20,
    "recipient": 20,
    "dial_ingroup": 20,
    "source": 20,
    "group_alias": 30,
    "function": 50,
    "alt_user": 100,
}
"""Names by which rows are looked up, and the characters of their columns.

A longer name is nobody's. It is cut to one character more, so that it stays nobody's and is never kept, compared or
logged in a length that its sender chose.
"""

WIDER_VALUE: Mapping[str, Rule] = {"send_dtmf": Rule("LD", "-_|*#")}
"""The function whose `value` keeps more (agent-api-rules.md, rule 2)."""
NARROWER_VALUE: Mapping[str, Rule] = {
    "external_dial": NUMBER,
    "preview_dial_action": Rule("UD"),
    "change_ingroups": CAPITALS,
}
"""What these functions themselves keep of their `value`; a request that ends before them has it as it was sent."""
MANUAL_NEXT = "MANUALNEXT"
"""The one word that external_dial takes for a number."""


class Parameters(Mapping[str, str]):
    """The cleaned parameters of one request: a missing one is empty, and `sent` tells the two apart."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values.get(name, "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def sent(self, name: str) -> bool:
        """Return whether the request carried this parameter, be it empty."""
        return name in self._values


def clean(raw: Mapping[str, bytes], *, non_latin: bool) -> Parameters:
    """Clean the known parameters of a request, in the order sent; unknown ones are ignored."""
    named = ((name.lower() if name.lower() in RELOADS else name, value) for name, value in raw.items())
    values = {name: CLEANING[name].clean(value, non_latin=non_latin) for name, value in named if name in CLEANING}
    wider = WIDER_VALUE.get(values.get("function", ""))
    if wider is not None and "value" in raw:
        values["value"] = wider.clean(raw["value"], non_latin=non_latin)
    values |= {name: values[name][: LONGEST[name] + 1] for name in LONGEST.keys() & values.keys()}
    return Parameters(values)


def narrowed(function: str, value: str) -> str:
    """Return what a function keeps of its cleaned `value`."""
    rule = NARROWER_VALUE.get(function)
    if rule is None or (function == "external_dial" and value == MANUAL_NEXT):
        return value
    return rule.clean(value.encode(), non_latin=False)


def digits_of(text: str | None) -> str:
    """Return the digits of a number as people or other systems write it (`(727) 555-1212`)."""
    return NUMBER.clean((text or "").encode("utf-8", "replace"), non_latin=False)
