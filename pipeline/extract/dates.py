"""Find expressions of time: dates, lengths of time and sets (每年), as they are printed.

In: a clean title or text. Out: `DateExpression` records in reading order with offsets in
that text. Years that are not printed are found later, in `resolve.calendar`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from pipeline.extract.date_grammar import CONNECT, DateGrammar, compile_dates
from pipeline.numerals import DIGITS, read_digits, read_integer, read_numeral
from pipeline.records import DateBase, DateExpression, DateKind, DatePoint, Field

__all__ = ["DateGrammar", "compile_dates", "find_dates"]

_TITLE: Final = re.compile(r"《[^》\n]{1,60}》")
_CONNECT: Final = re.compile(CONNECT)
_OPEN: Final = re.compile(r"以来|[至迄]今")
_AGE: Final = re.compile(r"(?:刚满|才|刚|已|满)?[\d一二三四五六七八九十]{1,3}(?:周)?岁")
_DATELINE: Final = re.compile(
    r"[电讯](?![话影子器力站视台信报商脑动])|专电|消息[（：:]|(?:综合)?外电"
)
_FUTURE_AFTER: Final = re.compile(
    r"[^。！？\n]{0,12}?(?:将|拟|计划|预计|力争|争取|有望|确保|底前|[底末日月年]前[，将完全])"
)
_FUTURE_BEFORE: Final = re.compile(
    r"(?:将[于在持续到]|计划|预计|力争|争取|定于|拟于|截止|力争到)[^，。]{0,6}$"
)
_LENGTH_BEFORE: Final = re.compile(
    r"(?:为期|连续|历时|长达|最近|近|前|头|后|整整|不超过|超过|少于|不足|满|最多|停业|放假|拘留)$"
)
_NO_POINT_AFTER_SET: Final = re.compile(r"每(?:年|月)$")
_LENGTH_RANGE: Final = re.compile(r"[\d一二三四五六七八九十][至到—-]$")
_NAME_AFTER: Final = re.compile(r"[^，。；、！？“”\n]{0,9}[圈网](?!络)")
_HOURS: Final = frozenset({"小时"})
_LETTERS: Final = {
    "年": "Y", "月": "M", "周": "W", "星期": "W", "天": "D", "日": "D", "季度": "Q", "季": "Q",
    "小时": "H", "分钟": "m", "分": "m", "秒": "S", "秒钟": "S", "工作日": "D",
}  # fmt: skip
_QUARTER: Final = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_PARTS: Final = {
    "底": "end",
    "末": "end",
    "初": "start",
    "上旬": "early",
    "中旬": "mid",
    "下旬": "late",
}
TODAY: Final[DateBase] = "today"
_CONFIDENCE: Final = {"date": 0.97, "duration": 0.95, "set": 0.96}


class _Found(NamedTuple):
    start: int
    end: int
    rank: int
    match: re.Match[str]


def find_dates(text: str, field: Field, grammar: DateGrammar) -> list[DateExpression]:
    """All expressions of time in `text`, in reading order."""
    breaks = [m.start() for m in re.finditer("\n", text)]
    found: list[DateExpression] = []
    at = 0
    for item in _candidates(text, grammar):
        if item.start < at:
            continue
        made = _make(text, field, item, grammar, bisect_right(breaks, item.start))
        if made is None:
            continue
        at = made.end
        if made.length or made.first:
            found.append(made)
    return _joined(text, found)


def _candidates(text: str, grammar: DateGrammar) -> Iterator[_Found]:
    """Matches of all patterns that lie in no title of a work and no fixed name, by start."""
    closed = [m.span() for m in _TITLE.finditer(text)]
    closed += [(start, end) for start, end, _ in grammar.names.find(text)]
    closed.sort()
    starts = [start for start, _ in closed]
    found = [
        _Found(*m.span(), rank, m)
        for rank, pattern in enumerate((grammar.repeated, grammar.point, grammar.duration))
        for m in pattern.finditer(text)
    ]
    found.sort(key=lambda f: (f.start, f.rank))
    for item in found:
        n = bisect_right(starts, item.end - 1) - 1
        if n < 0 or closed[n][1] <= item.start:
            yield item


def _make(
    text: str, field: Field, item: _Found, grammar: DateGrammar, paragraph: int
) -> DateExpression | None:
    """The expression of one match; None if it is none after all."""
    if item.rank == 0:
        return _length(text, field, item, _repeated_length(item.match), "set", paragraph)
    if item.rank == 2:
        if _is_name(text, item):
            return None
        return _length(text, field, item, _duration_length(item.match), "duration", paragraph)
    if days := _as_days(text, item):
        return _length(text, field, item, days, "duration", paragraph)
    read = _read_point(text, item.match, grammar)
    if read is None or not _is_point(text, item):
        return None
    first, last, name = read
    return _date(text, field, item.start, item.end, first, last, name, paragraph)


def _date(
    text: str,
    field: Field,
    start: int,
    end: int,
    first: DatePoint,
    last: DatePoint | None,
    name: str,
    paragraph: int,
) -> DateExpression:
    opened = _OPEN.match(text, end)
    if opened:
        end = opened.end()
    return DateExpression(
        field=field,
        start=start,
        end=end,
        text=text[start:end],
        rule=name,
        confidence=_CONFIDENCE["date"],
        kind="date",
        first=first,
        last=last,
        open=opened is not None,
        length="",
        future=bool(
            _FUTURE_AFTER.match(text, end) or _FUTURE_BEFORE.search(text, max(0, start - 14), start)
        ),
        dateline=field == "text" and start < 60 and bool(_DATELINE.match(text, end)),
        paragraph=paragraph,
    )


def _length(
    text: str, field: Field, item: _Found, length: str | None, kind: DateKind, paragraph: int
) -> DateExpression | None:
    if length is None:
        return None
    start, end = item.start, item.end
    return DateExpression(
        field=field,
        start=start,
        end=end,
        text=text[start:end],
        rule=f"dates:{kind}",
        confidence=_CONFIDENCE[kind],
        kind=kind,
        first=None,
        last=None,
        open=False,
        length=length,
        future=False,
        dateline=False,
        paragraph=paragraph,
    )


def _joined(text: str, found: list[DateExpression]) -> list[DateExpression]:
    """Two dates with 至 between them become a range, two lengths (3至5天) are dropped."""
    out: list[DateExpression] = []
    for item in found:
        last = out[-1] if out else None
        connected = last and _CONNECT.fullmatch(text, last.end, item.start)
        if last is None or not connected or last.kind != item.kind or last.open:
            out.append(item)
        elif item.kind == "duration":
            out.pop()
        elif item.first and last.first and not last.last and not item.last:
            out[-1] = _date(
                text,
                item.field,
                last.start,
                item.end - (len(item.text) - len(item.text.removesuffix("以来"))),
                last.first,
                item.first,
                "dates:range",
                last.paragraph,
            )
        else:
            out.append(item)
    return out


def _is_point(text: str, item: _Found) -> bool:
    """今年81岁 is an age; 每年5月 and 6月19日当天 say no more than what stands before."""
    word = item.match.group()
    before = text[max(0, item.start - 2) : item.start]
    if word == "今年" and _AGE.match(text, item.end):
        return False
    if word in ("当天", "当日", "当晚", "同日") and before.endswith(("日", "号")):
        return False
    if word == "一日" and not _DATELINE.match(text, item.end):
        return False
    if word == "全年" and text.startswith(("龄", "级"), item.end):
        return False
    return not _NO_POINT_AFTER_SET.search(before)


def _is_name(text: str, item: _Found) -> bool:
    """15分钟养老服务圈, 三年行动: a length inside a name."""
    if item.match["u"] in ("分钟", "小时") and _NAME_AFTER.match(text, item.end):
        return True
    if _LENGTH_RANGE.search(text, max(0, item.start - 3), item.start):
        return True
    quoted = "“" in text[max(0, item.start - 8) : item.start]
    return quoted and text.startswith("”", item.end)


def _as_days(text: str, item: _Found) -> str | None:
    """为期3日: a day of the month that is a length after all."""
    day = item.match["d0n"]
    if day and _LENGTH_BEFORE.search(text, max(0, item.start - 3), item.start):
        return f"P{read_integer(day)}D"
    return None


# -- reading a match of the point pattern ------------------------------------------------


def _read_point(
    text: str, match: re.Match[str], grammar: DateGrammar
) -> tuple[DatePoint, DatePoint | None, str] | None:
    """What a match of the point pattern says: first and last point, and the rule's name."""
    if word := match["w"] or match["wk"] or match["yw"]:
        rule = grammar.words[word]
        if match["w"]:
            return DatePoint(day_shift=rule.shift, base=rule.base), None, f"date_words:{word}"
        if match["wk"]:
            weekday = "一二三四五六日".index(match["wd"]) if match["wd"] else None
            return DatePoint(week_shift=rule.shift, weekday=weekday), None, f"date_words:{word}"
    if match["iso"]:
        year, month, day = (int(x) for x in re.split(r"[-./]", match["iso"]))
        return DatePoint(year=year, month=month, day=day), None, "dates:full"
    if match["y1"]:
        years = [DatePoint(year=read_digits(match[y])) for y in ("y1", "y2")]
        return years[0], years[1], "dates:range"
    if match["tens"]:
        return _read_decade(match)
    if match["np"]:
        return DatePoint(year_shift=0, base="told", part=_PARTS[match["np"]]), None, "dates:part"
    return _read_rest(match, grammar)


def _read_decade(match: re.Match[str]) -> tuple[DatePoint, None, str]:
    tens = DIGITS[match["tens"][0]] if match["tens"][0] in DIGITS else int(match["tens"][0])
    century = match["century"] or ""
    if century in ("本", "二十一", "21"):
        hundreds = 20
    elif century in ("十九", "19"):
        hundreds = 18
    else:
        hundreds = 19 if not century or tens or century in ("上", "20", "二十") else 20
    return DatePoint(decade=hundreds * 10 + tens), None, "dates:decade"


def _read_year(match: re.Match[str], grammar: DateGrammar) -> DatePoint | None:
    if match["y"]:
        year = read_digits(match["y"])
        if year < 100:
            year += 1900 if year >= 50 else 2000
        return DatePoint(year=year)
    if match["yw"]:
        rule = grammar.words[match["yw"]]
        return DatePoint(year_shift=rule.shift, base=rule.base)
    return None


def _read_rest(
    match: re.Match[str], grammar: DateGrammar
) -> tuple[DatePoint, DatePoint | None, str] | None:
    base = _read_year(match, grammar)
    tag = "y" if base else "n"
    get = {k: match[k + tag] for k in ("half", "q", "fq", "fm", "r1", "r2", "rm", "r3", "r4")}
    year, shift, ref = (base.year, base.year_shift, base.base) if base else (None, None, TODAY)
    if base and match["yp"]:
        part = _PARTS[match["yp"].removeprefix("年")]
        return DatePoint(year, year_shift=shift, base=ref, part=part), None, "dates:part"
    months = _months(get)
    if months:
        if base is None:
            shift = 0
        return DatePoint(year, year_shift=shift, base=ref, months=months), None, "dates:part"
    if get["r1"]:
        low, high = (read_integer(get[k]) for k in ("r1", "r2"))
        point = DatePoint(year, low, year_shift=shift, base=ref)
        return point, DatePoint(month=high), "dates:range"
    if get["r3"]:
        low, high = (read_integer(get[k]) for k in ("r3", "r4"))
        month = read_integer(get["rm"]) if get["rm"] else None
        point = DatePoint(year, month, low, year_shift=shift, base=ref)
        return point, DatePoint(day=high), "dates:range"
    return _read_month(match, grammar, base, tag)


def _read_month(
    match: re.Match[str], grammar: DateGrammar, base: DatePoint | None, tag: str
) -> tuple[DatePoint, DatePoint | None, str] | None:
    year, shift, ref = (base.year, base.year_shift, base.base) if base else (None, None, TODAY)
    month = read_integer(match["m" + tag]) if match["m" + tag] else None
    day_text = match["d" + tag] or (match["d0n"] if tag == "n" else None)
    day = read_integer(day_text) if day_text else None
    part = _PARTS[match["mp" + tag]] if match["mp" + tag] else ""
    month_shift = None
    if word := match["mw" + tag]:
        rule = grammar.words[word]
        month_shift, ref = rule.shift, rule.base
        if not rule.alone and day is None and not part:
            return None
    elif month is None and day is None:
        if base is None:
            return None
        word = match["yw"]
        if word and not grammar.words[word].alone:
            return None
        return base, None, f"date_words:{word}" if word else "dates:year"
    point = DatePoint(
        year, month, day, year_shift=shift, month_shift=month_shift, base=ref, part=part
    )
    return point, None, "dates:day" if day else "dates:month"


def _months(get: dict[str, str | None]) -> tuple[int, int] | None:
    """The first and last month of 上半年, 三季度, 前三季度, 前八个月."""
    if half := get["half"]:
        return (1, 6) if half[0] == "上" else (7, 12)
    if quarter := get["q"]:
        n = _QUARTER[quarter.removeprefix("第")[0]]
        return 3 * n - 2, 3 * n
    if quarters := get["fq"]:
        return 1, 3 * _QUARTER[quarters[1]]
    if get["fm"]:
        return 1, read_integer(get["fm"]) or 1
    return None


# -- reading lengths -------------------------------------------------------------------------


def _iso(parts: list[tuple[str, str]]) -> str:
    """ISO 8601 of amounts and letters in order: [("4","Y"),("3","M")] → P4Y3M."""
    day = "".join(n + u for n, u in parts if u in "YMWD")
    time = "".join(n + u.upper() for n, u in parts if u in "HmS")
    return "P" + day + ("T" + time if time else "")


def _amount(surface: str) -> str | None:
    number = read_numeral(surface)
    if number is None or number.bare or number.value_max is not None or number.value <= 0:
        return None
    return format(number.value.normalize(), "f")


def _unit(surface: str) -> str:
    return _LETTERS[surface.lstrip("个多")]


def _duration_length(match: re.Match[str]) -> str | None:
    if half := match["hu"]:
        return {"年": "P6M", "月": "P15D", "天": "PT12H", "时": "PT30M", "纪": "P50Y"}[half[-1]]
    amount, letter = _amount(match["n"]), _unit(match["u"])
    if amount is None or (letter == "Y" and len(match["n"]) >= 4 and match["n"].isdigit()):
        return None
    if letter == "H" and float(amount) >= 1000:
        return None  # hours summed over people
    if match["n"] in ("几", "数"):
        return None
    parts = [(amount, letter)]
    if letter == "Q":
        parts = [(format(3 * int(float(amount)), "d"), "M")]
    if match["half"] or match["tail"]:
        parts += {
            "Y": [("6", "M")],
            "M": [("15", "D")],
            "H": [("30", "m")],
            "D": [("12", "H")],
        }.get(letter, [])
    if match["hundredth"] and letter == "S":
        parts = [(f"{amount}.{match['hundredth']}", "S")]
    elif match["hundredth"]:
        return None
    for n, u in (("n2", "u2"), ("n3", "u3")):
        if match[n]:
            more = _amount(match[n])
            parts += [(more, _unit(match[u]))] if more else []
    return _iso(parts)


def _repeated_length(match: re.Match[str]) -> str | None:
    letter = _LETTERS[match["u"]]
    if match.group().startswith("每半"):
        return {"Y": "R/P6M", "M": "R/P15D", "D": "R/PT12H", "H": "R/PT30M"}.get(letter)
    amount = _amount(match["n"]) if match["n"] else "1"
    if amount is None:
        return None
    if letter == "Q":
        amount, letter = str(3 * int(float(amount))), "M"
    return "R/" + _iso([(amount, letter)])
