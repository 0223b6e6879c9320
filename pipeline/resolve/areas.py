"""Decide which area a place name means, from the other places of its story.

A name with several bearers takes the one nearest to the story's other places, else the most
prominent; a short name that is also a word is dropped where nothing near it supports it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from msgspec import Struct, field
from msgspec.structs import replace

from pipeline.gazetteer import CHINA, MUNICIPALITIES, Gazetteer
from pipeline.records import Mention, Place, PlaceName

# How near a candidate stands to a place of the story.
SAME, PARENT, SIBLING, PROVINCE, COUSIN = 4.0, 3.0, 2.5, 2.0, 1.0
_PAGE_SHARE = 0.25  # what a place of another story of the page counts
_PROMINENCE = {"country": 4.0, "province": 3.0, "prefecture": 2.0, "county": 0.5, "township": 0.0}


def resolve_places(
    stories: Sequence[Sequence[PlaceName]],
    gazetteer: Gazetteer,
    hidden: Sequence[Collection[Mention]] = (),
    years: Sequence[int | None] = (),
) -> list[tuple[Place, ...]]:
    """The places of each story of a page, in reading order (title first).

    `hidden` holds the organizations of each story: names inside them help to decide but are
    no places themselves. `years` are the years of the stories, where known: a unit that was
    abolished before is then not meant.
    """
    page = _by_province({c for names in stories for c in _certain(names)})
    found = []
    for n, names in enumerate(stories):
        inside = hidden[n] if n < len(hidden) else ()
        year = years[n] if n < len(years) else None
        found.append(_story(names, gazetteer, _Spans.of(inside), page, year))
    return found


def _certain(names: Sequence[PlaceName]) -> set[str]:
    """Codes that need no deciding."""
    return {
        n.candidates[0]
        for n in names
        if len(n.candidates) == 1 and n.strength == "sure" and n.kind in ("area", "township")
    } - {CHINA}


def _by_province(codes: Collection[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code in codes:
        found.setdefault(code[:2], set()).add(code)
    return found


class _Spans(Struct, frozen=True):
    """Which characters of title and text belong to organizations."""

    title: frozenset[int]
    text: frozenset[int]

    @classmethod
    def of(cls, mentions: Collection[Mention]) -> _Spans:
        title = chain(*(range(m.start, m.end) for m in mentions if m.field == "title"))
        text = chain(*(range(m.start, m.end) for m in mentions if m.field == "text"))
        return cls(frozenset(title), frozenset(text))

    def cover(self, n: PlaceName) -> bool:
        inside = self.title if n.field == "title" else self.text
        return not inside.isdisjoint(range(n.start, n.end))


class _Context(Struct):
    """The areas of a story, as far as they are decided."""

    gazetteer: Gazetteer
    page: Mapping[str, Collection[str]]  # certain areas of the page, by province
    year: int | None
    anchors: dict[str, set[str]]  # those of the story; only one's own province is near
    county: str | None = None  # the latest one read
    frequent: frozenset[str] = frozenset()
    towns: dict[str, str] = field(default_factory=dict)  # towns and villages read, with codes
    endings: dict[str, str] = field(default_factory=dict)  # how they end: the first that does
    cache: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, code: str) -> None:
        anchors = self.anchors.setdefault(code[:2], set())
        if code not in anchors:
            anchors.add(code)
            self.cache.pop(code[:2], None)

    def add_town(self, tail: str, code: str) -> None:
        self.towns[tail] = code
        for n in range(len(tail) + 1):
            self.endings.setdefault(tail[n:], tail)

    def nearness(self, code: str) -> float:
        """How near `code` stands to the places of the story (0–4)."""
        province = code[:2]
        cache = self.cache.setdefault(province, {})
        if code not in cache:
            near = max((relation(code, a) for a in self.anchors.get(province, ())), default=0.0)
            far = max((relation(code, a) for a in self.page.get(province, ())), default=0.0)
            cache[code] = max(near, far * _PAGE_SHARE)
        return cache[code]

    def score(self, code: str) -> float:
        area = self.gazetteer.get(code)
        score = self.nearness(code) + _PROMINENCE[area.level]
        gone = area.retired is not None and not (self.year and self.year <= area.retired)
        return score - 2.0 if gone else score

    def best(self, n: PlaceName) -> str:
        """The candidate that fits best; of equals the first."""
        return max(n.candidates, key=self.score)


def relation(code: str, other: str) -> float:
    """How near two areas are, judged by their codes alone."""
    if code == other:
        return SAME
    if code[:2] != other[:2]:
        return 0.0
    if code[:2] in MUNICIPALITIES:
        return PARENT if "0000" in (code[2:], other[2:]) else SIBLING
    if other[2:] == "0000" or code[2:] == "0000":
        return PROVINCE
    if code[:4] != other[:4] or code[2:4] == "90":
        return COUSIN
    return PARENT if "00" in (code[4:], other[4:]) else SIBLING


def _story(
    names: Sequence[PlaceName],
    gazetteer: Gazetteer,
    inside: _Spans,
    page: Mapping[str, Collection[str]],
    year: int | None,
) -> tuple[Place, ...]:
    names = [_without_district(n, gazetteer, year) for n in names]
    context = _Context(gazetteer, page, year, _by_province(_certain(names)))
    for n in names:
        if n.kind == "area" and n.strength in ("sure", "listed") and len(n.candidates) > 1:
            code = context.best(n)
            if n.strength == "sure" or context.nearness(code) >= PROVINCE:
                context.add(code)
    context.county = _first_area(names)
    context.frequent = _frequent(names)
    found: list[Place] = []
    for n in names:
        covered = inside.cover(n)
        if covered and n.strength != "sure":
            continue
        place = _place(n, context, found[-1] if found else None)
        if place is not None and not covered:
            found.append(place)
    return tuple(found)


def _first_area(names: Sequence[PlaceName]) -> str | None:
    """The first certain county, else prefecture."""
    sure = [n.candidates[0] for n in names if n.strength == "sure" and n.candidates]
    counties = [c for c in sure if c[4:] != "00"]
    return next(iter(counties or [c for c in sure if c[2:] != "0000"]), None)


def _frequent(names: Sequence[PlaceName]) -> frozenset[str]:
    """Weak names that the story repeats, at least once with the ends of a name."""
    weak = [n for n in names if n.strength == "context" and n.kind == "area"]
    count = Counter(n.text for n in weak)
    clear = {n.text for n in weak if n.bounds == 2}
    return frozenset(t for t in clear if count[t] >= 3)


def _place(n: PlaceName, context: _Context, before: Place | None) -> Place | None:
    if n.kind == "area":
        code = context.best(n)
        if not _believed(n, code, context):
            return None
        if code != CHINA:
            context.add(code)
    elif n.kind in ("township", "village"):
        beside = before is not None and (before.field, before.end) == (n.field, n.start)
        if before is not None and beside and before.level == "county" and before.adcode:
            found: str | None = before.adcode  # 同心县喊叫水乡, whatever county it is in today
        else:
            found = _town(n, context)
        if found is None:
            return None
        code = found
        context.add(code)
        context.add_town(n.tail, code)
    else:
        return _elsewhere(n)
    if code[4:] != "00" and code != CHINA:
        context.county = code
    g = context.gazetteer
    level = g.get(code).level if n.kind == "area" else n.kind
    return Place(
        n.field, n.start, n.end, n.text, n.rule, n.confidence, g.path(code) + n.tail, code, level
    )


def _without_district(n: PlaceName, gazetteer: Gazetteer, year: int | None) -> PlaceName:
    """``南阳地区`` long after that unit has gone is the city 南阳 and a generic word."""
    if not n.text.endswith("地区") or year is None:
        return n
    named = (gazetteer.lookup(n.text[-k:]) for k in range(4, 8))
    areas = next((found for found in named if found), ())
    if not areas or any(a.retired is None or year <= a.retired + 1 for a in areas):
        return n
    text = n.text[:-2]
    today = tuple(a.adcode for a in gazetteer.lookup(areas[0].short))
    return replace(n, text=text, end=n.end - 2, candidates=today) if today else n


def _elsewhere(n: PlaceName) -> Place:
    level = "country" if n.rule == "places:country" else n.kind
    code = n.candidates[0] if n.candidates else None
    return Place(
        n.field, n.start, n.end, n.text, n.rule, n.confidence, n.text, code, level
    )  # fmt: skip


def _believed(n: PlaceName, code: str, context: _Context) -> bool:
    """Whether a name that needs the story is borne out by it."""
    near = context.nearness(code)
    if n.strength == "sure":
        return True
    if n.strength == "listed":
        return near >= COUSIN or (n.bounds == 2 and len(n.candidates) == 1)
    if n.strength == "word":
        least = 2 if context.gazetteer.get(code).level == "county" else 1
        return near >= SAME and n.bounds >= least
    if n.strength == "listed-word":
        return near >= (SIBLING if context.gazetteer.get(code).level == "county" else COUSIN)
    if near >= PARENT:
        return True
    if near >= PROVINCE:
        return n.bounds >= 1
    if n.text in context.frequent and len(n.candidates) == 1:
        return True
    if context.gazetteer.get(code).name.endswith("区"):
        return near >= COUSIN and n.bounds == 2
    alone = len(n.candidates) == 1
    return n.bounds + (near >= COUSIN) >= 2 and (alone or near >= COUSIN)


def _town(n: PlaceName, context: _Context) -> str | None:
    """The county of a town or village, None where the story does not tell."""
    if n.strength != "sure" and n.tail in context.endings:
        return context.towns[context.endings[n.tail]]
    if n.strength == "sure" and len(n.candidates) == 1:
        return n.candidates[0]
    if n.candidates:
        code = max(n.candidates, key=lambda c: (context.nearness(c), c == context.county))
        if context.nearness(code) >= SIBLING or n.strength == "sure":
            return code
        if len(n.candidates) == 1 and n.bounds == 2 and len(n.text) > 2:
            far = context.county is not None and context.nearness(code) == 0.0
            return context.county if far else code  # one that has gone, with a namesake elsewhere
    if n.strength == "listed" or (n.bounds == 2 and n.kind == "village") or not n.candidates:
        return context.county
    return None
