"""Find expressions of time: dates, lengths of time and sets (每年), as they are printed.

In: a clean title or text. Out: `DateExpression` records in reading order with offsets in
that text. Years that are not printed are found later, in `resolve.calendar`.
"""

from __future__ import annotations

import heapq
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from pipeline.extract.date_grammar import CONNECT, DateGrammar, compile_dates
from pipeline.extract.date_reading import duration_length, read_point, repeated_length
from pipeline.numerals import read_integer
from pipeline.records import DateExpression, DateKind, DatePoint, Field

__all__ = ["DateGrammar", "compile_dates", "find_dates"]

_TITLE: Final = re.compile(r"《[^》\n]{1,60}》")
_CONNECT: Final = re.compile(CONNECT)
_OPEN: Final = re.compile(r"以来|[至迄]今(?![年天日晚后])")
_AGE: Final = re.compile(r"(?:刚满|才|刚|已|满)?[\d一二三四五六七八九十]{1,3}(?:周)?岁")
_DATELINE: Final = re.compile(
    r"[电讯](?![话影子器力站视台信报商脑动])|专电|消息[（：:]|(?:综合)?外电"
)
_COMPARING: Final = ("比", "较")
_COMPARED: Final = ("同期", "相比")
_FUTURE_AFTER: Final = re.compile(
    r"(?<=[底末])前(?![后夕])|[^。；！？\n]{0,12}?(?:将|拟|计划|预计|力争|争取|有望|确保|底前|[底末日月年]前[，将完全])"
)
_FUTURE_BEFORE: Final = re.compile(
    r"(?:将[于在持续到]|计划|预计|力争|争取|定于|拟于|截止|力争到)[^，。；：]{0,6}$"
)
_LENGTH_BEFORE: Final = re.compile(
    r"(?:为期|连续|历时|长达|最近|近|前|头|后|整整|不超过|超过|少于|不足|满|最多|停业|放假|拘留|公示期|工期|期限|时限)$"
)
_LENGTH_AFTER: Final = re.compile(r"的?(?:行政)?拘留|的?(?:假期|行程|公示期)")
_NO_POINT_AFTER_SET: Final = re.compile(r"每(?:年|月)$")
_SOME_DAY: Final = re.compile(r"[，,]|[上下中]午|早|晚|夜|清晨|傍晚")
_LENGTH_RANGE: Final = re.compile(r"[\d一二两三四五六七八九十][至到—―-]$")
_TOLD: Final = re.compile(r"[的这那有某又每新头前早哪同上下]$")
_ERA: Final = re.compile(
    r"(?:公元前?|民国|康熙|昭和|贞观|开元|洪武|永乐|嘉靖|万历|雍正|乾隆|嘉庆|道光|咸丰|同治|光绪|宣统"
    r"|平成|令和)$"
)
_NAME_AFTER: Final = re.compile(r"[^，。；、！？“”\n]{0,9}[圈网](?!络)")
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
    # Matches are large: none is kept longer than until its turn.
    patterns = enumerate((grammar.repeated, grammar.point, grammar.duration))
    found = [_matches(rank, pattern, text) for rank, pattern in patterns]
    for item in heapq.merge(*found, key=lambda f: (f.start, f.rank)):
        n = bisect_right(starts, item.end - 1) - 1
        if n < 0 or closed[n][1] <= item.start:
            yield item


def _matches(rank: int, pattern: re.Pattern[str], text: str) -> Iterator[_Found]:
    return (_Found(*m.span(), rank, m) for m in pattern.finditer(text))


def _make(
    text: str, field: Field, item: _Found, grammar: DateGrammar, paragraph: int
) -> DateExpression | None:
    """The expression of one match; None if it is none after all."""
    if item.rank == 0:
        return _length(text, field, item, repeated_length(item.match), "set", paragraph)
    if item.rank == 2:
        if _is_name(text, item):
            return None
        return _length(text, field, item, duration_length(item.match), "duration", paragraph)
    if days := _as_days(text, item):
        return _length(text, field, item, days, "duration", paragraph)
    read = read_point(item.match, grammar)
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
        compared=text.endswith(_COMPARING, 0, start)
        or text.startswith(_COMPARED, end)
        or text.startswith("由上", start - 1),  # 由上年的11.5%上升为18.2%
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
        elif item.first and last.first and not last.last and _may_end(last.first, item.first):
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


def _may_end(first: DatePoint, last: DatePoint) -> bool:
    """Whether two printed dates are the ends of a range: both are dates, not words."""
    words = first.day_shift, last.day_shift, first.week_shift, last.week_shift
    return words == (None, None, None, None) and first.decade is None and last.decade is None


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
    if item.match.group() in ("一年", "一天") and _TOLD.search(
        text, max(0, item.start - 1), item.start
    ):
        return True
    if item.match.group() == "一天" and _SOME_DAY.match(text, item.end):
        return True
    if text[item.start - 1 : item.start] in ("这", "那") and item.start > 0:
        return True
    if _ERA.search(text, max(0, item.start - 3), item.start):
        return True
    if _LENGTH_RANGE.search(text, max(0, item.start - 3), item.start):
        return True
    quoted = "“" in text[max(0, item.start - 8) : item.start]
    return quoted and text.startswith("”", item.end)


def _as_days(text: str, item: _Found) -> str | None:
    """为期3日: a day of the month that is a length after all."""
    day = item.match["d0n"]
    if day and (
        _LENGTH_BEFORE.search(text, max(0, item.start - 3), item.start)
        or _LENGTH_AFTER.match(text, item.end)
    ):
        return f"P{read_integer(day)}D"
    return None
