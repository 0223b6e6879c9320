"""Find counts: cardinal numbers with their units, 近5万份, 400余家, 3至5个, 六成三.

In: a clean title or text. Out: `Count` records in reading order, with offsets in that
text. What looks like a count but is none is turned away in `count_filters`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from pipeline.extract.count_filters import is_no_count
from pipeline.extract.count_grammar import (
    CountGrammar,
    Quantity,
    UnitRule,
    compile_counts,
    rate_end,
)
from pipeline.numerals import ARABIC, DIGIT, DIGITS, NUMERAL, Numeral, read_numeral
from pipeline.records import Comparator, Count, Field

__all__ = ["CountGrammar", "compile_counts", "find_counts"]

# A cheap look at one character first: most characters of a page begin no numeral.
_NUMERAL: Final = re.compile(rf"(?=[\d零〇○{DIGIT}十百千万亿廿卅]){NUMERAL}")
_JOINTS: Final = frozenset("、至到分多余来几—-－–~～∼―比")
_CONNECT: Final = re.compile(r"[至到]|—{1,2}|[―－–~～∼-]")
_TITLE: Final = re.compile(r"《[^》\n]{1,60}》")
_APPROXIMATE: Final[dict[str, Comparator]] = {"多": ">", "余": ">", "几": ">", "来": "~"}
_BIG: Final = re.compile(r"大(?![于概约学型家楼会量多幅中小专赛奖事桥道厅卡豆米雨雪风])")
_OVER: Final = re.compile(r"(?:(?<![最附靠邻])近|逾|突破|超过|超|上)$")
_TENS: Final = re.compile(rf"[{DIGIT}][十百千万亿]*")
_ARABIC: Final = re.compile(ARABIC)
_METRES: Final = re.compile(r"\d{1,2}(?![\d.%万千百年月日多余])")
_NEGATIVE: Final = re.compile(r"(?:零下|(?<![\dA-Za-z])[-−－])$")
_NULL_NEXT: Final = re.compile(r"[级分之股里年月日号时点岁届后天]|个?小时|[A-Za-z]")
_READING: Final = re.compile(r"(?:[为达到至是由从约近超于过破仅]|突破|保持在|稳定在)$")
_READING_TALLY: Final = re.compile(
    r"(?:[A-Z]{2,5}(?:指数|值)?|人数|总数|数量|指数|系数|评分|得分|均值|密度|浓度|视力|总量)[已约仅]?"
    r"(?:[为达到至是]|达到|[升增降]至|[升增降]到|超过|突破)$"
)
_STOP: Final = re.compile(r"[，。；、）！？：\n]|$|[提升降增减上下]|[左以]")
_SIGNED: Final = ("%", "℃", "摄氏度", "个百分点")
_BEFORE_BARE: Final = ("上", "成", "过")
# What a coin is worth in 元, and what may follow larger ones: 5角, 8分, or the digit alone.
_COINS: Final = {
    **dict.fromkeys("元块", Decimal(1)),
    **dict.fromkeys("角毛", Decimal("0.1")),
    "分": Decimal("0.01"),
}
_LEAST: Final = Decimal("0.01")
_CHANGE: Final = re.compile(
    r"(?P<digit>[0-9一二三四五六七八九])(?:(?P<coin>[角毛分])(?!之)|(?![0-9一二三四五六七八九十百千万亿点.．%％多余成倍]))"
)
_HALF: Final = re.compile(r"半(?![径年天月数小价个])")
_CONFIDENCE: Final = {"classifier": 0.97, "measure": 0.96, "currency": 0.98, "share": 0.98}


def find_counts(
    text: str,
    field: Field,
    grammar: CountGrammar,
    blocked: Sequence[tuple[int, int]] = (),
) -> list[Count]:
    """All counts of `text` in reading order; `blocked` spans (dates, names) hold none."""
    closed = _closed(text, grammar, blocked)
    starts = [start for start, _ in closed]
    found: list[Count] = []
    at = 0
    while match := _NUMERAL.search(text, at):
        start, at = match.span()
        n = bisect_right(starts, at - 1) - 1
        if n >= 0 and closed[n][1] > start:
            at = max(at, closed[n][1])
            continue
        if at - start == 1 and not text[start].isdecimal() and _idle(text, at, grammar):
            continue
        quantity = _quantity(text, start, at, grammar)
        if quantity is None:
            continue
        quantity = _with_range(text, quantity, grammar)
        at = max(at, quantity.end)
        if quantity.rule is None and not _stands_alone(text, quantity):
            continue
        count = _finish(text, field, quantity, grammar)
        if found and count.start < found[-1].end:
            continue  # the 成 of 三成 is no modifier of the number behind it
        if not is_no_count(text, count, quantity):
            found.append(count)
            at = max(at, count.end)
    return found


def _idle(text: str, at: int, grammar: CountGrammar) -> bool:
    """Whether a lone Chinese numeral before `at` begins nothing: the 一 of 一直."""
    return text[at : at + 1] not in _JOINTS and grammar.unit_at(text, at) is None


def _closed(
    text: str, grammar: CountGrammar, blocked: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Spans where no count is read, sorted and merged: dates, titles of works, fixed names."""
    spans = [*blocked, *(m.span() for m in _TITLE.finditer(text))]
    spans += [(start, end) for start, end, _ in grammar.names.find(text)]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _quantity(text: str, start: int, end: int, grammar: CountGrammar) -> Quantity | None:
    """The number ``text[start:end]`` with the unit that follows it; None if it is no number."""
    number = read_numeral(text[start:end])
    if number is None:
        return None
    if text.startswith("分之", end):
        return _fraction(text, start, end, number)
    comparator: Comparator = number.comparator
    at = end
    if text[at : at + 1] in _APPROXIMATE and (number.han or number.comparator == "="):
        comparator = _APPROXIMATE[text[at]]
        at += 1
    rule = grammar.unit_at(text, at)
    if rule is None and (foreign := _foreign(text, at, number, grammar)):
        name = f"units:{foreign['head']}"
        return _made(number, start, end, foreign.end(), comparator, foreign["unit"], name)
    if rule is None:
        return _made(number, start, end, at, comparator, None, "numerals:plain")
    unit_end = at + len(rule.surface)
    name = f"units:{rule.surface}"
    if rule.surface == "成":
        made = _made(number, start, end, unit_end, comparator, "%", name, rule)
        return _tenths(text, made)
    rate = rate_end(text, unit_end, grammar)
    unit = text[at:rate].replace("／", "/") if rate > unit_end else rule.surface
    unit = "%" if unit == "％" else unit
    made = _made(number, start, end, rate, comparator, unit, name, rule)
    return _with_change(text, made, grammar) if unit in _COINS else made


def _with_change(text: str, money: Quantity, grammar: CountGrammar) -> Quantity:
    """三元五角, 五角八分, 4块5 as one sum, in 元 (in 块 where that is printed)."""
    if money.value_max is not None:
        return money
    place = _COINS[money.unit or ""]
    value, at = money.value * place, money.end
    while place > _LEAST and (digit := _CHANGE.match(text, at)):
        coin = digit["coin"]
        worth = _COINS[coin] if coin else place / 10
        if worth >= place or (coin is None and grammar.unit_at(text, digit.end())):
            break
        read = digit["digit"]
        value += worth * (int(read) if read.isdecimal() else DIGITS[read])
        at, place = digit.end(), worth if coin else _LEAST
    if at == money.end:
        return money
    unit = "块" if money.unit == "块" else "元"
    return replace(money, value=value, unit=unit, end=at)


def _made(
    number: Numeral,
    start: int,
    number_end: int,
    end: int,
    comparator: Comparator,
    unit: str | None,
    name: str,
    rule: UnitRule | None = None,
) -> Quantity:
    return Quantity(
        start=start,
        number_end=number_end,
        end=end,
        value=number.value,
        value_max=number.value_max,
        comparator=comparator,
        unit=unit,
        rule=rule,
        name=name,
        scale=number.scale,
        han=number.han,
        bare=number.bare,
    )


def _foreign(text: str, at: int, number: Numeral, grammar: CountGrammar) -> re.Match[str] | None:
    """A foreign currency that carries the name of its country: 瑞士法郎."""
    return None if number.han and number.scale == 1 else grammar.foreign.match(text, at)


def _fraction(text: str, start: int, end: int, below: Numeral) -> Quantity | None:
    """百分之二十三点五 → 23.5 %, 四分之三 → 75 %; None where the percentage does not end."""
    match = _NUMERAL.match(text, end + 2)
    above = read_numeral(match.group()) if match else None
    if match is None or above is None or below.value == 0:
        return None
    values = [v if v is None else v * 100 / below.value for v in (above.value, above.value_max)]
    value, value_max = values
    if value is None or value > 10**6 or value != round(value, 3):
        return None
    return replace(
        _made(above, start, match.end(), match.end(), above.comparator, "%", "numerals:fraction"),
        value=value,
        value_max=value_max,
        han=False,
        bare=False,
    )


def _tenths(text: str, quantity: Quantity) -> Quantity:
    """七成 → 70 %, 六成三 → 63 %."""
    value = quantity.value * 10
    value_max = None if quantity.value_max is None else quantity.value_max * 10
    end = quantity.end
    digit = text[end : end + 1]
    if digit == "半" and text[end + 1 : end + 2] not in ("数", "以"):
        value, end = value + 5, end + 1
    elif digit in DIGITS and digit != "两" and text[end + 1 : end + 2] not in ("个", "十", "百"):
        value, end = value + DIGITS[digit], end + 1
    return replace(quantity, value=value, value_max=value_max, end=end)


def _with_range(text: str, first: Quantity, grammar: CountGrammar) -> Quantity:
    """3至5个, 12%至15%, 十五万到二十万元: both numbers as one quantity; else `first`."""
    second: Quantity | None = None
    match = _CONNECT.match(text, first.end)
    if match:
        number = _NUMERAL.match(text, match.end())
        second = _quantity(text, number.start(), number.end(), grammar) if number else None
    elif first.han and first.rule is None and text[first.end : first.end + 1] == "、":
        return _listed_range(text, first, grammar)
    if second is None or (second.unit is None and second.scale == 1):
        return first
    if not _may_join(text, first, second):
        return first
    low, high = first.value, second.value_max or second.value
    if first.unit is None and second.rule and second.rule.surface == "成":
        low *= 10
    if first.unit is None and first.scale == 1 and second.scale > 1:
        shared = low * second.scale
        low = shared if shared < second.value else low
    if low >= high:
        return first
    return replace(second, start=first.start, value=low, value_max=high, han=first.han)


def _may_join(text: str, first: Quantity, second: Quantity) -> bool:
    """Whether two numbers are the ends of a range, not of a change (从3家到46家)."""
    if first.unit is not None and not (second.unit or "").startswith(first.unit):
        return False
    change = text[first.end] == "到" and text[first.start - 1 : first.start] in ("从", "由")
    return not change or text.startswith("不等", second.end)


def _listed_range(text: str, first: Quantity, grammar: CountGrammar) -> Quantity:
    """三、四百人 of older papers: 300 to 400."""
    match = _TENS.match(text, first.end + 1)
    if match is None or text[first.start : first.number_end] not in DIGITS:
        return first
    low, high = DIGITS[text[first.start]], DIGITS[match.group()[0]]
    second = _quantity(text, match.start(), match.end(), grammar)
    if second is None or second.rule is None or high != low + 1 or second.value_max:
        return first
    if text[first.start - 1 : first.start] in ("第", "、", "列", "居"):
        return first
    value = second.value / high * low
    return replace(second, start=first.start, value=value, value_max=second.value)


def _stands_alone(text: str, quantity: Quantity) -> bool:
    """Whether a number without a unit is a count: 2.64亿, 7大, a reading such as 0.05."""
    if quantity.unit is not None:
        return True
    surface = text[quantity.start : quantity.number_end]
    if "万" in surface or "亿" in surface:
        if quantity.bare and not _OVER.search(text, max(0, quantity.start - 3), quantity.start):
            return False
        return not _NULL_NEXT.match(text, quantity.end)
    if quantity.han or not _ARABIC.fullmatch(surface):
        return False
    if _BIG.match(text, quantity.end):
        return text[quantity.start - 1 : quantity.start] not in ("前", "第")
    before = text[max(0, quantity.start - 12) : quantity.start]
    if not _STOP.match(text, quantity.end):
        return False
    if "." in surface:
        return bool(_READING.search(before))
    return bool(_READING_TALLY.search(before)) and len(surface) < 7


def _finish(text: str, field: Field, quantity: Quantity, grammar: CountGrammar) -> Count:
    """Read half units and words of approximation around `quantity`, and make the record."""
    start, end = quantity.start, quantity.end
    value, comparator = quantity.value, quantity.comparator
    kind = quantity.rule.kind if quantity.rule else "classifier"
    if kind == "measure" and value < 1000 and (half := _HALF.match(text, end)):
        value, end = value + Decimal("0.5"), half.end()
    if quantity.unit == "米" and value < 10 and (rest := _METRES.match(text, end)):
        value, end = value + Decimal(f"0.{rest.group()}"), rest.end()
    if quantity.unit is None and quantity.rule is None and text[end : end + 1] == "大":
        end += 1
    sign = _NEGATIVE.search(text, max(0, start - 3), start)
    if sign and (sign.group() == "零下" or quantity.unit in _SIGNED):
        value, start = -value, sign.start()
    after, end = _after(text, end, kind, grammar)
    before, start = _before(text, start, quantity.bare, grammar)
    if comparator == "=" or before is not None:
        comparator = before or after or comparator
    if comparator == "=":
        comparator = _apart(text, start, grammar)
    return Count(
        field=field,
        start=start,
        end=end,
        text=text[start:end],
        rule=quantity.name,
        confidence=_CONFIDENCE.get(kind, 0.9) if quantity.unit else 0.85,
        value=float(value),
        value_max=None if quantity.value_max is None else float(quantity.value_max),
        comparator=comparator,
        unit=quantity.unit,
    )


def _after(text: str, end: int, kind: str, grammar: CountGrammar) -> tuple[Comparator | None, int]:
    """The word of approximation after a unit (以上, 左右), and where it ends."""
    match = grammar.after_pattern.match(text, end)
    if match is None:
        return None, end
    modifier = grammar.after[match["word"]]
    if modifier.surface == "多" and kind == "classifier":
        return None, end
    if modifier.not_beside and text.startswith(modifier.not_beside, match.end()):
        return None, end
    return modifier.comparator, match.end()


def _before(
    text: str, start: int, bare: bool, grammar: CountGrammar
) -> tuple[Comparator | None, int]:
    """The word of approximation right before a number (近, 不超过), and where it begins."""
    match = grammar.before_pattern.search(text, max(0, start - 5), start)
    if match is None:
        return None, start
    modifier = grammar.before[match.group()]
    if modifier.surface in _BEFORE_BARE and not bare:
        return None, start
    if modifier.not_beside and text[max(0, match.start() - 4) : match.start()].endswith(
        modifier.not_beside
    ):
        return None, start
    return modifier.comparator, match.start()


def _apart(text: str, start: int, grammar: CountGrammar) -> Comparator:
    """A modifier a few words before the number (最高报销…) sets the comparator only."""
    match = grammar.apart_pattern.search(text, max(0, start - 16), start)
    return grammar.apart[match["word"]].comparator if match else "="
