"""Give dates their years: from the day of publication, else the story, else the page.

In: the `DateExpression` records of every story of a page, in reading order, title first.
Out: one tuple of `Date` records per story. What cannot be resolved (去年 on a page without
any year) is left out; a day without a year keeps ``XXXX``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pipeline.records import Date, DateExpression, DatePoint
from pipeline.resolve.edtf import Day, edges_of, edtf_of, to_date
from pipeline.resolve.page_time import dateline, evidence, latest_day
from pipeline.resolve.plausibility import NO_SUCH_DATE


class _Context(Struct):
    """What a story has said so far about its time."""

    today: dt.date | None
    year: int | None
    page: Day | None
    main: Day | None = None
    near: Day | None = None
    printed: Day | None = None
    told: int | None = None
    last_year: int | None = None
    line: Day | None = None


def resolve_dates(
    stories: Sequence[Sequence[DateExpression]], published: dt.date | None
) -> list[tuple[Date, ...]]:
    """The dates of each story; `published` is the day of the newspaper, if known."""
    page_year = evidence([e for story in stories for e in story])
    page = latest_day(stories, published, page_year)
    return [tuple(_resolve_story(s, published, page_year, page)) for s in stories]


def _resolve_story(
    story: Sequence[DateExpression],
    published: dt.date | None,
    page_year: int | None,
    page: Day | None,
) -> Iterable[Date]:
    context = _story_context(story, published, page_year, page)
    for expression in story:
        if expression.kind != "date":
            yield _plain(expression, expression.length, None, None, False)
        elif date := _resolve(expression, context):
            yield date


def _story_context(
    story: Sequence[DateExpression],
    published: dt.date | None,
    page_year: int | None,
    page: Day | None,
) -> _Context:
    """The day and year that 今天 and 今年 mean in `story`."""
    year = published.year if published else evidence(story)
    if published is None and page_year is not None and (year is None or year < page_year - 1):
        year = page_year
    context = _Context(published, year, page)
    expression, shift = dateline(story)
    if expression and expression.first:
        day = _complete(expression.first, expression, replace(context))
        line = to_date(day.year, day.month, day.day) if day else None
        line = line - dt.timedelta(days=shift) if line else None
        if day and day.year is None and shift == 0:
            context.line = day
        if line and (published is None or abs((published - line).days) <= 10):
            context.today = line
            context.year = line.year
    return context


def _resolve(expression: DateExpression, context: _Context) -> Date | None:
    first, last = expression.first, expression.last
    if first is None:
        return None
    start = _complete(first, expression, context)
    if start is None:
        return None
    if first.week_shift is not None:
        return _week(expression, first, start)
    if first.decade is not None:
        edges = dt.date(first.decade * 10, 1, 1), dt.date(first.decade * 10 + 9, 12, 31)
        return _plain(expression, f"{first.decade}X", *edges, False)
    one = edtf_of(start, first)
    if one is None:
        return _no_such_date(expression, start, first)
    _remember(context, start, expression, first)
    if last is not None:
        return _range(expression, start, last, context)
    known_from, known_to = edges_of(start, first)
    if expression.open:
        one, known_to = one.split("/")[0] + "/..", None
    return _plain(expression, one, known_from, known_to, first.year is None)


def _no_such_date(e: DateExpression, day: Day, point: DatePoint) -> Date | None:
    """2月30日: its month, with a doubt."""
    month = edtf_of(replace(day, day=None), replace(point, day=None)) if day.day else None
    if month is None:
        return None
    return replace(_plain(e, month, None, None, point.year is None), doubt=NO_SUCH_DATE)


def _range(e: DateExpression, start: Day, last: DatePoint, context: _Context) -> Date | None:
    """9月29日至10月6日 from its first day, `start`, to `last`, which may leave much out."""
    first = e.first or DatePoint()
    end = _follow(start, last, context)
    if _stale(start, end, e, context):
        start, end = _year_before(start), _year_before(end)
    one, two = edtf_of(start, first), edtf_of(end, last)
    known_from, first_to = edges_of(start, first)
    _, known_to = edges_of(end, last)
    inferred = first.year is None
    if one is None:
        return None
    if two is None or (known_from and known_to and known_to < known_from):
        return _plain(e, one, known_from, first_to, inferred)
    _remember(context, end, e, last)
    one = one.split("/")[0]
    if e.open:
        return _plain(e, one + "/..", known_from, None, inferred)
    return _plain(e, one + "/" + two.split("/")[-1], known_from, known_to, inferred)


def _stale(start: Day, end: Day, e: DateExpression, context: _Context) -> bool:
    """Whether 1月至11月, printed in June without a year, are those of last year."""
    if context.today is None or e.future or e.first is None or e.first.year is not None:
        return False
    if e.first.year_shift is not None or start.month != 1 or start.day is not None:
        return False
    _, until = edges_of(end, DatePoint())
    return until is not None and until > context.today + dt.timedelta(days=15)


def _year_before(day: Day) -> Day:
    return replace(day, year=None if day.year is None else day.year - 1)


def _plain(
    e: DateExpression, edtf: str, start: dt.date | None, end: dt.date | None, inferred: bool
) -> Date:
    return Date(
        field=e.field,
        start=e.start,
        end=e.end,
        text=e.text,
        rule=e.rule,
        confidence=e.confidence if not inferred else e.confidence - 0.03,
        edtf=edtf,
        kind=e.kind,
        date_start=start,
        date_end=end,
        inferred=inferred,
    )


# -- completing one point ----------------------------------------------------------------


def _complete(point: DatePoint, e: DateExpression, context: _Context) -> Day | None:
    """`point` with the year, month and day that it leaves out; None if nothing can be said."""
    if point.decade is not None:
        return Day(None)
    if point.week_shift is not None or point.day_shift is not None:
        return _shifted_day(point, e, context)
    if point.month_shift is not None:
        return _shifted_month(point, e, context)
    if point.year is not None:
        return Day(point.year, point.month, point.day, True, e.paragraph)
    if point.year_shift is not None:
        base = context.year
        if point.base == "before":
            base = context.last_year
        elif point.base == "told" and (point.year_shift == 0 or e.compared):
            told = context.told  # but a bare 上年 is the one before this
            base = told if told and told >= (base or 0) - 1 else base
        if e.future and point.year_shift == 0 and base and context.today:
            base = max(base, context.today.year)  # 年底前 is still to come
        year = None if base is None else base + point.year_shift
        if point.cumulative and year and context.today and not e.future:
            year -= _not_yet(year, point, context.today)
        if year is None and point.month is None:
            return None
        return Day(year, point.month, point.day, False, e.paragraph)
    if point.month is not None:
        year = _year_for(point, e, context)
        return Day(year, point.month, point.day, False, e.paragraph)
    return _bare_day(point, e, context)


def _not_yet(year: int, point: DatePoint, today: dt.date) -> int:
    """1 if 前三季度 would end after `today`, so that last year's are meant; else 0."""
    _, end = edges_of(Day(year), point)
    return int(end is not None and end > today + dt.timedelta(days=15))


def _shifted_day(point: DatePoint, e: DateExpression, context: _Context) -> Day | None:
    """今天, 昨日, 上周 from today; 当天, 次日 from the date before."""
    today = context.today
    if point.base == "before":
        base = context.near
        if base is None or base.paragraph != e.paragraph:
            base = context.main or base
        if base is None and e.field == "title":
            base = context.page if context.today else None
        today = to_date(base.year, base.month, base.day) if base else None
        if base and today is None and base.month and base.day and point.day_shift == 0:
            return Day(base.year, base.month, base.day, False, e.paragraph)
    if today is None and context.line and point.week_shift is None:
        return _without_year(context.line, point.day_shift or 0, e.paragraph)
    if today is None:
        return None
    if point.week_shift is not None:
        day = today - dt.timedelta(days=today.weekday()) + dt.timedelta(weeks=point.week_shift)
        day += dt.timedelta(days=point.weekday or 0)
    else:
        day = today + dt.timedelta(days=point.day_shift or 0)
    return Day(day.year, day.month, day.day, False, e.paragraph)


def _without_year(line: Day, days: int, paragraph: int) -> Day | None:
    """昨天 under 新华社北京1月3日电 on a page without any year: XXXX-01-02."""
    day = to_date(2001, line.month, line.day)
    if day is None:
        return None
    day += dt.timedelta(days=days)
    return Day(None, day.month, day.day, False, paragraph)


def _shifted_month(point: DatePoint, e: DateExpression, context: _Context) -> Day | None:
    """本月10日, 上月 from today; 当月 from the date before."""
    base: Day | None = context.near if point.base == "before" else None
    if point.base != "before":
        base = context.main or context.page
        if context.today:
            base = Day(context.today.year, context.today.month)
            near = context.near
            if near and near.day is None and _after(near).month == base.month:
                base = near  # of a report on the month before, 上月 is the one before that
    if base is None or base.month is None or base.year is None:
        return None
    months = base.year * 12 + base.month - 1 + (point.month_shift or 0)
    return Day(months // 12, months % 12 + 1, point.day, False, e.paragraph)


def _year_for(point: DatePoint, e: DateExpression, context: _Context) -> int | None:
    """The year of a month that is printed without one."""
    month = point.month or 1
    printed = context.printed
    told = (
        printed is not None
        and printed.year is not None
        and printed.month is not None
        and printed.paragraph == e.paragraph
        and month >= printed.month
        and not e.future
    )
    if told and printed and (context.year is None or (printed.year or 0) <= context.year):
        return printed.year
    today = context.today
    if today is None:
        return context.year
    months = month - today.month
    late = months > 0 or (months == 0 and (point.day or 1) > today.day + 3)
    if e.future:
        return today.year + 1 if months <= -9 else today.year
    if late and months >= 6:
        return today.year - 1
    return today.year


def _bare_day(point: DatePoint, e: DateExpression, context: _Context) -> Day | None:
    """17日: in the month of the date before, or the next if the days go on there."""
    day = point.day or 1
    base = context.near or context.main
    today = context.today
    if base is None or base.month is None:
        base = context.page
        if today is not None:
            base = Day(today.year, today.month, today.day)
        if base is None or base.month is None:
            return None
        if base.day and day > base.day + 3 and not e.future:
            base = _before(base)
        return Day(base.year, base.month, day, False, e.paragraph)
    following = _after(base)
    if base.day and day < base.day and following.year and today:
        candidate = to_date(following.year, following.month, day)
        if candidate and candidate <= today + dt.timedelta(days=2):
            base = following
    return Day(base.year, base.month, day, False, e.paragraph)


def _before(day: Day) -> Day:
    if day.month == 1:
        return replace(day, year=None if day.year is None else day.year - 1, month=12)
    return replace(day, month=(day.month or 2) - 1)


def _after(day: Day) -> Day:
    if day.month == 12:
        return replace(day, year=None if day.year is None else day.year + 1, month=1)
    return replace(day, month=(day.month or 0) + 1)


def _follow(start: Day, last: DatePoint, context: _Context) -> Day:
    """The end of a range: what it leaves out it has from the beginning."""
    if last.year is not None:
        return Day(last.year, last.month, last.day, True, start.paragraph)
    if last.year_shift is not None:
        base = start.year if last.base == "before" else context.year or start.year
        year = None if base is None else base + last.year_shift
        return Day(year, last.month, last.day, False, start.paragraph)
    month = last.month or (start.month if last.day else None)
    end = Day(start.year, month, last.day, start.explicit, start.paragraph)
    if month and start.month and month < start.month and start.year is not None:
        return replace(end, year=start.year + 1)
    if last.month is None and last.day and start.day and last.day < start.day:
        return _after(end)  # 28日至3日
    return end


def _remember(context: _Context, day: Day, e: DateExpression, point: DatePoint) -> None:
    """Keep `day` for the dates that follow."""
    context.last_year = day.year or context.last_year
    if e.compared:
        return
    if day.year and day.month is None and point.base == "today" and not e.future:
        context.told = day.year
    if day.month is None and not point.part:
        return
    if day.explicit and day.month:
        context.printed = day
    if day.day and day.month:
        context.near = day
        if context.main is None and e.field == "text":
            context.main = day
    elif day.month and (context.near is None or context.near.day is None):
        context.near = day


def _week(e: DateExpression, point: DatePoint, day: Day) -> Date | None:
    """上周 as an interval, 上周五 as a day."""
    start = to_date(day.year, day.month, day.day)
    if start is None:
        return None
    if point.weekday is not None:
        return _plain(e, start.isoformat(), start, start, True)
    end = start + dt.timedelta(days=6)
    return _plain(e, f"{start.isoformat()}/{end.isoformat()}", start, end, True)
