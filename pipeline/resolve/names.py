"""What the names of organizations in a story stand for: full names and area codes.

市民政局 becomes 天津市民政局, a district's office gets its city, a short form that the story
introduces stands for the long one everywhere in the story, in the title too.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pipeline.gazetteer import CHINA, Area, Gazetteer
from pipeline.lexicon import find_each
from pipeline.records import Field, Organization, OrganizationName, Place
from pipeline.resolve.anchors import Anchor, Anchors
from pipeline.resolve.long_forms import lengthen
from pipeline.resolve.town_names import TOWN_LEVELS, Towns, towns_of

_AREAS = ("省", "市", "县", "区", "州", "盟", "旗")
_NO_TOWNS = ("同乡", "城乡", "老乡", "家乡", "故乡", "城镇", "乡镇", "水乡")
_TOWNS = ("镇", "乡", "街道", "苏木")
_PLAIN_REST = 4  # 民政局 after 天津市 is too short to be looked for on its own
_ABROAD = "-"
_OPENING = 9  # 27日下午，长沙… still opens its sentence
_OFFICES = frozenset(("government", "police", "party", "congress", "court", "association"))
_LOCAL = ("school", "hospital", "police")  # kinds that are called after their town
_BREAK = re.compile("[。\n]")
_WORLD = re.compile("^(?:联合国|世界|国际|中国|中华|全国|国家)+")


def resolve_organizations(
    names: Sequence[OrganizationName],
    title: str,
    text: str,
    places: Sequence[Place],
    home: str | None,
    gazetteer: Gazetteer,
) -> tuple[Organization, ...]:
    """The organizations of one story, title first.

    `names` are those found in `title` and `text`, `places` the story's resolved places,
    `home` the code of the area that the story is about.
    """
    if not names:
        return ()
    fields: tuple[tuple[Field, str], ...] = (("title", title), ("text", text))
    breaks = {name: [m.start() for m in _BREAK.finditer(where)] for name, where in fields}
    offset = len(title) + 1
    placed = [(p.start + (offset if p.field == "text" else 0), p) for p in places]
    towns = towns_of(sorted(placed, key=lambda p: p[0]), gazetteer)
    story = _Story(title, text, home, gazetteer, breaks, towns)
    found = sorted(story.spread(names), key=lambda n: (n.field == "text", n.start))
    anchors = Anchors(story.anchors(found, places), home, gazetteer)
    organizations: list[Organization] = []
    for n in found:
        previous = organizations[-1] if organizations else None
        name, area = story.complete(n, anchors, previous)
        organizations.append(
            Organization(n.field, n.start, n.end, n.text, n.rule, n.confidence, name, n.kind, area)
        )
    return tuple(lengthen(found, organizations))


def short_forms(
    names: Sequence[OrganizationName], title: str, text: str
) -> Iterator[OrganizationName]:
    """Where the short forms that a story introduces (以下简称) stand in its `title` and `text`.

    They are no places, whatever they begin with: 海东仪表 is no word of 海东.
    """
    forms = {n.text: n for n in names if n.lead == "alias"}
    fields: tuple[tuple[Field, str], ...] = (("title", title), ("text", text))
    for field, where in fields:
        for n, spans in zip(forms.values(), find_each(where, forms), strict=True):
            for start, end in spans:
                yield replace(n, field=field, start=start, end=end)


class _Story(Struct, frozen=True):
    """The texts of a story, its area and its towns, and where its sentences end."""

    title: str
    text: str
    home: str | None
    gazetteer: Gazetteer
    breaks: Mapping[Field, Sequence[int]]
    towns: Towns

    def position(self, field: Field, start: int) -> int:
        return start if field == "title" else len(self.title) + 1 + start

    def spread(self, names: Sequence[OrganizationName]) -> list[OrganizationName]:
        """Add the places where a short form stands that the story itself explains."""
        forms: dict[str, OrganizationName] = {}
        for n in names:
            if n.lead == "alias":
                forms.setdefault(n.text, n)
        for n in names:
            rest = n.text[n.prefix :]
            if n.lead == "place" and len(rest) > _PLAIN_REST and n.kind == "association":
                forms.setdefault(rest, n)
            rest = _WORLD.sub("", n.text)
            if n.kind in ("association", "international") and _PLAIN_REST < len(rest) < len(n.text):
                forms.setdefault(rest, n)
        return self._spread_forms(forms, names)

    def _spread_forms(
        self, forms: Mapping[str, OrganizationName], names: Sequence[OrganizationName]
    ) -> list[OrganizationName]:
        """`names` with `forms`, the longest first; a form takes the place of names inside it."""
        numbers = itertools.count()
        kept = dict(zip(numbers, names, strict=False))
        holders: defaultdict[tuple[Field, int], list[int]] = defaultdict(list)
        for number, n in kept.items():
            for at in range(n.start, n.end):
                holders[n.field, at].append(number)
        surfaces = sorted(forms, key=len, reverse=True)
        titled, printed = find_each(self.title, surfaces), find_each(self.text, surfaces)
        for surface, in_title, in_text in zip(surfaces, titled, printed, strict=True):
            origin = forms[surface]
            full = origin.full if origin.lead == "alias" else origin.text
            spans: list[tuple[Field, int, int]] = [("title", a, b) for a, b in in_title]
            spans += [("text", a, b) for a, b in in_text]
            for field, at, end in spans:
                held = {k for i in range(at, end) for k in holders.get((field, i), ())}
                touching = [(k, kept[k]) for k in held if k in kept]
                if not all(
                    at <= n.start and n.end <= end and n.lead != "alias" for _, n in touching
                ):
                    continue
                for k, _ in touching:
                    del kept[k]
                number = next(numbers)
                kept[number] = OrganizationName(
                    field,
                    at,
                    end,
                    surface,
                    "aliases:以下简称",
                    0.85,
                    origin.kind,
                    "alias",
                    0,
                    full,
                    origin.area,
                )
                for i in range(at, end):
                    holders[field, i].append(number)
        return list(kept.values())

    def anchors(
        self, names: Sequence[OrganizationName], places: Sequence[Place]
    ) -> Iterator[Anchor]:
        """Areas that the story names, by itself or at the beginning of an organization."""
        for p in places:
            if p.adcode and p.adcode != CHINA:
                where = self.title if p.field == "title" else self.text
                before = where[max(0, p.start - _OPENING) : p.start]
                opening = p.start < _OPENING or "。" in before or "\n" in before
                opening = opening or where[p.start - 1] in "，；"
                yield Anchor(self.position(p.field, p.start), p.adcode, opening)
        for n in names:
            if n.lead == "place":
                area = self.area(n.text[: n.prefix])
                if area and area.adcode != CHINA:
                    at = self.position(n.field, n.start)
                    yield Anchor(at, area.adcode, n.kind in _OFFICES)
            elif n.lead in ("own", "fixed"):
                # 国家税务总局深圳市税务局: the place stands inside
                for start, _, name in self.gazetteer.find(n.text):
                    area = self.area(name) if name.endswith(("省", "市", "县", "区")) else None
                    if area:
                        at = self.position(n.field, n.start + start)
                        yield Anchor(at, area.adcode, n.kind in _OFFICES)

    def area(self, surface: str) -> Area | None:
        """The area that a place name means in this story: under home first, then by rank."""
        best: Area | None = None
        end = 0
        for start, stop, name in self.gazetteer.find(surface):
            if start != end:
                break
            end = stop
            candidates = self.gazetteer.lookup(name)
            inside = [
                a for a in candidates if best and self.gazetteer.contains(best.adcode, a.adcode)
            ]
            if best and not inside:
                break
            best = self._nearest(inside or candidates)
        return best

    def _nearest(self, candidates: Sequence[Area]) -> Area:
        """The candidate that shares most levels with the story's own area."""
        mine = {x.adcode for x in self.gazetteer.lineage(self.home)} if self.home else set()

        def rank(item: tuple[int, Area]) -> tuple[int, int]:
            n, a = item
            return -sum(x.adcode in mine for x in self.gazetteer.lineage(a.adcode)), n

        return min(enumerate(candidates), key=rank)[1]

    def complete(
        self, n: OrganizationName, anchors: Anchors, previous: Organization | None
    ) -> tuple[str, str | None]:
        """The full name and the area code of one name."""
        if n.lead in ("fixed", "alias"):
            branch = self._of_branch(n.text) if n.lead == "fixed" and n.area == CHINA else None
            return n.full or n.text, branch or self._code(n.area)
        if n.lead == "shared" and previous is not None:
            return self._shared(n, previous)
        if n.lead == "level" and n.text[: n.prefix] in TOWN_LEVELS:
            known = self.towns.bare(n.text[: n.prefix], self.position(n.field, n.start))
            if known is None:
                return n.text, self.home
            area = self.gazetteer.get(known.adcode)
            return self._with_parent(area) + known.name + n.text[n.prefix :], area.adcode
        if n.lead == "level":
            adcode = self._level_area(n, anchors)
            if adcode is None:
                return n.text, self.home
            return self._level_name(n, adcode), adcode
        if n.lead == "place":
            return self._placed(n, anchors)
        town = self._town(n.text, anchors, self.position(n.field, n.start))
        if town is not None:
            return town
        local = n.kind in _LOCAL or "村" in n.text[2:6]
        known = self.towns.of(n.text) if n.lead == "own" and local else None
        if known is not None:
            area = self.gazetteer.get(known.adcode)
            return self._with_parent(area) + n.text, area.adcode
        return n.text, self._code(n.area or self._named_first(n))

    def _of_branch(self, text: str) -> str | None:
        """The code of the area inside the name of a national body's branch (农行 + 顺德市支行).

        Short names are too often words, or tell of something else.
        """
        for start, _, name in self.gazetteer.find(text):
            area = self.area(text[start:]) if name.endswith(_AREAS) else None
            if area and area.adcode != CHINA:
                return area.adcode
        return None

    def _named_first(self, n: OrganizationName) -> str:
        """The code of the area that opens a branch's name (某县人民法院 + 某法庭); else blank."""
        start, _, name = next(self.gazetteer.find(n.text), (0, 0, ""))
        area = self.area(name) if not start and name.endswith(_AREAS) else None
        return area.adcode if area else ""

    def _code(self, area: str) -> str | None:
        if area == _ABROAD:
            return None
        return area or self.home

    def _shared(self, n: OrganizationName, previous: Organization) -> tuple[str, str | None]:
        if previous.adcode is None or previous.adcode == CHINA:
            return n.text, previous.adcode
        area = self.gazetteer.get(previous.adcode)
        return self._with_parent(area) + n.text, area.adcode

    def _level_area(self, n: OrganizationName, anchors: Anchors) -> str | None:
        """The area that 市 or 县 means here."""
        breaks = self.breaks[n.field]
        k = bisect_left(breaks, n.start)
        opening = breaks[k - 1] + 1 if k else 0
        sentence = self.position(n.field, opening)
        level = n.text[: n.prefix].removeprefix("团")
        return anchors.level_area(level, self.position(n.field, n.start), sentence)

    def _level_name(self, n: OrganizationName, adcode: str) -> str:
        youth = "共青团" if n.text.startswith("团") else ""
        return youth + self._with_parent(self.gazetteer.get(adcode)) + n.text[n.prefix :]

    def _with_parent(self, area: Area) -> str:
        """A district takes its city; a county, a city or a province stands alone."""
        if area.level == "county" and area.name.endswith("区") and area.parent:
            parent = self.gazetteer.get(area.parent)
            return parent.name + area.name
        return area.name

    def _placed(self, n: OrganizationName, anchors: Anchors) -> tuple[str, str | None]:
        prefix = n.text[: n.prefix]
        area = None if self._of_town(prefix) else self.area(prefix)
        if area is None:
            town = self._town(n.text, anchors, self.position(n.field, n.start))
            return town if town else (n.text, None)  # a place abroad
        if area.level == "county" and n.text.startswith(area.name) and area.name.endswith("区"):
            return self._with_parent(area) + n.text[len(area.name) :], area.adcode
        return n.text, area.adcode

    def _of_town(self, prefix: str) -> bool:
        """Whether a name begins with a town and no area before it (龙山镇, 石狮镇)."""
        return prefix.endswith(_TOWNS) and not any(
            name.endswith(_AREAS) for _, _, name in self.gazetteer.find(prefix)
        )

    def _town(self, text: str, anchors: Anchors, at: int) -> tuple[str, str | None] | None:
        """A name that begins with a town takes its county (尤溪县 + 汤川乡卫生院)."""
        ends = [text.find(t, 1, 7) + len(t) for t in _TOWNS if text.find(t, 1, 7) > 0]
        if not ends:
            return None
        town = text[: min(ends)]
        known = self.gazetteer.township_counties(town)
        if not known and (len(town) > 5 or town.endswith(_NO_TOWNS)):
            return None
        code = anchors.county(at, known)
        if code is None:
            return None
        return self._with_parent(self.gazetteer.get(code)) + text, code
