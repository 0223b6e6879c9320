"""Numerals as Chinese newspapers print them: ASCII, Chinese and mixed, read to exact values.

`NUMERAL` is the pattern of one numeral, without groups, to be built into larger patterns;
`read_numeral` turns what it matched into a value. Nothing here knows about units, but for
the 千 of 千瓦 and its like, which belongs to the unit and is left to it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from msgspec import Struct

ZERO = "零〇○"
DIGIT = "一二两三四五六七八九"
DIGITS = (
    dict.fromkeys(ZERO, 0) | {c: n for n, c in enumerate("一二三四五六七八九", start=1)} | {"两": 2}
)
TENS = {"十": 10, "百": 100, "千": 1000}
BIG = {"万": 10**4, "亿": 10**8}
SCORES = {"廿": 20, "卅": 30}

# 千瓦 千伏 千米 千克 … 百帕 are units of their own. After a Chinese digit 千米 is 1000 米.
_MAGNITUDE = r"(?:[十万亿]|百(?!帕|分点)|千(?![瓦伏卡帕赫焦]|[米克](?![朗拉])))"
_HAN_MAGNITUDE = r"(?:[十万亿廿卅]|百(?!帕|分点)|千(?![瓦伏卡帕赫焦]|克(?![朗拉])))"
ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+|·\d+(?![\d·]))?"
_MIXED = rf"{ARABIC}(?:[多余几来]?{_MAGNITUDE}+(?:[零〇]?\d{{1,4}}{_MAGNITUDE}+)*)?"
_HAN = (
    rf"(?:[{ZERO}{DIGIT}]|{_HAN_MAGNITUDE})+(?:点[{ZERO}{DIGIT}]+[百千万亿]*)?"
    rf"(?:[几多余来][百千万亿]+)?"
)
NUMERAL = rf"(?:{_MIXED}|{_HAN})"

_NUMERAL = re.compile(NUMERAL)
_TOKEN = re.compile(rf"{ARABIC}|[{ZERO}{DIGIT}十百千万亿廿卅]")
_LONGEST = 40  # characters; a longer run of digits is no number of anything
_MOST = Decimal(10) ** _LONGEST  # nor is a shorter run of 亿 that comes to more
_INNER = re.compile(r"[几多余来](?=[十百千万亿])")
_PAIR = re.compile(rf"[{DIGIT}]{{2,}}")
_COMPARATOR: dict[str, Literal[">", "~"]] = {"几": ">", "多": ">", "余": ">", "来": "~"}


class Numeral(Struct, frozen=True):
    """A value, the end of its range (三四百 → 300 to 400), and what 多, 余, 来 inside say of it.

    `scale` is the power of ten that 百, 千, 万, 亿 at the end give (3至5万 shares it); `han` is
    true for a numeral without ASCII digits, `bare` for magnitudes alone (百, 千万).
    """

    value: Decimal
    value_max: Decimal | None = None
    comparator: Literal["=", "~", ">"] = "="
    scale: Decimal = Decimal(1)
    han: bool = False
    bare: bool = False


def read_numeral(surface: str) -> Numeral | None:
    """The value of `surface`, a full match of `NUMERAL`; None where the characters name none.

    1.2万 → 12000 · 3万6千 → 36000 · 三四百 → 300–400 · 十几万 → 100000 ``>`` ·
    二百二十七万五千 → 2275000 · 三万五 → 35000 · 一九九六 → 1996.
    """
    number = _read(surface) if len(surface) <= _LONGEST else None
    if number is None or max(number.value, number.value_max or number.value) >= _MOST:
        return None
    return number


def _read(surface: str) -> Numeral | None:
    """The value of `surface`, however large."""
    comparator: Literal["=", "~", ">"] = "="
    inner = _INNER.search(surface)
    if inner:
        comparator = _COMPARATOR[inner.group()]
        surface = surface[: inner.start()] + surface[inner.end() :]
    surface = surface.replace("·", ".")  # 6·90 of the 1990s
    if surface.isascii():
        return Numeral(Decimal(surface.replace(",", "")), comparator=comparator)
    if len(surface) > 2 and all(c in DIGITS for c in surface):
        return Numeral(Decimal(read_digits(surface)), comparator=comparator, han=True)
    if surface[0] in "百千万亿" and any(c in DIGITS for c in surface):
        return None  # 万一, 百一
    han = not any(c.isascii() for c in surface)
    scale = _scale(surface)
    bare = all(c in TENS or c in BIG for c in surface) and surface[0] != "十"
    pair = _PAIR.search(surface) if han and "点" not in surface else None
    if pair is None:
        value = _evaluate(surface)
        return None if value is None else Numeral(value, None, comparator, scale, han, bare)
    first, second = (surface[: pair.start()] + d + surface[pair.end() :] for d in pair.group()[:2])
    low, high = (DIGITS[d] for d in pair.group()[:2])
    if len(pair.group()) != 2 or high != low + 1:
        return None
    value, value_max = _evaluate(first), _evaluate(second)
    if value is None or value_max is None:
        return None
    return Numeral(value, value_max, comparator, scale, True)


def read_digits(surface: str) -> int:
    """Digits read one by one: 一九九六 → 1996, 二○○五 → 2005, 1996 → 1996."""
    return int("".join(str(DIGITS.get(c, c)) for c in surface))


def read_integer(surface: str) -> int | None:
    """A whole number such as a month or a number of days: 12, 十二, 三十一; None for others."""
    if surface.isascii():
        return int(surface) if surface.isdigit() and len(surface) <= _LONGEST else None
    match = _NUMERAL.fullmatch(surface)
    number = read_numeral(surface) if match else None
    if number is None or number.value_max is not None or number.value != int(number.value):
        return None
    return int(number.value)


def _scale(surface: str) -> Decimal:
    """What the run of 百, 千, 万 and 亿 at the end multiplies by."""
    scale = Decimal(1)
    for c in reversed(surface):
        if c == "十" or (c not in TENS and c not in BIG):
            break
        scale *= TENS.get(c) or BIG[c]
    return scale


def _evaluate(surface: str) -> Decimal | None:
    """The value of one numeral without ranges; None if it does not hang together."""
    whole, point, fraction = surface.partition("点")
    if point:
        return _with_fraction(whole, fraction)
    total = section = Decimal(0)
    number: Decimal | None = None
    last = 0  # the magnitude before a final digit: 三万五 = 三万五千
    for token in _TOKEN.findall(surface):
        if token in TENS:
            section += (Decimal(1) if number is None else number) * TENS[token]
            number, last = None, TENS[token]
        elif token in BIG:
            head = section + (number or 0)
            empty = number is None and not head  # 万 alone is 1万, 0万 is none
            if token == "亿":
                total = Decimal(1) if empty and not total else total + head
                total *= BIG[token]
            else:
                total += (Decimal(1) if empty else head) * BIG[token]
            section, number, last = Decimal(0), None, BIG[token]
        elif token in SCORES:
            section, last = section + SCORES[token], 10
        elif token in ZERO:
            if number is not None:
                return None
            last = 0
        else:
            if number is not None:
                return None
            number = Decimal(DIGITS[token]) if token in DIGITS else Decimal(token.replace(",", ""))
    if number is None:
        return total + section
    short = last >= 100 and len(surface) > 1 and number < 10
    return total + section + number * (last // 10 if short else 1)


def _with_fraction(whole: str, fraction: str) -> Decimal | None:
    """二十三点五, 一点二亿."""
    digits = fraction.rstrip("百千万亿")
    head = _evaluate(whole)
    if head is None or not digits or any(c not in DIGITS for c in digits):
        return None
    value = head + Decimal(read_digits(digits)).scaleb(-len(digits))
    for magnitude in fraction[len(digits) :]:
        value *= TENS.get(magnitude) or BIG[magnitude]
    return value
