"""The day of issue that a page prints in its folio: 2024年6月20日 星期四 第3版."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from pipeline.numerals import read_digits, read_integer
from pipeline.records import Repair

_DATE = re.compile(
    r"(?P<y>\d{4}|[一二三四五六七八九〇○零]{4})(?:年|[-./])"
    r"(?P<m>\d{1,2}|[一二三四五六七八九十]{1,3})(?:月|[-./])"
    r"(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})(?:日|(?!\d))"
)
_DATES = ("{date}", "{when}", "{ymd}")  # open parts of furniture.tsv
_FIRST = 1815  # no newspaper in Chinese is older


def day_of_issue(furniture: Iterable[Repair]) -> dt.date | None:
    """The day that lines of a date, dropped from a page as `furniture`, agree on.

    None where no such line has a year, or two of them tell different days.
    """
    days = set()
    for repair in furniture:
        if any(part in repair.rule for part in _DATES):
            match = _DATE.search("".join(repair.raw.split()))
            if match:
                days.add(_read(match))
    return next(iter(days)) if len(days) == 1 else None


def _read(match: re.Match[str]) -> dt.date | None:
    year, month, day = read_digits(match["y"]), read_integer(match["m"]), read_integer(match["d"])
    try:
        return dt.date(year, month or 0, day or 0) if year >= _FIRST else None
    except ValueError:
        return None
