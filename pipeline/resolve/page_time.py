"""What a page and its stories say about when they were printed: years, days, datelines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from pipeline.records import DateExpression
from pipeline.resolve.edtf import Day


def dateline(story: Sequence[DateExpression]) -> tuple[DateExpression | None, int]:
    """The date that says what 今天 means, and how many days it lies from it.

    It is that of 新华社北京3月6日电, of 今天（3月6日） or of 昨天（3月5日）, which is -1 day off.
    """
    last: DateExpression | None = None
    for e in story:
        if e.first and e.first.month and e.first.day and e.last is None:
            if e.dateline:
                return e, 0
            word = last.first if last and last.end + 1 == e.start else None
            if word and word.day_shift is not None and word.base == "today":
                return e, word.day_shift
        last = e
    return None, 0


def evidence(expressions: Iterable[DateExpression]) -> int | None:
    """The year of a story or page by the years that it prints: the latest that is not to come.

    Years with a month weigh more than bare ones; the end of a year is evidence for the next.
    """
    dated: list[int] = []
    bare: list[int] = []
    ended: list[int] = []
    for e in expressions:
        if e.kind != "date" or e.future:
            continue
        for point in (e.first, e.last):
            if point is None or point.year is None:
                continue
            if point.month or point.months:
                dated.append(point.year)
            elif point.part == "end":
                ended.append(point.year)
            else:
                bare.append(point.year)
    if dated:
        return max(dated)
    if bare and (not ended or max(bare) >= max(ended)):
        return max(bare)
    return max(ended) + 1 if ended else None


def latest_day(
    stories: Sequence[Sequence[DateExpression]], published: dt.date | None, year: int | None
) -> Day | None:
    """The latest day of the month that the page prints: where a bare 17日 belongs."""
    if published:
        return Day(published.year, published.month, published.day)
    days: list[Day] = []
    for story in stories:
        for e in story:
            p = e.first
            if p and p.month and p.day and not e.future and p.year_shift is None:
                days.append(Day(p.year or year, p.month, p.day))
    return max(days, key=lambda d: (d.year or 0, d.month or 0, d.day or 0), default=None)
