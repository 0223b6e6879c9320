"""Which date governs a count: a date holds to the end of its sentence.

Dates that something is compared with (比2020年底) or told on (昨天公布) govern nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from pipeline.records import Count, Date, DatePoint
from pipeline.resolve.edtf import Day, edges_of, to_date
from pipeline.resolve.facts.clauses import BOUNDARY
from pipeline.resolve.facts.comparisons import goes_on_to
from pipeline.resolve.facts.governing import SENTENCE_END
from pipeline.resolve.facts.tokens import DATELINES, Kind, Token, WordGrammar

PARTS_OF_MONTH = ("上旬", "中旬", "下旬")
PARTS_OF_YEAR = frozenset({"年初", "今年初", "今年年初", "今年以来", "今年1月以来"})
SAME_TIME = ("同期", "同月")
ORIGINS = ("由", "从")
# Before the year of a thing: of what follows it tells nothing.
SINCE_WHEN = ("建于", "生于", "出版于")


def dates_of_counts(
    tokens: Sequence[Token], words: WordGrammar, period: Date | None = None
) -> dict[int, Date]:
    """The date that governs each count, by the index of its token; counts without one lack.

    `period` is that of the whole text, as of a yearly report.
    """
    compared, behind = words.roles["compared"], tuple(words.roles["behind-compared"])
    now, founds = words.roles["now"], words.roles["founds"]
    found: dict[int, Date] = {}
    current: Date | None = None
    once: Date | None = None  # holds for the next count alone: 由2016年的7.4万元
    aside: tuple[Date | None] | None = None  # what held before, and holds after the clause
    ended: Date | None = None  # what held in the sentence before
    for i, t in enumerate(tokens):
        if t.kind is Kind.COMMA and aside:
            (current,), aside = aside, None
        if t.mention is None and t.kind is not Kind.STOP:
            if t.text in now:
                current = None  # 如今只剩1支
            elif t.text == "其中" and i and tokens[i - 1].kind is Kind.STOP and current is None:
                current = ended  # goes on with the sentence before
            continue
        if t.kind is Kind.DATE and isinstance(t.mention, Date):
            if t.mention.kind != "date":
                continue
            before = tokens[i - 1].text if i else ""
            after = tokens[i + 1].text if i + 1 < len(tokens) else ""
            if before not in compared and _is_same_time(tokens, i):
                aside, current = (current or t.mention,), _year_of(t.mention, current)
                continue
            if before in compared or after.startswith(behind) or after in DATELINES:
                continue
            if after in words.roles["tells"] and len(t.mention.edtf) == len("2025-01-01"):
                continue  # 昨天公布: the day of the report, not of what it tells
            period_opens = "/" in t.mention.edtf or after in ("起", "开始")
            if before in ORIGINS and not period_opens and not _since(tokens, i):
                once = t.mention
                continue
            if after == "的" and (before in ("是", "为") or _is_share(tokens, i + 2)):
                continue  # 恢复到2019年的108%
            if aside is None and (_only_tells_which(tokens, i) or _founded(tokens, i, founds)):
                aside, current = (current,), t.mention
                continue
            current = _interval(tokens, i, t.mention, current)
        elif t.kind is Kind.COUNT and isinstance(t.mention, Count):
            governing = once or (None if _was(tokens, i) else current or period)
            once = None
            if governing:
                found[i] = _as_held(governing)
        elif t.kind is Kind.STOP and t.text[0] in SENTENCE_END:
            ended = None if t.text == "\n" else current
            current = once = aside = None
    return found


def _as_held(date: Date) -> Date:
    """The period that a number holds for, where the words are vague: that of its month or year.

    中旬 is the month, 年初 and 今年以来 are the year.
    """
    year, month = date.edtf[:4], date.edtf[5:7]
    if not year.isdecimal():
        return date
    if date.text.endswith(PARTS_OF_MONTH) and month:
        edtf, day = f"{year}-{month}", Day(int(year), int(month))
    elif date.text in PARTS_OF_YEAR or date.text == f"{year}年初":
        edtf, day = year, Day(int(year))
    else:
        return date
    first, last = edges_of(day, DatePoint())
    return replace(date, edtf=edtf, date_start=first, date_end=last)


def _only_tells_which(tokens: Sequence[Token], at: int) -> bool:
    """``建于1987年，``: a date that belongs to a thing, not to what follows."""
    return "".join(t.text for t in tokens[max(0, at - 2) : at]).endswith(SINCE_WHEN)


def _founded(tokens: Sequence[Token], at: int, founds: frozenset[str]) -> bool:
    """``1952年成立，现有床位430张``: since when there is a thing, not when what follows holds."""
    date = tokens[at].mention
    if not isinstance(date, Date) or len(date.edtf) >= len("1952-01-01"):
        return False
    said = ""  # what stands between it and the comma
    for t in tokens[at + 1 : at + 5]:
        if t.kind is Kind.COMMA:
            return said in founds
        said += t.text
    return False


def _is_same_time(tokens: Sequence[Token], at: int) -> bool:
    """``而去年同期分别是45.2万人``: whether a clause tells of the same time of another year."""
    behind = "".join(t.text for t in tokens[at + 1 : at + 3])
    i = at - 1
    while i >= 0 and (tokens[i].kind is Kind.ADVERB or tokens[i].text in ("而", "但")):
        i -= 1
    return behind.startswith(SAME_TIME) and (i < 0 or tokens[i].kind in (Kind.COMMA, Kind.STOP))


def _year_of(year: Date, before: Date | None) -> Date:
    """`before` in the year that `year` names, else that year."""
    if before is None or len(year.edtf) != len("2024"):
        return year
    old = before.edtf[:4]
    moved = [
        part.replace(old, year.edtf, 1) if part.startswith(old) else ""
        for part in before.edtf.split("/")
    ]
    if not all(moved) or not before.date_start or not before.date_end:
        return year
    edges = [(d.month, d.day) for d in (before.date_start, before.date_end)]
    first, last = (to_date(int(year.edtf), month, day) for month, day in edges)
    return replace(year, edtf="/".join(moved), date_start=first, date_end=last)


def period_of_report(title: str, dates: Iterable[Date], words: WordGrammar) -> Date | None:
    """The year or month that the title of a report names (2023年统计公报): it is about that."""
    if not any(word in title for word in words.roles["report"]):
        return None
    periods = (d for d in dates if d.field == "title" and d.kind == "date")
    return next((d for d in periods if len(d.edtf) < len("2025-01-01")), None)


def _was(tokens: Sequence[Token], at: int) -> bool:
    """``由最初的6.5元回落到4元``: the first number no longer holds on the day that governs."""
    for t in reversed(tokens[max(0, at - 5) : at]):
        if t.kind in BOUNDARY or t.kind is Kind.DATE:
            return False
        if t.text in ORIGINS:
            return goes_on_to(tokens, at)
    return False


def _is_share(tokens: Sequence[Token], at: int) -> bool:
    mention = tokens[at].mention if at < len(tokens) else None
    return isinstance(mention, Count) and mention.unit in ("%", "倍")


def _interval(tokens: Sequence[Token], at: int, date: Date, before: Date | None) -> Date:
    """``15日20时至19日8时`` and ``自3月启动以来`` as intervals; any other date as it is."""
    if _since(tokens, at):
        if "/" not in date.edtf:
            return replace(date, edtf=f"{date.edtf}/..", date_end=None)
        return date
    if before is None or "/" in before.edtf + date.edtf:
        return date
    first = next((i for i in range(at - 1, max(-1, at - 6), -1) if tokens[i].mention is before), at)
    between = tokens[first + 1 : at]
    joined = bool(between) and between[-1].text in ("至", "到")
    if joined and not any(t.kind in (Kind.COMMA, Kind.STOP) for t in between):
        return replace(date, edtf=f"{before.edtf}/{date.edtf}", date_start=before.date_start)
    return date


def _since(tokens: Sequence[Token], at: int) -> bool:
    """Whether 以来 closes the clause that a date opens: ``自2022年3月启动以来，``."""
    for t in tokens[at + 1 : at + 8]:
        if t.kind in (Kind.COMMA, Kind.STOP, Kind.COUNT, Kind.DATE):
            return False
        if t.text.endswith("以来"):
            return True
    return False
