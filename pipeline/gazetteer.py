"""The administrative areas of China, today's and those abolished since 1980.

Codes are the six digits of GB/T 2260. A unit that exists today has today's code; an abolished
one has the last code it bore, or, where it became another before 2000 (昆山县), the code of that
one. So two areas can share a code (襄樊市 and 襄阳市 are both 420600): `Gazetteer.get` then gives
the one that exists. Towns, townships and streets have no code of
their own here; they belong to a county.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from msgspec import Struct

from pipeline.errors import RulesError
from pipeline.lexicon import Lexicon

Level = Literal["country", "province", "prefecture", "county", "township"]
LEVELS: tuple[Level, ...] = ("country", "province", "prefecture", "county", "township")
CHINA = "100000"
MUNICIPALITIES = frozenset({"11", "12", "31", "50"})  # their districts have no city above them


class Area(Struct, frozen=True):
    """One unit: `short` is its name as the papers shorten it (清远), ``""`` where they do not.

    `retired` is the first year in which it no longer existed.
    """

    adcode: str
    name: str
    level: Level
    parent: str | None
    retired: int | None = None
    short: str = ""


class Gazetteer(Struct, frozen=True, dict=True):
    """All areas, by code and by name. Make one with `load_gazetteer`."""

    areas: tuple[Area, ...]
    folder: Path
    _by_code: Mapping[str, Area]
    _by_name: Mapping[str, tuple[Area, ...]]

    def get(self, adcode: str) -> Area:
        """The area with this code. Raises KeyError for a code that was never in use."""
        return self._by_code[adcode]

    def __contains__(self, adcode: str) -> bool:
        return adcode in self._by_code

    def lookup(self, surface: str) -> tuple[Area, ...]:
        """Areas with this full or short name, existing ones first, then by rank and code."""
        return self._by_name.get(surface, ())

    @property
    def names(self) -> tuple[str, ...]:
        """Every full and short name."""
        return tuple(self._by_name)

    @cached_property
    def lexicon(self) -> Lexicon:
        """All full and short names of two characters or more."""
        return Lexicon.of(n for n in self._by_name if len(n) > 1)

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Names in `text` as ``(start, end, name)``, leftmost longest; no context is judged."""
        return self.lexicon.find(text)

    def lineage(self, adcode: str) -> tuple[Area, ...]:
        """The area and those above it, smallest first, without 中国."""
        found: list[Area] = []
        code: str | None = adcode
        while code and code != CHINA and code in self._by_code:
            found.append(self._by_code[code])
            code = found[-1].parent
        return tuple(found)

    def path(self, adcode: str) -> str:
        """The full path: ``441826`` → 广东省清远市连南瑶族自治县."""
        if adcode == CHINA:
            return self.get(CHINA).name
        return "".join(a.name for a in reversed(self.lineage(adcode)))

    def ancestor(self, adcode: str, level: Level) -> str | None:
        """The area of this level that holds `adcode` (itself included), or None."""
        if level == "country":
            return CHINA
        return next((a.adcode for a in self.lineage(adcode) if a.level == level), None)

    def contains(self, outer: str, inner: str) -> bool:
        """Whether `inner` lies in `outer` or is the same area."""
        return outer == CHINA or any(a.adcode == outer for a in self.lineage(inner))

    def successor(self, adcode: str) -> str:
        """The existing area of the same name and rank (那曲地区 → 那曲市), else `adcode`.

        A district, whose name many cities have (桥东区), has its heir in its own city alone.
        """
        area = self.get(adcode)
        if area.retired is None or not area.short:
            return adcode
        near = adcode[:4] if area.name.endswith("区") and area.level == "county" else adcode[:2]
        heirs = (
            a.adcode
            for a in self.lookup(area.short)
            if a.retired is None and a.level == area.level and a.adcode.startswith(near)
        )
        return next(heirs, adcode)

    @cached_property
    def _counties_of(self) -> Mapping[str, str]:
        """The codes of the counties that have a township of each name, one after the other."""
        found: dict[str, str] = {}
        text = (self.folder / "townships.tsv").read_text(encoding="utf-8")
        for row in text.splitlines()[1:]:
            name = row[7:]  # behind a code and a tab
            found[name] = found.get(name, "") + row[:6]
        return found

    def township_counties(self, name: str) -> tuple[str, ...]:
        """Codes of the counties that have a town, township or street of this full name."""
        codes = self._counties_of.get(name, "")
        return tuple(codes[n : n + 6] for n in range(0, len(codes), 6))


def load_gazetteer(folder: Path) -> Gazetteer:
    """Read ``areas.tsv`` of `folder` (``rules/gb2260``); townships are read when first needed.

    Raises RulesError when the file is missing or a row cannot be read.
    """
    path = folder / "areas.tsv"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise RulesError([f"{path}: no such file; run make areas"]) from None
    areas = tuple(_area(path, n, line) for n, line in enumerate(lines[1:], start=2))
    by_code: dict[str, Area] = {}
    by_name: dict[str, list[Area]] = {}
    for a in areas:
        if a.adcode not in by_code or (by_code[a.adcode].retired and a.retired is None):
            by_code[a.adcode] = a
        by_name.setdefault(a.name, []).append(a)
        for other in _other_names(a):
            by_name.setdefault(other, []).append(a)
    names = {k: tuple(sorted(v, key=_rank)) for k, v in by_name.items()}
    return Gazetteer(areas, folder, by_code, names)


def _other_names(area: Area) -> Iterator[str]:
    """Short names: 连南 and 连南县 for 连南瑶族自治县, 黔东南州 for the prefecture."""
    if area.short:
        yield area.short
        plain = area.short + area.name[-1]
        if "自治" in area.name and area.name[-1] != "区" and plain != area.name:
            yield plain


def _area(path: Path, number: int, line: str) -> Area:
    cells = line.split("\t")
    if len(cells) != 6 or cells[3] not in LEVELS:
        raise RulesError([f"{path}:{number}: not adcode name short level parent retired"])
    adcode, name, short, level, parent, retired = cells
    return Area(
        adcode,
        name,
        level,  # type: ignore[arg-type]  # checked above
        parent or None,
        int(retired) if retired else None,
        short,
    )


def _rank(area: Area) -> tuple[bool, int, int, str]:
    return area.retired is not None, LEVELS.index(area.level), -(area.retired or 0), area.adcode
