"""The area that a story is about, and what 全省, 全市, 当地 mean in it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct

from pipeline.gazetteer import CHINA, MUNICIPALITIES, Gazetteer
from pipeline.records import Mention, Organization, Place
from pipeline.resolve.codes import common_area
from pipeline.rulebook import Rulebook

_DATELINE = re.compile("(?:\\d|[一二三四五六七八九十])[^。，]{0,12}[电讯]")
_HEADLINE = re.compile("[：:]")
LEAD = 60  # characters of the body that open the story
_FIRST = 0.5  # what it counts to be the first place of the body, and not of a list
_LISTED = ("、", "和", "与", "及")
LITTLE = 0.46  # the vote of one company in the middle of the text
PASSING = 0.2  # the vote of a place that something comes from or goes to
_AROUND = 0.8  # what a mention of the area around it counts for an area: nearly as its own
# The share of all votes that the province needs in a story without a place in its title, and
# where a national body opens it.
_ENOUGH, _MOST = 0.4, 0.75
_LIVES = re.compile("逝世|去世|讣告|生平|遗体告别")
# Institutions that may be of the nation and still speak of the place where they are.
_LOCAL = frozenset({"company", "bank", "media", "school", "research", "team"})
_PLACELESS = frozenset({"team", "media"})  # of which the name says nothing of a story
_INSTITUTIONS = {"government": 2.5, "police": 2.5, "court": 2.5, "hospital": 2.0, "school": 1.0}
_MEETS = ("举行", "召开", "发布", "公布", "宣布", "通报", "开会", "举办")
_WHOLE = "全我本该这"
_BEIJING = "110000"
_AUTONOMOUS_REGIONS = frozenset({"150000", "450000", "540000", "640000", "650000"})


def home_area(
    places: Sequence[Place],
    organizations: Sequence[Organization],
    title: str,
    text: str,
    gazetteer: Gazetteer,
    away: frozenset[str] = frozenset(),
    origins: tuple[str, ...] = (),
    least: float = PASSING,
) -> str | None:
    """The code of the area that a story is about, None for the nation, the world or nowhere.

    The title counts most, then the opening with its date line, then institutions and places
    by their number; an area with no more votes than `least` is not elected. A place behind one
    of the words `away` (来自, 运往), or before one of `origins` (游客, 选手), hardly counts.
    """
    elsewhere = tuple(away)
    if _LIVES.search(title):
        return None
    votes: dict[str, float] = defaultdict(float)
    titled: list[str] = []
    bearers: list[str] = []  # areas whose name an institution of the title bears
    first: dict[str, int] = {}
    before: Place | None = None
    weight = 0.0
    for p in places:
        if p.adcode is None or p.adcode == CHINA or p.level == "region":
            continue
        heads = p.start == 0 or title[p.start - 1 : p.start] == " "
        if p.field == "title" and heads and _HEADLINE.match(title, p.end):
            return p.adcode
        printed = title if p.field == "title" else text
        if printed.startswith(origins, p.end):
            votes[p.adcode] += PASSING
            continue
        spoken = p.adcode == _BEIJING and p.field == "text" and _DATELINE.match(text, p.end)
        if printed.endswith(elsewhere, 0, p.start) or (spoken and p.start < LEAD // 2):
            votes[p.adcode] += PASSING  # national offices speak in Beijing
            continue
        if p.field == "text" and _is_venue(p, text, organizations, gazetteer):
            votes[p.adcode] += PASSING
            continue
        if p.field == "title":
            titled.append(p.adcode)
        leads = p.start < LEAD // 2 and not text.startswith(_LISTED, p.end)
        if p.field == "text" and leads and not any(n >= 0 for n in first.values()):
            votes[p.adcode] += _FIRST
        first.setdefault(p.adcode, p.start if p.field == "text" else -1)
        here = before is not None and before.field == p.field == "text"
        listed = here and before is not None and printed[before.end : p.start] in _LISTED
        if not listed:
            weight = _weight(p, text, len(titled))
        votes[p.adcode] += weight  # all places of a list weigh as its first
        before = p
    for o in organizations:
        code = _named_area(o, gazetteer)
        if code:
            votes[code] += _INSTITUTIONS.get(o.kind, 1.5) * (1.0 if _opens(o) else 0.3)
            if o.field == "title":
                bearers.append(code)
    if max(votes.values(), default=0.0) <= least:
        return None
    titled = titled or bearers
    chosen = titled or _with_parents(votes, gazetteer)
    support = _support(chosen, votes, gazetteer)
    best = max(support, key=lambda c: (support[c], -first.get(c, len(text)), c))
    if titled or not _is_wider(best, places, organizations, votes):
        return best
    return None


def printed_area(
    names: Sequence[str | None], said: Collection[str], deictics: Deictics
) -> str | None:
    """The area of the first of `names` (a source, a newspaper) that begins with one.

    It is that of a story that names no area, but speaks of 全省 or 我市, the deictic words that
    are `said`: the readers of 辽宁日报 know which.
    """
    if all(deictics.levels[word] == "country" for word in said):
        return None
    for name in names:
        for end in range(len(name or ""), 1, -1):
            areas = [a for a in deictics.gazetteer.lookup((name or "")[:end]) if not a.retired]
            if len(areas) == 1 and areas[0].adcode != CHINA:
                return areas[0].adcode
    return None


def says_which(said: Collection[str], deictics: Deictics) -> bool:
    """Whether there is a 全市 or 我县, not only a 当地 or 市里, as stories of anywhere have."""
    return any(
        word[0] in _WHOLE and deictics.levels[word] not in ("country", "home") for word in said
    )


def page_area(homes: Sequence[str | None], told: bool = False) -> str | None:
    """The area that most stories of a page are about: that of a local newspaper.

    Two of three must lie in one prefecture or province; where a story says 全市 without having
    named one (`told`), the area that most stories share will do.
    """
    known = [h for h in homes if h]
    for digits in (4, 2):
        groups = Counter(h[:digits] for h in known if h[2:] != "0000" or digits == 2)
        group, size = next(iter(groups.most_common(1)), ("", 0))
        if size and size * 3 >= len(known) * 2:
            return common_area([h for h in known if h.startswith(group)])
    return next((h for h, _ in Counter(known).most_common(1)), None) if told else None


def _weight(p: Place, text: str, titled: int) -> float:
    if p.field == "title":
        return 6.0 if titled == 1 else 2.0
    if p.start >= LEAD or "。" in text[: p.start]:
        return 0.5
    if _DATELINE.match(text, p.end):
        agency = text.startswith("新华社")
        return 0.3 if agency else 1.5 if (p.adcode or "").endswith("0100") else 6.0
    return 2.0


def _opens(m: Mention) -> bool:
    return m.field == "title" or m.start < LEAD


def _is_venue(
    p: Place, text: str, organizations: Sequence[Organization], gazetteer: Gazetteer
) -> bool:
    """``民政部在北京发布公报``: a place where a body of a wider area meets or speaks."""
    if not (text.endswith("在", 0, p.start) and text.startswith(_MEETS, p.end)):
        return False
    opens = max(text.rfind(mark, 0, p.start) for mark in "。！？\n") + 1
    return any(
        o.field == "text"
        and opens <= o.start < p.start
        and o.adcode not in (None, p.adcode)
        and gazetteer.contains(o.adcode or "", p.adcode or "")
        for o in organizations
    )


def _named_area(o: Organization, gazetteer: Gazetteer) -> str | None:
    """The area whose name an institution bears; teams and media say nothing of a story."""
    if o.adcode is None or o.adcode == CHINA or o.kind in _PLACELESS:
        return None
    for area in gazetteer.lineage(o.adcode):
        if area.name in o.name or (area.short and area.short in o.name):
            return area.adcode
    return None


def _is_wider(
    best: str,
    places: Sequence[Place],
    organizations: Sequence[Organization],
    votes: Mapping[str, float],
) -> bool:
    """Whether a story without a place in its title is about more than `best`."""
    named = [p for p in places if p.level != "region" and p.rule != "ner"]  # these are guesses
    foreign = [p for p in named if p.adcode is None and p.level in ("country", "abroad")]
    if any(p.field == "title" for p in foreign):
        return True
    if foreign and foreign[0] is named[0] and len(foreign) >= len(votes):
        first = foreign[0]
        local = (o for o in organizations if o.adcode in votes and o.kind not in _PLACELESS)
        if not any(
            (o.field == "title", -o.start) > (first.field == "title", -first.start) for o in local
        ):
            return True
    national = any(o.adcode == CHINA and o.kind not in _LOCAL and _opens(o) for o in organizations)
    share = sum(v for c, v in votes.items() if c[:2] == best[:2]) / sum(votes.values())
    return share < (_MOST if national else _ENOUGH)


def _with_parents(votes: Mapping[str, float], gazetteer: Gazetteer) -> list[str]:
    found = dict.fromkeys(votes)
    for code in votes:
        found.update(dict.fromkeys(a.adcode for a in gazetteer.lineage(code)))
    return [c for c in found if c in gazetteer]


def _support(
    codes: Sequence[str], votes: Mapping[str, float], gazetteer: Gazetteer
) -> dict[str, float]:
    """For each area its votes, and part of those for areas inside it and around it."""
    inside: dict[str, list[float]] = defaultdict(list)
    rank = {code: n for n, code in enumerate(votes)}
    above: dict[str, list[str]] = {}  # the areas that hold each, those with votes alone
    for code in dict.fromkeys((*votes, *codes)):
        holders = [a.adcode for a in gazetteer.lineage(code) if a.adcode != code]
        above[code] = sorted((h for h in holders if h in votes), key=rank.__getitem__)
        if code in votes:
            for holder in holders:
                inside[holder].append(votes[code])
    support: dict[str, float] = {}
    for code in codes:
        own, inner = votes.get(code, 0.0), inside[code]
        outer = sum(votes[h] for h in above[code])
        # Several places inside speak for the whole; one that has most votes speaks for itself.
        whole = 0.6 if gazetteer.get(code).level == "province" else 0.7
        around = _AROUND if own >= 1.0 else 0.4  # but a place named in passing remains one
        several = max(inner, default=0.0) <= 0.5 * sum(inner)
        support[code] = own + (whole if several else 0.4) * sum(inner) + around * outer
    return support


class Deictics(Struct, frozen=True):
    """The words of ``rules/deictics.tsv`` and the gazetteer that they point into."""

    levels: Mapping[str, str]
    gazetteer: Gazetteer
    _automaton: AhoCorasick

    def said(self, text: str) -> Counter[str]:
        """How often each of the words stands in `text`, those inside others too."""
        found = self._automaton.find_matches_as_strings(text, overlapping=True)
        return Counter(found)


def compile_deictics(rules: Rulebook, gazetteer: Gazetteer) -> Deictics:
    """Compile the deictic words."""
    levels = {r.surface: r["level"] for r in rules["deictics"]}
    return Deictics(levels, gazetteer, AhoCorasick(list(levels), matchkind=MatchKind.Standard))


def deictic_area(surface: str, home: str | None, deictics: Deictics) -> str | None:
    """What a word like 全省 means in a story about `home`; None where that cannot be told.

    Towns have no code of their own: 全镇 is the county of the story.
    """
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
    return g.ancestor(home, "prefecture") or (province if home[:2] in MUNICIPALITIES else None)


def _region(home: str, g: Gazetteer) -> str | None:
    """全区: a district, an autonomous region, or in old papers a 地区, or part of a county."""
    area = g.get(home)
    if area.level == "county" and area.name.endswith("区"):
        return home
    province = g.ancestor(home, "province")
    if province in _AUTONOMOUS_REGIONS:
        return province
    return home if area.level == "county" else g.ancestor(home, "prefecture")
