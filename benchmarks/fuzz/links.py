"""Mutated links: any page, any parameters, values that are sound, extreme, broken or foreign."""

from __future__ import annotations

import random
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote

from dashboard.model.fields import FIELDS, Field, Number, OneOf, Text, Toggle, Whole

PAGES = (
    *("", "prices", "codebook", "annealing", "quantisers", "classification", "pictures"),
    *("learned", "reproduce", "guide", "compare"),
)
_HOSTILE = (
    *("", " ", "inf", "-inf", "nan", "1e400", "-1e400", "1e308", "5e-324", "-1", "0", "-0", "0.5"),
    *("1_000", "\u0663", "true", "9" * 400, "x" * 3000, "a\0b", "../../etc/passwd", "<script>"),
    *("None", "[1]", "\u00bd", "1e", "--1", "0x10", "\ud7ff", "\u202e", "%", "1,5", "1;2", "{}"),
)
_SUBSETS = (
    *(">0", "<=-1e300", "0..1", "1..0", "|x|<1", "top 5%", "bottom 101%", "status = alarm"),
    *("+disc(0,0,2)", "+disc(0,0,-1)", "+box(0,0,1,1)-disc(0,0,.5)", "(" * 300, "not not not >0"),
    *("+lasso(0,0,1,0,1,1)", "x>0 and y<0", "top nan%", ">1e400", "mean > 3", "\u2264 2"),
)


def mutated(seed: int, count: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield so many pages with the parameters of a link, as the server reads them."""
    draw = random.Random(seed)
    names = sorted(FIELDS)
    for _ in range(count):
        pairs = []
        for name in draw.sample(names, draw.randint(1, 8)):
            text = _value(draw, FIELDS[name])
            pairs.append(f"{quote(name)}={quote(text, errors='replace')}")
        query = "&".join(pairs)
        for _ in range(draw.choice((0, 0, 1, 3))):
            at = draw.randrange(len(query) + 1)
            query = query[:at] + draw.choice("&=%;+#?/\\\"'<>0.-e\u00e9") + query[at + 1 :]
        if draw.random() < 0.1:
            query += "&" + query.upper()
        yield draw.choice(PAGES), dict(parse_qsl(query, keep_blank_values=True))


def _value(draw: random.Random, one: Field) -> str:
    """Return a text for a field: a hostile one, or one of its kind, sometimes damaged."""
    if draw.random() < 0.25:
        return draw.choice(_HOSTILE)
    text = _sound(draw, one)
    if draw.random() < 0.2 and text:
        at = draw.randrange(len(text))
        text = text[:at] + draw.choice("0.-e,% \u00d7") + text[at + 1 :]
    return text


def _sound(draw: random.Random, one: Field) -> str:
    match one:
        case Number():
            size = 10.0 ** draw.uniform(-12, 12)
            return repr(draw.choice((size, draw.random(), -size, one.low, one.high)))
        case Whole():
            most = min(one.high, one.low + 500)
            return str(draw.choice((one.low, one.high, draw.randint(one.low, most), -3)))
        case Toggle():
            return draw.choice(("true", "false", "1", "on"))
        case OneOf():
            return str(draw.choice(one.options))
        case Text() if one.name.startswith("S"):
            return draw.choice(_SUBSETS)
        case _:
            return draw.choice((*_HOSTILE, *_SUBSETS))
