"""Write days as EDTF (ISO 8601-2), and name the first and last day that they stand for."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Final

from msgspec import Struct

from pipeline.records import DatePoint

_THIRDS: Final = {
    "early": (1, 10),
    "mid": (11, 20),
    "late": (21, 31),
    "earlymid": (1, 20),
    "midlate": (11, 31),
}


class Day(Struct, frozen=True):
    """A date as far as it is known; `year` None is XXXX. `explicit`: the year is printed."""

    year: int | None
    month: int | None = None
    day: int | None = None
    explicit: bool = False
    paragraph: int = -1


def edtf_of(day: Day, point: DatePoint) -> str | None:
    """ISO 8601-2 of one point; None for an impossible day or nothing known."""
    year = "XXXX" if day.year is None else f"{day.year:04d}"
    if point.months and point.part == "end":
        last = point.months[1]
        return f"{year}-{last:02d}-{calendar.monthrange(2001, last)[1]}"
    if point.months:
        return f"{year}-{point.months[0]:02d}/{year}-{point.months[1]:02d}"
    if day.month is None:
        if day.year is None:
            return None
        return {"end": f"{year}-12-31", "start": f"{year}-01"}.get(point.part, year)
    month = f"{year}-{day.month:02d}"
    length = calendar.monthrange(day.year or 2024, day.month)[1]
    if point.part in _THIRDS:
        a, b = _third(point.part, length)
        return f"{month}-{a:02d}/{month}-{b:02d}"
    if point.part == "end":
        return f"{month}-{length:02d}"
    if day.day is None:
        return month
    return f"{month}-{day.day:02d}" if day.day <= length else None


def _third(part: str, length: int) -> tuple[int, int]:
    """The first and last day of 上旬, 中旬, 下旬 in a month of `length` days."""
    first, last = _THIRDS[part]
    return first, min(last, length)


def edges_of(day: Day, point: DatePoint) -> tuple[dt.date | None, dt.date | None]:
    """The first and the last day of one point; None where the year is unknown."""
    if day.year is None:
        return None, None
    first_month, last_month = point.months or (day.month or 1, day.month or 12)
    length = calendar.monthrange(day.year, last_month)[1]
    first, last = 1, length
    if day.day:
        first = last = day.day
    elif point.part in _THIRDS:
        first, last = _third(point.part, length)
    elif point.part == "end":
        first_month, first = last_month, length
    elif point.part == "start" and day.month is None:
        last_month, last = 1, 31
    return to_date(day.year, first_month, first), to_date(day.year, last_month, last)


def to_date(year: int | None, month: int | None, day: int | None) -> dt.date | None:
    """The day of the calendar; None if a part is missing or there is no such day."""
    if year is None or month is None or day is None:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
