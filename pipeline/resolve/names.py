"""What the names of organizations in a story stand for: full names and area codes.

市民政局 becomes 天津市民政局, a district's office gets its city, a short form that the story
introduces stands for the long one everywhere in the story, in the title too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from pipeline.gazetteer import CHINA, Area, Gazetteer, Level
from pipeline.records import Field, Organization, OrganizationName, Place

_LEVELS: dict[str, tuple[Level, ...]] = {
    "省": ("province",),
    "自治区": ("province",),
    "市": ("county", "prefecture", "province"),
    "州": ("prefecture",),
    "自治州": ("prefecture",),
    "盟": ("prefecture",),
    "县": ("county",),
    "区": ("county",),
    "旗": ("county",),
    "自治县": ("county",),
    "自治旗": ("county",),
}
_NO_TOWNS = ("同乡", "城乡", "老乡", "家乡", "故乡", "城镇", "乡镇", "水乡")
_TOWNS = ("镇", "乡", "街道", "苏木")
_PLAIN_REST = 4  # 民政局 after 天津市 is too short to be looked for on its own
_ABROAD = "-"
_OPENING = 9  # 27日下午，长沙… still opens its sentence
_OFFICES = frozenset(("government", "police", "party", "congress", "court", "association"))
_WORLD = re.compile("^(?:联合国|世界|国际|中国|中华|全国|国家)+")
_POLICE = ("交警", "警方", "公安", "特警", "刑警")


@dataclass(frozen=True, slots=True)
class _Anchor:
    """An area named in the story, with where it stands; titles come before texts.

    `governs`: it opens its sentence or an office there, so that 市 after it means this one.
    """

    at: int
    adcode: str
    governs: bool = False


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
    story = _Story(title, text, home, gazetteer)
    found = sorted(story.spread(names), key=lambda n: (n.field == "text", n.start))
    anchors = sorted(story.anchors(found, places), key=lambda a: a.at)
    organizations: list[Organization] = []
    for n in found:
        previous = organizations[-1] if organizations else None
        name, area = story.complete(n, anchors, previous)
        organizations.append(
            Organization(n.field, n.start, n.end, n.text, n.rule, n.confidence, name, n.kind, area)
        )
    return tuple(_lengthen(found, organizations))


@dataclass(frozen=True, slots=True)
class _Story:
    """The texts of a story and the area that it is about."""

    title: str
    text: str
    home: str | None
    gazetteer: Gazetteer

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
        kept = list(names)
        for surface in sorted(forms, key=len, reverse=True):
            kept = self._spread_one(surface, forms[surface], kept)
        return kept

    def _spread_one(
        self, surface: str, origin: OrganizationName, names: list[OrganizationName]
    ) -> list[OrganizationName]:
        fields: tuple[tuple[Field, str], ...] = (("title", self.title), ("text", self.text))
        added: list[OrganizationName] = []
        for field, where in fields:
            at = where.find(surface)
            while at >= 0:
                end = at + len(surface)
                touching = [n for n in names if n.field == field and n.start < end and at < n.end]
                if all(at <= n.start and n.end <= end and n.lead != "alias" for n in touching):
                    names = [n for n in names if n not in touching]
                    full = origin.full if origin.lead == "alias" else origin.text
                    added.append(
                        OrganizationName(
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
                    )
                at = where.find(surface, end)
        return names + added

    def anchors(
        self, names: Sequence[OrganizationName], places: Sequence[Place]
    ) -> Iterator[_Anchor]:
        """Areas that the story names, by itself or at the beginning of an organization."""
        for p in places:
            if p.adcode and p.adcode != CHINA:
                where = self.title if p.field == "title" else self.text
                before = where[max(0, p.start - _OPENING) : p.start]
                opening = p.start < _OPENING or "。" in before or "\n" in before
                opening = opening or where[p.start - 1] in "，；"
                yield _Anchor(self.position(p.field, p.start), p.adcode, opening)
        for n in names:
            if n.lead == "place":
                area = self.area(n.text[: n.prefix])
                if area and area.adcode != CHINA:
                    at = self.position(n.field, n.start)
                    yield _Anchor(at, area.adcode, n.kind in _OFFICES)
            elif n.lead in ("own", "fixed"):
                # 国家税务总局深圳市税务局: the place stands inside
                for start, _, name in self.gazetteer.find(n.text):
                    area = self.area(name) if name.endswith(("省", "市", "县", "区")) else None
                    if area:
                        at = self.position(n.field, n.start + start)
                        yield _Anchor(at, area.adcode, n.kind in _OFFICES)

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
        self, n: OrganizationName, anchors: Sequence[_Anchor], previous: Organization | None
    ) -> tuple[str, str | None]:
        """The full name and the area code of one name."""
        if n.lead in ("fixed", "alias"):
            return n.full or n.text, self._code(n.area)
        if n.lead == "shared" and previous is not None:
            return self._shared(n, previous)
        if n.lead == "level":
            adcode = self._level_area(n, anchors)
            if adcode is None:
                return n.text, self.home
            return self._level_name(n, adcode), adcode
        if n.lead == "place":
            return self._placed(n, anchors)
        town = self._town(n.text, anchors, self.position(n.field, n.start))
        return (town[0], town[1]) if town else (n.text, self._code(n.area))

    def _code(self, area: str) -> str | None:
        if area == _ABROAD:
            return None
        return area or self.home

    def _shared(self, n: OrganizationName, previous: Organization) -> tuple[str, str | None]:
        if previous.adcode is None or previous.adcode == CHINA:
            return n.text, previous.adcode
        area = self.gazetteer.get(previous.adcode)
        return self._with_parent(area) + n.text, area.adcode

    def _level_area(self, n: OrganizationName, anchors: Sequence[_Anchor]) -> str | None:
        """The area that 市 or 县 means here.

        The area that opens the sentence or the office before, else the story's own, else the
        nearest one named before, else the first named at all; `anchors` are in reading order.
        """
        levels = _LEVELS.get(n.text[: n.prefix])
        if levels is None:
            return None
        where = self.title if n.field == "title" else self.text
        opening = max(where.rfind("。", 0, n.start), where.rfind("\n", 0, n.start)) + 1
        sentence = self.position(n.field, opening)
        k = bisect_left(anchors, self.position(n.field, n.start), key=lambda a: a.at)
        before, after = anchors[:k][::-1], anchors[k:]
        here = [a for a in takewhile(lambda a: a.at >= sentence, before) if a.governs]
        home = [_Anchor(0, self.home)] if self.home else []
        for group in (here, home, before, after):
            for anchor in group:
                for level in levels:
                    code = self._at_level(anchor.adcode, level, n.text[: n.prefix])
                    if code:
                        return code
        return None

    def _at_level(self, adcode: str, level: Level, word: str) -> str | None:
        code = self.gazetteer.ancestor(adcode, level)
        if code is None or code not in self.gazetteer:
            return None
        name = self.gazetteer.get(code).name
        if word in ("市", "区", "县", "旗") and not name.endswith(word):
            return None
        if word in ("省", "自治区") and not name.endswith(word):
            return None
        return code

    def _level_name(self, n: OrganizationName, adcode: str) -> str:
        return self._with_parent(self.gazetteer.get(adcode)) + n.text[n.prefix :]

    def _with_parent(self, area: Area) -> str:
        """A district takes its city; a county, a city or a province stands alone."""
        if area.level == "county" and area.name.endswith("区") and area.parent:
            parent = self.gazetteer.get(area.parent)
            return parent.name + area.name
        return area.name

    def _placed(self, n: OrganizationName, anchors: Sequence[_Anchor]) -> tuple[str, str | None]:
        prefix = n.text[: n.prefix]
        area = self.area(prefix)
        if area is None:
            town = self._town(n.text, anchors, self.position(n.field, n.start))
            return town if town else (n.text, None)  # a place abroad
        if area.level == "county" and n.text.startswith(area.name) and area.name.endswith("区"):
            return self._with_parent(area) + n.text[len(area.name) :], area.adcode
        return n.text, area.adcode

    def _town(
        self, text: str, anchors: Sequence[_Anchor], at: int
    ) -> tuple[str, str | None] | None:
        """A name that begins with a town takes its county (尤溪县 + 汤川乡卫生院)."""
        ends = [text.find(t, 1, 7) + len(t) for t in _TOWNS if text.find(t, 1, 7) > 0]
        if not ends:
            return None
        town = text[: min(ends)]
        known = self.gazetteer.township_counties(town)
        if not known and (len(town) > 5 or town.endswith(_NO_TOWNS)):
            return None
        counties = [self.home] if self.home else []
        counties += [a.adcode for a in anchors if a.at < at][::-1]
        codes = [c for c in (self.gazetteer.ancestor(x, "county") for x in counties) if c]
        code = next((c for c in codes if c in known), codes[0] if codes else None)
        if code is None:
            return None
        return self._with_parent(self.gazetteer.get(code)) + text, code


def _lengthen(
    names: Sequence[OrganizationName], organizations: Sequence[Organization]
) -> Iterator[Organization]:
    """Give a name the longer form that the story prints of it elsewhere."""
    longest = sorted({o.name for o in organizations}, key=len, reverse=True)
    areas = {o.name: o.adcode for o in organizations}
    for n, o in zip(names, organizations, strict=True):
        full = next((f for f in longest if _stands_for(n, o.name, f)), o.name)
        full = _of_alias(full, n, longest)
        yield Organization(
            o.field,
            o.start,
            o.end,
            o.text,
            o.rule,
            o.confidence,
            full,
            o.kind,
            areas.get(full, o.adcode),
        )


def _of_alias(full: str, n: OrganizationName, longest: Sequence[str]) -> str:
    """An alias stands for a name that may itself be printed longer."""
    if n.lead != "alias":
        return full
    return next((f for f in longest if f != full and f.endswith(full)), full)


def _stands_for(n: OrganizationName, name: str, full: str) -> bool:
    """Whether `full` is a longer form of `name`."""
    if len(full) <= len(name) or n.lead == "alias":
        return False
    if full.endswith(name):
        return n.lead in ("place", "level", "own", "fixed")
    if n.lead in ("own", "fixed") and len(name) <= 6:
        same = full[-1] == name[-1] or (name[-1] == "委" and full.endswith("委员会"))
        return same and _abbreviates(name, full)
    # 昆明交警 for 云南省昆明市公安局交通警察支队
    return n.text.endswith(_POLICE) and "公安" in full and _abbreviates(name, full)


def _abbreviates(short: str, full: str) -> bool:
    """Whether the characters of `short` stand in `full` in this order, the first one first."""
    rest = iter(full[max(full.find(short[0]), 0) :])
    return all(c in rest for c in short)
