"""Which level of area a story speaks of: one that says 全市 and 市民政局 is of a city.

The place that a story names first may be but an example: the district where the first person
lives, the county where a meeting was held. What it calls its own shows how wide it looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from pipeline.gazetteer import Gazetteer
from pipeline.records import Organization, Place

_OWN = "全我本该这"  # 全市, 我县: words that say whose story it is; 市里 may be a place to go to
_OFFICES = {
    "省": "province", "州": "prefecture", "盟": "prefecture", "市": "city", "县": "county",
    "旗": "county", "区": "district",
}  # fmt: skip
_WORD_LEVELS = {"region": "district"}
_OPENING = 45  # characters within which the opening names the place it tells of
_SMALL = ("township", "village")
_LEAST = 3  # signs that it takes to leave the area that the places speak for


def spoken_levels(
    said: Mapping[str, int], organizations: Sequence[Organization], deictics: Mapping[str, str]
) -> Counter[str]:
    """How often a text says 全省, 全市, 全县, and how many offices it calls 省, 市 or 县.

    `said` are the deictic words in it, by number.
    """
    found: Counter[str] = Counter()
    for word, times in said.items():
        level = deictics[word]
        if word[0] in _OWN and level not in ("country", "home", "township"):
            found[_WORD_LEVELS.get(level, level)] += times
    for o in organizations:
        if o.text[:1] in _OFFICES:
            found[_OFFICES[o.text[0]]] += 1
    return found


def fitting_area(
    home: str, inside: Collection[str], levels: Counter[str], gazetteer: Gazetteer
) -> str:
    """`home`, or the area around it or the one county in it that the story speaks of.

    `inside` are the areas that the story names, `levels` what `spoken_levels` found.
    """
    area = gazetteer.get(home)
    city = gazetteer.ancestor(home, "prefecture")
    province = gazetteer.ancestor(home, "province")
    of_city = levels["city"] + levels["prefecture"]
    if area.level == "county":
        own = levels["district" if area.name.endswith("区") else "county"]
        if area.name.endswith("市"):
            own += levels["city"]  # it is the 市 that is spoken of
        elif not own and city and of_city >= _LEAST:
            return city
        wider = not own and not levels["city"] and levels["province"] >= _LEAST
        return province if wider and province else home
    small = levels["county"] + levels["district"]
    if area.level == "prefecture" and levels["province"] >= _LEAST and not of_city + small:
        return province or home
    counties = {c for c in inside if c != home and gazetteer.contains(home, c)}
    counties = {c for c in counties if gazetteer.get(c).level == "county"}
    own = levels["province"] if area.level == "province" else of_city
    narrower = len(counties) == 1 and levels["county"] and not own
    return next(iter(counties)) if narrower else home


def narrowed(home: str, places: Sequence[Place], levels: Counter[str], gazetteer: Gazetteer) -> str:
    """`home`, or the one county in it of which the text names places, a town of it to begin with.

    ``乐山一山村办起幸福院`` above a text that begins in 犍为县清溪镇: the city says where that is.
    """
    told = [p for p in places if p.field == "text" and p.adcode and p.level != "region"]
    level = gazetteer.get(home).level
    own = levels["province"] if level == "province" else levels["city"] + levels["prefecture"]
    if level == "county" or own > 1 or not told or told[0].start >= _OPENING:
        return home
    if told[0].level not in _SMALL or not gazetteer.contains(home, told[0].adcode or ""):
        return home
    counties = {
        gazetteer.ancestor(p.adcode, "county")
        for p in told
        if p.adcode and gazetteer.contains(home, p.adcode)
    }
    return (next(iter(counties)) if len(counties) == 1 else None) or home
