"""Parameters of every function, as the registry describes them: sensible ones, odd ones, too many, too long."""

from __future__ import annotations

from random import Random

from fuzz import seeds
from fuzz.inputs import PAGE, Input, Login, Pairs, login, message, urlencoded
from telectl.functions.registry import FUNCTIONS
from telectl.parameters import CLEANING

FORM = b"application/x-www-form-urlencoded"
NAMES = [name.encode() for name in CLEANING if name not in ("user", "pass", "source", "function")]
USUAL = (b"1000", b"6666", b"1028", b"1", b"0", b"YES", b"NO", b"7275551212", b"8500", b"DEMO", b"SALESLINE", b"A")
ODD = (
    *(b"", b"-", b"+", b" ", b"%", b"%zz", b"%u0041", b"\x00", b"a\x00b", b"\r\nX-Odd: 1", b"\n", b"\x7f", b"\x1b[2J"),
    *(b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", "señor".encode("latin-1"), "señor".encode()),
    *("²".encode(), "١٢٣".encode(), "\uff11\uff12".encode(), "İı".encode(), "\u202eabc\u2028".encode(), "😀".encode()),
    *(b"'\"\\;#", b"' OR 1=1 -- ", b"\\'", b"!", b"|", b"a!b|c", b"<script>", b"</form><form>", b"-->", b"{{7*7}}"),
    *(b"-1", b"1e309", b"NaN", b"0x10", b"9" * 19, b"9" * 40, b"9" * 5000, b"18446744073709551616", b"00000000000"),
    *(b"0000-00-00 00:00:00", b"9999-99-99 99:99:99", b"2026-02-30", b"2026-03-29 02:30:00", b"1000-01-01"),
    *(b"7@trunkinbound/n", b"PJSIP/x&Local/1@default", b"../../etc/passwd", b"$(id)", b"${CHANNEL}", b"%s%n%d"),
    *(b" ".join([b"SALESLINE"] * 400), b",".join([b"7275551111"] * 300), b"a" * 300, b"a" * 70_000, b"|" * 5000),
    *("é".encode() * 2000, b"\x80" * 300, b"+" * 3000, b"&=" * 50, b"=", b"[", b"]"),
)
"""Values that have broken somebody's server."""
_METHODS = (*[b"GET"] * 6, *[b"POST"] * 6, b"HEAD")
_PATHS = (PAGE, PAGE, PAGE, b"//agc/api.php", b"/agc//api.php", b"///agc/api.php")


def make(random: Random, name: str) -> Input:
    """Make one request that must be answered by the rules."""
    who = login(random)
    pairs = asked(random)
    if random.random() < 0.3:
        random.shuffle(pairs)
    return Input(name, (written(random, who, pairs),), answers=1)


def asked(random: Random) -> Pairs:
    """Draw the function and its parameters."""
    kind = random.randrange(4)
    pairs = list(random.choice(seeds.requests())) if kind == 0 else _registered(random)
    for _ in range(random.choice((0, 0, 1, 1, 2, 5))):
        _spoil(random, pairs)
    if random.random() < 0.01:
        pairs += [(b"x%d" % number, b"") for number in range(random.choice((900, 1100, 3000)))]
    return pairs


def written(random: Random, who: Login, pairs: Pairs) -> bytes:
    """Write a request with a login in one of the places where it may stand."""
    headers = [(b"Host", b"telectl"), (b"Connection", b"close"), (b"X-Forwarded-For", who.address)]
    where = random.randrange(5)
    credentials = who.pairs
    if where == 0:
        headers.append(who.basic)
        credentials = credentials[:1]
    method = random.choice(_METHODS)
    in_query, in_form = [*credentials, *pairs], list[tuple[bytes, bytes]]()
    if method == b"POST":
        at = random.choice((0, 0, len(in_query), random.randrange(len(in_query) + 1)))
        in_query, in_form = in_query[:at], in_query[at:]
        charset = random.choice((b"", b"", b"; charset=UTF-8", b"; charset=utf-16", b"; charset=none\xff"))
        headers.append((b"Content-Type", FORM + charset))
    query = urlencoded(in_query, random)
    if len(query) > 60_000 and method != b"POST":  # longer than any server takes
        method, query, in_form = b"POST", b"", in_query
        headers.append((b"Content-Type", FORM))
    target = random.choice(_PATHS) + (b"?" + query if query else b"")
    return message(method, target, headers, urlencoded(in_form, random) if method == b"POST" else b"")


def _registered(random: Random) -> Pairs:
    function = random.choice(list(FUNCTIONS.values()))
    pairs = [(b"function", function.name.encode())]
    for parameter in function.parameters:
        if not parameter.required and random.random() < (0.95 if parameter.name == "alt_user" else 0.5):
            continue
        words = [word.encode() for word in sorted(function.words)] if parameter.name in ("value", "stage") else []
        if parameter.name == "agent_user":
            words = [b"1000", b"1000", b"6666", b"1028"]
        pairs.append((parameter.name.encode(), random.choice(words or USUAL)))
    return pairs


def _spoil(random: Random, pairs: Pairs) -> None:
    """Change one pair in a way that the rules know an answer to."""
    how = random.randrange(7)
    at = random.randrange(len(pairs)) if pairs else 0
    odd = random.choice(ODD) if random.random() < 0.8 else random.randbytes(random.randrange(60))
    if how <= 2 and pairs and pairs[at][0] != b"function":
        pairs[at] = (pairs[at][0], odd)
    elif how == 3 and pairs:
        pairs.append((pairs[at][0], random.choice((odd, *USUAL))))
    elif how == 4:
        pairs.append((random.choice(NAMES), random.choice((odd, *USUAL))))
    elif how == 5:
        pairs.append((random.choice((odd[:100], b"value[]", b"value[a][b]", b"DB", b"_", b" value")), odd))
    elif pairs and (pairs[at][0] != b"function" or random.random() < 0.1):
        del pairs[at]
