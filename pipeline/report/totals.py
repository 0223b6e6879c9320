"""What the overview tells, added up page by page."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from msgspec import Struct, field

from pipeline.gazetteer import Gazetteer
from pipeline.report.reading import FactRow, PageView

MOST_UNITS = 15
MOST_MONTHS = 24


class Bar(Struct, frozen=True):
    """A bar of a chart: its label, how many facts, and the place in the facts table."""

    label: str
    number: int
    link: str


class Totals(Struct):
    """Numbers of pages, stories and facts; facts by province, unit and month."""

    pages: int = 0
    stories: int = 0
    facts: int = 0
    chars: int = 0
    areas: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)

    def add(self, page: PageView) -> None:
        """Count a page and what is on it."""
        self.pages += 1
        self.chars += page.document.chars
        self.stories += len(page.stories)
        for story in page.stories:
            self.facts += len(story.facts)
            for fact in story.facts:
                self.areas[fact.adcode[:2] if fact.adcode else ""] += 1
                self.units[fact.unit or ""] += 1
                self.months[month(fact)] += 1


def month(fact: FactRow) -> str:
    """The month in which a fact holds, ``2025-06``; blank where none, or more than one."""
    first, last = fact.date_start, fact.date_end
    if not first or not last or (first.year, first.month) != (last.year, last.month):
        return ""
    return f"{first:%Y-%m}"


def by_province(areas: Mapping[str, int], gazetteer: Gazetteer) -> list[tuple[str, int]]:
    """Names of provinces (or 中国) and their facts, most first."""
    named: Counter[str] = Counter()
    for code, number in areas.items():
        adcode = f"{code}0000"
        if adcode in gazetteer:
            named[gazetteer.get(adcode).name] += number
    return _most(named)


def by_unit(units: Mapping[str, int]) -> list[tuple[str, int]]:
    """The commonest units and their facts, most first."""
    return _most({unit: n for unit, n in units.items() if unit})[:MOST_UNITS]


def by_month(months: Mapping[str, int]) -> list[tuple[str, int]]:
    """The months in a row that hold the most facts, none left out, and their facts.

    A page may tell of 1978 and of 2035: a chart of all months would be empty for the most part.
    """
    numbers = {_index(name): n for name, n in months.items() if name}
    if not numbers:
        return []
    sums = {at: sum(numbers.get(at + i, 0) for i in range(MOST_MONTHS)) for at in numbers}
    first = max(sums, key=lambda at: (sums[at], at))
    last = max(at for at in numbers if at < first + MOST_MONTHS)
    return [(_name(at), numbers.get(at, 0)) for at in range(first, last + 1)]


def _most(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(numbers.items(), key=lambda item: (-item[1], item[0]))


def _index(name: str) -> int:
    year, _, number = name.partition("-")
    return 12 * int(year) + int(number) - 1


def _name(index: int) -> str:
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def bars(rows: Sequence[tuple[str, int]], name: str) -> list[Bar]:
    """Bars that lead to the facts whose filter `name` is their label."""
    return [Bar(label, number, _link({name: label})) for label, number in rows]


def month_bar(name: str, number: int) -> Bar:
    """The bar of a month, which leads to the facts of its days."""
    year, _, number_of_month = name.partition("-")
    days = calendar.monthrange(int(year), int(number_of_month))[1]
    return Bar(name, number, _link({"from": f"{name}-01", "to": f"{name}-{days}"}))


def _link(filters: Mapping[str, str]) -> str:
    """Where the facts table shows only what passes `filters`."""
    return f"facts.html#{urlencode(filters)}"
