"""The areas that a story names, and where: what 市 or a town's name means at a place in it.

Every question is answered by a search among positions that are sorted once, so that a page of
nothing but offices takes no longer than any other of its length.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from pipeline.gazetteer import Gazetteer, Level

_LEVELS: dict[str, tuple[Level, ...]] = {
    "省": ("province",),
    "自治区": ("province",),
    "市": ("county", "prefecture", "province"),
    "州": ("prefecture",),
    "自治州": ("prefecture",),
    "盟": ("prefecture",),
    "地区": ("prefecture",),
    "行署": ("prefecture",),
    "县": ("county",),
    "区": ("county",),
    "旗": ("county",),
    "自治县": ("county",),
    "自治旗": ("county",),
}


class Anchor(Struct, frozen=True):
    """An area named in the story, with where it stands; titles come before texts.

    `governs`: it opens its sentence or an office there, so that 市 after it means this one.
    """

    at: int
    adcode: str
    governs: bool = False


class _Row(Struct):
    """Codes and where they stand, in order."""

    at: list[int] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def add(self, at: int, code: str) -> None:
        self.at.append(at)
        self.codes.append(code)


class Anchors:
    """All anchors of one story, and `home`, the area that it is about."""

    def __init__(self, found: Iterable[Anchor], home: str | None, gazetteer: Gazetteer) -> None:
        self.home, self.gazetteer = home, gazetteer
        self.found = sorted(found, key=lambda a: a.at)
        self.levels: dict[str, tuple[_Row, _Row]] = {}
        self.counties = _Row()
        self.county_places: defaultdict[str, list[int]] = defaultdict(list)
        for anchor in self.found:
            county = gazetteer.ancestor(anchor.adcode, "county")
            if county:
                self.county_places[county].append(len(self.counties.at))
                self.counties.add(anchor.at, county)

    def level_area(self, word: str, at: int, sentence: int) -> str | None:
        """The area that 市 or 县 means at `at`, in the sentence that begins at `sentence`.

        The area that opens the sentence or the office before, else the story's own, else the
        nearest one named before, else the first named at all.
        """
        levels = _LEVELS.get(word)
        if levels is None:
            return None
        every, governing = self._of_level(word, levels)
        n = bisect_left(governing.at, at) - 1
        if n >= 0 and governing.at[n] >= sentence:
            return governing.codes[n]
        if self.home and (code := self._at_level(self.home, levels, word)):
            return code
        n = bisect_left(every.at, at)
        return next(iter(every.codes[n - 1 : n] or every.codes[n : n + 1]), None)

    def county(self, at: int, known: Sequence[str]) -> str | None:
        """The county of a town that is named at `at`; `known` are those that have such a town.

        The story's own if it is known, else the nearest known one named before, else the
        story's own or the nearest of all.
        """
        home = self.gazetteer.ancestor(self.home, "county") if self.home else None
        if home and home in known:
            return home
        before = bisect_left(self.counties.at, at)
        nearest = -1
        for code in known:
            places = self.county_places.get(code, [])
            n = bisect_left(places, before) - 1
            nearest = max(nearest, places[n] if n >= 0 else -1)
        if nearest >= 0:
            return self.counties.codes[nearest]
        return home or next(iter(self.counties.codes[max(before - 1, 0) : before]), None)

    def _of_level(self, word: str, levels: Sequence[Level]) -> tuple[_Row, _Row]:
        """What `word` can mean by each anchor, and by those that govern."""
        known = self.levels.get(word)
        if known is None:
            known = self.levels[word] = _Row(), _Row()
            for anchor in self.found:
                code = self._at_level(anchor.adcode, levels, word)
                if code:
                    known[0].add(anchor.at, code)
                    if anchor.governs:
                        known[1].add(anchor.at, code)
        return known

    def _at_level(self, adcode: str, levels: Sequence[Level], word: str) -> str | None:
        """The area of the first of `levels` that holds `adcode` and that `word` may mean."""
        for level in levels:
            code = self.gazetteer.ancestor(adcode, level)
            if code is None or code not in self.gazetteer:
                continue
            named = word in ("市", "区", "县", "旗", "省", "自治区")
            if not named or self.gazetteer.get(code).name.endswith(word):
                return code
        return None
