"""The area that a story is about, and what 全省, 全市, 当地 mean in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.gazetteer import CHINA, Gazetteer
from pipeline.records import Organization, Place
from pipeline.rulebook import Rulebook

_DATELINE = re.compile("(?:\\d|[一二三四五六七八九十])[^。，]{0,12}[电讯]")
_HEADLINE = re.compile("[：:]")
_LEAD = 60  # characters of the body that open the story
_ENOUGH = 0.3  # the share of all votes that a story without a place in its title needs
_AUTONOMOUS_REGIONS = frozenset({"150000", "450000", "540000", "640000", "650000"})
_MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})


def home_area(
    places: Sequence[Place],
    organizations: Sequence[Organization],
    title: str,
    text: str,
    gazetteer: Gazetteer,
) -> str | None:
    """The code of the area that a story is about, None for the nation, the world or nowhere.

    The title counts most, then the opening with its date line, then institutions and places
    by their number.
    """
    votes: dict[str, float] = defaultdict(float)
    titled = False
    for p in places:
        if p.adcode is None or p.adcode == CHINA or p.level == "region":
            continue
        if p.field == "title" and p.start == 0 and _HEADLINE.match(title, p.end):
            return p.adcode
        weight = _weight(p, title, text, titled)
        titled = titled or p.field == "title"
        votes[p.adcode] += weight
    for o in organizations:
        if o.adcode and o.adcode != CHINA and o.adcode in gazetteer:
            opening = o.field == "title" or o.start < _LEAD
            votes[o.adcode] += 2.5 if opening else 0.5
    if not votes:
        return None
    total = sum(votes.values())
    support = {c: _support(c, votes, gazetteer) for c in _with_parents(votes, gazetteer)}
    best = max(support, key=lambda c: (support[c], c))
    abroad = any(p.level in ("country", "abroad") and p.field == "title" for p in places)
    if not titled and (abroad or support[best] < _ENOUGH * total):
        return None
    return best


def _weight(p: Place, title: str, text: str, titled: bool) -> float:
    if p.field == "title":
        if titled:
            return 2.0
        return 8.0 if p.start == 0 else 5.0
    if p.start < _LEAD:
        if _DATELINE.match(text, p.end):
            return 0.3 if text.startswith("新华社") or "北京" in p.text else 2.0
        return 2.0
    return 0.5


def _with_parents(votes: Mapping[str, float], gazetteer: Gazetteer) -> list[str]:
    found = dict.fromkeys(votes)
    for code in votes:
        found.update(dict.fromkeys(a.adcode for a in gazetteer.lineage(code)))
    return [c for c in found if c in gazetteer]


def _support(code: str, votes: Mapping[str, float], gazetteer: Gazetteer) -> float:
    """Votes for an area, and part of those for areas inside it and around it."""
    own = votes.get(code, 0.0)
    inner = [v for c, v in votes.items() if c != code and gazetteer.contains(code, c)]
    outer = sum(v for c, v in votes.items() if c != code and gazetteer.contains(c, code))
    # Several places inside speak for the whole; a single one speaks for itself.
    share = 0.7 if len(inner) > 1 else 0.4
    return own + share * sum(inner) + 0.4 * outer


@dataclass(frozen=True, slots=True)
class Deictics:
    """The words of ``rules/deictics.tsv`` and the gazetteer that they point into."""

    levels: Mapping[str, str]
    gazetteer: Gazetteer


def compile_deictics(rules: Rulebook, gazetteer: Gazetteer) -> Deictics:
    """Compile the deictic words."""
    return Deictics({r.surface: r["level"] for r in rules["deictics"]}, gazetteer)


def deictic_area(surface: str, home: str | None, deictics: Deictics) -> str | None:
    """What a word like 全省 means in a story about `home`; None where that cannot be told."""
    level = deictics.levels.get(surface)
    fixed = {"country": CHINA, "hongkong": "810000", "macao": "820000"}.get(level or "")
    if fixed or level is None or home is None or home not in deictics.gazetteer:
        return fixed
    g = deictics.gazetteer
    if level == "home":
        return home
    if level == "city":
        return _city(home, g)
    if level == "region":
        return _region(home, g)
    if level == "province":
        return g.ancestor(home, "province")
    if level == "prefecture":
        return g.ancestor(home, "prefecture")
    return g.ancestor(home, "county")


def _city(home: str, g: Gazetteer) -> str | None:
    area = g.get(home)
    if area.level == "county" and area.name.endswith("市"):
        return home
    province = g.ancestor(home, "province")
    return g.ancestor(home, "prefecture") or (province if province in _MUNICIPALITIES else None)


def _region(home: str, g: Gazetteer) -> str | None:
    """全区: a district, an autonomous region, or (in old papers) a 地区."""
    area = g.get(home)
    if area.level == "county" and area.name.endswith("区"):
        return home
    province = g.ancestor(home, "province")
    if province in _AUTONOMOUS_REGIONS:
        return province
    return g.ancestor(home, "prefecture")
